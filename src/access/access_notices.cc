#include "access/access_notices.h"

#include <utility>

namespace strongroom {
namespace {

constexpr int64_t kBetweenAlarmsMillis = 10 * 60'000;

Language LanguageOf(const StaffMember& person) {
  return LanguageFromName(person.language).value_or(Language::kEnglish);
}

}  // namespace

void AccessNotices::Tell(const StaffMember& person, std::string_view kind, NoticeParameters parameters) {
  Outbox* const outbox = outbox_.load();
  const Destination mail{NoticeChannel::kMail, person.email};
  if (outbox == nullptr || person.email.empty() || !outbox->Knows(mail).ok()) return;
  Notice notice;
  notice.kind = std::string(kind);
  notice.to = {mail};
  notice.language = LanguageOf(person);
  notice.parameters = std::move(parameters);
  outbox->PutAlone(notice).status().IgnoreError();  // the header says why
}

void AccessNotices::AddAlarm(SealedBatch& batch, std::string_view what) {
  Outbox* const outbox = outbox_.load();
  if (outbox == nullptr) return;
  const int64_t now = house_.clock().MonotonicMillis();
  uint32_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto [found, first] = told_.try_emplace(std::string(what), Told{now, 0});
    ++found->second.since;
    if (!first && now - found->second.at_ms < kBetweenAlarmsMillis) return;
    count = std::exchange(found->second.since, 0);
    found->second.at_ms = now;
  }
  Notice notice;
  notice.kind = "alarm";
  notice.to_house = true;
  notice.parameters = {{"what", std::string(what)}, {"count", std::to_string(count)}, {"time", Now()}};
  outbox->Put(batch, notice).IgnoreError();  // the header says why
}

bool AccessNotices::CanText(std::string_view phone) const {
  const Outbox* const outbox = outbox_.load();
  return outbox != nullptr && !phone.empty() && outbox->Knows({NoticeChannel::kSms, std::string(phone)}).ok();
}

Status AccessNotices::SendCode(const StaffMember& person, const std::string& phone, const std::string& code,
                               int64_t minutes, std::string_view service) {
  if (!CanText(phone)) return Status(Reason::kFactorInvalid, "no text messages can be sent to this number");
  Notice notice;
  notice.kind = service.empty() ? "sms-code" : "customer-code";
  notice.to = {{NoticeChannel::kSms, phone}};
  notice.language = LanguageOf(person);
  notice.parameters = {{"code", code}, {"minutes", std::to_string(minutes)}};
  if (!service.empty()) notice.parameters.emplace_back("service", std::string(service));
  notice.expires_at = house_.clock().NowMillis() + minutes * 60'000;
  return outbox_.load()->PutAlone(notice).status();
}

}  // namespace strongroom
