// The little of Unicode that names need: decode, class of a code point, lower case.  Total: bytes that are no UTF-8
// decode as one code point of class kOther each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace strongroom::names {

enum class CodeClass : uint8_t { kSpace, kLetter, kDigit, kHan, kPunct, kIgnored, kOther };

struct Decoded {
  uint32_t code = 0;
  uint32_t size = 1;  // in bytes
};

// Precondition: at < text.size().
Decoded DecodeAt(std::string_view text, size_t at);

CodeClass ClassOf(uint32_t code);

struct Folded {
  uint32_t code = 0;
  bool upper = false;
};
// To lower case, and full-width forms to plain ones.
Folded Fold(uint32_t code);

}  // namespace strongroom::names
