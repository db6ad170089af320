// What `strongroom fsck` of a stopped vault prints.
#pragma once

#include <cstdint>
#include <string>

#include "server/fsck.h"

namespace strongroom {

// One line a finding, unfinished work, then counts and speed.  `millis`: how long the check took, at least 1.
std::string FsckText(const FsckReport& report, int64_t millis);
std::string FsckJson(const FsckReport& report, int64_t millis);

}  // namespace strongroom
