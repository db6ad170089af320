// How wide the glyphs of the fourteen fonts are that a PDF may name without their widths (ISO 32000-1 section 9.6.2.2).
#pragma once

#include <cstdint>
#include <string_view>

namespace strongroom::pdf {

// In thousandths of the font's size.  `font_name` is its BaseFont; what is not known is taken for Helvetica.
double StandardWidth(std::string_view font_name, char32_t character);

}  // namespace strongroom::pdf
