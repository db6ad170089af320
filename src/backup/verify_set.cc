#include "backup/verify_set.h"

#include <map>
#include <optional>
#include <utility>

#include "backup/set_file.h"
#include "backup/set_reader.h"
#include "backup/snapshot_rows.h"
#include "backup/whole_hash.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr size_t kBatchBytes = 4 << 20;
constexpr size_t kBatchRows = 4096;
constexpr uint64_t kProgressRows = 4096;

class Restorer {
 public:
  explicit Restorer(const ScratchStores& make) : make_(make) {}

  Status Apply(SetRow row) {
    if (row.room != room_) {
      RETURN_IF_ERROR(Flush());
      room_ = row.room;
    }
    bytes_ += row.key.size() + (row.value.has_value() ? row.value->size() : 0);
    if (row.value.has_value()) {
      batch_.puts.push_back({std::move(row.key), *std::move(row.value)});
    } else {
      batch_.deletes.push_back(std::move(row.key));
    }
    if (bytes_ < kBatchBytes && batch_.puts.size() + batch_.deletes.size() < kBatchRows) return Status::Ok();
    return Flush();
  }

  Status Flush() {
    if (batch_.puts.empty() && batch_.deletes.empty()) return Status::Ok();
    ASSIGN_OR_RETURN(Store * store, Of(room_));
    RETURN_IF_ERROR(store->Commit(batch_));
    batch_ = StoreBatch();
    bytes_ = 0;
    return Status::Ok();
  }

  // What stands in the scratch store is what stood in the snapshot.
  Status Compare(const RoomTotals& totals) {
    ASSIGN_OR_RETURN(Store * store, Of(totals.room));
    ASSIGN_OR_RETURN(std::unique_ptr<StoreReader> snapshot, store->Snapshot());
    SnapshotRows rows(std::move(snapshot));
    Sha256Stream hash;
    uint64_t count = 0;
    while (true) {
      ASSIGN_OR_RETURN(const StoreRow* row, rows.Next());
      if (row == nullptr) break;
      AddToWhole(hash, row->key, row->value);
      ++count;
    }
    if (count == totals.rows_whole && hash.Finish() == totals.hash_whole) return Status::Ok();
    return {Reason::kDataCorrupt, "restored, the room '" + totals.room + "' has " + std::to_string(count) +
                                      " rows, which are not the " + std::to_string(totals.rows_whole) +
                                      " that it had when the set was made"};
  }

 private:
  Result<Store*> Of(const std::string& room) {
    std::unique_ptr<Store>& store = stores_[room];
    if (store == nullptr) {
      ASSIGN_OR_RETURN(store, make_(room));
    }
    return store.get();
  }
  const ScratchStores& make_;
  std::map<std::string, std::unique_ptr<Store>> stores_;
  std::string room_;
  StoreBatch batch_;
  size_t bytes_ = 0;
};

// `before` is null for the first.
Status FollowsOn(const SetHeader& set, const SetHeader* before) {
  if (before == nullptr) {
    if (set.full()) return Status::Ok();
    return {Reason::kInvalidArgument,
            "it is an increment: name the full set that it goes on from first, then the "
            "increments in the order they were made"};
  }
  if (set.kind != before->kind || set.vault != before->vault)
    return {Reason::kInvalidArgument, "it is of another kind or another vault than the set named before it"};
  if (set.parent != before->id) {
    return {Reason::kInvalidArgument, "it goes on from " +
                                          (set.full() ? std::string("no set") : "the set " + HexEncode(set.parent)) +
                                          ", not from the set named before it, " + HexEncode(before->id)};
  }
  return Status::Ok();
}

Result<VerifiedSet> VerifyOne(const std::string& file, const AgeKeys& keys, const SetHeader* before, Restorer& restorer,
                              const std::function<void()>& count) {
  ASSIGN_OR_RETURN(AgeSource source, OpenSetFile(file));
  ASSIGN_OR_RETURN(const std::unique_ptr<SetReader> reader, SetReader::Open(std::move(source), keys));
  RETURN_IF_ERROR(FollowsOn(reader->header(), before));
  while (true) {
    ASSIGN_OR_RETURN(std::optional<SetRow> row, reader->Next());
    if (!row.has_value()) break;
    RETURN_IF_ERROR(restorer.Apply(*std::move(row)));
    count();
  }
  RETURN_IF_ERROR(restorer.Flush());
  for (const RoomTotals& totals : reader->totals()) RETURN_IF_ERROR(restorer.Compare(totals));
  return VerifiedSet{reader->header(), reader->totals()};
}

}  // namespace

Result<std::vector<VerifiedSet>> VerifySets(const std::vector<std::string>& files, const AgeKeys& keys,
                                            const ScratchStores& scratch,
                                            const std::function<void(uint64_t rows)>& progress) {
  if (files.empty()) return Status(Reason::kInvalidArgument, "name a backup set");
  Restorer restorer(scratch);
  std::vector<VerifiedSet> verified;
  uint64_t rows = 0;
  const auto count = [&] {
    if (++rows % kProgressRows == 0 && progress) progress(rows);
  };
  for (const std::string& file : files) {
    Result<VerifiedSet> one =
        VerifyOne(file, keys, verified.empty() ? nullptr : &verified.back().header, restorer, count);
    if (!one.ok()) return Status(one.reason(), file + ": " + one.status().message());
    verified.push_back(*std::move(one));
  }
  return verified;
}

}  // namespace strongroom
