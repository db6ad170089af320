#include "audit/log_generation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "audit/log_reader.h"
#include "audit/log_state.h"
#include "audit/signed_note.h"
#include "audit/tree.h"
#include "base/encoding.h"
#include "keys/aad.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr char kGenerationKind = 'G';
constexpr size_t kNameTailBytes = 4;

Bytes GenerationKey(uint32_t number) {
  Bytes key(1, kGenerationKind);
  ByteWriter(key).U32(number);
  return key;
}

Bytes Encode(const LogGeneration& generation) {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.Prefixed(generation.origin);
  writer.U64(static_cast<uint64_t>(generation.began_at));
  writer.U64(generation.size);
  writer.U8(static_cast<uint8_t>(generation.continuity));
  writer.Raw(generation.restore);
  writer.Prefixed(generation.last_known);
  return out;
}

Result<LogGeneration> Decode(ByteView row_key, ByteView content) {
  LogGeneration generation;
  ByteReader key(row_key);
  key.U8();
  generation.number = key.U32();
  ByteReader reader(content);
  const uint8_t version = reader.U8();
  generation.origin = reader.Prefixed();
  generation.began_at = static_cast<UnixMillis>(reader.U64());
  generation.size = reader.U64();
  const uint8_t continuity = reader.U8();
  generation.continuity = static_cast<Continuity>(continuity);
  generation.restore = Bytes(reader.Raw(LogGeneration::kRestoreIdBytes));
  generation.last_known = reader.Prefixed();
  if (!key.Finish("row key").ok() || !reader.Finish("generation").ok() || version != kFormatVersion || continuity < 1 ||
      continuity > 4) {
    return Status(Reason::kDataCorrupt, "the row of a log's generation is malformed, or of a newer format");
  }
  return generation;
}

std::optional<Checkpoint> ParseNote(std::string_view note) {
  const Result<NoteParts> parts = SplitNote(note);
  if (!parts.ok()) return std::nullopt;
  const Result<ParsedCheckpoint> parsed = ParseCheckpoint(parts->text);
  if (!parsed.ok()) return std::nullopt;
  return parsed->checkpoint;
}

// Under whatever name it was signed.
Result<Checkpoint> OpenOwn(std::string_view note, const KeyRing& ring) {
  const std::optional<Checkpoint> parsed = ParseNote(note);
  if (!parsed.has_value()) return Status(Reason::kLogInvalid, "the log mark kept with the keys is no checkpoint");
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Create(parsed->origin, ring.log_signer().public_key()));
  return OpenCheckpoint(note, key);
}

// The last checkpoint that was known before the restore, into next.last_known.
Status FindLastKnown(const StoreReader& data, const StoreReader& key_store, const std::shared_ptr<const KeyRing>& ring,
                     const std::optional<LogState>& state, LogGeneration& next) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> mark, key_store.Get(kLogMarkKey));
  std::optional<Checkpoint> known;
  if (mark.has_value()) {
    ASSIGN_OR_RETURN(known, OpenOwn(mark->bytes, *ring));
    next.last_known = mark->bytes;
  }
  if (!state.has_value()) return Status::Ok();
  // An older key store beside newer data: the data's own newest checkpoint is then the last that is known.
  ASSIGN_OR_RETURN(const std::string newest, LogReader(data, ring).ReadCheckpoint());
  const Result<Checkpoint> own = OpenOwn(newest, *ring);
  const bool newer = own.ok() && own->size <= state->size &&
                     (!known.has_value() || (own->origin == known->origin && own->size > known->size));
  if (newer) next.last_known = newest;
  return Status::Ok();
}

// How the restored log stands to next.last_known.  `before`: the generation that signed that.
Status Judge(const StoreReader& data, const std::shared_ptr<const KeyRing>& ring, const std::optional<LogState>& state,
             const std::optional<LogGeneration>& before, LogGeneration& next) {
  const std::optional<Checkpoint> known = next.LastKnown();
  next.continuity = known.has_value() ? Continuity::kShorter : Continuity::kUnknown;
  if (!known.has_value() || !state.has_value()) return Status::Ok();
  if (known->size <= state->size) {
    ASSIGN_OR_RETURN(const Digest then, RootOf(LogReader(data, ring), known->size));
    next.continuity = then == known->root ? Continuity::kWhole : Continuity::kOther;
  } else if (state->origin != known->origin && (!before.has_value() || before->size < state->size)) {
    next.continuity = Continuity::kOther;  // entries of an earlier generation that the later one did not take over
  }
  return Status::Ok();
}

