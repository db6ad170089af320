// Zip archives in memory, read from strangers and written anew (libzip).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace strongroom::redact {

struct ZipEntry {
  std::string name;
  std::string data;
};

// An archive may ask for a thousand times its size; these are what office documents stay far below.
struct ZipLimits {
  size_t most_entries = 5000;
  uint64_t most_bytes = uint64_t{256} << 20;  // of all entries, inflated
  uint64_t most_ratio = 300;                  // inflated to packed, of an entry of more than 1 MiB
};

// All entries in their order.  kUnsupportedMediaType: it is no whole zip archive, an entry is encrypted or named twice,
// its checksum is wrong, or a limit is passed.
Result<std::vector<ZipEntry>> ReadZip(std::string_view bytes, const ZipLimits& limits = {});
// Times are all 1980-01-01; an entry called "mimetype" is stored as it is (OpenDocument 1.3 part 2, 3.3).
Result<std::string> WriteZip(const std::vector<ZipEntry>& entries);

}  // namespace strongroom::redact
