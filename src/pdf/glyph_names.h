// What the codes and glyph names of Latin fonts mean (ISO 32000-1 annex D, Adobe Glyph List).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace strongroom::pdf {

enum class BaseEncoding : uint8_t { kStandard, kWinAnsi, kMacRoman, kPdfDoc };

// 256 characters by code; 0 where the encoding has none.
const char16_t* EncodingTable(BaseEncoding encoding);

// "adieresis", "uni00E4", "u1F600", "f_i", "a.sc"; empty when the name says nothing ("g12").  Any thread.
std::u32string TextOfGlyphName(std::string_view name);

void AppendUtf8(char32_t c, std::string& out);

}  // namespace strongroom::pdf
