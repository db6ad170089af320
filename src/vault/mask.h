// Masks: what may be shown of a value to somebody who may not see it.
//
// Deterministic, so that one field has one mask everywhere: two different truncations of one card number may not meet
// (PCI DSS v4.0.1, 3.5.1).  The run of dots has a fixed length, so a mask tells nothing of the value's length.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "vault/field_type.h"

namespace strongroom {

enum class MaskStyle : uint8_t {
  kHidden,    // dots, whatever the value
  kStandard,  // as below
  kLongBin,   // cards of 16 digits show the first eight and last four; else as standard
};

std::string_view NameOf(MaskStyle style);  // "hidden" "standard" "long_bin"
std::optional<MaskStyle> MaskStyleFromName(std::string_view name);

// The mask of a stored value, as UTF-8.  In standard style:
//   card            411111••••••1111: first six and last four (PCI DSS 3.4.1); last four under 15 digits
//   email           a•••@e•••.com; letters only where three or more stand
//   phone           •••4567: last four of ten digits or more, last two of seven or more
//   person_name     A••• L•••: first and last word, by grapheme
//   date, date_of_birth   1984-••-••
//   bank_account    SE•••7466: country and last four of an IBAN; last two of ten digits or more
//   postal_address  the two-letter country of a structured address with other members; else •••
//   text •••••; all others, and whatever does not look like its type, •••.
// National identity numbers show nothing: their last digits are asked for by phone as a proof of identity.
std::string Mask(FieldType type, std::string_view value, MaskStyle style);

}  // namespace strongroom
