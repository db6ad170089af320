// Sessions that begin, rise, run out; and their documents.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "access/api_key_record.h"
#include "access/session_live.h"
#include "access/sessions.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kSeenVersion = 1;
constexpr std::string_view kSeenName = "seen";
constexpr int64_t kTidyMillis = 60'000;
constexpr size_t kPage = 1'000;
constexpr size_t kCookieSizeBytes = 32;
constexpr std::string_view kCookiePrefix = "srs_";

SecretBytes DrawCookie(Random& random) {
  Bytes raw = random.Take(kCookieSizeBytes);
  std::string text = std::string(kCookiePrefix) + Base64UrlEncode(raw);
  SecretBytes cookie = SecretBytes::CopyOf(text);
  WipeString(raw);
  WipeString(text);
  return cookie;
}

AuditEntry SystemEntry(Action action, std::string detail) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = action;
  entry.decision = Decision::kPlain;
  entry.detail = std::move(detail);
  return entry;
}

Status PutRecord(const SealedStore& office, SealedBatch& batch, const SessionRecord& record, std::string_view name,
                 StoreVersion expected) {
  Bytes bytes = record.Encode();
  const Status put = office.PutDocument(batch, Table::kSession, name, bytes, expected);
  WipeString(bytes);
  return put;
}

struct StoredSession {
  SessionRecord record;
  StoreVersion version = kAbsent;
};

Result<StoredSession> ReadRecord(const SealedStore& office, std::string_view name) {
  ASSIGN_OR_RETURN(std::optional<Document> stored, office.GetDocument(Table::kSession, name));
  if (!stored.has_value()) return Status(Reason::kSessionEnded);
  ASSIGN_OR_RETURN(SessionRecord record, SessionRecord::Decode(stored->content));
  WipeString(stored->content);
  return StoredSession{std::move(record), stored->version};
}

}  // namespace

std::string Sessions::NameOf(uint64_t id) { return FormatPrincipalId(id); }

Status Sessions::Commit(SealedBatch batch, AuditEntry entry) const {
  return gate_.house().office().journal->Submit(std::move(batch), std::move(entry)).Wait();
}

// --- after a start ---------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Sessions>> Sessions::Open(const Parts& parts) {
  std::unique_ptr<Sessions> sessions(new Sessions(parts));
  ASSIGN_OR_RETURN(const Stored stored, sessions->Read());
  // Whether one may go on is asked at its next request, as always; what may not is tidied away.
  for (const auto& [record, seen] : stored) sessions->Insert(std::make_shared<Live>(record, seen));
  parts.directory.AddListener(
      [raw = sessions.get()](const StaffMemberPtr&, const StaffMemberPtr& after) { raw->OnChange(*after); });
  return sessions;
}

// The time of each server's last look at its sessions: one document a server.
std::string Sessions::SeenName() const {
  const uint32_t number = gate_.house().view().number();
  return std::string(kSeenName) + (number == 0 ? "" : "-" + std::to_string(number));
}

Status Sessions::ReadSeen(std::string_view name, std::unordered_map<uint64_t, UnixMillis>& seen) const {
  ASSIGN_OR_RETURN(const std::optional<Document> times, office().GetDocument(Table::kSession, name));
  if (!times.has_value()) return Status::Ok();
  ByteReader reader(times->content);
  if (reader.U8() != kSeenVersion) return Status(Reason::kDataCorrupt, "the sessions' times are of a newer format");
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    const uint64_t id = reader.U64();
    UnixMillis& last = seen[id];
    last = std::max(last, static_cast<UnixMillis>(reader.U64()));
  }
  return reader.Finish("the sessions' times");
}

Result<Sessions::Stored> Sessions::Read() const {
  std::unordered_map<uint64_t, UnixMillis> seen;
  std::set<Bytes> seen_rows;
  const uint32_t servers = gate_.house().view().shared() ? ServerView::kMaxServers : 0;
  for (uint32_t number = 0; number <= servers; ++number) {
    const std::string name = std::string(kSeenName) + (number == 0 ? "" : "-" + std::to_string(number));
    seen_rows.insert(office().DocumentRowKey(Table::kSession, name));
  }
  std::vector<ListedDocument> documents;
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(std::vector<ListedDocument> page, office().ListDocuments(Table::kSession, after, kPage));
    const bool last = page.size() < kPage;
    if (!last) after = page.back().row_key;
    for (ListedDocument& document : page) documents.push_back(std::move(document));
    if (last) break;
  }
  for (uint32_t number = 0; number <= servers; ++number) {
    const std::string name = std::string(kSeenName) + (number == 0 ? "" : "-" + std::to_string(number));
    const Bytes row = office().DocumentRowKey(Table::kSession, name);
    const auto is_there = [&row](const ListedDocument& document) { return document.row_key == row; };
    if (std::any_of(documents.begin(), documents.end(), is_there)) RETURN_IF_ERROR(ReadSeen(name, seen));
  }
  Stored stored;
  for (ListedDocument& document : documents) {
    if (seen_rows.contains(document.row_key)) continue;
    ASSIGN_OR_RETURN(SessionRecord record, SessionRecord::Decode(document.content));
    WipeString(document.content);
    const auto found = seen.find(record.id);
    const UnixMillis last = std::max(record.factor_at, found == seen.end() ? record.created_at : found->second);
    stored.emplace_back(std::move(record), last);
  }
  return stored;
}