Result<std::optional<LogGeneration>> ReadBelow(const StoreReader& key_store, const KeyRing& ring, uint64_t end) {
  const Bytes past(1, static_cast<char>(kGenerationKind + 1));
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                   key_store.Scan({.begin = Bytes(1, kGenerationKind),
                                   .end = end > UINT32_MAX ? past : GenerationKey(static_cast<uint32_t>(end)),
                                   .limit = 1,
                                   .reverse = true}));
  if (rows.empty()) return std::optional<LogGeneration>();
  const Result<Bytes> content = ring.rows().Open(rows.front().value, aad::Row(ring.compartment(), rows.front().key));
  if (!content.ok()) return Status(Reason::kDataCorrupt, "the row of a log's generation does not open");
  ASSIGN_OR_RETURN(LogGeneration generation, Decode(rows.front().key, *content));
  return std::optional<LogGeneration>(std::move(generation));
}

}  // namespace

std::optional<Checkpoint> LogGeneration::LastKnown() const {
  return last_known.empty() ? std::nullopt : ParseNote(last_known);
}

uint64_t LogGeneration::Lost() const {
  const std::optional<Checkpoint> known = LastKnown();
  return known.has_value() && continuity == Continuity::kShorter ? known->size - std::min(known->size, size) : 0;
}

std::string LogGeneration::Describe() const {
  std::string text =
      "generation " + std::to_string(number) + " goes on from " + std::to_string(size) + " entries; last known ";
  const std::optional<Checkpoint> known = LastKnown();
  if (!known.has_value()) return text + "checkpoint: none";
  text += "checkpoint " + std::to_string(known->size) + " " + Base64Encode(View(known->root)) + "; ";
  if (continuity == Continuity::kOther) return text + "not continued";
  return text + std::to_string(Lost()) + " entries lost";
}

Result<std::optional<LogGeneration>> ReadLogGeneration(const StoreReader& key_store, const KeyRing& ring) {
  return ReadBelow(key_store, ring, UINT64_MAX);
}

Result<LogGeneration> BeginLogGeneration(Store& data, Store& key_store, const std::shared_ptr<const KeyRing>& ring,
                                         const std::string& first_origin, ByteView restore, UnixMillis now,
                                         Random& random) {
  ASSIGN_OR_RETURN(std::optional<LogState> state, ReadLogState(data, *ring));
  if (state.has_value()) {
    ASSIGN_OR_RETURN(const Digest root, RootOf(LogReader(data, ring), state->size));
    if (root != state->root) return Status(Reason::kLogInvalid, "the log's tiles do not give the root its state names");
  }
  ASSIGN_OR_RETURN(std::optional<LogGeneration> before, ReadLogGeneration(key_store, *ring));
  LogGeneration next;
  if (before.has_value() && before->restore == restore) {
    next = *before;  // the mark is of this very restore by now
    ASSIGN_OR_RETURN(before, ReadBelow(key_store, *ring, next.number));
  } else {
    next.number = before.has_value() ? before->number + 1 : 2;
    next.restore = Bytes(restore);
    RETURN_IF_ERROR(FindLastKnown(data, key_store, ring, state, next));
  }
  RETURN_IF_ERROR(Judge(data, ring, state, before, next));
  next.began_at = now;
  next.size = state.has_value() ? state->size : 0;
  // A name of its own each time: what was signed under one that was given up contradicts nothing.
  Bytes tail(kNameTailBytes, '\0');
  random.Fill(tail.data(), tail.size());
  next.origin = first_origin + "-" + HexEncode(tail);

  StoreBatch keys;
  const Bytes row_key = GenerationKey(next.number);
  ASSIGN_OR_RETURN(Bytes sealed, ring->rows().Seal(Encode(next), aad::Row(ring->compartment(), row_key), random));
  keys.puts.push_back({row_key, std::move(sealed)});
  if (!state.has_value()) {
    keys.deletes.emplace_back(kLogMarkKey);  // the sequencer's first step makes one
    RETURN_IF_ERROR(key_store.Commit(keys));
    return next;
  }
  ASSIGN_OR_RETURN(const std::string checkpoint,
                   SignCheckpoint({next.origin, state->size, state->root}, ring->log_signer()));
  keys.puts.push_back({kLogMarkKey, checkpoint});
  RETURN_IF_ERROR(key_store.Commit(keys));
  state->origin = next.origin;
  ASSIGN_OR_RETURN(Bytes sealed_state, SealLogState(*state, *ring, random));
  StoreBatch log;
  log.conditions.push_back({LogStateKey(), state->version});
  log.puts.push_back({LogStateKey(), std::move(sealed_state)});
  log.puts.push_back({LogCheckpointKey(), checkpoint});
  RETURN_IF_ERROR(data.Commit(log));
  return next;
}

}  // namespace strongroom
