// Makes of candidates that may overlap the findings that do not.  Internal to detect.
#pragma once

#include <vector>

#include "detect/finding.h"

namespace strongroom::detect::internal {

// `findings` are sorted by where they begin.  Of two that overlap, the higher score stays, then the longer, then the
// kind whose loss would hurt more, then the one that stood first.  Time n log n in their number.
void Resolve(std::vector<Finding>& findings);

}  // namespace strongroom::detect::internal
