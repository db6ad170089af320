// Records sign-ins that were refused, without letting whoever knocks fill the disk: each second a few entries are
// written as they come, and what exceeds them is counted and told in one entry.  Keys that were known once (revoked,
// expired, from the wrong network) and people have an allowance of their own, and so have alarms: noise hides neither.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

#include "audit/entry.h"
#include "audit/journal.h"
#include "base/clock.h"
#include "keys/sealed_batch.h"

namespace strongroom {

// Any thread.
class RefusalLog {
 public:
  static constexpr uint32_t kEntriesPerSecond = 10;  // of each of the three kinds

  // Both must outlive this.
  RefusalLog(Journal& journal, const Clock& clock) : journal_(journal), clock_(clock) {}

  // Completes action (unless it is an alarm) and decision.  Does not wait: the caller is refused whether or not the
  // entry can be written.  When it is written, `add` is asked for what belongs into the same commit; answers whether.
  using AddFn = std::function<void(SealedBatch&)>;
  bool Record(AuditEntry entry, const AddFn& add = nullptr);
  // Tells what was only counted so far.  Called now and then, and when the server stops.
  void Flush();

 private:
  struct Allowance {
    int64_t second = -1;
    uint32_t written = 0;
    uint32_t uncounted = 0;  // refusals since the last entry that told of them
  };

  void TellUncounted(Allowance& allowance);

  Journal& journal_;
  const Clock& clock_;
  std::mutex mutex_;
  Allowance known_;
  Allowance unknown_;
  Allowance alarms_;
};

}  // namespace strongroom
