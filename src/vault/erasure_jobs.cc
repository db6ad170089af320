#include "vault/erasure_jobs.h"

#include <chrono>

namespace strongroom {
namespace {
constexpr auto kPause = std::chrono::minutes(10);
}  // namespace

ErasureJobs::~ErasureJobs() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ErasureJobs::Start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void ErasureJobs::Run() {
  auto next = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    if (house_.on_duty()) {
      RunDue();  // doctor tells how it went
      next = std::chrono::steady_clock::now() + kPause;
    } else {
      next = std::chrono::steady_clock::now();  // as soon as it comes on duty
    }
    lock.lock();
    // Whose move broke off is shown to nobody until it is taken up.
    do {
      wake_.wait_for(lock, kOffDutyPause, [this] { return stopping_; });
    } while (!stopping_ && house_.on_duty() && std::chrono::steady_clock::now() < next &&
             !(moves_ != nullptr && moves_->left_over()));
  }
}

FinishedErasures ErasureJobs::RunDue() {
  std::lock_guard run(run_mutex_);
  FinishedErasures all = customers_.FinishErasures();
  if (moves_ != nullptr) {
    const FinishedMoves moves = moves_->FinishMoves();
    all.finished += moves.finished;
    all.unfinished += moves.unfinished;
    if (all.first_failure.ok()) all.first_failure = moves.first_failure;
  }
  const FinishedErasures due = customers_.DestroyDue();
  all.finished += due.finished;
  all.unfinished += due.unfinished;
  if (all.first_failure.ok()) all.first_failure = due.first_failure;
  if (const Status swept = customers_.SweepCertificates().status(); all.first_failure.ok()) all.first_failure = swept;
  std::lock_guard lock(mutex_);
  last_ = all;
  return all;
}

FinishedErasures ErasureJobs::Last() const {
  std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace strongroom
