// What a field of the catalogue holds: the types, and for each the one form in which a value is stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"

namespace strongroom {

enum class FieldType : uint8_t {
  kText,           // free text, kept as written
  kPersonName,     // NFC, surrounding space removed
  kEmail,          // address of RFC 5321, domain in lower case
  kPhone,          // E.164 ("+46701234567"), with ";ext=" when there is one; digits alone when the number is not placed
  kDate,           // yyyy-mm-dd
  kDateOfBirth,    // yyyy-mm-dd, since 1875 and not in the future
  kPostalAddress,  // lines of text, or a JSON object of the members in kAddressMembers
  kNationalId,     // canonical form of its type (detect/validators.h), or digits and letters when any type is taken
  kCard,           // 13 to 19 digits with a right check digit
  kBankAccount,    // IBAN, compact and upper case; or 5 to 20 digits of a domestic account
  kNumber,         // decimal text without exponent: "-12.5"
  kBoolean,        // "true" or "false"
  kJson,           // a JSON value, kept as written
  kPassword,       // NFC; set and verified, never read: hashed by the caller
  kFile,           // has no value of this kind: files are uploaded
};
constexpr int kFieldTypeCount = 15;

std::string_view NameOf(FieldType type);  // "date_of_birth"
std::optional<FieldType> FieldTypeFromName(std::string_view name);

// The members a structured postal address may have, all strings.
inline constexpr std::string_view kAddressMembers[] = {"care_of",     "line1", "line2",  "street",
                                                       "postal_code", "city",  "region", "country"};

struct TypeOptions {
  // Where phone numbers without a country code are at home (ISO 3166-1 alpha-2, "SE"); empty: they stay plain digits.
  std::string default_region = {};
  // Which numbers a national_id takes: a name ("se.personnummer"), a country ("se": all for people), or several of them
  // with commas between; either case; empty: any.
  std::string national_id_country = {};
  // Of UTF-8; 0: DefaultMaxLength.
  size_t max_length_bytes = 0;
  // In code points.  NIST SP 800-63B-4 3.1.1.2: 15 when the password stands alone, 8 beside a second factor.
  size_t password_min_code_points = 15;
  // Whether bank_account takes account numbers that are not IBANs.
  bool domestic_accounts = true;
};

// Ok when the options can be used for the type: kFieldInvalid names an unknown region or national id.
Status CheckTypeOptions(FieldType type, const TypeOptions& options);

// 64 KiB for text and json, 4 KiB or less for the others.
size_t DefaultMaxLength(FieldType type);

// The form in which `raw` is stored.  Fails with kInvalidUtf8, kValueTooLong, or kValueInvalid; messages say what the
// type expects and never repeat the value.  Validating a stored form answers the same form.  `clock` says what day it
// is. Any thread.
Result<std::string> ValidateValue(FieldType type, std::string_view raw, const TypeOptions& options, const Clock& clock);

}  // namespace strongroom
