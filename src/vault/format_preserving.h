// Shapes of format-preserving tokens: which characters of a value vary, and random draws of the same shape.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/random.h"

namespace strongroom {

struct PreservedShape {
  uint8_t keep_last = 4;    // letters or digits that stay
  bool luhn_valid = false;  // else a draw of digits alone never passes the Luhn check
};

// How many draws of this shape there are (saturates at 2^63).
uint64_t CountOfShape(std::string_view value, const PreservedShape& shape);
// Digits become digits, letters letters of the same case, all else stays.  kTokenFormatRefused when the value is not
// ASCII, is longer than 128 bytes or has fewer than 10,000 draws: they could be guessed.
Result<std::string> DrawOfShape(std::string_view value, const PreservedShape& shape, Random& random);

}  // namespace strongroom
