#include "witness/witness.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "audit/tree.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "witness/add_checkpoint.h"

namespace strongroom {
namespace {

WitnessAnswer Refused(int status, std::string why) {
  return {status, "text/plain; charset=utf-8", std::move(why) + "\n"};
}

// The line of one of these keys, once it has been verified.  nullopt: no line claims to be by any of them, or one does
// and is not.
std::optional<std::string> TrustedLine(const NoteParts& note, const std::vector<VerifierKey>& keys) {
  std::optional<std::string> found;
  for (const NoteSignature& signature : note.signatures) {
    for (const VerifierKey& key : keys) {
      if (signature.key_name != key.name || signature.key_id != key.key_id) continue;
      if (!VerifySignature(key.public_key, note.text, signature.signature).ok()) return std::nullopt;
      if (!found.has_value()) found = std::string(signature.line);
    }
  }
  return found;
}

// What of the tlog-witness rules is about the trees alone.
Status CheckContinues(const Checkpoint& newest, const Checkpoint& checkpoint, const std::vector<Digest>& proof) {
  if (checkpoint.size == 0 && checkpoint.root != EmptyRoot()) {
    return Status(Reason::kLogInvalid, "a tree of no entries has another root");
  }
  if (newest.size == 0) {
    return proof.empty() ? Status::Ok() : Status(Reason::kLogInvalid, "from the empty tree there is nothing to prove");
  }
  return VerifyConsistency(newest.size, checkpoint.size, newest.root, checkpoint.root, proof);
}

}  // namespace

std::string OriginHash(std::string_view origin) { return HexEncode(View(Sha256({origin}))); }

Result<std::unique_ptr<Witness>> Witness::Open(StateFiles& files, WitnessSigner signer,
                                               const std::vector<VerifierKey>& logs, const Clock& clock,
                                               WitnessOptions options) {
  std::unique_ptr<Witness> witness(new Witness(files, std::move(signer), clock, options));
  for (const VerifierKey& key : logs) witness->logs_[key.name].keys.push_back(key);
  for (auto& [origin, log] : witness->logs_) RETURN_IF_ERROR(witness->Load(log, origin));
  return witness;
}

Status Witness::Load(Log& log, const std::string& origin) const {
  log.file = OriginHash(origin) + ".checkpoint";
  log.newest = {origin, 0, EmptyRoot()};
  ASSIGN_OR_RETURN(std::optional<Bytes> stored, files_.Read(log.file));
  if (!stored.has_value()) return Status::Ok();
  const Status damaged(Reason::kDataCorrupt, log.file + " is not what this witness cosigned of " + origin +
                                                 "; it must not cosign for that log any more under this key");
  const Result<NoteParts> parts = SplitNote(*stored);
  if (!parts.ok()) return damaged;
  const Result<std::optional<int64_t>> seconds = VerifyCosignature(*parts, signer_.key);
  const Result<ParsedCheckpoint> parsed = ParseCheckpoint(parts->text);
  if (!seconds.ok() || !seconds->has_value() || !parsed.ok() || parsed->checkpoint.origin != origin) return damaged;
  log.newest = parsed->checkpoint;
  log.cosigned_seconds = **seconds;
  log.note = *std::move(stored);
  return Status::Ok();
}

WitnessAnswer Witness::AddCheckpoint(std::string_view body) {
  const Result<AddCheckpointRequest> request = ParseAddCheckpoint(body);
  if (!request.ok()) return Refused(400, request.status().message());
  const Result<NoteParts> note = SplitNote(request->note);
  if (!note.ok()) return Refused(400, note.status().message());
  const Result<ParsedCheckpoint> parsed = ParseCheckpoint(note->text);
  if (!parsed.ok()) return Refused(400, parsed.status().message());
  const Checkpoint& checkpoint = parsed->checkpoint;

  const std::lock_guard lock(mutex_);  // from the comparison to the write
  const auto known = logs_.find(checkpoint.origin);
  if (known == logs_.end()) return Refused(404, "this witness does not know a log of this origin");
  Log& log = known->second;
  const std::optional<std::string> line = TrustedLine(*note, log.keys);
  if (!line.has_value()) return Refused(403, "the checkpoint is not signed by a key that is trusted for its origin");
  if (request->old_size > checkpoint.size) return Refused(400, "the old size is larger than the checkpoint's");
  if (request->old_size != log.newest.size) {
    return {409, kSizeMediaType, std::to_string(log.newest.size) + "\n"};
  }
  if (const Status continues = CheckContinues(log.newest, checkpoint, request->proof); !continues.ok()) {
    return Refused(422, continues.message());
  }
  return Cosigned(log, note->text, *line, checkpoint);
}

WitnessAnswer Witness::Cosigned(Log& log, std::string_view text, const std::string& log_line,
                                const Checkpoint& checkpoint) {
  if (broken_) return Refused(500, "the witness's state could not be written; it must be started again");
  // Never before the last one: a smaller tree must not look like the newer.
  const int64_t seconds = std::max(clock_.NowMillis() / 1000, log.cosigned_seconds);
  const Result<std::string> line = Cosign(text, signer_, seconds);
  if (!line.ok()) return Refused(500, "the checkpoint could not be cosigned");
  std::string stored = std::string(text) + "\n" + log_line + *line;
  const Status written = Persist(log.file, stored);
  if (!written.ok()) {
    broken_ = true;
    if (options_.write_first_for_tests) return Refused(500, "the witness's state could not be written");
  }
  log.newest = checkpoint;
  log.cosigned_seconds = seconds;
  log.note = std::move(stored);
  return {200, "text/plain; charset=utf-8", *line};
}

Status Witness::Persist(const std::string& file, ByteView note) {
  const std::string fresh = file + ".new";
  RETURN_IF_ERROR(files_.Write(fresh, note));
  if (options_.sync_for_tests) RETURN_IF_ERROR(files_.Sync(fresh));
  RETURN_IF_ERROR(files_.Rename(fresh, file));
  return options_.sync_for_tests ? files_.SyncDirectory() : Status::Ok();
}

WitnessAnswer Witness::NewestCheckpoint(std::string_view origin_hash) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [origin, log] : logs_) {
    if (OriginHash(origin) == origin_hash && !log.note.empty()) return {200, "text/plain; charset=utf-8", log.note};
  }
  return Refused(404, "nothing was cosigned of a log with this hash");
}

}  // namespace strongroom