Status Sessions::Refresh() {
  const std::lock_guard lock(change_mutex_);
  ASSIGN_OR_RETURN(Stored stored, Read());
  std::set<Digest> there;
  const UnixMillis now = gate_.house().clock().NowMillis();
  std::map<uint64_t, LivePtr> known;  // by id, the newest cookie of each
  ForEach([&](const LivePtr& live) {
    if (live->is_current()) known[live->id] = live;
  });
  for (auto& [record, seen] : stored) {
    there.insert(record.mac);
    const auto old = known.find(record.id);
    if (old != known.end() && old->second->mac == record.mac) {
      old->second->credentials.store(record.credentials);
      if (old->second->last_seen.load() < seen) old->second->last_seen.store(seen);
      continue;
    }
    // It began elsewhere, or rose there: the cookie of before goes on for a moment, as it does where it rose.
    if (old != known.end()) old->second->replaced_until.store(now + kGraceMillis);
    Insert(std::make_shared<Live>(record, seen));
  }
  for (const auto& [id, live] : known) {
    if (live->is_current() && !there.contains(live->mac)) Remove(live);
  }
  return Status::Ok();
}

// --- beginning and rising --------------------------------------------------------------------------------------------

Result<SecretBytes> Sessions::Begin(NewSession session, AuditEntry entry) {
  const UnixMillis now = gate_.house().clock().NowMillis();
  SecretBytes cookie = DrawCookie(gate_.house().random());
  SessionRecord record;
  record.id = session.id;
  record.person = session.person->member->id;
  record.mac = MacOf(ExposeSecret(cookie));
  record.created_at = record.factor_at = record.password_at = now;
  record.factor = session.factor;
  record.credentials = session.person->credentials;
  record.address = session.address;
  record.device = std::move(session.device);
  record.proof_key = std::move(session.proof_key);
  record.bound_passkey = session.bound_passkey;
  if (devices_ != nullptr && session.certificate.has_value()) {
    const DeviceCheck check = devices_->Check(*session.certificate, record.person, now);
    if (!check.alarm.empty()) {
      SessionRequest request;
      request.address = session.address;
      request.request_id = entry.request_id;
      const Live refused(record, now);
      return Refuse(request, &refused, Reason::kDeviceRefused, check.alarm, check.alarm);
    }
    record.device_id = check.device;
  }

  const std::lock_guard lock(change_mutex_);
  SealedBatch batch;
  RETURN_IF_ERROR(PutRecord(office(), batch, record, NameOf(record.id), kAbsent));
  const LivePtr old = Look(session.ends_cookie);
  if (old != nullptr && old->person_id == record.person) {
    Remove(old);
    office().DeleteDocument(batch, Table::kSession, NameOf(old->id));
  }
  RETURN_IF_ERROR(Commit(std::move(batch), std::move(entry)));
  Insert(std::make_shared<Live>(record, now));
  MakeRoom(record.person, record.id);
  return cookie;
}

// Somebody who signs in again and again is not kept from it: the session that was not used longest ends.
void Sessions::MakeRoom(PrincipalId person, uint64_t begun) {
  std::vector<LivePtr> all = Of(person);
  if (all.size() <= kMostPerPerson) return;
  // Of several that were used in the same millisecond, not the one that begins.
  std::stable_partition(all.begin(), all.end(), [begun](const LivePtr& live) { return live->id == begun; });
  all.erase(all.begin(), all.begin() + kMostPerPerson);
  EndQuietly(all, person, "more than " + std::to_string(kMostPerPerson));
}

Result<SecretBytes> Sessions::Raise(uint64_t id, const Shown& shown, AuditEntry entry) {
  const UnixMillis now = gate_.house().clock().NowMillis();
  const std::lock_guard lock(change_mutex_);
  const LivePtr old = LookById(id);
  if (old == nullptr) return Status(Reason::kSessionEnded);
  ASSIGN_OR_RETURN(StoredSession stored, ReadRecord(office(), NameOf(id)));
  SessionRecord& record = stored.record;
  SecretBytes cookie = DrawCookie(gate_.house().random());
  record.mac = MacOf(ExposeSecret(cookie));
  if (shown.factor != FactorKind::kNone) {
    record.factor_at = now;
    record.factor = shown.factor;
  }
  if (shown.password) record.password_at = now;
  record.credentials = old->credentials.load();
  SealedBatch batch;
  RETURN_IF_ERROR(PutRecord(office(), batch, record, NameOf(id), stored.version));
  RETURN_IF_ERROR(Commit(std::move(batch), std::move(entry)));
  const auto raised = std::make_shared<Live>(record, now);
  raised->next_credentials.store(old->next_credentials.load());
  old->replaced_until.store(now + kGraceMillis);
  Insert(raised);
  return cookie;
}

