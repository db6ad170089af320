// The character map of an embedded TrueType font, read backwards: what its glyphs stand for.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace strongroom::pdf {

// By glyph number.  Empty when the font has no Unicode map or is broken.  `code_to_glyph`, when not null, gets the map
// of a symbolic font (1,0 or 3,0): by code 0 to 255.
std::unordered_map<uint32_t, char32_t> CharactersOfGlyphs(std::string_view font,
                                                          std::unordered_map<uint32_t, uint32_t>* code_to_glyph);

}  // namespace strongroom::pdf
