// Outbox: the durable queue of what must be told, and the thread that tells it.
//
//     SealedBatch batch;                                     // of work in the office
//     RETURN_IF_ERROR(vault.outbox().Put(batch, notice));    // told if, and only if, the work is done
//     return permit.Finish(answer, std::move(batch));
//
// One item per destination, a sealed document of the office (docs/formats/outbox.md).  A delivery is claimed first: one
// commit counts the attempt and moves the item's time behind the claim, so that a crash between claim and mark sends it
// again and never loses it, and an item that crashes the server every time runs out of attempts.  Then it is sent, and
// then marked: deleted, put off (exponentially, with jitter), or dead.  Hence "at least once, in no order": each
// message carries an id by which a receiver drops repeats.
//
// Each of these commits has an entry in the office's log, by the system, with kind and channel and never the recipient.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "audit/entry.h"
#include "client/stop_signal.h"
#include "keys/sealed_batch.h"
#include "outbox/courier.h"
#include "outbox/notice.h"
#include "vault/house.h"

namespace strongroom {

struct OutboxOptions {
  size_t max_waiting = 10'000;
  size_t max_dead = 1'000;  // beyond: the oldest are dropped, which the log notes
  uint32_t max_attempts = 16;
  int64_t first_delay_millis = 10'000;
  int64_t longest_delay_millis = 60 * 60 * 1000;
  int64_t claim_millis = 2 * 60 * 1000;         // longer than any delivery takes
  int64_t longest_hold_millis = 5 * 60 * 1000;  // of a place that is down
  // For the test that shows what marking is for; no configuration reaches it.
  bool mark_for_tests = true;
};

struct OutboxCounts {
  size_t waiting = 0;
  size_t dead = 0;
  size_t damaged = 0;                // items that do not open
  UnixMillis oldest_waiting_at = 0;  // 0: none waits
  uint64_t sent = 0;                 // this and the following: since the vault was opened
  uint64_t put_off = 0;
  uint64_t expired = 0;
};

// Any thread.
class Outbox {
 public:
  // Reads what waits.  `house` must outlive this.
  static Result<std::unique_ptr<Outbox>> Open(House& house, std::unique_ptr<Courier> courier,
                                              OutboxOptions options = {});
  // Ends the thread, and a delivery that is under way.
  ~Outbox();
  // Starts the thread that sends; without it nothing is sent.
  void Start();

  // For services, which have asked the gate for the work the notice tells of.  `batch` is one of the office's journal.
  // kInvalidArgument as CheckNotice(); kConfigInvalid when there is no way to a destination; kOutboxFull.  A notice to
  // a house that nobody is configured for adds nothing: doctor tells.
  Status Put(SealedBatch& batch, const Notice& notice);
  // Of what has no work of its own in the office.  Waits until it is durable; answers the ids.
  Result<std::vector<NoticeId>> PutAlone(const Notice& notice);
  Status Knows(const Destination& to) const { return courier_->Knows(to); }

  // Called with each delivery that was made, after it was marked; on the thread that sends, which must not wait.  What
  // it refers to must outlive the outbox.  Before Start().
  using SentListener = std::function<void(const OutboxItem& item)>;
  void WhenSent(SentListener listener) { when_sent_ = std::move(listener); }

  OutboxCounts Counts() const;
  // True when the house has somebody to tell.
  bool CanTellAnybody() const { return !courier_->HouseDestinations().empty(); }

  // Tries everything that is due; answers how many deliveries were begun.  What the thread does, for tests without it.
  size_t RunDue();

  // For OutboxService: ids of items in order, behind `after`, of one state or any.
  std::vector<NoticeId> Ids(std::optional<OutboxItem::State> state, const NoticeId* after, size_t limit) const;
  struct Stored {
    OutboxItem item;
    StoreVersion version = kAbsent;
  };
  Result<std::optional<Stored>> Read(const NoticeId& id) const;
  // Adds the change to a batch that holds only if the item is still the one that was read; ShowChange() once it is
  // written.
  Status PrepareRetry(SealedBatch& batch, Stored stored, OutboxItem& changed) const;
  void PrepareDiscard(SealedBatch& batch, const Stored& stored) const;
  void ShowChange(const OutboxItem& changed);
  void ShowGone(const NoticeId& id);
  // At once, past the queue: the answer tells what happened.
  Delivery SendNow(const Notice& notice, const Destination& to);

 private:
  // What must be known of an item to choose the next; the rest is read when it is its turn.
  struct Known {
    OutboxItem::State state = OutboxItem::State::kWaiting;
    UnixMillis due_at = 0;
    UnixMillis created_at = 0;
    std::string place;
  };
  struct Hold {
    int64_t until_ms = 0;  // monotonic
    uint32_t failures = 0;
  };

  Outbox(House& house, std::unique_ptr<Courier> courier, OutboxOptions options);
  const SealedStore& office() const { return *house_.office().sealed; }
  Status Commit(SealedBatch batch, const OutboxItem& item, std::string_view what, Reason outcome = Reason::kOk) const;
  static OutgoingMessage MessageOf(const OutboxItem& item, UnixMillis now);
  static std::string PlaceOf(const Destination& to);
  OutboxItem NewItem(const Notice& notice, const Destination& to) const;
  Result<std::vector<OutboxItem>> Prepare(SealedBatch& batch, const Notice& notice);
  int64_t DelayMillis(uint32_t attempts) const;

  void Run();
  int64_t MillisToWait() const;
  Status Rescan();
  void LookForAnnounced();
  std::optional<NoticeId> NextDue() const;
  void Attempt(const NoticeId& id);
  Status Claim(Stored& stored);
  void Settle(const NoticeId& id, const Delivery& delivery);
  Status MarkSent(const Stored& stored);
  Status MarkExpired(const Stored& stored);
  Status MarkFailed(Stored stored, const Delivery& delivery);
  std::optional<NoticeId> OldestDeadBeyondLimit() const;
  void NotePlace(const std::string& place, const Delivery& delivery);
  void Remember(const OutboxItem& item);
  void Forget(const NoticeId& id);

  House& house_;
  const std::unique_ptr<Courier> courier_;
  const OutboxOptions options_;
  SentListener when_sent_;
  StopSignal stop_;
  std::mutex run_mutex_;      // one pass at a time
  int64_t next_scan_ms_ = 0;  // guarded by run_mutex_
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::map<NoticeId, Known> known_;
  std::map<NoticeId, int64_t> announced_;  // put into a batch that may not be written yet; since when (monotonic)
  std::map<std::string, Hold> holds_;      // places that are down
  OutboxCounts totals_;                    // damaged, sent, put_off, expired
  std::thread thread_;
};

}  // namespace strongroom
