#include "access/access_jobs.h"

#include <chrono>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr std::string_view kName = "reminders";
constexpr std::string_view kReview = "access-review";
constexpr auto kPause = std::chrono::hours(1);
constexpr size_t kMostMessages = 200;  // in one run: the rest is for the next
constexpr int64_t kForgetDays = 180;
constexpr int64_t kAgainDays = 30;     // what is overdue is told again
constexpr int64_t kSameYearDays = 60;  // a stage of the next round, a year later, is another

uint8_t StageOf(UnixMillis due_at, UnixMillis now) {
  if (due_at <= now) return 0;
  return due_at - now <= 7 * kMillisOfDay ? 7 : 30;
}

bool WasTold(const Reminders& reminders, const Reminder& reminder, UnixMillis now) {
  const auto told = reminders.find(reminder);
  if (told == reminders.end()) return false;
  return now - told->second < (reminder.stage == 0 ? kAgainDays : kSameYearDays) * kMillisOfDay;
}

// A name that a notice cannot carry (five digits in a row may be anything) is told by its kind.
std::string WordFor(const DueMark& mark) {
  int digits = 0;
  for (const char c : mark.name) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits == 5) return std::string(NameOf(mark.kind));
  }
  return mark.name;
}

Notice NoticeOf(const StaffMember& person, const DueMark& mark) {
  Notice notice;
  notice.kind = mark.kind == RegisterKind::kTraining ? "training-due" : "deadline-near";
  notice.to = {{NoticeChannel::kMail, person.email}};
  notice.language = LanguageFromName(person.language).value_or(Language::kEnglish);
  notice.parameters = {{"what", WordFor(mark)}, {"due", FormatTime(mark.due_at)}};
  return notice;
}

}  // namespace

Bytes EncodeReminders(const Reminders& reminders) {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.Varint(reminders.size());
  for (const auto& [reminder, at] : reminders) {
    writer.U64(reminder.person);
    writer.Prefixed(reminder.what);
    writer.Prefixed(reminder.version);
    writer.U8(reminder.stage);
    writer.U64(static_cast<uint64_t>(at));
  }
  return out;
}

Result<Reminders> DecodeReminders(ByteView bytes) {
  ByteReader reader(bytes);
  const bool known = reader.U8() == kFormatVersion;
  Reminders reminders;
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    Reminder reminder;
    reminder.person = reader.U64();
    reminder.what = std::string(reader.Prefixed());
    reminder.version = std::string(reader.Prefixed());
    reminder.stage = reader.U8();
    reminders[std::move(reminder)] = static_cast<UnixMillis>(reader.U64());
  }
  RETURN_IF_ERROR(reader.Finish("the reminders"));
  if (!known || EncodeReminders(reminders) != bytes) return Status(Reason::kDataCorrupt, "the reminders are malformed");
  return reminders;
}

AccessJobs::~AccessJobs() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void AccessJobs::Start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void AccessJobs::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool on_duty = gate_.house().on_duty();
    if (on_duty)
      RunDue().status().IgnoreError();  // nobody is there to be told; what was not done is done an hour later
    lock.lock();
    wake_.wait_for(lock, on_duty ? kPause : kOffDutyPause, [this] { return stopping_; });
  }
}

Result<size_t> AccessJobs::RunDue() {
  std::lock_guard lock(run_mutex_);
  RETURN_IF_ERROR(last_use_.CatchUp().status());
  return Remind();
}

Result<size_t> AccessJobs::Remind() {
  const Room& office = gate_.house().office();
  const UnixMillis now = gate_.house().clock().NowMillis();
  ASSIGN_OR_RETURN(const std::optional<Document> stored, office.sealed->GetDocument(Table::kAccess, kName));
  Reminders reminders;
  if (stored.has_value()) {
    // What does not decode is made again: somebody is told twice.
    Result<Reminders> read = DecodeReminders(stored->content);
    if (read.ok()) reminders = *std::move(read);
  }
  std::erase_if(reminders, [&](const auto& told) { return now - told.second > kForgetDays * kMillisOfDay; });
  SealedBatch batch;
  size_t told = TellPeople(reminders, batch);
  ASSIGN_OR_RETURN(const size_t of_review, TellOfReview(reminders, batch));
  told += of_review;
  if (told == 0) return told;
  const StoreVersion expected = stored.has_value() ? stored->version : kAbsent;
  RETURN_IF_ERROR(office.sealed->PutDocument(batch, Table::kAccess, kName, EncodeReminders(reminders), expected));
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kRegisterRead;
  entry.decision = Decision::kPlain;
  entry.detail = "reminded of what is due";
  entry.count = static_cast<uint32_t>(told);
  RETURN_IF_ERROR(office.journal->Submit(std::move(batch), std::move(entry)).Wait());
  return told;
}

size_t AccessJobs::TellPeople(Reminders& reminders, SealedBatch& batch) const {
  const UnixMillis now = gate_.house().clock().NowMillis();
  size_t told = 0;
  for (const PersonsDue& person : registers_.DueOfAll(now)) {
    if (person.person->email.empty() || person.person->state == StaffState::kInvited) continue;
    for (const DueMark& mark : person.due) {
      const Reminder reminder{person.person->id, mark.name, mark.version,
                              mark.overdue ? uint8_t{0} : StageOf(mark.due_at, now)};
      if (told == kMostMessages) return told;
      if (WasTold(reminders, reminder, now)) continue;
      // Whoever cannot be told (no way is configured, the outbox is full) is tried again with the next run.
      if (!outbox_.Put(batch, NoticeOf(*person.person, mark)).ok()) continue;
      reminders[reminder] = now;
      ++told;
    }
  }
  return told;
}

Result<size_t> AccessJobs::TellOfReview(Reminders& reminders, SealedBatch& batch) const {
  const UnixMillis now = gate_.house().clock().NowMillis();
  if (directory_.All().empty() || !outbox_.CanTellAnybody()) return size_t{0};
  ASSIGN_OR_RETURN(const UnixMillis due_at, review_.DueAt());
  if (due_at - now > 7 * kMillisOfDay) return size_t{0};
  const Reminder reminder{0, std::string(kReview), "", StageOf(due_at, now)};
  if (WasTold(reminders, reminder, now)) return size_t{0};
  Notice notice;
  notice.kind = "review-due";
  notice.to_house = true;
  const UnixMillis due = due_at == 0 ? now : due_at;  // none was ever signed: now
  notice.parameters = {{"what", std::string(kReview)}, {"due", FormatTime(due)}};
  if (!outbox_.Put(batch, notice).ok()) return size_t{0};
  reminders[reminder] = now;
  return size_t{1};
}

}  // namespace strongroom
