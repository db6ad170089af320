// What the machine itself can do with the same bytes: the disk's flush, the cipher, the storage engine alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "product/bench_vault.h"

namespace strongroom::bench {

// Microseconds for write and fdatasync of 4 KiB, behind the end of a file or inside one.
Result<double> FlushMicros(const std::string& dir, bool preallocated);
// Nanoseconds to seal `size_bytes` with AES-256-GCM, context and key kept.
Result<double> GcmNanos(size_t size_bytes);

struct EngineRates {
  double creates_per_second = 0;       // groups of 64 creates, as 64 waiting clients give
  double bulk_creates_per_second = 0;  // groups of 500
  double tokens_per_second = 0;        // eight writers of batches of 100: reads of the records, puts of the tokens
};
// The same stores with the same options and rows of the same sizes, with nothing above them: no cipher, no log, no
// keys.  Data store and key store are written at the same time.  `kinds`: what a vault of `customers` holds.
Result<EngineRates> MeasureEngine(const std::string& dir, const std::vector<RowKind>& kinds, uint64_t customers,
                                  double seconds);

}  // namespace strongroom::bench