// --- with the person -------------------------------------------------------------------------------------------------

void Sessions::GoOnWith(uint64_t id, const StaffMember& changed) {
  const LivePtr live = LookById(id);
  if (live != nullptr) live->next_credentials.store(CredentialsMark(changed));
}

Status Sessions::KeepWith(uint64_t id, AuditEntry entry) {
  const std::lock_guard lock(change_mutex_);
  const LivePtr live = LookById(id);
  if (live == nullptr) return Status(Reason::kSessionEnded);
  ASSIGN_OR_RETURN(StoredSession stored, ReadRecord(office(), NameOf(id)));
  stored.record.credentials = live->next_credentials.load();
  SealedBatch batch;
  RETURN_IF_ERROR(PutRecord(office(), batch, stored.record, NameOf(id), stored.version));
  RETURN_IF_ERROR(Commit(std::move(batch), std::move(entry)));
  live->credentials.store(stored.record.credentials);
  return Status::Ok();
}

void Sessions::OnChange(const StaffMember& after) {
  const UnixMillis now = gate_.house().clock().NowMillis();
  std::vector<LivePtr> ended;
  ForEach([&](const LivePtr& live) {
    if (live->person_id != after.id) return;
    const PersonNowPtr person = PersonOf(*live, now);
    if (person == nullptr || IsOver(*live, *person, now)) ended.push_back(live);
  });
  EndQuietly(ended, after.id, "person or credentials changed");
}

void Sessions::Use(Devices* devices) {
  devices_ = devices;
  devices->AddListener([this](uint64_t device) { OnRevoked(device); });
}

void Sessions::OnRevoked(uint64_t device) {
  std::vector<LivePtr> ended;
  ForEach([&](const LivePtr& live) {
    if (live->device_id == device && !live->ended.load()) ended.push_back(live);
  });
  if (!ended.empty()) EndQuietly(ended, ended.front()->person_id, "device revoked");
}

// Memory first: from here on they open nothing.  Should the rows outlive a crash, each request still compares.
void Sessions::EndQuietly(const std::vector<LivePtr>& ended, PrincipalId person, std::string_view why) {
  if (ended.empty()) return;
  SealedBatch batch;
  for (const LivePtr& live : ended) {
    Remove(live);
    if (live->is_current()) office().DeleteDocument(batch, Table::kSession, NameOf(live->id));
  }
  AuditEntry entry =
      SystemEntry(Action::kSessionEnd, "sessions of " + FormatPrincipalId(person) + ": " + std::string(why));
  entry.count = static_cast<uint32_t>(ended.size());
  gate_.house().office().journal->Submit(std::move(batch), std::move(entry));
}

// --- once a minute ---------------------------------------------------------------------------------------------------

void Sessions::TidyIfDue(UnixMillis) {
  const int64_t now_ms = gate_.house().clock().MonotonicMillis();
  int64_t last = tidied_ms_.load(std::memory_order_relaxed);
  if (now_ms - last < kTidyMillis || !tidied_ms_.compare_exchange_strong(last, now_ms)) return;
  Tidy();
}

Bytes Sessions::EncodeSeen() const {
  std::vector<std::pair<uint64_t, UnixMillis>> seen;
  ForEach([&](const LivePtr& live) {
    if (live->is_current()) seen.emplace_back(live->id, live->last_seen.load());
  });
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kSeenVersion);
  writer.Varint(seen.size());
  for (const auto& [id, at] : seen) {
    writer.U64(id);
    writer.U64(static_cast<uint64_t>(at));
  }
  return out;
}

void Sessions::Tidy() {
  const UnixMillis now = gate_.house().clock().NowMillis();
  std::vector<LivePtr> all;
  ForEach([&](const LivePtr& live) { all.push_back(live); });
  SealedBatch batch;
  uint32_t ended = 0;
  for (const LivePtr& live : all) {
    const PersonNowPtr person = PersonOf(*live, now);
    if (person != nullptr && !IsOver(*live, *person, now)) continue;
    Remove(live);
    if (!live->is_current()) continue;  // its document is the newer cookie's
    office().DeleteDocument(batch, Table::kSession, NameOf(live->id));
    ++ended;
  }
  if (!office().OverwriteDocument(batch, Table::kSession, SeenName(), EncodeSeen()).ok()) return;
  AuditEntry entry = SystemEntry(ended > 0 ? Action::kSessionEnd : Action::kSessionRead,
                                 ended > 0 ? "sessions that ran out" : "when sessions were last used");
  entry.count = ended > 0 ? ended : static_cast<uint32_t>(all.size());
  gate_.house().office().journal->Submit(std::move(batch), std::move(entry));
}

}  // namespace strongroom
