#include "outbox/outbox.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "crypto/secret.h"

namespace strongroom {
namespace {

constexpr size_t kPage = 200;
constexpr int64_t kScanMillis = 60'000;
constexpr int64_t kSharedScanMillis = 5'000;  // what another server put or claimed is seen by then
constexpr int64_t kLookMillis = 100;          // for an announced item, while it is young
constexpr int64_t kIdleMillis = 1'000;
constexpr int64_t kAnnouncedMillis = 60'000;  // a batch that took longer was not written; a scan finds it if it was
constexpr int64_t kFirstHoldMillis = 10'000;
constexpr uint32_t kMaxDoublings = 20;
constexpr size_t kMaxFailureBytes = 100;

int64_t Doubled(int64_t millis, uint32_t times, int64_t longest) {
  return std::min(longest, millis << std::min(times, kMaxDoublings));
}

// Of our own words, which are ASCII but for names of hosts; the log takes 200 bytes with what stands before.
std::string Shortened(std::string text) {
  for (char& c : text) c = c >= 0x20 && c < 0x7f ? c : '?';
  if (text.size() > kMaxFailureBytes) text.resize(kMaxFailureBytes);
  return text;
}

}  // namespace

Outbox::Outbox(House& house, std::unique_ptr<Courier> courier, OutboxOptions options)
    : house_(house), courier_(std::move(courier)), options_(options) {}

Result<std::unique_ptr<Outbox>> Outbox::Open(House& house, std::unique_ptr<Courier> courier, OutboxOptions options) {
  std::unique_ptr<Outbox> outbox(new Outbox(house, std::move(courier), options));
  RETURN_IF_ERROR(outbox->Rescan());
  return outbox;
}

Outbox::~Outbox() {
  {
    std::lock_guard lock(mutex_);
    stop_.Set();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Outbox::Start() {
  thread_ = std::thread([this] {
    Run();
    ForgetThreadKeys();  // the vault may close while the process goes on
  });
}

// --- putting ---------------------------------------------------------------------------------------------------------

OutboxItem Outbox::NewItem(const Notice& notice, const Destination& to) const {
  OutboxItem item;
  item.created_at = house_.clock().NowMillis();
  // Time first: ids in order are items in order of time.
  for (int i = 0; i < 6; ++i)
    item.id[i] = static_cast<uint8_t>(static_cast<uint64_t>(item.created_at) >> (8 * (5 - i)));
  house_.random().Fill(item.id.data() + 6, item.id.size() - 6);
  item.to = to;
  item.kind = notice.kind;
  item.language = notice.language;
  item.parameters = notice.parameters;
  item.expires_at = notice.expires_at;
  item.due_at = item.created_at;
  return item;
}

Result<std::vector<OutboxItem>> Outbox::Prepare(SealedBatch& batch, const Notice& notice) {
  RETURN_IF_ERROR(CheckNotice(notice));
  std::vector<Destination> all = notice.to;
  for (const Destination& to : all) RETURN_IF_ERROR(courier_->Knows(to));
  if (notice.to_house) {
    for (Destination& to : courier_->HouseDestinations()) {
      if (std::find(all.begin(), all.end(), to) == all.end()) all.push_back(std::move(to));
    }
  }
  std::vector<OutboxItem> items;
  std::lock_guard lock(mutex_);
  const auto waiting = std::count_if(known_.begin(), known_.end(),
                                     [](const auto& one) { return one.second.state == OutboxItem::State::kWaiting; });
  if (static_cast<size_t>(waiting) + announced_.size() + all.size() > options_.max_waiting) {
    return Status(Reason::kOutboxFull,
                  std::to_string(options_.max_waiting) +
                      " messages wait already; see 'strongroom outbox list' for why they do not go out");
  }
  for (size_t i = 0; i < all.size(); ++i) {
    OutboxItem item = NewItem(notice, all[i]);
    if (i >= notice.to.size()) item.language = courier_->HouseLanguage();
    RETURN_IF_ERROR(office().PutDocument(batch, Table::kOutbox, View(item.id), item.Encode(), kAbsent));
    items.push_back(std::move(item));
  }
  const int64_t now = house_.clock().MonotonicMillis();
  for (const OutboxItem& item : items) announced_[item.id] = now;
  return items;
}

Status Outbox::Put(SealedBatch& batch, const Notice& notice) {
  RETURN_IF_ERROR(Prepare(batch, notice).status());
  wake_.notify_all();
  return Status::Ok();
}

Result<std::vector<NoticeId>> Outbox::PutAlone(const Notice& notice) {
  SealedBatch batch;
  ASSIGN_OR_RETURN(const std::vector<OutboxItem> items, Prepare(batch, notice));
  std::vector<NoticeId> ids;
  if (items.empty()) return ids;
  const Status written = Commit(std::move(batch), items.front(), "queued");
  for (const OutboxItem& item : items) {
    if (written.ok()) {
      Remember(item);
      ids.push_back(item.id);
    } else {
      Forget(item.id);
    }
  }
  RETURN_IF_ERROR(written);
  wake_.notify_all();
  return ids;
}

Status Outbox::Commit(SealedBatch batch, const OutboxItem& item, std::string_view what, Reason outcome) const {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kOutboxChange;
  entry.decision = Decision::kPlain;
  entry.outcome = outcome;
  entry.detail = std::string(NameOf(item.to.channel)) + " " + item.kind + ": " + std::string(what);
  if (entry.detail.size() > AuditEntry::kMaxDetailBytes) entry.detail.resize(AuditEntry::kMaxDetailBytes);
  return house_.office().journal->Submit(std::move(batch), std::move(entry)).Wait();
}

// --- knowing ---------------------------------------------------------------------------------------------------------

std::string Outbox::PlaceOf(const Destination& to) {
  const bool one_server = to.channel == NoticeChannel::kMail || to.channel == NoticeChannel::kSms;
  return std::string(NameOf(to.channel)) + (one_server ? "" : ":" + to.to);
}

void Outbox::Remember(const OutboxItem& item) {
  std::lock_guard lock(mutex_);
  announced_.erase(item.id);
  known_[item.id] = {item.state, item.due_at, item.created_at, PlaceOf(item.to)};
}

void Outbox::Forget(const NoticeId& id) {
  std::lock_guard lock(mutex_);
  announced_.erase(id);
  known_.erase(id);
}

void Outbox::ShowChange(const OutboxItem& changed) {
  Remember(changed);
  {
    std::lock_guard lock(mutex_);
    holds_.erase(PlaceOf(changed.to));  // somebody has mended it, or wants to know
  }
  wake_.notify_all();
}

void Outbox::ShowGone(const NoticeId& id) { Forget(id); }

// All from the store again.  What is written while this reads is known from elsewhere, or found by the next.
Status Outbox::Rescan() {
  std::map<NoticeId, Known> found;
  size_t damaged = 0;
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, office().ListDocuments(Table::kOutbox, after, kPage));
    for (const ListedDocument& listed : page) {
      const Result<OutboxItem> item = OutboxItem::Decode(listed.content);
      if (!item.ok()) {
        ++damaged;
        continue;
      }
      found[item->id] = {item->state, item->due_at, item->created_at, PlaceOf(item->to)};
    }
    if (page.size() < kPage) break;
    after = page.back().row_key;
  }
  std::lock_guard lock(mutex_);
  // An item that was remembered while the pages were read may have been behind them already.
  for (const auto& [id, known] : known_) {
    if (known.created_at + kScanMillis > house_.clock().NowMillis()) found.try_emplace(id, known);
  }
  for (const auto& [id, known] : found) announced_.erase(id);
  known_ = std::move(found);
  totals_.damaged = damaged;
  return Status::Ok();
}

void Outbox::LookForAnnounced() {
  std::vector<NoticeId> ids;
  {
    std::lock_guard lock(mutex_);
    const int64_t now = house_.clock().MonotonicMillis();
    std::erase_if(announced_, [now](const auto& one) { return now - one.second > kAnnouncedMillis; });
    for (const auto& [id, since] : announced_) ids.push_back(id);
  }
  for (const NoticeId& id : ids) {
    const Result<std::optional<Stored>> stored = Read(id);
    if (stored.ok() && stored->has_value()) Remember((*stored)->item);
  }
}

Result<std::optional<Outbox::Stored>> Outbox::Read(const NoticeId& id) const {
  ASSIGN_OR_RETURN(const std::optional<Document> document, office().GetDocument(Table::kOutbox, View(id)));
  if (!document.has_value()) return std::optional<Stored>();
  ASSIGN_OR_RETURN(OutboxItem item, OutboxItem::Decode(document->content));
  if (item.id != id) return Status(Reason::kDataCorrupt, "a queued notice lies under another's name");
  return std::optional<Stored>({std::move(item), document->version});
}

std::vector<NoticeId> Outbox::Ids(std::optional<OutboxItem::State> state, const NoticeId* after, size_t limit) const {
  std::vector<NoticeId> ids;
  std::lock_guard lock(mutex_);
  for (auto at = after == nullptr ? known_.begin() : known_.upper_bound(*after);
       at != known_.end() && ids.size() < limit; ++at) {
    if (!state.has_value() || at->second.state == *state) ids.push_back(at->first);
  }
  return ids;
}

OutboxCounts Outbox::Counts() const {
  std::lock_guard lock(mutex_);
  OutboxCounts counts = totals_;
  for (const auto& [id, known] : known_) {
    if (known.state == OutboxItem::State::kDead) {
      ++counts.dead;
      continue;
    }
    ++counts.waiting;
    if (counts.oldest_waiting_at == 0 || known.created_at < counts.oldest_waiting_at)
      counts.oldest_waiting_at = known.created_at;
  }
  return counts;
}

// --- sending ---------------------------------------------------------------------------------------------------------

void Outbox::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_.IsSet()) {
    lock.unlock();
    if (house_.on_duty()) RunDue();
    const int64_t millis = MillisToWait();
    lock.lock();
    if (!stop_.IsSet()) wake_.wait_for(lock, std::chrono::milliseconds(millis));
  }
}

