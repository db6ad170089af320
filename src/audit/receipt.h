// Receipt and Receipted<T>: an answer that cannot be read before the entry that records it is durable.
//
// A service computes its answer, submits the entry, and returns Receipted<T>.  The T inside comes out through Wait()
// (blocks: workers, command line, tests) or Then() (calls back on the journal's thread: I/O threads), and only when
// the entry was written.  If it was not, the T is dropped and the failure comes out in its place.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/status.h"

namespace strongroom {

// The promise of a durable entry.  Copyable handle; any thread.
class Receipt {
 public:
  // Already settled.
  static Receipt Settled(Status status);
  static Receipt Pending();

  // Called once by the journal.
  void Settle(const Status& status) const;
  // Blocks until settled.
  Status Wait() const;
  // Calls `done` exactly once: now if settled, else on the settling thread.  At most one Then per receipt.
  void Then(std::function<void(const Status&)> done) const;

  // The same with a holder of whatever is waiting, so that a reveal allocates once for both.
  class Waiter {
   public:
    virtual ~Waiter() = default;
    virtual void OnSettled(const Status& status) = 0;
  };
  void Then(std::unique_ptr<Waiter> waiter) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

template <typename T>
class [[nodiscard]] Receipted {
 public:
  Receipted(T value, Receipt receipt) : value_(std::move(value)), receipt_(std::move(receipt)) {}
  // A failure that was recorded (or needs no record) and holds no value.
  // NOLINTNEXTLINE(google-explicit-constructor): implicit by design
  Receipted(Status failure) : value_(std::move(failure)), receipt_(Receipt::Settled(Status::Ok())) {}
  // A refusal whose own entry must be durable before it is told.
  Receipted(Status failure, Receipt receipt) : value_(std::move(failure)), receipt_(std::move(receipt)) {}

  // What came out of a receipt already, in the shape of one that waits.
  static Receipted Settled(Result<T> outcome) {
    if (!outcome.ok()) return outcome.status();
    return Receipted(*std::move(outcome), Receipt::Settled(Status::Ok()));
  }

  Result<T> Wait() && {
    const Status written = receipt_.Wait();
    if (!written.ok()) return written;
    return std::move(value_);
  }
  // The answer in another form, made at once on this thread and as closed as before: rendering may go on while the
  // entry is being written, and what was rendered comes out only once it is durable.  For nothing else: `fn` sees the
  // value before it is recorded and must not let it out.  A failure stays the failure it was.
  template <typename Fn, typename U = std::invoke_result_t<Fn, T&&>>
  Receipted<U> Map(Fn&& fn) && {
    if (!value_.ok()) return Receipted<U>(value_.status(), std::move(receipt_));
    return Receipted<U>(std::forward<Fn>(fn)(*std::move(value_)), std::move(receipt_));
  }
  // `done`, which takes a Result<T>, must be quick; it runs on the journal's thread, or at once when the entry is
  // durable already.
  template <typename Fn>
  void Then(Fn done) && {
    receipt_.Then(std::make_unique<Closed<Fn>>(std::move(value_), std::move(done)));
  }

 private:
  template <typename Fn>
  class Closed final : public Receipt::Waiter {
   public:
    Closed(Result<T> value, Fn done) : value_(std::move(value)), done_(std::move(done)) {}
    void OnSettled(const Status& written) override { done_(written.ok() ? std::move(value_) : Result<T>(written)); }

   private:
    Result<T> value_;
    Fn done_;
  };

  Result<T> value_;
  Receipt receipt_;
};

}  // namespace strongroom
