#include "names/unicode.h"

namespace strongroom::names {
namespace {

constexpr uint32_t kInvalid = 0xFFFD;

bool In(uint32_t code, uint32_t first, uint32_t last) { return code - first <= last - first; }

CodeClass ClassOfAscii(uint32_t code) {
  if (In(code | 0x20, 'a', 'z')) return CodeClass::kLetter;
  if (In(code, '0', '9')) return CodeClass::kDigit;
  if (code <= 0x20) return CodeClass::kSpace;
  return code == 0x7F ? CodeClass::kOther : CodeClass::kPunct;
}

CodeClass ClassBelow3000(uint32_t code) {
  if (code < 0x300) {
    if (code == 0xA0) return CodeClass::kSpace;
    if (code == 0xAD) return CodeClass::kIgnored;
    if (code < 0xA0) return CodeClass::kOther;
    if (code < 0xC0 && code != 0xAA && code != 0xB5 && code != 0xBA) return CodeClass::kPunct;
    return code == 0xD7 || code == 0xF7 ? CodeClass::kPunct : CodeClass::kLetter;
  }
  if (In(code, 0x660, 0x669) || In(code, 0x6F0, 0x6F9)) return CodeClass::kDigit;
  if (In(code, 0x200B, 0x200F) || In(code, 0x2060, 0x2064)) return CodeClass::kIgnored;
  if (In(code, 0x2000, 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F) {
    return CodeClass::kSpace;
  }
  if (In(code, 0x2010, 0x205E)) return CodeClass::kPunct;
  return In(code, 0x2070, 0x2BFF) ? CodeClass::kOther : CodeClass::kLetter;
}

}  // namespace

Decoded DecodeAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[at + i])); };
  const auto follows = [&](size_t i) { return at + i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  if (In(first, 0xC2, 0xDF)) {
    if (follows(1)) return {(first & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  } else if (In(first, 0xE0, 0xEF)) {
    if (follows(1) && follows(2)) {
      const uint32_t code = (first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
      if (code >= 0x800 && !In(code, 0xD800, 0xDFFF)) return {code, 3};
    }
  } else if (In(first, 0xF0, 0xF4)) {
    if (follows(1) && follows(2) && follows(3)) {
      const uint32_t code = (first & 7) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
      if (code >= 0x10000 && code <= 0x10FFFF) return {code, 4};
    }
  }
  return {kInvalid, 1};
}

CodeClass ClassOf(uint32_t code) {
  if (code < 0x80) return ClassOfAscii(code);
  if (code < 0x3000) return ClassBelow3000(code);
  if (In(code, 0x3400, 0x9FFF) || In(code, 0xF900, 0xFAFF) || In(code, 0x20000, 0x3FFFF) || code == 0x3007) {
    return CodeClass::kHan;
  }
  if (code == 0x3000) return CodeClass::kSpace;
  if (code < 0x3041 || code == 0x30FB) return CodeClass::kPunct;
  if (In(code, 0xFF00, 0xFFEF)) {
    if (In(code, 0xFF10, 0xFF19)) return CodeClass::kDigit;
    return In(code | 0x20, 0xFF21 | 0x20, 0xFF3A | 0x20) || code >= 0xFF66 ? CodeClass::kLetter : CodeClass::kPunct;
  }
  if (code == 0xFEFF || In(code, 0xFE00, 0xFE0F)) return CodeClass::kIgnored;
  if (In(code, 0xFE10, 0xFE6F) || In(code, 0xE000, 0xF8FF) || code >= 0xFFF0) return CodeClass::kOther;
  return CodeClass::kLetter;
}

Folded Fold(uint32_t code) {
  if (code < 0x80) return In(code, 'A', 'Z') ? Folded{code | 0x20, true} : Folded{code, false};
  if (code < 0x250) {
    if (code < 0x100) return In(code, 0xC0, 0xDE) && code != 0xD7 ? Folded{code + 0x20, true} : Folded{code, false};
    if (code == 0x130) return {'i', true};
    const bool odd_is_upper = In(code, 0x139, 0x148) || In(code, 0x179, 0x17E);
    if (In(code, 0x180, 0x1CC)) return {code, false};
    const bool upper = code != 0x138 && code != 0x149 && code != 0x17F && ((code & 1) != 0) == odd_is_upper;
    return upper ? Folded{code + 1, true} : Folded{code, false};
  }
  if (In(code, 0x391, 0x3A9)) return {code + 0x20, true};
  if (In(code, 0x410, 0x42F)) return {code + 0x20, true};
  if (In(code, 0x400, 0x40F)) return {code + 0x50, true};
  if (In(code, 0x1E00, 0x1EFF)) return (code & 1) == 0 ? Folded{code + 1, true} : Folded{code, false};
  if (In(code, 0xFF01, 0xFF5E)) return Fold(code - 0xFEE0);
  if (In(code, 0x2018, 0x2019)) return {'\'', false};
  if (In(code, 0x2010, 0x2015)) return {'-', false};
  if (code == 0x30FB || code == 0x2022 || code == 0x2027) return {0xB7, false};
  return {code, false};
}

}  // namespace strongroom::names
