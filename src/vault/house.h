// House: the rooms of an unlocked vault.  A room is one compartment (or the office) with the one way to its data: a
// SealedStore to read and prepare, a Journal to commit.  Built by the server when it unlocks, dropped when it locks.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.h"
#include "audit/log_reader.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/random.h"
#include "keys/fleet_rows.h"
#include "keys/key_epochs.h"
#include "keys/sealed_store.h"
#include "keys/server_view.h"
#include "vault/customer_code.h"

namespace strongroom {

// What the office knows of a compartment.  Stored as one document (Table::kHouse, "compartments").
struct CompartmentInfo {
  std::string name;  // [a-z0-9-]{1,32}; also the folder or schema of its stores
  CompartmentId id = 0;
  uint32_t first_bucket = 1;  // inclusive; bucket 0 is never used, so an id of zero means nobody
  uint32_t last_bucket = 0;
};

struct Room {
  CompartmentInfo info;
  std::unique_ptr<CustomerKeys> customer_keys;  // null in the office
  std::unique_ptr<SealedStore> sealed;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<LogReader> log;
  std::unique_ptr<KeyEpochs> epochs;  // the life of its keys
};

// Immutable once built; any thread.
class House {
 public:
  // `office` must be open.  `clock` and `random` must outlive the house.
  // `view` and `fleet`: of a server that works on the vault beside others; null: it is alone.
  House(std::unique_ptr<Room> office, std::vector<std::unique_ptr<Room>> compartments, const Clock& clock,
        Random& random, std::shared_ptr<ServerView> view = nullptr, std::unique_ptr<FleetRows> fleet = nullptr);

  Room& office() const { return *office_; }
  const std::vector<std::unique_ptr<Room>>& compartments() const { return compartments_; }
  // kCompartmentUnknown.  An empty name means the first compartment.
  Result<Room*> RoomByName(std::string_view name) const;
  // The compartment in which a customer was made, and where tokens with several owners are known; null for a bucket
  // that belongs to none (a code nobody was given).  Who was moved lives elsewhere: WhereIs().
  Room* RoomOf(CustomerId customer) const;
  // The compartment the customer lives in, moved or not (docs/formats/customer-move.md); null as above.  Reads a row of
  // the key store, so whoever finds the customer in RoomOf() need not ask.  kDataCorrupt.
  Result<Room*> WhereIs(CustomerId customer) const;
  // The same, with what else the rows say on the way there.
  struct Whereabouts {
    Room* room = nullptr;
    uint32_t left = 0;     // the generation of the key that stayed behind last; 0 when they never moved
    bool leaving = false;  // they live in `room`, and a copy is being made elsewhere
  };
  Result<Whereabouts> Follow(CustomerId customer) const;
  // Null when there is none.
  Room* RoomById(CompartmentId id) const;
  // A fresh id in one of the room's buckets.  Unique with overwhelming probability; writing it is conditional anyway.
  CustomerId DrawCustomerId(const Room& room) const;

  ServerView& view() const { return *view_; }
  FleetRows* fleet() const { return fleet_.get(); }
  // What must be done once is this server's to do.
  bool on_duty() const { return view_->on_duty(); }
  // kStorageConflict when it is another server's.
  Status CheckDuty() const;

  const CodeBook& codes() const { return codes_; }
  const Clock& clock() const { return clock_; }
  Random& random() const { return random_; }

  // The office's document of compartments.
  static Result<std::vector<CompartmentInfo>> ReadCompartments(const SealedStore& office);
  static Status WriteCompartments(const SealedStore& office, SealedBatch& batch,
                                  const std::vector<CompartmentInfo>& compartments);

 private:
  const std::shared_ptr<ServerView> view_;
  std::unique_ptr<FleetRows> fleet_;
  std::unique_ptr<Room> office_;
  std::vector<std::unique_ptr<Room>> compartments_;
  std::vector<Room*> by_bucket_;
  const Clock& clock_;
  Random& random_;
  CodeBook codes_;
};

}  // namespace strongroom
