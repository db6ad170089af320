// LogState: what the sequencer knows of one log, in one sealed row of the data store.  Whoever changes the log does so
// on condition that this row is still the one it read (docs/formats/audit-log.md).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "audit/inbox.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "keys/key_ring.h"
#include "store/store.h"

namespace strongroom {

struct LogState {
  std::string origin;                         // the log's name in checkpoints
  uint64_t size = 0;                          // entries in the tree
  Digest root{};                              // of the tree
  uint64_t digested = 0;                      // entries below this index are covered by look-up rows
  std::map<uint32_t, InboxPosition> writers;  // how far each inbox is integrated
  StoreVersion version = kAbsent;             // of the row it was read from; not stored

  // Where `writer` stands; its start when nothing of it is integrated yet.
  InboxPosition PositionOf(CompartmentId compartment, uint32_t writer) const;
};

// Keys of the log's rows in the data store, all under 'l'.
Bytes LogStateKey();
Bytes LogCheckpointKey();                         // the newest checkpoint, as published
Bytes LogTileKey(uint8_t level, uint64_t index);  // one tile, grown in place until it is full
Bytes LogRunKey(uint64_t first_index);            // where the entries from this log index on lie
Bytes LogDigestKey(uint64_t first_index);         // look-up row of the entries from this log index on
constexpr char kLogMarkKey[] = "M";               // in the key store: the newest checkpoint

// nullopt when the log was never sequenced.  kLogInvalid when the row does not open.
Result<std::optional<LogState>> ReadLogState(const StoreReader& data, const KeyRing& ring);
Result<Bytes> SealLogState(const LogState& state, const KeyRing& ring, Random& random);

// A run: consecutive log entries that are consecutive entries of one writer.  Key: LogRunKey.
struct LogRun {
  uint64_t first_index = 0;
  uint32_t writer = 0;
  uint64_t first_sequence = 0;
  uint32_t count = 0;
};
Bytes EncodeLogRun(const LogRun& run);  // the value
Result<LogRun> DecodeLogRun(ByteView key, ByteView value);

}  // namespace strongroom
