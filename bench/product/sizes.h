// The section `sizes`: what more customers cost a request, the memory, the disk and the start.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace strongroom::bench {

struct SizesOptions {
  std::string scratch_dir;
  std::string keep_dir;  // where vaults of a million and more are kept, and found again; empty: nowhere
  std::vector<uint64_t> sizes;
  int seconds = 4;
  int rounds = 3;
  double rate = 1'000;  // requests a second, of the latencies
  bool cold = false;    // files are not read before each load: how much of them is in memory is the machine's to say
};
Status SizesSection(const SizesOptions& options);

}  // namespace strongroom::bench
