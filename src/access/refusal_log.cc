#include "access/refusal_log.h"

#include <utility>

namespace strongroom {

void RefusalLog::Record(AuditEntry entry) {
  entry.action = Action::kSignInRefused;
  entry.decision = Decision::kDeny;
  const int64_t second = clock_.MonotonicMillis() / 1000;
  std::lock_guard lock(mutex_);
  Allowance& allowance = entry.actor == 0 ? unknown_ : known_;
  if (allowance.second != second) {
    TellUncounted(allowance);
    allowance.second = second;
    allowance.written = 0;
  }
  if (allowance.written == kEntriesPerSecond) {
    ++allowance.uncounted;
    return;
  }
  ++allowance.written;
  journal_.Submit({}, std::move(entry));
}

void RefusalLog::Flush() {
  std::lock_guard lock(mutex_);
  TellUncounted(known_);
  TellUncounted(unknown_);
}

void RefusalLog::TellUncounted(Allowance& allowance) {
  if (allowance.uncounted == 0) return;
  AuditEntry entry;
  entry.action = Action::kSignInRefused;
  entry.outcome = Reason::kCredentialInvalid;
  entry.count = std::exchange(allowance.uncounted, 0);
  entry.detail = &allowance == &known_ ? "further refusals of known keys" : "further refusals of unknown keys";
  journal_.Submit({}, std::move(entry));
}

}  // namespace strongroom
