// What the log says of finds: how many of which kind.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "detect/finding.h"

namespace strongroom {

using FindCounts = std::array<uint64_t, detect::kKindCount>;

// "PERSON 3, EMAIL 1": as many kinds as an entry's detail has room for.
std::string FindSummary(const FindCounts& counts);
// For an entry's count.
uint32_t BoundedCount(uint64_t count);

}  // namespace strongroom
