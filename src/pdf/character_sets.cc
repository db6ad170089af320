#include "pdf/character_sets.h"

#include <unicode/ucnv.h>

#include <algorithm>

#include "pdf/cmap.h"

namespace strongroom::pdf {
namespace {

class Utf16Set : public CharacterSet {
 public:
  size_t CodeSize(std::string_view text) const override {
    const auto lead = static_cast<unsigned char>(text[0]);
    return std::min<size_t>(text.size(), lead >= 0xD8 && lead < 0xDC ? 4 : 2);
  }
  std::u32string TextOf(std::string_view code) const override { return FromUtf16(code); }
};

class Utf8Set : public CharacterSet {
 public:
  size_t CodeSize(std::string_view text) const override {
    const auto lead = static_cast<unsigned char>(text[0]);
    return std::min<size_t>(text.size(), lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4);
  }
  std::u32string TextOf(std::string_view code) const override {
    char32_t c = static_cast<unsigned char>(code[0]);
    if (code.size() > 1) c &= 0x7FU >> code.size();
    for (size_t i = 1; i < code.size(); ++i) c = c << 6 | (static_cast<unsigned char>(code[i]) & 0x3F);
    return {c};
  }
};

class Utf32Set : public CharacterSet {
 public:
  size_t CodeSize(std::string_view text) const override { return std::min<size_t>(text.size(), 4); }
  std::u32string TextOf(std::string_view code) const override {
    char32_t c = 0;
    for (const char byte : code) c = c << 8 | static_cast<unsigned char>(byte);
    return c <= 0x10FFFF ? std::u32string{c} : std::u32string{};
  }
};

// Sets of one and two bytes, through ICU's tables, which are part of its library.
class LegacySet : public CharacterSet {
 public:
  // Two lead ranges; `offset` is added to each byte of a code of two (sets of seven bits).
  LegacySet(UConverter* converter, unsigned low, unsigned high, unsigned low2, unsigned high2, unsigned offset)
      : converter_(converter, &ucnv_close), low_(low), high_(high), low2_(low2), high2_(high2), offset_(offset) {}

  size_t CodeSize(std::string_view text) const override {
    const unsigned lead = static_cast<unsigned char>(text[0]);
    const bool two = (lead >= low_ && lead <= high_) || (lead >= low2_ && lead <= high2_);
    return std::min<size_t>(text.size(), two ? 2 : 1);
  }
  std::u32string TextOf(std::string_view code) const override {
    std::string bytes(code);
    if (code.size() == 2) {
      for (char& c : bytes) c = static_cast<char>(static_cast<unsigned char>(c) + offset_);
    }
    UErrorCode error = U_ZERO_ERROR;
    UChar units[8];
    const int32_t size =
        ucnv_toUChars(converter_.get(), units, 8, bytes.data(), static_cast<int32_t>(bytes.size()), &error);
    if (U_FAILURE(error) || size < 1) return {};
    std::string utf16;
    for (int32_t i = 0; i < size; ++i) {
      utf16 += static_cast<char>(units[i] >> 8);
      utf16 += static_cast<char>(units[i] & 0xFF);
    }
    std::u32string text = FromUtf16(utf16);
    return text == U"\uFFFD" || text == U"\u001A" ? std::u32string() : text;
  }

 private:
  std::unique_ptr<UConverter, decltype(&ucnv_close)> converter_;
  unsigned low_, high_, low2_, high2_, offset_;
};

struct Legacy {
  std::string_view map;  // without -H or -V
  const char* converter;
  unsigned low, high, low2, high2, offset;
};
constexpr Legacy kLegacy[] = {
    {"GBK-EUC", "GBK", 0x81, 0xFE, 1, 0, 0},
    {"GBKp-EUC", "GBK", 0x81, 0xFE, 1, 0, 0},
    {"GB-EUC", "GBK", 0xA1, 0xFE, 1, 0, 0},
    {"GBpc-EUC", "GBK", 0xA1, 0xFC, 1, 0, 0},
    {"90ms-RKSJ", "ibm-943", 0x81, 0x9F, 0xE0, 0xFC, 0},
    {"90msp-RKSJ", "ibm-943", 0x81, 0x9F, 0xE0, 0xFC, 0},
    {"90pv-RKSJ", "ibm-943", 0x81, 0x9F, 0xE0, 0xFC, 0},
    {"83pv-RKSJ", "ibm-943", 0x81, 0x9F, 0xE0, 0xFC, 0},
    {"Add-RKSJ", "ibm-943", 0x81, 0x9F, 0xE0, 0xFC, 0},
    {"Ext-RKSJ", "ibm-943", 0x81, 0x9F, 0xE0, 0xFC, 0},
    {"EUC", "EUC-JP", 0xA1, 0xFE, 0x8E, 0x8E, 0},
    {"", "EUC-JP", 0x21, 0x7E, 1, 0, 0x80},
    {"B5pc", "Big5", 0xA1, 0xFC, 1, 0, 0},
    {"ETen-B5", "Big5", 0xA1, 0xFE, 1, 0, 0},
    {"ETenms-B5", "Big5", 0xA1, 0xFE, 1, 0, 0},
    {"HKscs-B5", "Big5-HKSCS", 0x87, 0xFE, 1, 0, 0},
    {"KSC-EUC", "windows-949", 0xA1, 0xFE, 1, 0, 0},
    {"KSCms-UHC", "windows-949", 0x81, 0xFE, 1, 0, 0},
    {"KSCms-UHC-HW", "windows-949", 0x81, 0xFE, 1, 0, 0},
    {"KSCpc-EUC", "windows-949", 0xA1, 0xFD, 1, 0, 0},
};

}  // namespace

std::shared_ptr<const CharacterSet> CharacterSet::OfCMap(std::string_view name) {
  if (name == "H" || name == "V") name = "";
  if (name.ends_with("-H") || name.ends_with("-V")) name.remove_suffix(2);
  if (name.starts_with("Uni")) {
    if (name.find("UCS2") != std::string_view::npos || name.find("UTF16") != std::string_view::npos)
      return std::make_shared<Utf16Set>();
    if (name.find("UTF8") != std::string_view::npos) return std::make_shared<Utf8Set>();
    if (name.find("UTF32") != std::string_view::npos) return std::make_shared<Utf32Set>();
    return nullptr;
  }
  for (const Legacy& legacy : kLegacy) {
    if (legacy.map != name) continue;
    UErrorCode error = U_ZERO_ERROR;
    UConverter* converter = ucnv_open(legacy.converter, &error);
    if (U_FAILURE(error)) return nullptr;
    return std::make_shared<LegacySet>(converter, legacy.low, legacy.high, legacy.low2, legacy.high2, legacy.offset);
  }
  return nullptr;
}

}  // namespace strongroom::pdf
