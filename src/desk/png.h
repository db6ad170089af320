// Pictures as PNG (W3C Portable Network Graphics, third edition), for a person to look at.
#pragma once

#include <string>

#include "paper/page_text.h"

namespace strongroom::desk {

// Precondition: the picture holds width * height * channels samples.  Empty when it has no pixels or memory is short.
std::string EncodePng(const paper::Picture& picture);

// Both beside each other with a gap between them, in colour; the lower one on white.
paper::Picture SideBySide(const paper::Picture& left, const paper::Picture& right);

}  // namespace strongroom::desk
