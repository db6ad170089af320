#include "vault/erasure_certificate.h"

#include <algorithm>
#include <utility>

#include "audit/checkpoint.h"
#include "audit/erasure_note.h"
#include "audit/log_floor.h"
#include "audit/tree.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr int64_t kMillisPerDay = 86'400'000;
constexpr int64_t kAround =
    3'600'000;  // the entry is written within an hour of the document, which it shares a commit with
constexpr size_t kPage = 200;

Bytes NameOf(CustomerId customer) {
  Bytes name;
  ByteWriter(name).U64(customer);
  return name;
}

Result<KeptErasure> Decode(ByteView content) {
  ByteReader reader(content);
  const uint8_t version = reader.U8();
  KeptErasure kept;
  kept.customer = reader.U64();
  kept.written_at = static_cast<UnixMillis>(reader.U64());
  kept.facts = std::string(reader.Prefixed());
  const bool placed = reader.U8() != 0;
  const uint64_t index = reader.U64();
  if (placed) kept.index = index;
  RETURN_IF_ERROR(reader.Finish("what is kept of an erasure"));
  if (version != kFormatVersion) return Status(Reason::kDataCorrupt, "what is kept of an erasure is of a newer format");
  return kept;
}

bool Records(const AuditEntry& entry, const KeptErasure& kept) {
  return entry.action == Action::kCustomerErase && entry.change == Sha256(kept.facts);
}

struct Place {
  uint64_t index = 0;
  Digest leaf{};
};

Place PlaceOf(const IndexedEntry& entry) { return {*entry.index, LeafHash(entry.entry.Encode())}; }

// Where the merged entry is that records the erasure; unset when it has not been merged yet, or was pruned before
// anybody asked for a certificate.
Result<std::optional<Place>> FindEntry(const LogReader& log, const KeptErasure& kept) {
  ASSIGN_OR_RETURN(const uint64_t size, log.Size());
  if (kept.index.has_value() && *kept.index < size) {
    const Result<std::vector<IndexedEntry>> there = log.Read(*kept.index, *kept.index + 1);
    if (there.reason() == Reason::kLogPruned) {  // it was looked at when its place was written down
      ASSIGN_OR_RETURN(const Digest leaf, LeafOf(log, *kept.index));
      return std::optional(Place{*kept.index, leaf});
    }
    RETURN_IF_ERROR(there.status());
    if (Records(there->front().entry, kept)) return std::optional(PlaceOf(there->front()));
  }
  const LogFilter filter{
      .action = Action::kCustomerErase, .from = kept.written_at - kAround, .until = kept.written_at + kAround};
  std::optional<uint64_t> before;
  do {
    ASSIGN_OR_RETURN(LogPage page, log.Find(filter, kPage, before));
    for (IndexedEntry& one : page.entries) {
      if (one.index.has_value() && Records(one.entry, kept)) return std::optional(PlaceOf(one));
    }
    before = page.next_before;
  } while (before.has_value());
  return std::optional<Place>();
}

}  // namespace

Result<UnixMillis> BeyondRecallAt(const Room& room, UnixMillis destroyed_at, int rotate_days, int keep_days) {
  ASSIGN_OR_RETURN(const std::vector<EpochInfo> infos, room.epochs->List());
  const int64_t keep = keep_days * kMillisPerDay;
  UnixMillis latest = destroyed_at;
  for (const EpochInfo& info : infos) {
    if (info.opened_at > destroyed_at) continue;
    switch (info.state) {
      case EpochState::kOpen:
        if (rotate_days == 0) return UnixMillis{0};
        latest = std::max(latest, std::max(info.opened_at + rotate_days * kMillisPerDay, destroyed_at) + keep);
        break;
      case EpochState::kClosed:
        latest = std::max(latest, std::max(info.closed_at, destroyed_at) + keep);
        break;
      case EpochState::kEmpty:
        latest = std::max(latest, info.empty_at + keep);
        break;
      case EpochState::kDestroyed:
        latest = std::max(latest, info.destroyed_at);
        break;
    }
  }
  return latest;
}

Status PutErasure(const SealedStore& sealed, SealedBatch& batch, const KeptErasure& kept) {
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.U64(kept.customer);
  writer.U64(static_cast<uint64_t>(kept.written_at));
  writer.Prefixed(kept.facts);
  writer.U8(kept.index.has_value() ? 1 : 0);
  writer.U64(kept.index.value_or(0));
  return sealed.OverwriteDocument(batch, Table::kErasure, NameOf(kept.customer), content);
}

Result<std::optional<KeptErasure>> FindErasure(const SealedStore& sealed, CustomerId customer) {
  ASSIGN_OR_RETURN(const std::optional<Document> document, sealed.GetDocument(Table::kErasure, NameOf(customer)));
  if (!document.has_value()) return std::optional<KeptErasure>();
  ASSIGN_OR_RETURN(KeptErasure kept, Decode(document->content));
  return std::optional<KeptErasure>(std::move(kept));
}

Result<std::string> SignErasure(const Room& room, KeptErasure& kept) {
  const LogReader& log = *room.log;
  ASSIGN_OR_RETURN(const VerifierKey key, log.Key());
  ASSIGN_OR_RETURN(const std::optional<Place> entry, FindEntry(log, kept));
  std::optional<ErasurePlace> place;
  if (entry.has_value()) {
    ASSIGN_OR_RETURN(const std::string note, log.ReadCheckpoint());
    ASSIGN_OR_RETURN(const Checkpoint checkpoint, OpenCheckpoint(note, key));
    place = ErasurePlace{entry->index, entry->leaf, checkpoint.size, checkpoint.root, {}};
    ASSIGN_OR_RETURN(place->path, InclusionProof(log, place->index, place->size));
    kept.index = place->index;
  }
  return SignErasureNote(kept.facts, place, key.name, room.sealed->ring().log_signer());
}

Result<size_t> SweepErasures(Room& room, UnixMillis written_before) {
  std::vector<Bytes> old;
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, room.sealed->ListDocuments(Table::kErasure, after, kPage));
    for (const ListedDocument& document : page) {
      const Result<KeptErasure> kept = Decode(document.content);
      if (!kept.ok() || kept->written_at < written_before) old.push_back(document.row_key);
    }
    if (page.size() < kPage) break;
    after = page.back().row_key;
  }
  for (size_t begin = 0; begin < old.size(); begin += kPage) {
    const size_t end = std::min(begin + kPage, old.size());
    SealedBatch batch;
    SealedStore::DeleteRows(batch,
                            {old.begin() + static_cast<ptrdiff_t>(begin), old.begin() + static_cast<ptrdiff_t>(end)});
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kErasureRead;
    entry.decision = Decision::kPlain;
    entry.count = static_cast<uint32_t>(end - begin);
    entry.detail = "certificates past their time deleted";
    RETURN_IF_ERROR(room.journal->Submit(std::move(batch), std::move(entry)).Wait());
  }
  return old.size();
}

}  // namespace strongroom
