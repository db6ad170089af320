// AccessJobs: what has to be done about people without anybody asking: reminding who is behind or soon will be, telling
// the house that a review is due, and counting the days of last use while the logs are short.
//
// A reminder goes out once for each stage (30 days before, 7 days before, overdue; then again every 30 days), and what
// went out stands in the same commit as the message (docs/formats/last-use.md, "reminders").
#pragma once

#include <compare>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "access/last_use.h"
#include "access/registers.h"
#include "access/review.h"
#include "access/staff_directory.h"
#include "outbox/outbox.h"

namespace strongroom {

struct Reminder {
  PrincipalId person = 0;
  std::string what;  // a register's name, or "access-review"
  std::string version;
  uint8_t stage = 0;  // days before: 30, 7; 0: overdue
  auto operator<=>(const Reminder&) const = default;
};
using Reminders = std::map<Reminder, UnixMillis>;  // when it went out

Bytes EncodeReminders(const Reminders& reminders);
Result<Reminders> DecodeReminders(ByteView bytes);  // kDataCorrupt

// Any thread.
class AccessJobs {
 public:
  // All must outlive this.
  AccessJobs(Gate& gate, const StaffDirectory& directory, const Registers& registers, const Review& review,
             LastUse& last_use, Outbox& outbox)
      : gate_(gate),
        directory_(directory),
        registers_(registers),
        review_(review),
        last_use_(last_use),
        outbox_(outbox) {}
  ~AccessJobs();
  // Once an hour from now on, on a thread of its own.
  void Start();
  // What the thread does, once; answers how many messages were put into the outbox.  The first failure ends it: the
  // next run goes on.
  Result<size_t> RunDue();

 private:
  Result<size_t> Remind();
  // Adds what is to be told now to the batch, and notes it.
  size_t TellPeople(Reminders& reminders, SealedBatch& batch) const;
  Result<size_t> TellOfReview(Reminders& reminders, SealedBatch& batch) const;
  void Run();

  Gate& gate_;
  const StaffDirectory& directory_;
  const Registers& registers_;
  const Review& review_;
  LastUse& last_use_;
  Outbox& outbox_;
  std::mutex run_mutex_;  // one run at a time
  std::mutex mutex_;      // guards stopping_
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace strongroom
