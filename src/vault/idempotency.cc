#include "vault/idempotency.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr std::string_view kMacPurpose = "strongroom idempotency v1";
constexpr uint8_t kFormatVersion = 1;
constexpr size_t kLookedAtPerClaim = 20;      // notes; twice what a claim adds would do
constexpr size_t kLookedAtPerMinute = 1'000;  // so that few claims do not leave many notes behind
constexpr size_t kLookedAtAtOpen = 100'000;
constexpr size_t kPage = 20;  // notes in memory at once: each may hold an answer of half a mebibyte
constexpr int64_t kSweepMillis = 60'000;

}  // namespace

// Version, name, time, digest, status (0: claimed, not answered), answer.
struct Idempotency::Note {
  Bytes name;  // repeated inside, because a listed document does not tell its name
  UnixMillis time = 0;
  Bytes digest;
  KeptAnswer answer;

  bool Expired(UnixMillis now) const { return now - time >= kKeepMillis; }

  Bytes Encode() const {
    Bytes out;
    ByteWriter writer(out);
    writer.U8(kFormatVersion);
    writer.Prefixed(name);
    writer.U64(static_cast<uint64_t>(time));
    writer.Prefixed(digest);
    writer.U16(static_cast<uint16_t>(answer.status));
    writer.Prefixed(answer.body);
    return out;
  }

  static Result<Note> Decode(ByteView bytes) {
    ByteReader reader(bytes);
    const uint8_t version = reader.U8();
    Note note;
    note.name = Bytes(reader.Prefixed());
    note.time = static_cast<UnixMillis>(reader.U64());
    note.digest = Bytes(reader.Prefixed());
    note.answer.status = reader.U16();
    note.answer.body = Bytes(reader.Prefixed());
    RETURN_IF_ERROR(reader.Finish("an idempotency note"));
    if (version != kFormatVersion) return Status(Reason::kDataCorrupt, "an idempotency note is of a newer format");
    return note;
  }
};

struct Idempotency::Found {
  Note claim;                       // what would be written
  StoreVersion expected = kAbsent;  // over this
  std::optional<KeptAnswer> answer;
};

Idempotency::Idempotency(Gate& gate)
    : gate_(gate),
      mac_(office().ring().Derive(kMacPurpose)),
      swept_monotonic_ms_(gate.house().clock().MonotonicMillis()) {}

Bytes Idempotency::NameOf(const Caller& caller, std::string_view key) {
  Bytes name;
  ByteWriter writer(name);
  writer.U64(caller.principal != nullptr ? caller.principal->id : 0);
  writer.Raw(key);
  return name;
}

// What the stored note says to this request.
Result<Idempotency::Found> Idempotency::Look(const Caller& caller, std::string_view key, ByteView request,
                                             bool safe_to_repeat) const {
  const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
  if (key.empty() || key.size() > kMaxKeyBytes || !printable) {
    return Status(Reason::kInvalidArgument, "an Idempotency-Key is 1 to 200 printable ASCII characters without spaces");
  }
  const UnixMillis now = gate_.house().clock().NowMillis();
  Found found{{NameOf(caller, key), now, Bytes(View(mac_.Compute({request}))), {}}, kAbsent, {}};
  ASSIGN_OR_RETURN(const std::optional<Document> stored, office().GetDocument(Table::kIdempotency, found.claim.name));
  if (!stored.has_value()) return found;
  found.expected = stored->version;
  ASSIGN_OR_RETURN(Note note, Note::Decode(stored->content));
  if (note.Expired(now)) return found;
  if (!EqualInConstantTime(note.digest, found.claim.digest)) return Status(Reason::kIdempotencyMismatch);
  if (note.answer.status != 0) {
    found.answer = std::move(note.answer);
  } else if (!safe_to_repeat) {
    return Status(Reason::kRecordBusy,
                  "a request with this Idempotency-Key is running, or broke off before it was answered: look "
                  "whether its work was done before you send it again under another key");
  }
  return found;
}