int64_t Outbox::MillisToWait() const {
  std::lock_guard lock(mutex_);
  return announced_.empty() ? kIdleMillis : kLookMillis;
}

size_t Outbox::RunDue() {
  std::lock_guard one_pass(run_mutex_);
  if (const int64_t now = house_.clock().MonotonicMillis(); now >= next_scan_ms_) {
    Rescan().IgnoreError();  // the store does not answer: what is known is tried, and the next scan comes
    next_scan_ms_ = now + (house_.view().shared() ? kSharedScanMillis : kScanMillis);
  }
  LookForAnnounced();
  size_t begun = 0;
  for (std::optional<NoticeId> id = NextDue(); id.has_value() && !stop_.IsSet() && begun < options_.max_waiting;
       id = NextDue()) {
    Attempt(*id);
    ++begun;
  }
  return begun;
}

// The one that has been due the longest, of those whose place is not known to be down.
std::optional<NoticeId> Outbox::NextDue() const {
  const UnixMillis now = house_.clock().NowMillis();
  const int64_t monotonic = house_.clock().MonotonicMillis();
  std::lock_guard lock(mutex_);
  const std::pair<const NoticeId, Known>* next = nullptr;
  for (const auto& one : known_) {
    if (one.second.state != OutboxItem::State::kWaiting || one.second.due_at > now) continue;
    if (next != nullptr && next->second.due_at <= one.second.due_at) continue;
    const auto hold = holds_.find(one.second.place);
    if (hold == holds_.end() || hold->second.until_ms <= monotonic) next = &one;
  }
  return next == nullptr ? std::nullopt : std::optional(next->first);
}

