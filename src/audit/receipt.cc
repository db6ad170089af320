#include "audit/receipt.h"

namespace strongroom {

struct Receipt::State {
  std::mutex mutex;
  std::condition_variable settled;
  std::optional<Status> status;
  std::function<void(const Status&)> done;
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
  std::function<void(const Status&)> done;
  {
    std::lock_guard lock(state_->mutex);
    if (state_->status.has_value()) return;
    state_->status = status;
    done = std::move(state_->done);
  }
  state_->settled.notify_all();
  if (done) done(status);
}

Status Receipt::Wait() const {
  std::unique_lock lock(state_->mutex);
  state_->settled.wait(lock, [this] { return state_->status.has_value(); });
  return *state_->status;
}

void Receipt::Then(std::function<void(const Status&)> done) const {
  {
    std::lock_guard lock(state_->mutex);
    if (!state_->status.has_value()) {
      state_->done = std::move(done);
      return;
    }
  }
  done(*state_->status);
}

}  // namespace strongroom
