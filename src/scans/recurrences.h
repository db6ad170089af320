// What was found in one place of a page also goes where it stands without anything that tells what it is.
#pragma once

#include <vector>

#include "paper/page_finder.h"

namespace strongroom::scans {

// Adds to `finds` the other places of `page` where the same words stand, and those where a part of a person's name
// stands alone.  `finds` stays sorted, none overlaps another.
void AddRecurrences(const paper::PageText& page, std::vector<paper::PageFind>& finds);

}  // namespace strongroom::scans
