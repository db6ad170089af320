// What the key store says of an epoch: a row of its own ('E' || epoch, docs/formats/key-store.md), which outlives the
// epoch's keys and proves how they ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "keys/ids.h"
#include "keys/ring_epochs.h"
#include "store/store.h"

namespace strongroom {

enum class EpochState : uint8_t {
  kOpen = 1,       // new rows stand under it
  kClosed = 2,     // what stands under it moves to the open one
  kEmpty = 3,      // a scan of everything found nothing under it
  kDestroyed = 4,  // its keys are deleted
};
std::string_view NameOf(EpochState state);

// Where the move out of a closed epoch stands.  A crash goes on from there.
enum class MovePhase : uint8_t {
  kNone = 0,
  kCustomerKeys = 1,  // wrapped anew
  kReferences = 2,    // blinded anew
  kUniqueRows = 3,
  kProof = 4,
  kUntold = 5,  // it became empty or was destroyed, and the log does not say so yet
};
std::string_view NameOf(MovePhase phase);

struct EpochInfo {
  Epoch epoch = 0;
  EpochState state = EpochState::kOpen;
  UnixMillis opened_at = 0;  // 0: before epochs had rows
  UnixMillis closed_at = 0;
  UnixMillis empty_at = 0;
  UnixMillis destroyed_at = 0;
  MovePhase phase = MovePhase::kNone;
  Bytes cursor;               // the first row of the phase that is not done
  uint64_t moved_keys = 0;    // customers' keys wrapped anew
  uint64_t moved_rows = 0;    // index rows blinded anew
  uint64_t scanned_keys = 0;  // by the proof
  uint64_t scanned_rows = 0;
  StoreVersion version = kAbsent;  // of the row; not part of it

  Bytes Encode() const;
  static Result<EpochInfo> Decode(ByteView bytes);
  bool operator==(const EpochInfo&) const = default;
};

// 'E' || epoch.
Bytes EpochRowKey(Epoch epoch);
// Puts the row, sealed under the ring's row key, on condition that it is still `info.version`.
Status PutEpochRow(StoreBatch& batch, const Aead& rows, CompartmentId compartment, const EpochInfo& info,
                   Random& random);
// The row that says which epoch new rows stand under, one in either store of a room: the epoch's number.  A batch of
// one of several servers is conditional on it, so that the database itself refuses what was prepared for an epoch that
// is closed.
Bytes TurnRowKey();
Bytes TurnRowValue(Epoch epoch);
StoreCondition StandsUnder(Epoch epoch);
// Nothing: there is no such row yet.  kDataCorrupt.
Result<std::optional<Epoch>> ReadTurnRow(const StoreReader& store);

// Ascending.  kDataCorrupt.
Result<std::vector<EpochInfo>> ReadEpochRows(const StoreReader& key_store, const Aead& rows, CompartmentId compartment);

}  // namespace strongroom
