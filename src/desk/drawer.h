// Draws pages of PDF as a person sees them: with Poppler's pdftoppm, confined (confined/program.h).
#pragma once

#include <string_view>

#include "base/status.h"
#include "paper/paper.h"

namespace strongroom::desk {

// Whether the program is there (Debian: poppler-utils).
bool CanDraw();
// What to say when it is not.
inline constexpr std::string_view kCannotDraw =
    "Pages cannot be drawn, because pdftoppm is not installed (Debian: poppler-utils); what only a drawing would tell "
    "is "
    "not seen.";

// `page` from 1, its crop box, in grey or colour.  kUnsupportedMediaType when it cannot be drawn within the limits,
// kConfigInvalid when there is nothing to draw it with.  Any thread.
Result<paper::Picture> DrawPdfPage(std::string_view pdf, uint32_t page, uint32_t dots_per_inch,
                                   const paper::PaperLimits& limits);

}  // namespace strongroom::desk
