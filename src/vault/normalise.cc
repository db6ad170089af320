#include "vault/normalise.h"

#include "base/encoding.h"
#include "vault/normalise_text.h"
#include "vault/value_email.h"
#include "vault/value_phone.h"

namespace strongroom {
namespace {

std::string NormalisePhone(std::string_view text, const std::string& region) {
  if (auto phone = CanonicalPhone(TrimSpace(text), region)) {
    phone->resize(std::min(phone->find(';'), phone->size()));
    return *std::move(phone);
  }
  return CompactCode(text);
}

std::string NormaliseNationalId(std::string_view text, const TypeOptions& options, const Clock& clock) {
  if (!options.national_id_country.empty()) {
    const detect::CivilDate today = detect::CivilDateOf(clock.NowMillis());
    if (auto id = CanonicalNationalId(TrimSpace(text), options.national_id_country, today)) return *std::move(id);
  }
  return CompactCode(text);
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
      return CanonicalNumber(TrimSpace(text)).value_or(FoldForSearch(text));
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
