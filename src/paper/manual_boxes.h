// Boxes that a person drew, from a file: docs/formats/manual-boxes.md.
#pragma once

#include <string_view>
#include <vector>

#include "base/status.h"
#include "paper/paper.h"

namespace strongroom::paper {

struct ManualBoxes {
  std::vector<PageBox> boxes;   // to be taken out
  std::vector<PageBox> lifted;  // in which finds stay
};

// A box in a file may be given in a unit of length or as a share of its page.  How large a page is in the unit of its
// boxes (pixels of a picture, points of a PDF) and how many of those are an inch is known when the page is: 0 for what
// is not known, and then boxes in those units are refused (kInvalidArgument).
struct PageSize {
  double width = 0;
  double height = 0;
  double per_inch = 0;
};

// Boxes in "pixels" are for scans and those in "points" for PDF; for either `own_unit` says which is the unit of pages
// here, and the other is refused.  `sizes` by page, from the first; a page that is not there has none.
// The JSON reader's reasons, and kInvalidArgument, each with the box at fault.
Result<ManualBoxes> ParseManualBoxes(std::string_view json, std::string_view own_unit,
                                     const std::vector<PageSize>& sizes = {});

}  // namespace strongroom::paper
