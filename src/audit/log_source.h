// A log as tlog-tiles publishes it (https://c2sp.org/tlog-tiles): checkpoint, hash tiles, entry bundles.  The log's own
// store, a directory and a server all answer to this interface, so that exporting and proving need not know which.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/tree.h"
#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

class LogSource : public TileReader {
 public:
  // The newest checkpoint, a signed note.
  virtual Result<std::string> ReadCheckpoint() const = 0;
  // Entries [256 * index, 256 * index + width), each with a two-byte length before it.
  virtual Result<Bytes> ReadBundle(uint64_t index, size_t width) const = 0;
};

constexpr char kCheckpointPath[] = "checkpoint";
std::string TilePath(uint8_t level, uint64_t index, size_t width);  // "tile/0/x001/234.p/17"
std::string BundlePath(uint64_t index, size_t width);               // "tile/entries/x001/234"

constexpr size_t kLeafLimitBytes = 65'535;
// Precondition: every entry is at most kLeafLimitBytes.
Bytes EncodeBundle(const std::vector<Bytes>& entries);
// Exactly `width` entries as views into `bundle`.  On failure kLogInvalid, and `entries` holds those before the fault.
Status DecodeBundle(ByteView bundle, size_t width, std::vector<ByteView>& entries);

// Every tile, or every bundle (level ignored), of a log of `size` entries; stops at the first failure.
Status ForEachTile(uint64_t size, const std::function<Status(uint8_t level, uint64_t index, size_t width)>& visit);
Status ForEachBundle(uint64_t size, const std::function<Status(uint64_t index, size_t width)>& visit);

}  // namespace strongroom
