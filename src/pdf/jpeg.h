// JPEG pictures of a PDF without what stands beside the picture.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "paper/paper.h"

namespace strongroom::pdf {

// The same picture written anew from its coefficients (ITU-T T.81), as jpegtran does: every pixel is what it was, and
// nothing comes along that is none: no segments of applications, no comments, no bytes between the picture's last block
// and its end or behind that.  Nothing when it cannot be read or is larger than the limits allow.
std::optional<std::string> JpegAnew(std::string_view bytes, const paper::PaperLimits& limits);

}  // namespace strongroom::pdf
