#include "server/restore_mark.h"

#include "audit/log_generation.h"
#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr uint8_t kFormatVersion = 1;
constexpr char kMarkKey[] = "Srestore";
constexpr size_t kIdBytes = LogGeneration::kRestoreIdBytes;
constexpr uint64_t kMaxSets = 10'000;
}  // namespace

bool IsRestoreMark(ByteView row_key) { return row_key == kMarkKey; }

Result<std::optional<RestoreMark>> ReadRestoreMark(const StoreReader& office_keys) {
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, office_keys.Get(kMarkKey));
  if (!row.has_value()) return std::optional<RestoreMark>();
  ByteReader reader(row->bytes);
  RestoreMark mark;
  const uint8_t version = reader.U8();
  const uint8_t phase = reader.U8();
  mark.phase = static_cast<RestorePhase>(phase);
  mark.id = Bytes(reader.Raw(kIdBytes));
  mark.begun_at = static_cast<UnixMillis>(reader.U64());
  const uint64_t sets = reader.Varint();
  for (uint64_t i = 0; i < sets && i < kMaxSets && !reader.failed(); ++i) {
    mark.data_sets.emplace_back(reader.Raw(kIdBytes));
  }
  mark.keys_set = Bytes(reader.Prefixed());
  if (!reader.Finish("restore mark").ok() || version != kFormatVersion || phase < 1 || phase > 4) {
    // Whoever cannot read how far it came must not open the house.
    return Status(Reason::kRestoreUnfinished, "the mark of a restore cannot be read; was it begun by a newer version?");
  }
  return std::optional<RestoreMark>(std::move(mark));
}

Status WriteRestoreMark(Store& office_keys, const RestoreMark& mark) {
  Bytes value;
  ByteWriter writer(value);
  writer.U8(kFormatVersion);
  writer.U8(static_cast<uint8_t>(mark.phase));
  writer.Raw(mark.id);
  writer.U64(static_cast<uint64_t>(mark.begun_at));
  writer.Varint(mark.data_sets.size());
  for (const Bytes& id : mark.data_sets) writer.Raw(id);
  writer.Prefixed(mark.keys_set);
  StoreBatch batch;
  batch.puts.push_back({kMarkKey, std::move(value)});
  return office_keys.Commit(batch);
}

Status ClearRestoreMark(Store& office_keys) {
  StoreBatch batch;
  batch.deletes.emplace_back(kMarkKey);
  return office_keys.Commit(batch);
}

Status RefuseUnfinishedRestore(const StoreReader& office_keys) {
  ASSIGN_OR_RETURN(const std::optional<RestoreMark> mark, ReadRestoreMark(office_keys));
  if (!mark.has_value()) return Status::Ok();
  return Status(Reason::kRestoreUnfinished,
                "a restore was begun at " + FormatTime(mark->begun_at) +
                    " and is not finished; give the same 'strongroom restore' command again");
}

}  // namespace strongroom
