// FleetRows: what servers that work on one vault tell each other, in the office's data store (docs/formats/fleet.md).
//
//   'v' 'd'                  who is on duty
//   'v' 'e' compartment u32  which epoch of this room's keys is to be the open one
//   'v' 's' number u8        a server: who it is, and a beat that moves while it lives
//   'v' 't' table u8         drawn anew with every change of a table that servers keep in memory
//
// One scan reads all of it: that is a look.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/random.h"
#include "keys/key_ring.h"
#include "store/store.h"

namespace strongroom {

struct ServerLease {
  uint32_t number = 0;
  std::string name;     // the machine's
  std::string address;  // where it listens
  std::string version;
  UnixMillis started_at = 0;
  uint64_t beat = 0;
  StoreVersion row_version = kAbsent;
};

struct DutyLease {
  uint32_t number = 0;
  uint64_t beat = 0;
  StoreVersion row_version = kAbsent;
};

struct EpochNotice {
  Epoch wanted = 0;
  Bytes drawn;  // another one each time the notice is given
};

struct FleetSight {
  std::map<uint8_t, Bytes> changes;  // by table
  std::map<CompartmentId, EpochNotice> epochs;
  std::vector<ServerLease> servers;  // ascending by number
  std::optional<DutyLease> duty;
};

// 'v' 't' table: the row that a change of a document in this table draws anew.
Bytes FleetChangeKey(uint8_t table);
constexpr size_t kFleetDrawBytes = 8;

// Any thread.
class FleetRows {
 public:
  // All must outlive this.
  FleetRows(Store& office_data, std::shared_ptr<const KeyRing> office_ring, Random& random)
      : store_(office_data), ring_(std::move(office_ring)), random_(random) {}

  Result<FleetSight> Look() const;
  // Writes `mine` with its next beat, on condition that the row is what this server wrote last; likewise `duty` when
  // given, which may be somebody else's of before.  kStorageConflict: another process goes by this number, or took the
  // duty.
  Status Beat(ServerLease& mine, DutyLease* duty);
  // The rows of a server that ends.
  Status Leave(const ServerLease& mine, const DutyLease* duty);
  Status NoticeEpoch(CompartmentId compartment, Epoch wanted);

 private:
  Result<Bytes> Sealed(const Bytes& row_key, ByteView content) const;
  Result<Bytes> Opened(const StoreRow& row) const;

  Store& store_;
  const std::shared_ptr<const KeyRing> ring_;
  Random& random_;
};

}  // namespace strongroom
