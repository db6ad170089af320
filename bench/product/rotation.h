// The section `rotation`: what rotating the keys costs, what requests notice of it, and whether it goes on after the
// server was killed.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace strongroom::bench {

struct RotationOptions {
  std::string scratch_dir;
  std::string keep_dir;  // as of `sizes`
  uint64_t customers = 100'000;
  int seconds = 4;
  int rounds = 3;
  double rate = 1'000;  // reveals a second; creates: a quarter of it
  int kills = 10;
};
Status RotationSection(const RotationOptions& options);

}  // namespace strongroom::bench
