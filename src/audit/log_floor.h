// LogFloor: below which entry a log has been pruned by policy (docs/formats/audit-log.md, "Pruning").
//
// What is gone is entries and look-up rows.  Hashes stay: the tree, every checkpoint and every proof are as before.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "audit/inbox.h"
#include "base/status.h"
#include "keys/key_ring.h"
#include "store/store.h"

namespace strongroom {

struct LogFloor {
  // Of one writer.
  struct Writer {
    InboxPosition kept;        // where the rows that stay begin
    uint64_t first_above = 0;  // its first entry at or above the floor; rows are kept whole, so not below `kept`
    bool operator==(const Writer&) const = default;
  };

  uint64_t index = 0;  // entries below are gone; a multiple of 256
  std::map<uint32_t, Writer> writers;
  StoreVersion version = kAbsent;  // of the row it was read from; not stored

  // Where the rows of this writer begin.
  InboxPosition BeginOf(CompartmentId compartment, uint32_t writer) const {
    const auto found = writers.find(writer);
    return found != writers.end() ? found->second.kept : InboxPosition{0, ChainStart(compartment, writer)};
  }
};

Bytes LogFloorKey();
// A log that was never pruned has a floor of 0.  kLogInvalid when the row does not open.
Result<LogFloor> ReadLogFloor(const StoreReader& data, const KeyRing& ring);
Result<Bytes> SealLogFloor(const LogFloor& floor, const KeyRing& ring, Random& random);

class LogReader;
class TileReader;
// The floor of whoever has the log's reader alone: 0 when nothing was pruned.  A few reads.
Result<uint64_t> PrunedBelow(const LogReader& log);
// The hash of an entry that is in the tree, whether the entry itself is there or not.
Result<Digest> LeafOf(const TileReader& tiles, uint64_t index);

// What the entry of a pruning says, in the detail of an AuditEntry: "entries 0 to 1023 pruned; checkpoint 5000".
struct PruneNote {
  uint64_t begin = 0;
  uint64_t end = 0;  // exclusive
  uint64_t checkpoint_size = 0;
  std::string Format() const;
  static std::optional<PruneNote> Parse(std::string_view detail);
};

}  // namespace strongroom
