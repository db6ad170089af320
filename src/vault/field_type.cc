#include "vault/field_type.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/encoding.h"
#include "base/json.h"
#include "detect/validators.h"
#include "vault/normalise_text.h"
#include "vault/value_email.h"
#include "vault/value_phone.h"

namespace strongroom {
namespace {

constexpr std::string_view kNames[kFieldTypeCount] = {
    "text", "person_name",  "email",  "phone",   "date", "date_of_birth", "postal_address", "national_id",
    "card", "bank_account", "number", "boolean", "json", "password",      "file",
};

Status Invalid(std::string_view expected) {
  return Status(Reason::kValueInvalid, "the field expects " + std::string(expected));
}

Result<std::string> ValidateText(std::string_view raw) {
  if (HasControlCharacters(raw, /*lines_allowed=*/true)) return Invalid("text without control characters");
  return std::string(raw);
}

Result<std::string> ValidatePersonName(std::string_view raw) {
  constexpr std::string_view kExpected = "a name of at least one letter, without control or direction characters";
  const std::string_view name = TrimSpace(raw);
  if (HasControlCharacters(name, false) || HasDirectionControls(name) || !HasLetter(name)) return Invalid(kExpected);
  return ToNfc(name);
}

Result<std::string> ValidateDate(std::string_view raw, const Clock& clock, bool of_birth) {
  const auto date = ParseIsoDate(TrimSpace(raw));
  if (!date) return Invalid("a date as yyyy-mm-dd");
  // Somewhere on earth it is already tomorrow (UTC+14).
  constexpr int64_t kEarliestZoneMillis = int64_t{14} * 3600 * 1000;
  if (of_birth && (date->year < 1875 || *date > detect::CivilDateOf(clock.NowMillis() + kEarliestZoneMillis))) {
    return Invalid("a date of birth as yyyy-mm-dd, since 1875 and not in the future");
  }
  return std::string(TrimSpace(raw));
}

Result<std::string> ValidateAddress(std::string_view raw) {
  const std::string_view text = TrimSpace(raw);
  if (!text.starts_with('{')) {
    if (text.empty() || HasControlCharacters(text, true)) return Invalid("an address in one or more lines of text");
    return ToNfc(text);
  }
  constexpr std::string_view kExpected =
      "an address as lines of text or as a JSON object of the strings care_of, line1, line2, street, postal_code, "
      "city, "
      "region, country";
  auto document = JsonDocument::ParseObject(text);
  if (!document.ok()) return Invalid(kExpected);
  for (const JsonValue member : document->root()) {
    const bool known =
        std::find(std::begin(kAddressMembers), std::end(kAddressMembers), member.key()) != std::end(kAddressMembers);
    const auto value = member.AsString();
    if (!known || !value.ok() || HasControlCharacters(*value, true)) return Invalid(kExpected);
  }
  if (document->root().size() == 0) return Invalid(kExpected);
  return std::string(text);
}

Result<std::string> ValidateNationalId(std::string_view raw, const TypeOptions& options, const Clock& clock) {
  const detect::CivilDate today = detect::CivilDateOf(clock.NowMillis());
  if (auto canonical = CanonicalNationalId(TrimSpace(raw), options.national_id_country, today))
    return *std::move(canonical);
  std::string expected = "a national identity number";
  if (!options.national_id_country.empty()) expected += " of " + options.national_id_country;
  return Invalid(expected);
}

Result<std::string> ValidateCard(std::string_view raw) {
  std::string digits;
  for (char c : TrimSpace(raw)) {
    if (c != ' ' && c != '-') digits.push_back(c);
  }
  if (!detect::CardValid(digits)) return Invalid("a card number of 13 to 19 digits with a right check digit");
  return digits;
}

Result<std::string> ValidateBankAccount(std::string_view raw, const TypeOptions& options) {
  std::string compact = CompactCode(TrimSpace(raw));
  if (detect::IbanValid(compact)) return compact;
  const bool digits = compact.size() >= 5 && compact.size() <= 20 && IsAllDigits(compact);
  if (options.domestic_accounts && digits) return compact;
  return Invalid(options.domestic_accounts ? "an IBAN, or an account number of 5 to 20 digits" : "an IBAN");
}

Result<std::string> ValidateJson(std::string_view raw) {
  if (!JsonDocument::Parse(raw).ok()) return Invalid("JSON text, each member named once");
  return std::string(TrimSpace(raw));
}

// Spaces are part of a password, so nothing is trimmed.  NFC as SP 800-63B-4 3.1.1.2 asks, each code point counting
// one.
Result<std::string> ValidatePassword(std::string_view raw, const TypeOptions& options) {
  if (HasControlCharacters(raw, false)) return Invalid("a password without control characters");
  std::string password = ToNfc(raw);
  if (CountCodePoints(password) < options.password_min_code_points) {
    return Invalid("a password of at least " + std::to_string(options.password_min_code_points) + " characters");
  }
  return password;
}

}  // namespace

std::string_view NameOf(FieldType type) { return kNames[static_cast<size_t>(type)]; }

std::optional<FieldType> FieldTypeFromName(std::string_view name) {
  for (size_t i = 0; i < kFieldTypeCount; ++i) {
    if (kNames[i] == name) return static_cast<FieldType>(i);
  }
  return std::nullopt;
}

size_t DefaultMaxLength(FieldType type) {
  switch (type) {
    case FieldType::kText:
    case FieldType::kJson:
      return 64 * 1024;
    case FieldType::kPostalAddress:
      return 4096;
    case FieldType::kPersonName:
    case FieldType::kPassword:
      return 1024;
    case FieldType::kFile:
      return 0;
    default:
      return 320;  // room for separators around the longest, an e-mail address of 254
  }
}

Status CheckTypeOptions(FieldType type, const TypeOptions& options) {
  if (!options.default_region.empty() && !IsPhoneRegion(options.default_region)) {
    return Status(Reason::kFieldInvalid, "default_region is not a country of ISO 3166-1, such as SE");
  }
  if (!AreNationalIdChoices(options.national_id_country)) {
    return Status(Reason::kFieldInvalid, "there is no national identity number called " + options.national_id_country);
  }
  if (type == FieldType::kPassword && (options.password_min_code_points < 8 || options.password_min_code_points > 64)) {
    return Status(Reason::kFieldInvalid, "a password's least length is 8 to 64 characters");
  }
  if (options.max_length_bytes > 512 * 1024) return Status(Reason::kFieldInvalid, "max_length is at most 524288 bytes");
  return Status::Ok();
}

Result<std::string> ValidateValue(FieldType type, std::string_view raw, const TypeOptions& options,
                                  const Clock& clock) {
  if (type == FieldType::kFile) return Invalid("a file, which is uploaded and not written as a value");
  const size_t limit = options.max_length_bytes != 0 ? options.max_length_bytes : DefaultMaxLength(type);
  if (raw.size() > limit) {
    return Status(Reason::kValueTooLong, "the field takes at most " + std::to_string(limit) + " bytes");
  }
  if (!IsAscii(raw) && !IsValidUtf8(raw)) return Status(Reason::kInvalidUtf8);
  switch (type) {
    case FieldType::kText:
      return ValidateText(raw);
    case FieldType::kPersonName:
      return ValidatePersonName(raw);
    case FieldType::kEmail:
      if (auto email = CanonicalEmail(TrimSpace(raw))) return *std::move(email);
      return Invalid("an e-mail address such as name@example.com, at most 254 bytes");
    case FieldType::kPhone:
      if (auto phone = CanonicalPhone(TrimSpace(raw), options.default_region)) return *std::move(phone);
      return Invalid("a phone number of 3 to 15 digits, best with its country code: +46 70 123 45 67");
    case FieldType::kDate:
      return ValidateDate(raw, clock, false);
    case FieldType::kDateOfBirth:
      return ValidateDate(raw, clock, true);
    case FieldType::kPostalAddress:
      return ValidateAddress(raw);
    case FieldType::kNationalId:
      return ValidateNationalId(raw, options, clock);
    case FieldType::kCard:
      return ValidateCard(raw);
    case FieldType::kBankAccount:
      return ValidateBankAccount(raw, options);
    case FieldType::kNumber:
      if (auto number = CanonicalNumber(TrimSpace(raw))) return *std::move(number);
      return Invalid("a decimal number such as 12.5, at most 60 digits");
    case FieldType::kBoolean: {
      const std::string word = AsciiLower(TrimSpace(raw));
      if (word == "true" || word == "false") return word;
      return Invalid("true or false");
    }
    case FieldType::kJson:
      return ValidateJson(raw);
    case FieldType::kPassword:
      return ValidatePassword(raw, options);
    case FieldType::kFile:
      break;
  }
  return Status(Reason::kInternal, "a field type without rules");
}

}  // namespace strongroom
