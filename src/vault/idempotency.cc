#include "vault/idempotency.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr std::string_view kMacPurpose = "strongroom idempotency v1";
constexpr uint8_t kFormatVersion = 1;
constexpr size_t kLookedAtPerClaim = 20;  // notes; twice what a claim adds would do

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

Idempotency::Idempotency(Gate& gate) : gate_(gate), mac_(office().ring().Derive(kMacPurpose)) {}

Bytes Idempotency::NameOf(const Caller& caller, std::string_view key) {
  Bytes name;
  ByteWriter writer(name);
  writer.U64(caller.principal != nullptr ? caller.principal->id : 0);
  writer.Raw(key);
  return name;
}

Digest Idempotency::DigestOf(ByteView request) const { return mac_.Compute({request}); }

Status Idempotency::Commit(const Caller& caller, Action action, std::string_view detail, SealedBatch batch) const {
  // Whether the work itself is allowed is decided where it is done; a note is only ever its own principal's.
  Permit permit = gate_.AuthoriseFields(caller, action, /*needs_purpose=*/false);
  if (!permit.granted()) return permit.Refuse<bool>().Wait().status();
  permit.entry().decision = Decision::kToken;
  permit.entry().detail = std::string(detail);
  return permit.Finish(true, std::move(batch)).Wait().status();
}

Result<std::optional<KeptAnswer>> Idempotency::Begin(const Caller& caller, Action action, std::string_view key,
                                                     ByteView request, bool safe_to_repeat) {
  const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
  if (key.empty() || key.size() > kMaxKeyBytes || !printable) {
    return Status(Reason::kInvalidArgument, "an Idempotency-Key is 1 to 200 printable ASCII characters without spaces");
  }
  const UnixMillis now = gate_.house().clock().NowMillis();
  Note claim{NameOf(caller, key), now, Bytes(View(DigestOf(request))), {}};
  ASSIGN_OR_RETURN(const std::optional<Document> stored, office().GetDocument(Table::kIdempotency, claim.name));
  StoreVersion expected = kAbsent;
  if (stored.has_value()) {
    expected = stored->version;
    ASSIGN_OR_RETURN(Note note, Note::Decode(stored->content));
    if (!note.Expired(now)) {
      if (!EqualInConstantTime(note.digest, claim.digest)) return Status(Reason::kIdempotencyMismatch);
      if (note.answer.status != 0) {
        RETURN_IF_ERROR(Commit(caller, action, "idempotency key: answered again", {}));
        return std::optional<KeptAnswer>(std::move(note.answer));
      }
      if (!safe_to_repeat) {
        return Status(Reason::kRecordBusy,
                      "a request with this Idempotency-Key is running, or broke off before it was answered: look "
                      "whether its work was done before you send it again under another key");
      }
    }
  }
  SealedBatch batch;
  RETURN_IF_ERROR(office().PutDocument(batch, Table::kIdempotency, claim.name, claim.Encode(), expected));
  RETURN_IF_ERROR(AddDeletesOfExpired(batch, claim.name));
  const Status written = Commit(caller, action, "idempotency key: claimed", std::move(batch));
  if (written.reason() == Reason::kStorageConflict) {
    return Status(Reason::kRecordBusy, "another request with this Idempotency-Key is running");
  }
  RETURN_IF_ERROR(written);
  return std::optional<KeptAnswer>();
}

Status Idempotency::Keep(const Caller& caller, Action action, std::string_view key, ByteView request,
                         const KeptAnswer& answer) {
  if (answer.body.size() > kMaxAnswerBytes) return Status(Reason::kBatchTooLarge, "the answer is too long to be kept");
  const Note note{NameOf(caller, key), gate_.house().clock().NowMillis(), Bytes(View(DigestOf(request))), answer};
  SealedBatch batch;
  RETURN_IF_ERROR(office().OverwriteDocument(batch, Table::kIdempotency, note.name, note.Encode()));
  return Commit(caller, action, "idempotency key: answered", std::move(batch));
}

Status Idempotency::Forget(const Caller& caller, Action action, std::string_view key) {
  SealedBatch batch;
  office().DeleteDocument(batch, Table::kIdempotency, NameOf(caller, key));
  return Commit(caller, action, "idempotency key: released", std::move(batch));
}

// Without conditions, which would fail the claim: an expired key that is claimed anew in this very moment may lose its
// note, and is then served as if it had none.
Status Idempotency::AddDeletesOfExpired(SealedBatch& batch, std::string_view except) {
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const std::vector<ListedDocument> notes,
                   office().ListDocuments(Table::kIdempotency, swept_to_, kLookedAtPerClaim));
  const UnixMillis now = gate_.house().clock().NowMillis();
  for (const ListedDocument& listed : notes) {
    ASSIGN_OR_RETURN(const Note note, Note::Decode(listed.content));
    if (note.Expired(now) && note.name != except) office().DeleteDocument(batch, Table::kIdempotency, note.name);
  }
  swept_to_ = notes.size() < kLookedAtPerClaim ? Bytes() : notes.back().row_key;
  return Status::Ok();
}

}  // namespace strongroom
