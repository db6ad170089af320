// The section `soak`: a mixed load at a steady share of what the server can do, for a long time.  Does its memory stay
// where it was, and is every request answered as it should be?
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace strongroom::bench {

struct SoakOptions {
  std::string scratch_dir;
  uint64_t customers = 100'000;
  double minutes = 60;
  double load_share = 0.7;      // of what it can do
  int server_percent = 0;       // of one core that the server may use at most; 0: what it gets
  double warm_up_minutes = 10;  // while caches fill; at most a third of all
};
Status SoakSection(const SoakOptions& options);

}  // namespace strongroom::bench
