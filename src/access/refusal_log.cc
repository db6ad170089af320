#include "access/refusal_log.h"

#include <utility>

namespace strongroom {

bool RefusalLog::Record(AuditEntry entry, const AddFn& add) {
  if (entry.action != Action::kAlarm) entry.action = Action::kSignInRefused;
  entry.decision = Decision::kDeny;
  const int64_t second = clock_.MonotonicMillis() / 1000;
  std::lock_guard lock(mutex_);
  Allowance& allowance = entry.action == Action::kAlarm ? alarms_ : entry.actor == 0 ? unknown_ : known_;
  if (allowance.second != second) {
    TellUncounted(allowance);
    allowance.second = second;
    allowance.written = 0;
  }
  if (allowance.written == kEntriesPerSecond) {
    ++allowance.uncounted;
    return false;
  }
  ++allowance.written;
  SealedBatch batch;
  if (add) add(batch);
  journal_.Submit(std::move(batch), std::move(entry));
  return true;
}

void RefusalLog::Flush() {
  std::lock_guard lock(mutex_);
  TellUncounted(known_);
  TellUncounted(unknown_);
  TellUncounted(alarms_);
}

void RefusalLog::TellUncounted(Allowance& allowance) {
  if (allowance.uncounted == 0) return;
  AuditEntry entry;
  const bool alarms = &allowance == &alarms_;
  entry.action = alarms ? Action::kAlarm : Action::kSignInRefused;
  entry.outcome = Reason::kCredentialInvalid;
  entry.count = std::exchange(allowance.uncounted, 0);
  entry.detail = alarms                  ? "further alarms"
                 : &allowance == &known_ ? "further refusals of the known"
                                         : "further refusals of unknown ones";
  journal_.Submit({}, std::move(entry));
}

}  // namespace strongroom