Result<IdempotencyStart> Idempotency::Begin(Permit permit, std::string_view key, ByteView request,
                                            bool safe_to_repeat) {
  IdempotencyStart start;
  if (!permit.granted()) return permit.Refuse<bool>().Wait().status();
  if (permit.decision() == Decision::kDeny) {  // as it was before any question
    permit.Close();
    return start;
  }
  permit.RecordIn(gate_.house().office());  // where notes are
  Result<Found> found = Look(permit.caller(), key, request, safe_to_repeat);
  if (!found.ok()) return permit.Fail<bool>(found.status()).Wait().status();
  if (found->answer.has_value()) {
    permit.entry().detail = "idempotency key: answered again";
    RETURN_IF_ERROR(permit.Finish(true).Wait().status());
    start.answer = std::move(found->answer);
    return start;
  }
  const Note& note = found->claim;
  start.claim =
      IdempotencyClaim{permit.entry().action, permit.entry().decision, permit.entry().rule, note.name, note.digest};
  SealedBatch batch;
  const Status prepared = office().PutDocument(batch, Table::kIdempotency, note.name, note.Encode(), found->expected);
  AddDeletesOfExpired(batch, note.name, NotesToLookAt()).status().IgnoreError();  // a damaged note is no claim's fault
  if (!prepared.ok()) return permit.Fail<bool>(prepared).Wait().status();
  permit.entry().detail = "idempotency key: claimed";
  const Status written = permit.Finish(true, std::move(batch)).Wait().status();
  if (written.reason() == Reason::kStorageConflict) {
    return Status(Reason::kRecordBusy, "another request with this Idempotency-Key is running");
  }
  RETURN_IF_ERROR(written);
  return start;
}

// The work was allowed and has been done or not: that is noted whatever policy says by now.
Status Idempotency::Complete(const Caller& caller, const IdempotencyClaim& claim, std::string_view detail,
                             SealedBatch batch) const {
  Permit permit = gate_.AuthoriseFields(caller, claim.action, /*needs_purpose=*/false);
  if (!permit.granted()) return permit.Refuse<bool>().Wait().status();
  permit.entry().decision = claim.decision;
  permit.entry().rule = claim.rule;
  permit.entry().detail = std::string(detail);
  return permit.Finish(true, std::move(batch)).Wait().status();
}

Status Idempotency::Keep(const Caller& caller, const IdempotencyClaim& claim, const KeptAnswer& answer) {
  if (answer.body.size() > kMaxAnswerBytes) return Status(Reason::kBatchTooLarge, "the answer is too long to be kept");
  const Note note{claim.name, gate_.house().clock().NowMillis(), claim.digest, answer};
  SealedBatch batch;
  RETURN_IF_ERROR(office().OverwriteDocument(batch, Table::kIdempotency, note.name, note.Encode()));
  return Complete(caller, claim, "idempotency key: answered", std::move(batch));
}

Status Idempotency::Forget(const Caller& caller, const IdempotencyClaim& claim) {
  SealedBatch batch;
  office().DeleteDocument(batch, Table::kIdempotency, claim.name);
  return Complete(caller, claim, "idempotency key: released", std::move(batch));
}

// --- expiry ----------------------------------------------------------------------------------------------------------

size_t Idempotency::NotesToLookAt() {
  const int64_t now = gate_.house().clock().MonotonicMillis();
  std::lock_guard lock(mutex_);
  if (now - swept_monotonic_ms_ < kSweepMillis) return kLookedAtPerClaim;
  swept_monotonic_ms_ = now;
  return kLookedAtPerMinute;
}

// Without conditions, which would fail the claim: an expired key that is claimed anew in this very moment may lose its
// note, and is then served as if it had none.
Result<size_t> Idempotency::AddDeletesOfExpired(SealedBatch& batch, std::string_view except, size_t look_at) {
  std::lock_guard lock(mutex_);
  const UnixMillis now = gate_.house().clock().NowMillis();
  size_t deleted = 0;
  for (size_t looked = 0; looked < look_at; looked += kPage) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> notes,
                     office().ListDocuments(Table::kIdempotency, swept_to_, kPage));
    for (const ListedDocument& listed : notes) {
      ASSIGN_OR_RETURN(const Note note, Note::Decode(listed.content));
      if (!note.Expired(now) || note.name == except) continue;
      office().DeleteDocument(batch, Table::kIdempotency, note.name);
      ++deleted;
    }
    swept_to_ = notes.size() < kPage ? Bytes() : notes.back().row_key;
    if (swept_to_.empty()) break;  // the end; the next look begins anew
  }
  return deleted;
}

Status Idempotency::SweepExpired() {
  for (size_t looked = 0; looked < kLookedAtAtOpen; looked += kLookedAtPerMinute) {
    SealedBatch batch;
    ASSIGN_OR_RETURN(const size_t deleted, AddDeletesOfExpired(batch, {}, kLookedAtPerMinute));
    if (deleted > 0) {
      AuditEntry entry;
      entry.actor_kind = PrincipalKind::kSystem;
      entry.action = Action::kStoreCheck;
      entry.decision = Decision::kPlain;
      entry.count = static_cast<uint32_t>(deleted);
      entry.detail = "idempotency keys: expired";
      RETURN_IF_ERROR(gate_.house().office().journal->Submit(std::move(batch), std::move(entry)).Wait());
    }
    std::lock_guard lock(mutex_);
    if (swept_to_.empty()) break;
  }
  return Status::Ok();
}

}  // namespace strongroom
