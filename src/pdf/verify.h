// The result, opened again as a stranger would: nothing of what was taken out may be left in it.
#pragma once

#include <string_view>
#include <vector>

#include "paper/paper.h"
#include "pdf/taken_values.h"

namespace strongroom::pdf {

// Looks for the values in the text of all pages (in the order of reading, and joined), in every string and name of
// every object, in the strings of content, in all decoded streams and in the file's bytes; and in the drawing of the
// pages `drawn` (from 0), where there are a renderer and a reader.  kInternal when one is found, or the file does not
// open.
Status VerifyGone(std::string_view bytes, const TakenValues& values, const std::vector<uint32_t>& drawn,
                  const paper::PaperOptions& options);

}  // namespace strongroom::pdf
