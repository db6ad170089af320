#include "keys/ring_epochs.h"

#include <chrono>
#include <utility>

namespace strongroom {

Blinder::Blinder(const SecretBytes& blinding_key)
    : rows(Hkdf(blinding_key, "strongroom index rows v1")),
      tails(Hkdf(blinding_key, "strongroom index tails v1")),
      refs(Hkdf(blinding_key, "strongroom index references v1")) {}

EpochLease::~EpochLease() { epochs_->GiveBack(set_->open->number); }

Status EpochLease::MayCommit() const {
  const bool closed = set_->open->number <= epochs_->closed_up_to_.load(std::memory_order_acquire);
  if (!closed || epochs_->ignore_closing_) return Status::Ok();
  return Status(Reason::kStorageConflict, "the epoch of keys that this was prepared for is closed; ask again");
}

std::optional<Epoch> EpochLease::MustStandUnder() const {
  if (!epochs_->shared_ || epochs_->ignore_closing_) return std::nullopt;
  return set_->open->number;
}

Result<EpochLeasePtr> RingEpochs::Take() {
  std::unique_lock lock(mutex_);
  const bool there = changed_.wait_for(lock, std::chrono::seconds(kTakeSeconds), [this] { return !turning_; });
  if (!there) return Status(Reason::kRecordBusy, "the keys are being changed; ask again");
  EpochSetPtr set = Current();
  ++leases_[set->open->number];
  return std::make_shared<const EpochLease>(shared_from_this(), std::move(set));
}

void RingEpochs::GiveBack(Epoch epoch) {
  {
    std::lock_guard lock(mutex_);
    if (--leases_[epoch] > 0) return;
    leases_.erase(epoch);
  }
  changed_.notify_all();
}

void RingEpochs::Close(int64_t patience_millis) {
  std::unique_lock lock(mutex_);
  const Epoch closing = Current()->open->number;
  turning_ = true;
  changed_.wait_for(lock, std::chrono::milliseconds(patience_millis), [&] { return !leases_.contains(closing); });
  closed_up_to_.store(closing, std::memory_order_release);
}

void RingEpochs::Hold() {
  std::lock_guard lock(mutex_);
  turning_ = true;
}

void RingEpochs::Publish(EpochSetPtr set) {
  {
    std::lock_guard lock(mutex_);
    std::atomic_store(&set_, std::move(set));
    turning_ = false;
  }
  changed_.notify_all();
}

}  // namespace strongroom
