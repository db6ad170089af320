#include "vault/mask.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

constexpr std::string_view kDots = "•••";

std::string Join(std::string_view a, std::string_view b, std::string_view c) {
  std::string out;
  out.reserve(a.size() + b.size() + c.size());
  return out.append(a).append(b).append(c);
}

struct CloseText {
  void operator()(UText* text) const { utext_close(text); }
};

// The lengths in bytes of the first and, in `whole`, of at most `limit` graphemes: what a reader takes for characters
// (UAX #29), so that an accent or a flag is not cut off its letter.
struct Graphemes {
  size_t count = 0;  // at most the limit
  size_t first_size = 0;
};

Graphemes CountGraphemes(std::string_view text, size_t limit) {
  if (IsAscii(text)) return {std::min(text.size(), limit), std::min<size_t>(text.size(), 1)};
  thread_local std::unique_ptr<icu::BreakIterator> iterator;
  UErrorCode status = U_ZERO_ERROR;
  if (!iterator) iterator.reset(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
  const std::unique_ptr<UText, CloseText> view(
      utext_openUTF8(nullptr, text.data(), static_cast<int64_t>(text.size()), &status));
  if (U_FAILURE(status) || !iterator || !view) return {};
  iterator->setText(view.get(), status);
  if (U_FAILURE(status)) return {};
  Graphemes found;
  iterator->first();
  for (int32_t end = iterator->next(); end != icu::BreakIterator::DONE && found.count < limit; end = iterator->next()) {
    if (found.count++ == 0) found.first_size = static_cast<size_t>(end);
  }
  return found;
}

// The first grapheme and dots when at least `least` graphemes stand; else dots alone.
std::string Initial(std::string_view word, size_t least) {
  const Graphemes graphemes = CountGraphemes(word, least);
  if (graphemes.count < least || graphemes.first_size > 16) return std::string(kDots);
  return Join(word.substr(0, graphemes.first_size), kDots, {});
}

std::string MaskCard(std::string_view digits, MaskStyle style) {
  if (digits.size() < 13 || digits.size() > 19 || !IsAllDigits(digits)) return std::string(kDots);
  const size_t first = digits.size() < 15 ? 0 : digits.size() == 16 && style == MaskStyle::kLongBin ? 8 : 6;
  return Join(digits.substr(0, first), first == 8 ? "••••" : "••••••", digits.substr(digits.size() - 4));
}

std::string MaskEmail(std::string_view email) {
  const size_t at = email.rfind('@');
  const size_t dot = email.rfind('.');
  if (at == std::string_view::npos || dot == std::string_view::npos || dot < at) return std::string(kDots);
  return Join(Initial(email.substr(0, at), 3), "@", Initial(email.substr(at + 1, dot - at - 1), 3)) +
         std::string(email.substr(dot));
}

std::string MaskPhone(std::string_view phone) {
  phone = phone.substr(0, phone.find(';'));
  const std::string_view digits = phone.starts_with('+') ? phone.substr(1) : phone;
  if (!IsAllDigits(digits) || digits.size() < 7) return std::string(kDots);
  return Join(kDots, digits.substr(digits.size() - (digits.size() >= 10 ? 4 : 2)), {});
}

std::string MaskName(std::string_view name) {
  name = TrimSpace(name);
  const size_t first_end = name.find_first_of(" \t");
  std::string masked = Initial(name.substr(0, first_end), 2);
  if (first_end == std::string_view::npos) return masked;
  return Join(masked, " ", Initial(name.substr(name.find_last_of(" \t") + 1), 2));
}

std::string MaskDate(std::string_view date) {
  if (!ParseIsoDate(date)) return std::string(kDots);
  return Join(date.substr(0, 4), "-••-••", {});
}

std::string MaskAccount(std::string_view account) {
  const bool iban = account.size() >= 15 && IsAscii(account) && account[0] >= 'A' && account[0] <= 'Z' &&
                    account[1] >= 'A' && account[1] <= 'Z' && IsAllDigits(account.substr(2, 2));
  if (iban) return Join(account.substr(0, 2), kDots, account.substr(account.size() - 4));
  if (account.size() < 10 || !IsAllDigits(account)) return std::string(kDots);
  return Join(kDots, account.substr(account.size() - 2), {});
}

std::string MaskAddress(std::string_view address) {
  if (!address.starts_with('{')) return std::string(kDots);
  auto document = JsonDocument::ParseObject(address);
  if (!document.ok() || document->root().size() < 2) return std::string(kDots);
  const auto country = document->root().OptString("country");
  if (!country.ok() || !country->has_value() || (*country)->size() != 2 || !IsAscii(**country))
    return std::string(kDots);
  return Join(kDots, " ", **country);
}

}  // namespace

std::string_view NameOf(MaskStyle style) {
  switch (style) {
    case MaskStyle::kHidden:
      return "hidden";
    case MaskStyle::kStandard:
      return "standard";
    case MaskStyle::kLongBin:
      return "long_bin";
  }
  return "hidden";
}

std::optional<MaskStyle> MaskStyleFromName(std::string_view name) {
  for (MaskStyle style : {MaskStyle::kHidden, MaskStyle::kStandard, MaskStyle::kLongBin}) {
    if (NameOf(style) == name) return style;
  }
  return std::nullopt;
}

std::string Mask(FieldType type, std::string_view value, MaskStyle style) {
  if (style == MaskStyle::kHidden || !IsValidUtf8(value)) return std::string(kDots);
  switch (type) {
    case FieldType::kText:
      return "•••••";
    case FieldType::kPersonName:
      return MaskName(value);
    case FieldType::kEmail:
      return MaskEmail(value);
    case FieldType::kPhone:
      return MaskPhone(value);
    case FieldType::kDate:
    case FieldType::kDateOfBirth:
      return MaskDate(value);
    case FieldType::kPostalAddress:
      return MaskAddress(value);
    case FieldType::kCard:
      return MaskCard(value, style);
    case FieldType::kBankAccount:
      return MaskAccount(value);
    case FieldType::kNationalId:
    case FieldType::kNumber:
    case FieldType::kBoolean:
    case FieldType::kJson:
    case FieldType::kPassword:
    case FieldType::kFile:
      return std::string(kDots);
  }
  return std::string(kDots);
}

}  // namespace strongroom
