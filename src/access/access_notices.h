// AccessNotices: what people are told about their account, and the house about alarms, through the outbox.
//
// Telling never stands in the way: who cannot be told (no address, no way configured, a full outbox) is not told, and
// signs in all the same.  The log has it in any case.  Any thread.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "access/staff_member.h"
#include "base/clock.h"
#include "keys/sealed_batch.h"
#include "outbox/outbox.h"
#include "vault/house.h"

namespace strongroom {

class AccessNotices {
 public:
  // `house` must outlive this.
  explicit AccessNotices(House& house) : house_(house) {}
  // Until then nobody can be told.  Must outlive the last use.
  void Use(Outbox* outbox) { outbox_.store(outbox); }

  // By mail, in the person's language.  Waits for the disk.
  void Tell(const StaffMember& person, std::string_view kind, NoticeParameters parameters);
  // The house, at most once in ten minutes about the same thing; the count says how often since.  Does not wait: goes
  // with the entry of the alarm.
  void AddAlarm(SealedBatch& batch, std::string_view what);

  bool CanText(std::string_view phone) const;
  // `service`: whose customer the person is; empty: a colleague.  kFactorInvalid when there is no way to text;
  // kInvalidArgument: a service that cannot be named so; kOutboxFull.  Waits for the disk.
  Status SendCode(const StaffMember& person, const std::string& phone, const std::string& code, int64_t minutes,
                  std::string_view service = {});

  std::string Now() const { return FormatTime(house_.clock().NowMillis()); }

 private:
  struct Told {
    int64_t at_ms = 0;  // monotonic
    uint32_t since = 0;
  };
  House& house_;
  std::atomic<Outbox*> outbox_{nullptr};
  std::mutex mutex_;
  std::map<std::string, Told, std::less<>> told_;  // guarded by mutex_
};

}  // namespace strongroom
