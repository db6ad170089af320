// OutboxService: what may be asked about the outbox, and by whom.
//
// Whoever runs the system may see that a message waits, why it does not go out and to roughly whom (an address is shown
// masked, parameters not at all), try it again, throw it away, and send a test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "outbox/outbox.h"
#include "vault/gate.h"

namespace strongroom {

struct QueuedNotice {
  std::string id;
  std::string kind;
  NoticeChannel channel = NoticeChannel::kMail;
  std::string to;  // masked
  OutboxItem::State state = OutboxItem::State::kWaiting;
  UnixMillis created_at = 0;
  UnixMillis due_at = 0;
  UnixMillis expires_at = 0;  // 0: never
  uint32_t attempts = 0;
  std::string last_failure;  // empty: none yet
};

struct OutboxPage {
  OutboxCounts counts;
  std::vector<QueuedNotice> notices;  // oldest first
  std::string next;                   // `after` of the next page; empty: this was the last
};

struct TestOutcome {
  bool sent = false;
  std::string detail;
};

// Any thread.
class OutboxService {
 public:
  static constexpr size_t kMaxPage = 200;

  OutboxService(Gate& gate, Outbox& outbox) : gate_(gate), outbox_(outbox) {}
  // `after`: a page's `next`, or empty.  Action outbox.read.
  Receipted<OutboxPage> List(const Caller& caller, std::optional<OutboxItem::State> state, std::string_view after,
                             size_t limit) const;
  // As if it had never been tried, from now on.  kNoticeNotFound: sent or thrown away meanwhile; kRecordBusy: it
  // is just being sent.  Action outbox.change, as all below.
  Receipted<QueuedNotice> Retry(const Caller& caller, std::string_view id);
  Receipted<QueuedNotice> Discard(const Caller& caller, std::string_view id);
  // Sends a message of the kind "test" at once, past the queue; waits for a minute at most.  A refusal by the receiver
  // is an outcome, not a failure.
  Receipted<TestOutcome> Test(const Caller& caller, const Destination& to, Language language);

 private:
  Result<Outbox::Stored> Find(std::string_view id) const;
  Gate& gate_;
  Outbox& outbox_;
};

}  // namespace strongroom
