#include "outbox/outbox_service.h"

#include <algorithm>
#include <utility>

namespace strongroom {
namespace {

QueuedNotice ViewOf(const OutboxItem& item) {
  return {FormatNoticeId(item.id),
          item.kind,
          item.to.channel,
          MaskedRecipient(item.to),
          item.state,
          item.created_at,
          item.due_at,
          item.expires_at,
          item.attempts,
          item.last_failure};
}

std::string DetailOf(const OutboxItem& item, std::string_view what) {
  return std::string(NameOf(item.to.channel)) + " " + item.kind + ": " + std::string(what);
}

Status BusyIfConflict(const Status& status) {
  if (status.reason() != Reason::kStorageConflict) return status;
  return Status(Reason::kRecordBusy, "the message is just being sent; look again in a moment");
}

}  // namespace

Receipted<OutboxPage> OutboxService::List(const Caller& caller, std::optional<OutboxItem::State> state,
                                          std::string_view after, size_t limit) const {
  Permit permit = gate_.Authorise(caller, Action::kOutboxRead);
  if (!permit.granted()) return permit.Refuse<OutboxPage>();
  NoticeId from{};
  if (!after.empty()) {
    const Result<NoticeId> parsed = ParseNoticeId(after);
    if (!parsed.ok()) return permit.Fail<OutboxPage>(Status(Reason::kCursorInvalid));
    from = *parsed;
  }
  limit = std::clamp<size_t>(limit, 1, kMaxPage);
  const std::vector<NoticeId> ids = outbox_.Ids(state, after.empty() ? nullptr : &from, limit + 1);
  OutboxPage page;
  page.counts = outbox_.Counts();
  for (size_t i = 0; i < std::min(ids.size(), limit); ++i) {
    const Result<std::optional<Outbox::Stored>> stored = outbox_.Read(ids[i]);
    if (!stored.ok() && stored.reason() != Reason::kDataCorrupt) return permit.Fail<OutboxPage>(stored.status());
    if (stored.ok() && stored->has_value()) page.notices.push_back(ViewOf((*stored)->item));  // else sent meanwhile
  }
  if (ids.size() > limit) page.next = FormatNoticeId(ids[limit - 1]);
  permit.entry().count = static_cast<uint32_t>(page.notices.size());
  return permit.Finish(std::move(page));
}

Result<Outbox::Stored> OutboxService::Find(std::string_view id) const {
  ASSIGN_OR_RETURN(const NoticeId parsed, ParseNoticeId(id));
  ASSIGN_OR_RETURN(std::optional<Outbox::Stored> stored, outbox_.Read(parsed));
  if (!stored.has_value()) {
    return Status(Reason::kNoticeNotFound, "there is no such message: it was sent or discarded; list what is there");
  }
  return *std::move(stored);
}

Receipted<QueuedNotice> OutboxService::Retry(const Caller& caller, std::string_view id) {
  Permit permit = gate_.Authorise(caller, Action::kOutboxChange);
  if (!permit.granted()) return permit.Refuse<QueuedNotice>();
  Result<Outbox::Stored> stored = Find(id);
  if (!stored.ok()) return permit.Fail<QueuedNotice>(stored.status());
  permit.entry().detail = DetailOf(stored->item, "to be tried again");
  SealedBatch batch;
  OutboxItem changed;
  const Status prepared = outbox_.PrepareRetry(batch, *std::move(stored), changed);
  if (!prepared.ok()) return permit.Fail<QueuedNotice>(prepared);
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) return BusyIfConflict(written);
  outbox_.ShowChange(changed);
  return Receipted<QueuedNotice>(ViewOf(changed), receipt);
}

Receipted<QueuedNotice> OutboxService::Discard(const Caller& caller, std::string_view id) {
  Permit permit = gate_.Authorise(caller, Action::kOutboxChange);
  if (!permit.granted()) return permit.Refuse<QueuedNotice>();
  const Result<Outbox::Stored> stored = Find(id);
  if (!stored.ok()) return permit.Fail<QueuedNotice>(stored.status());
  permit.entry().detail = DetailOf(stored->item, "discarded");
  SealedBatch batch;
  outbox_.PrepareDiscard(batch, *stored);
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) return BusyIfConflict(written);
  outbox_.ShowGone(stored->item.id);
  return Receipted<QueuedNotice>(ViewOf(stored->item), receipt);
}

Receipted<TestOutcome> OutboxService::Test(const Caller& caller, const Destination& to, Language language) {
  Permit permit = gate_.Authorise(caller, Action::kOutboxChange);
  if (!permit.granted()) return permit.Refuse<TestOutcome>();
  Notice notice;
  notice.kind = "test";
  notice.to = {to};
  notice.language = language;
  Status fit = CheckNotice(notice);
  if (fit.ok()) fit = outbox_.Knows(to);
  if (!fit.ok()) return permit.Fail<TestOutcome>(fit);
  // Written before it leaves, as whatever leaves the house is; and what became of it, after.
  permit.entry().detail = std::string(NameOf(to.channel)) + " test: asked for";
  const Receipt asked = permit.SubmitStep({}, permit.entry());
  if (const Status written = asked.Wait(); !written.ok()) return permit.Fail<TestOutcome>(written);
  const Delivery delivery = outbox_.SendNow(notice, to);
  TestOutcome outcome{delivery.outcome == Delivery::Outcome::kSent, delivery.detail};
  permit.entry().detail = std::string(NameOf(to.channel)) + " test: " + (outcome.sent ? "sent" : "not sent");
  return permit.Finish(std::move(outcome));
}

}  // namespace strongroom
