#include "vault/normalise.h"

#include "base/encoding.h"
#include "vault/normalise_text.h"
#include "vault/value_email.h"
#include "vault/value_phone.h"

namespace strongroom {
namespace {

// What is no value of its type as written may be one when folded (fullwidth digits) or compact; trying both here, once,
// makes a search form its own search form.
std::string NormalisePhone(std::string_view text, const std::string& region) {
  auto phone = CanonicalPhone(TrimSpace(text), region);
  if (!phone) {
    std::string folded = FoldForSearch(text);
    phone = CanonicalPhone(folded, region);
    if (!phone) return folded;
  }
  phone->resize(std::min(phone->find(';'), phone->size()));
  return *std::move(phone);
}

std::string NormaliseNumber(std::string_view text) {
  if (auto number = CanonicalNumber(TrimSpace(text))) return *std::move(number);
  std::string folded = FoldForSearch(text);
  return CanonicalNumber(folded).value_or(folded);
}

std::string NormaliseNationalId(std::string_view text, const TypeOptions& options, const Clock& clock) {
  std::string compact = CompactCode(text);
  if (options.national_id_country.empty()) return compact;
  const detect::CivilDate today = detect::CivilDateOf(clock.NowMillis());
  if (auto id = CanonicalNationalId(TrimSpace(text), options.national_id_country, today)) return *std::move(id);
  return CanonicalNationalId(compact, options.national_id_country, today).value_or(compact);
}

}  // namespace

std::string NormaliseForSearch(FieldType type, std::string_view canonical_or_query, const TypeOptions& options,
                               const Clock& clock) {
  const std::string_view text = canonical_or_query;
  if (!IsAscii(text) && !IsValidUtf8(text)) return {};
  switch (type) {
    case FieldType::kText:
    case FieldType::kPersonName:
    case FieldType::kPostalAddress:
      return FoldForSearch(text);
    case FieldType::kEmail:
      return EmailForSearch(text);
    case FieldType::kPhone:
      return NormalisePhone(text, options.default_region);
    case FieldType::kNationalId:
      return NormaliseNationalId(text, options, clock);
    case FieldType::kCard:
    case FieldType::kBankAccount:
      return CompactCode(text);
    case FieldType::kNumber:
      return NormaliseNumber(text);
    case FieldType::kDate:
    case FieldType::kDateOfBirth:
    case FieldType::kBoolean:
      return AsciiLower(TrimSpace(text));
    case FieldType::kJson:
      return std::string(TrimSpace(text));
    case FieldType::kPassword:
    case FieldType::kFile:
      return {};
  }
  return {};
}

bool ExactIndexAllowed(FieldType type) {
  switch (type) {
    case FieldType::kText:
    case FieldType::kPersonName:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kPostalAddress:
    case FieldType::kNationalId:
    case FieldType::kCard:
    case FieldType::kBankAccount:
      return true;
    case FieldType::kDate:
    case FieldType::kDateOfBirth:
    case FieldType::kNumber:
    case FieldType::kBoolean:
    case FieldType::kJson:
    case FieldType::kPassword:
    case FieldType::kFile:
      return false;
  }
  return false;
}

bool PrefixIndexAllowed(FieldType type) {
  return type == FieldType::kText || type == FieldType::kPersonName || type == FieldType::kEmail;
}

}  // namespace strongroom