void Outbox::Attempt(const NoticeId& id) {
  Result<std::optional<Stored>> read = Read(id);
  const UnixMillis now = house_.clock().NowMillis();
  if (!read.ok() || !read->has_value()) return Forget(id);  // discarded, or damaged: the next scan counts it
  Stored& stored = **read;
  if (stored.item.state != OutboxItem::State::kWaiting || stored.item.due_at > now) return Remember(stored.item);
  if (stored.item.expires_at != 0 && stored.item.expires_at <= now) {
    if (MarkExpired(stored).ok()) return Forget(id);
  } else if (Claim(stored).ok()) {
    Remember(stored.item);
    const Delivery delivery = courier_->Deliver(MessageOf(stored.item, now), stop_);
    NotePlace(PlaceOf(stored.item.to), delivery);
    return Settle(id, delivery);
  }
  // Not written: another server was faster, or the disk does not take it.  Later.
  stored.item.due_at = now + options_.first_delay_millis;
  Remember(stored.item);
}

Status Outbox::Claim(Stored& stored) {
  OutboxItem claimed = stored.item;
  ++claimed.attempts;
  claimed.due_at = house_.clock().NowMillis() + std::max(DelayMillis(claimed.attempts), options_.claim_millis);
  SealedBatch batch;
  RETURN_IF_ERROR(office().PutDocument(batch, Table::kOutbox, View(claimed.id), claimed.Encode(), stored.version));
  RETURN_IF_ERROR(Commit(std::move(batch), claimed, "attempt " + std::to_string(claimed.attempts)));
  stored.item = std::move(claimed);
  return Status::Ok();
}

// Whatever cannot be marked stays claimed, and is sent again when the claim is over.
void Outbox::Settle(const NoticeId& id, const Delivery& delivery) {
  if (!options_.mark_for_tests) return;
  Result<std::optional<Stored>> stored = Read(id);
  if (!stored.ok()) return;
  if (!stored->has_value()) return Forget(id);  // discarded meanwhile
  if (delivery.outcome == Delivery::Outcome::kSent) {
    MarkSent(**stored).IgnoreError();
  } else {
    MarkFailed(**std::move(stored), delivery).IgnoreError();
  }
}

Status Outbox::MarkSent(const Stored& stored) {
  SealedBatch batch;
  PrepareDiscard(batch, stored);
  RETURN_IF_ERROR(Commit(std::move(batch), stored.item, "sent"));
  Forget(stored.item.id);
  if (when_sent_) when_sent_(stored.item);
  std::lock_guard lock(mutex_);
  ++totals_.sent;
  return Status::Ok();
}

