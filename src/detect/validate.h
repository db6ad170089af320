// One number, one answer: is this a well-formed number of the named type?  The door of `strongroom detect --validate`.
//
// The rules are those of validators.h; this door adds what people do to numbers on their way into a form: blanks around
// them, the country before them, full-width digits, the dashes and spaces of word processors, invisible characters, and
// separators in places their country does not use.  Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detect/civil_date.h"

namespace strongroom::detect {

// The names ValidateAs takes, sorted: "au.abn", ..., "card", "iban", ..., "luhn", ..., "za.idnr".
//   luhn  digits whose last is the right Luhn digit; at least two
//   card  13 to 19 digits with a right Luhn digit
//   iban  an account number of a country of the IBAN registry
// All others are national numbers: FindNationalIdType(name) says what they mean.
std::vector<std::string_view> ValidatedTypes();

// Whether `text` (one line, without its line end) is a well-formed number of `type`; nothing when no type has the name.
// `today` decides centuries and refuses births in the future.
std::optional<bool> ValidateAs(std::string_view type, std::string_view text, const CivilDate& today);

// The canonical form of the number in `text` (separators gone, upper case, century written out where the number has
// one); nothing when it is not valid or no type has the name.
std::optional<std::string> CanonicalAs(std::string_view type, std::string_view text, const CivilDate& today);

}  // namespace strongroom::detect
