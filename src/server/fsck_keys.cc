// Keys, ledger and epochs of a room: each customer's key opens and has its record, nobody in the ledger has a key, and
// the epochs' keys are held or gone as their rows say.  A key without a record is a create under way, or one that broke
// off: it opens nothing, and a repair takes it away.
#include <utility>

#include "keys/customer_key_row.h"
#include "server/fsck_run.h"

namespace strongroom {
namespace {

class KeyCheck {
 public:
  KeyCheck(FsckRun& run, Room& room) : run_(run), room_(room), rows_(run.RowsOf(room)) {}

  Status Run() {
    RETURN_IF_ERROR(CheckEpochs());
    RETURN_IF_ERROR(CountUnknown());
    if (room_.customer_keys == nullptr) return Status::Ok();
    RETURN_IF_ERROR(CheckCustomers());
    RETURN_IF_ERROR(CheckBlocks());
    RETURN_IF_ERROR(CheckMoves());
    return CheckLedger();
  }

 private:
  Status CheckCustomers() {
    Bytes begin;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<StoredKey> page, rows_.Keys(begin, FsckRun::kPage));
      std::vector<CustomerId> orphans;
      for (const StoredKey& key : page) RETURN_IF_ERROR(Check(key, orphans));
      run_.Count(FsckCheck::kKeys, page.size());
      run_.report.orphan_keys += orphans.size();
      if (run_.repair() && !run_.options.keep_orphan_keys && !orphans.empty()) {
        RETURN_IF_ERROR(room_.customer_keys->DropOrphans(orphans));
        run_.report.mended_rows += orphans.size();
      }
      if (page.size() < FsckRun::kPage) return Status::Ok();
      begin = StoredRows::After(page.back().row_key);
    }
  }

  static std::string_view WrongWith(StoredKey::State state) {
    switch (state) {
      case StoredKey::State::kOpens:
        return {};
      case StoredKey::State::kMalformed:
        return "the customer's key is malformed";
      case StoredKey::State::kDamaged:
        return "the customer's key does not open";
      case StoredKey::State::kNoEpoch:
        return "the customer's key is wrapped under an epoch that never was";
      case StoredKey::State::kEpochEnded:
        return "the customer's key is wrapped under an epoch whose keys are destroyed";
    }
    return {};
  }

  Status Check(const StoredKey& key, std::vector<CustomerId>& orphans) {
    if (const std::string_view wrong = WrongWith(key.state); !wrong.empty()) {
      run_.FindOf(FsckCheck::kKeys, room_, key.customer, std::string(wrong));
      return Status::Ok();
    }
    ASSIGN_OR_RETURN(const bool erased, room_.customer_keys->IsErased(key.customer));
    if (erased) {
      // The two change in one batch: a page read before it still has the key.
      const Result<CustomerKeyPtr> now = room_.customer_keys->GetAfresh(key.customer);
      if (now.ok()) run_.FindOf(FsckCheck::kKeys, room_, key.customer, "there is a key, though the ledger says erased");
      return Status::Ok();
    }
    if (key.blocked) {
      // The two change in one batch: looked at again, the key first.
      ASSIGN_OR_RETURN(const bool noted, IsNoted(key.customer));
      ASSIGN_OR_RETURN(const bool moving, run_.IsMoving(key.customer));
      ASSIGN_OR_RETURN(const bool still, IsMarked(key.customer));
      if (!noted && !moving && still)
        run_.FindOf(FsckCheck::kKeys, room_, key.customer, "is blocked, and nothing says until when");
    }
    ASSIGN_OR_RETURN(const bool record, FsckRun::HasRecord(rows_, key.customer));
    if (record) return Status::Ok();
    ASSIGN_OR_RETURN(const bool erasing, FsckRun::IsBeingErased(room_, key.customer));
    ASSIGN_OR_RETURN(const bool moving, run_.IsMoving(key.customer));
    if (!erasing && !moving) orphans.push_back(key.customer);
    return Status::Ok();
  }

  Result<bool> IsNoted(CustomerId customer) const {
    ASSIGN_OR_RETURN(const std::optional<ErasureBlock> block, room_.customer_keys->BlockOf(customer));
    return block.has_value();
  }

  Result<bool> IsMarked(CustomerId customer) const {
    ASSIGN_OR_RETURN(const std::vector<StoredKey> key, rows_.Keys(CustomerKeyRowKey(customer), 1));
    return !key.empty() && key.front().customer == customer && key.front().blocked;
  }

