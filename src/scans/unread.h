// Ink on a page that no word covers.
#pragma once

#include <vector>

#include "base/status.h"
#include "paper/page_text.h"
#include "scans/pix.h"

namespace strongroom::scans {

inline constexpr float kConfidentWord = 60;  // percent: from here on a word counts as read

struct InkLeft {
  double share = 0;       // of the inked area
  double page_share = 0;  // of the page
  std::vector<paper::Box> boxes;
};

// `even_grey` as straighten.h makes it, about 300 dots per inch; `read` in its pixels.  kInternal when memory is short.
Result<InkLeft> InkLeftOf(Pix* even_grey, const std::vector<paper::Box>& read);

}  // namespace strongroom::scans
