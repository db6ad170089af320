// MovingStore: a store that moves to another place while it is used.
//
//   copying      every commit goes to the old place, and then to the new one; meanwhile page after page is compared and
//                what differs is written.  A whole pass that finds no difference is the proof, and in the same moment:
//   cut over     one row in the old place says that everything is in the new one now.  From then on only that is used.
//   emptying     the old place's rows are deleted: an erasure could not reach a copy that nobody opens any more.
//
// The rows are sealed and mean the same in every engine, versions included (docs/decisions/0005): nothing is opened to
// move it.  A crash at any point leaves either the old place whole, and the next start compares from the beginning, or
// the cut-over row.  Rows of the move itself: docs/formats/store-move.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "base/status.h"
#include "store/store.h"

namespace strongroom {

enum class StoreMovePhase : uint8_t { kCopying, kEmptying, kDone };

struct StoreMoveProgress {
  StoreMovePhase phase = StoreMovePhase::kCopying;
  uint64_t passes = 0;         // that began, since this was opened
  uint64_t rows_compared = 0;  // of the pass under way, or of the proof when it is over
  uint64_t rows_written = 0;   // by all passes: what differed
  uint64_t rows_deleted = 0;   // in the old place
  Status last;                 // of the last step, or of the last write that did not reach the new place
};

// What is asked of a store before it is used as it is.  kStoreMoved when everything in it is in another place now, or
// when it is a new place that is not complete yet.
Status CheckNotMoved(const Store& store);

// Any thread.
class MovingStore : public Store {
 public:
  static constexpr size_t kPageBytes = size_t{512} << 10;  // aimed at: commits wait while a page is compared

  // `id`: 16 random bytes, used if this is the beginning.  `to_name`: what the cut-over row says of the new place; no
  // secrets.  kStoreNotEmpty: the new place holds rows that this move did not bring.  kStoreMoved: everything in the
  // old place has moved to another place than this, or it is itself a new place that is not complete.
  static Result<std::unique_ptr<MovingStore>> Open(std::unique_ptr<Store> from, std::unique_ptr<Store> to, ByteView id,
                                                   const std::string& to_name);

  Result<std::optional<StoreValue>> Get(ByteView key) const override;
  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override;
  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override;
  // Answered when the old place has it, before the cut-over; that the new one could not be reached costs a pass, never
  // a commit.
  std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) override;
  Status Compact(ByteView begin, ByteView end) override;
  Result<std::unique_ptr<StoreReader>> Snapshot() const override;

  // The next page of the move.  False: there is nothing left to do.  An error leaves the store as usable as before; ask
  // again later.
  Result<bool> MoveSome();
  StoreMoveProgress progress() const;

 private:
  MovingStore(std::unique_ptr<Store> from, std::unique_ptr<Store> to, Bytes id, std::string to_name);
  Status Begin();
  Status CopyPage();
  Status BringRange(const std::vector<StoreRow>& rows, const Bytes& end);
  Status CutOver();
  Status EmptyPage();
  Store& live() const { return *live_.load(); }
  void Note(const Status& status);

  const std::unique_ptr<Store> from_;
  const std::unique_ptr<Store> to_;
  const Bytes id_;
  const std::string to_name_;
  std::atomic<Store*> live_;
  mutable std::shared_mutex reads_;  // shared by who reads; alone: no reader is left that began in the old place

  std::mutex commits_;       // held by one commit, or by one page; guards what follows
  Bytes cursor_;             // the first key that this pass has not compared
  size_t page_rows_ = 64;    // follows the rows' size
  bool differed_ = false;    // in this pass
  bool missed_one_ = false;  // a commit did not reach the new place: the pass proves nothing

  mutable std::mutex progress_mutex_;
  StoreMoveProgress progress_;
};

}  // namespace strongroom
