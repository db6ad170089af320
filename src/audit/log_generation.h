// Generations of a log: what a restore leaves behind in the key store ('G', docs/formats/restore.md).
//
// A log that was restored goes on from fewer entries than its checkpoints told the world of.  Under its old name that
// would be a second history; so it goes on under a new one (docs/decisions/0018-restore-and-log-generations.md).  The
// first generation has the name that the room gives it, and no row.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "audit/checkpoint.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/random.h"
#include "keys/key_ring.h"
#include "store/store.h"

namespace strongroom {

// How the restored log stands to the last checkpoint that the keys knew of.
enum class Continuity : uint8_t {
  kWhole = 1,    // it holds every entry of that checkpoint: nothing was lost
  kShorter = 2,  // it ends before it
  kOther = 3,    // it holds entries that the checkpoint does not speak of
  kUnknown = 4,  // the keys knew of none
};

struct LogGeneration {
  static constexpr size_t kRestoreIdBytes = 16;

  uint32_t number = 2;
  std::string origin;       // the log's name from now on
  UnixMillis began_at = 0;  //
  uint64_t size = 0;        // entries that it took over
  Continuity continuity = Continuity::kUnknown;
  Bytes restore;           // which restore began it: 16 random bytes
  std::string last_known;  // the checkpoint, a signed note under the name before; empty: none was known

  // Of `last_known`, unverified; nullopt when there is none.
  std::optional<Checkpoint> LastKnown() const;
  // "generation 2 goes on from 100 entries; last known checkpoint 134 <root>; 34 entries lost": what the first new
  // entry of the log says.
  std::string Describe() const;
  // Entries of the last known checkpoint that are gone.  0 also when that cannot be said (kOther, kUnknown).
  uint64_t Lost() const;
};

// The newest; nullopt for a log that was never restored.  kDataCorrupt.
Result<std::optional<LogGeneration>> ReadLogGeneration(const StoreReader& key_store, const KeyRing& ring);

// Makes the log in `data`, which was restored, go on under a new name: a row 'G', the mark, the log's state and its
// newest checkpoint.  Called again for the same restore it remembers what was last known before.  Precondition: nobody
// else has the stores, and nobody opens the log until this has come to its end (it is two batches).  kLogInvalid when
// the log does not agree with itself, or the mark is signed by nobody.
Result<LogGeneration> BeginLogGeneration(Store& data, Store& key_store, const std::shared_ptr<const KeyRing>& ring,
                                         const std::string& first_origin, ByteView restore, UnixMillis now,
                                         Random& random);

}  // namespace strongroom
