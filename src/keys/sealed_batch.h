// SealedBatch: changes to one compartment's data store, already sealed and blinded.  SealedStore fills it; the audit
// journal commits it together with the entry that records it.  There is no other way to the disk.
#pragma once

#include <utility>

#include "keys/ring_epochs.h"
#include "store/store.h"

namespace strongroom {

class SealedBatch {
 public:
  SealedBatch() = default;
  SealedBatch(SealedBatch&&) noexcept = default;
  SealedBatch& operator=(SealedBatch&&) noexcept = default;
  bool empty() const { return rows_.puts.empty() && rows_.deletes.empty() && rows_.conditions.empty(); }
  size_t ApproximateSizeBytes() const { return rows_.ApproximateSizeBytes(); }

  // For the layers that own stores (keys, audit) alone; tests/house checks that nobody above calls it.
  StoreBatch& rows() { return rows_; }
  const StoreBatch& rows() const { return rows_; }

  // The epoch that the batch's blinded rows were made for; null when it has none.  Whoever commits asks it first.
  const EpochLeasePtr& lease() const { return lease_; }
  void SetLease(EpochLeasePtr lease) { lease_ = std::move(lease); }

 private:
  StoreBatch rows_;
  EpochLeasePtr lease_;
};

}  // namespace strongroom