  // Who is to be erased, and the key says so: that is what everybody asks.  A repair makes it say so.
  Status CheckBlocks() {
    CustomerId begin = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<BlockedCustomer> page,
                       room_.customer_keys->ScanBlocked(begin, FsckRun::kPage));
      for (const BlockedCustomer& one : page) {
        ASSIGN_OR_RETURN(const bool marked, IsMarked(one.customer));
        if (marked) continue;
        ASSIGN_OR_RETURN(const bool still, IsNoted(one.customer));
        if (!still) continue;
        if (run_.repair()) RETURN_IF_ERROR(room_.customer_keys->Block(one.customer, one.block));
        if (run_.repair()) ++run_.report.mended_rows;
        run_.FindOf(FsckCheck::kKeys, room_, one.customer, "is to be erased, and is not blocked", run_.repair());
      }
      run_.Count(FsckCheck::kKeys, page.size());
      if (page.size() < FsckRun::kPage) return Status::Ok();
      begin = page.back().customer + 1;
    }
  }

  // Whoever left lives somewhere, and has no key here any more.
  Status CheckMoves() {
    CustomerId begin = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<CustomerId> page, room_.customer_keys->ScanDepartures(begin, FsckRun::kPage));
      for (const CustomerId customer : page) RETURN_IF_ERROR(CheckDeparture(customer));
      run_.Count(FsckCheck::kKeys, page.size());
      if (page.size() < FsckRun::kPage) break;
      begin = page.back() + 1;
    }
    begin = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<CustomerId> page, room_.customer_keys->ScanArrivals(begin, FsckRun::kPage));
      for (const CustomerId customer : page) {
        if (room_.customer_keys->ArrivalOf(customer).reason() == Reason::kDataCorrupt)
          run_.FindOf(FsckCheck::kKeys, room_, customer, "the row of this customer's arrival does not open");
      }
      run_.Count(FsckCheck::kKeys, page.size());
      if (page.size() < FsckRun::kPage) return Status::Ok();
      begin = page.back() + 1;
    }
  }

  Status CheckDeparture(CustomerId customer) {
    const Result<std::optional<Departure>> departure = room_.customer_keys->DepartureOf(customer);
    if (departure.reason() == Reason::kDataCorrupt) {
      run_.FindOf(FsckCheck::kKeys, room_, customer, "the row that says where this customer was moved does not open");
      return Status::Ok();
    }
    RETURN_IF_ERROR(departure.status());
    if (!departure->has_value() || (*departure)->state != DepartureState::kGone) return Status::Ok();
    ASSIGN_OR_RETURN(const bool moving, run_.IsMoving(customer));
    if (moving) return Status::Ok();
    if (run_.house.RoomById((*departure)->to) == nullptr) {
      run_.FindOf(FsckCheck::kKeys, room_, customer, "was moved to a compartment that is not there");
      return Status::Ok();
    }
    const Result<CustomerKeyPtr> key = room_.customer_keys->GetAfresh(customer);
    ASSIGN_OR_RETURN(const std::optional<Departure> now, room_.customer_keys->DepartureOf(customer));
    if (key.ok() && now.has_value() && now->state == DepartureState::kGone) {
      run_.FindOf(FsckCheck::kKeys, room_, customer, "there is a key, though the customer was moved away");
    }
    return Status::Ok();
  }

  Status CheckLedger() {
    Bytes begin;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<StoredErasure> page, rows_.Erasures(begin, FsckRun::kPage));
      for (const StoredErasure& erasure : page) {
        if (!erasure.customer.has_value()) {
          run_.Find(FsckCheck::kKeys, room_, "a row of the ledger of erasures has a malformed key");
        } else if (!erasure.opens) {
          run_.FindOf(FsckCheck::kKeys, room_, *erasure.customer, "the ledger's row of this erasure does not open");
        }
      }
      run_.Count(FsckCheck::kKeys, page.size());
      if (page.size() < FsckRun::kPage) return Status::Ok();
      begin = StoredRows::After(page.back().row_key);
    }
  }

  Status CheckEpochs() {
    ASSIGN_OR_RETURN(const std::vector<EpochInfo> epochs, rows_.Epochs());
    ASSIGN_OR_RETURN(const StoredRows::RingRows ring, rows_.Ring());
    int open = 0;
    for (const EpochInfo& info : epochs) {
      run_.Count(FsckCheck::kKeys);
      if (info.epoch == 0) {
        run_.Find(FsckCheck::kKeys, room_, "the row of an epoch does not open");
        continue;
      }
      open += info.state == EpochState::kOpen ? 1 : 0;
      const auto held = ring.of_epoch.find(info.epoch);
      const int keys = held == ring.of_epoch.end() ? 0 : held->second;
      const std::string name = "epoch " + std::to_string(info.epoch);
      if (info.state == EpochState::kDestroyed && keys != 0)
        run_.Find(FsckCheck::kKeys, room_, name + " is destroyed, and keys of it are there");
      if (info.state != EpochState::kDestroyed && keys != 2) run_.Find(FsckCheck::kKeys, room_, name + " lacks a key");
      if (info.state == EpochState::kClosed) run_.Unfinished(room_, name + " is being emptied");
    }
    if (!epochs.empty() && open != 1)
      run_.Find(FsckCheck::kKeys, room_, "not one epoch of keys is open, but " + std::to_string(open));
    if (ring.next_root > 0) run_.Unfinished(room_, "a rotation of the root key");
    return Status::Ok();
  }

  // No damage: a newer release may have written them.
  Status CountUnknown() {
    ASSIGN_OR_RETURN(const auto data, rows_.UnknownData());
    ASSIGN_OR_RETURN(const auto keys, rows_.UnknownKeys());
    for (const auto& [kind, rows] : data) run_.report.unknown_rows["data '" + std::string(1, kind) + "'"] += rows;
    for (const auto& [kind, rows] : keys) run_.report.unknown_rows["keys '" + std::string(1, kind) + "'"] += rows;
    return Status::Ok();
  }

  FsckRun& run_;
  Room& room_;
  const StoredRows rows_;
};

}  // namespace

Status CheckKeys(FsckRun& run, Room& room) { return KeyCheck(run, room).Run(); }

}  // namespace strongroom
