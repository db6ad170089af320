#include "audit/receipt.h"

namespace strongroom {
namespace {

class Callback final : public Receipt::Waiter {
 public:
  explicit Callback(std::function<void(const Status&)> done) : done_(std::move(done)) {}
  void OnSettled(const Status& status) override { done_(status); }

 private:
  std::function<void(const Status&)> done_;
};

}  // namespace

struct Receipt::State {
  std::mutex mutex;
  std::condition_variable settled;
  std::optional<Status> status;
  std::unique_ptr<Waiter> waiter;
};

Receipt Receipt::Pending() {
  Receipt receipt;
  receipt.state_ = std::make_shared<State>();
  return receipt;
}

Receipt Receipt::Settled(Status status) {
  Receipt receipt = Pending();
  receipt.state_->status = std::move(status);
  return receipt;
}

void Receipt::Settle(const Status& status) const {
  std::unique_ptr<Waiter> waiter;
  {
    std::lock_guard lock(state_->mutex);
    if (state_->status.has_value()) return;
    state_->status = status;
    waiter = std::move(state_->waiter);
  }
  state_->settled.notify_all();
  if (waiter != nullptr) waiter->OnSettled(status);
}

Status Receipt::Wait() const {
  std::unique_lock lock(state_->mutex);
  state_->settled.wait(lock, [this] { return state_->status.has_value(); });
  return *state_->status;
}

void Receipt::Then(std::function<void(const Status&)> done) const { Then(std::make_unique<Callback>(std::move(done))); }

void Receipt::Then(std::unique_ptr<Waiter> waiter) const {
  {
    std::lock_guard lock(state_->mutex);
    if (!state_->status.has_value()) {
      state_->waiter = std::move(waiter);
      return;
    }
  }
  waiter->OnSettled(*state_->status);
}

}  // namespace strongroom