Status Outbox::MarkExpired(const Stored& stored) {
  SealedBatch batch;
  PrepareDiscard(batch, stored);
  RETURN_IF_ERROR(Commit(std::move(batch), stored.item, "expired, not sent any more"));
  std::lock_guard lock(mutex_);
  ++totals_.expired;
  return Status::Ok();
}

Status Outbox::MarkFailed(Stored stored, const Delivery& delivery) {
  OutboxItem& item = stored.item;
  const bool stopping = stop_.IsSet();
  const bool dead =
      !stopping && (delivery.outcome == Delivery::Outcome::kNever || item.attempts >= options_.max_attempts);
  const UnixMillis now = house_.clock().NowMillis();
  if (stopping) {  // not the receiver's fault: as if it had not been tried
    --item.attempts;
    item.due_at = now;
  } else {
    item.due_at = now + DelayMillis(item.attempts);
    item.last_failure = Shortened(delivery.detail);
  }
  item.state = dead ? OutboxItem::State::kDead : OutboxItem::State::kWaiting;
  SealedBatch batch;
  RETURN_IF_ERROR(office().PutDocument(batch, Table::kOutbox, View(item.id), item.Encode(), stored.version));
  const std::optional<NoticeId> dropped = dead ? OldestDeadBeyondLimit() : std::nullopt;
  if (dropped.has_value()) office().DeleteDocument(batch, Table::kOutbox, View(*dropped));
  const std::string what = (dead ? "given up, " : "put off, ") + Shortened(delivery.detail) +
                           (dropped.has_value() ? "; the oldest dead one was dropped" : "");
  RETURN_IF_ERROR(Commit(std::move(batch), item, what, Reason::kServerUnreachable));
  if (dropped.has_value()) Forget(*dropped);
  Remember(item);
  std::lock_guard lock(mutex_);
  ++totals_.put_off;
  return Status::Ok();
}

std::optional<NoticeId> Outbox::OldestDeadBeyondLimit() const {
  std::lock_guard lock(mutex_);
  size_t dead = 0;
  std::optional<NoticeId> oldest;
  for (const auto& [id, known] : known_) {
    if (known.state != OutboxItem::State::kDead) continue;
    if (!oldest.has_value()) oldest = id;
    ++dead;
  }
  return dead >= options_.max_dead ? oldest : std::nullopt;
}

void Outbox::NotePlace(const std::string& place, const Delivery& delivery) {
  std::lock_guard lock(mutex_);
  if (!delivery.place_down) {
    holds_.erase(place);
    return;
  }
  Hold& hold = holds_[place];
  hold.until_ms =
      house_.clock().MonotonicMillis() + Doubled(kFirstHoldMillis, hold.failures, options_.longest_hold_millis);
  ++hold.failures;
}

// From half of it to all of it, so that what failed together does not come back together.
int64_t Outbox::DelayMillis(uint32_t attempts) const {
  const int64_t whole =
      Doubled(options_.first_delay_millis, attempts == 0 ? 0 : attempts - 1, options_.longest_delay_millis);
  return whole / 2 + static_cast<int64_t>(house_.random().Below(static_cast<uint64_t>(whole / 2) + 1));
}

OutgoingMessage Outbox::MessageOf(const OutboxItem& item, UnixMillis now) {
  static constexpr NoticeTemplate kGone = {"", Severity::kNotice, {}, {}};
  const NoticeTemplate* words = FindTemplate(item.kind);
  if (words == nullptr) words = &kGone;  // of a newer version that was here before
  return {FormatNoticeId(item.id),
          item.kind,
          words->severity,
          item.to,
          item.language,
          item.parameters,
          Render(*words, item.language, item.parameters),
          item.created_at,
          now};
}

// --- for the service -------------------------------------------------------------------------------------------------

Status Outbox::PrepareRetry(SealedBatch& batch, Stored stored, OutboxItem& changed) const {
  changed = std::move(stored.item);
  changed.state = OutboxItem::State::kWaiting;
  changed.attempts = 0;
  changed.due_at = house_.clock().NowMillis();
  return office().PutDocument(batch, Table::kOutbox, View(changed.id), changed.Encode(), stored.version);
}

void Outbox::PrepareDiscard(SealedBatch& batch, const Stored& stored) const {
  office().ExpectDocument(batch, Table::kOutbox, View(stored.item.id), stored.version);
  office().DeleteDocument(batch, Table::kOutbox, View(stored.item.id));
}

Delivery Outbox::SendNow(const Notice& notice, const Destination& to) {
  const OutboxItem item = NewItem(notice, to);
  return courier_->Deliver(MessageOf(item, item.created_at), stop_);
}

}  // namespace strongroom
