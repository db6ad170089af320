#include "keys/epoch_rows.h"

#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"
#include "store/group.h"

namespace strongroom {
namespace {
constexpr uint8_t kFormatVersion = 1;
constexpr size_t kMaxEpochs = 100'000;
}  // namespace

std::string_view NameOf(EpochState state) {
  switch (state) {
    case EpochState::kOpen:
      return "open";
    case EpochState::kClosed:
      return "closed";
    case EpochState::kEmpty:
      return "empty";
    case EpochState::kDestroyed:
      return "destroyed";
  }
  return "unknown";
}

std::string_view NameOf(MovePhase phase) {
  switch (phase) {
    case MovePhase::kNone:
      return "none";
    case MovePhase::kCustomerKeys:
      return "customer keys";
    case MovePhase::kReferences:
      return "references";
    case MovePhase::kUniqueRows:
      return "unique rows";
    case MovePhase::kProof:
      return "proof";
    case MovePhase::kUntold:
      return "untold";
  }
  return "unknown";
}

Bytes EpochInfo::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U8(static_cast<uint8_t>(state));
  for (const UnixMillis time : {opened_at, closed_at, empty_at, destroyed_at}) writer.U64(static_cast<uint64_t>(time));
  writer.U8(static_cast<uint8_t>(phase));
  writer.Prefixed(cursor);
  for (const uint64_t count : {moved_keys, moved_rows, scanned_keys, scanned_rows}) writer.Varint(count);
  return out;
}

Result<EpochInfo> EpochInfo::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  EpochInfo info;
  const uint8_t format = reader.U8();
  const uint8_t state = reader.U8();
  info.state = static_cast<EpochState>(state);
  for (UnixMillis* const time : {&info.opened_at, &info.closed_at, &info.empty_at, &info.destroyed_at}) {
    *time = static_cast<UnixMillis>(reader.U64());
  }
  const uint8_t phase = reader.U8();
  info.phase = static_cast<MovePhase>(phase);
  info.cursor = Bytes(reader.Prefixed());
  for (uint64_t* const count : {&info.moved_keys, &info.moved_rows, &info.scanned_keys, &info.scanned_rows}) {
    *count = reader.Varint();
  }
  RETURN_IF_ERROR(reader.Finish("an epoch's row"));
  if (format != kFormatVersion || state < 1 || state > 4 || phase > 5) {
    return Status(Reason::kDataCorrupt, "an epoch's row is of a newer format");
  }
  return info;
}

Bytes EpochRowKey(Epoch epoch) {
  Bytes key = "E";
  ByteWriter(key).U32(epoch);
  return key;
}

Status PutEpochRow(StoreBatch& batch, const Aead& rows, CompartmentId compartment, const EpochInfo& info,
                   Random& random) {
  Bytes key = EpochRowKey(info.epoch);
  ASSIGN_OR_RETURN(Bytes sealed, rows.Seal(info.Encode(), aad::Row(compartment, key), random));
  batch.conditions.push_back({key, info.version});
  batch.puts.push_back({std::move(key), std::move(sealed)});
  return Status::Ok();
}

Bytes TurnRowKey() { return "o"; }

Bytes TurnRowValue(Epoch epoch) {
  Bytes value;
  ByteWriter(value).U32(epoch);
  return value;
}

StoreCondition StandsUnder(Epoch epoch) { return {TurnRowKey(), VersionOf(TurnRowValue(epoch))}; }

Result<std::optional<Epoch>> ReadTurnRow(const StoreReader& store) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, store.Get(TurnRowKey()));
  if (!row.has_value()) return std::optional<Epoch>();
  ByteReader reader(row->bytes);
  const Epoch epoch = reader.U32();
  RETURN_IF_ERROR(reader.Finish("the row of the open epoch"));
  return std::optional<Epoch>(epoch);
}

Result<std::vector<EpochInfo>> ReadEpochRows(const StoreReader& key_store, const Aead& rows,
                                             CompartmentId compartment) {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> stored, key_store.Scan({.begin = "E", .end = "F", .limit = kMaxEpochs}));
  std::vector<EpochInfo> epochs;
  epochs.reserve(stored.size());
  for (const StoreRow& row : stored) {
    ASSIGN_OR_RETURN(const Bytes content, rows.Open(row.value, aad::Row(compartment, row.key)));
    ASSIGN_OR_RETURN(EpochInfo info, EpochInfo::Decode(content));
    ByteReader key(ByteView(row.key).substr(1));
    info.epoch = key.U32();
    RETURN_IF_ERROR(key.Finish("the key of an epoch's row"));
    info.version = VersionOf(row.value);
    epochs.push_back(std::move(info));
  }
  return epochs;
}

}  // namespace strongroom
