#include "audit/log_floor.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "audit/log_reader.h"
#include "audit/tree.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kVersion = 1;

// Takes `before` and the number behind it off the front.
bool TakeNumber(std::string_view& text, std::string_view before, uint64_t& number) {
  if (!text.starts_with(before)) return false;
  text.remove_prefix(before.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

}  // namespace

Bytes LogFloorKey() { return Bytes{'l', 'p'}; }

Result<LogFloor> ReadLogFloor(const StoreReader& data, const KeyRing& ring) {
  const Bytes key = LogFloorKey();
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, data.Get(key));
  LogFloor floor;
  if (!row.has_value()) return floor;
  const Result<Bytes> plaintext = ring.log().Open(row->bytes, LogRowAssociatedData("floor", ring.compartment(), key));
  const Status broken(Reason::kLogInvalid, "the row that says what of the log was pruned was altered or moved");
  if (!plaintext.ok()) return broken;
  floor.version = row->version;
  ByteReader reader(*plaintext);
  const bool known = reader.U8() == kVersion;
  floor.index = reader.U64();
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    const uint32_t writer = reader.U32();
    LogFloor::Writer position;
    position.kept.next_sequence = reader.U64();
    const ByteView chain = reader.Raw(position.kept.chain.size());
    if (!reader.failed()) std::memcpy(position.kept.chain.data(), chain.data(), chain.size());
    position.first_above = reader.U64();
    if (position.first_above < position.kept.next_sequence) return broken;
    floor.writers.emplace(writer, position);
  }
  if (!known || !reader.Finish("log floor").ok() || floor.index % kTileWidth != 0) return broken;
  return floor;
}

Result<Bytes> SealLogFloor(const LogFloor& floor, const KeyRing& ring, Random& random) {
  Bytes plaintext;
  ByteWriter out(plaintext);
  out.U8(kVersion);
  out.U64(floor.index);
  out.Varint(floor.writers.size());
  for (const auto& [writer, position] : floor.writers) {
    out.U32(writer);
    out.U64(position.kept.next_sequence);
    out.Raw(View(position.kept.chain));
    out.U64(position.first_above);
  }
  return ring.log().Seal(plaintext, LogRowAssociatedData("floor", ring.compartment(), LogFloorKey()), random);
}

Result<uint64_t> PrunedBelow(const LogReader& log) {
  ASSIGN_OR_RETURN(const uint64_t size, log.Size());
  // In tiles: those below `low` are gone, the one at `high` is not, or is beyond the end.
  uint64_t low = 0;
  uint64_t high = size / kTileWidth;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    const Status read = log.Read(middle * kTileWidth, middle * kTileWidth + 1).status();
    if (!read.ok() && read.reason() != Reason::kLogPruned) return read;
    if (read.ok()) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low * kTileWidth;
}

Result<Digest> LeafOf(const TileReader& tiles, uint64_t index) {
  ASSIGN_OR_RETURN(const Bytes tile, tiles.ReadTile(0, index / kTileWidth, index % kTileWidth + 1));
  Digest leaf{};
  const ByteView hash = ByteView(tile).substr(index % kTileWidth * kHashSizeBytes, kHashSizeBytes);
  std::copy_n(AsU8(hash), hash.size(), leaf.begin());
  return leaf;
}

std::string PruneNote::Format() const {
  return "entries " + std::to_string(begin) + " to " + std::to_string(end - 1) + " pruned; checkpoint " +
         std::to_string(checkpoint_size);
}

std::optional<PruneNote> PruneNote::Parse(std::string_view detail) {
  PruneNote note;
  uint64_t last = 0;
  const bool read = TakeNumber(detail, "entries ", note.begin) && TakeNumber(detail, " to ", last) &&
                    TakeNumber(detail, " pruned; checkpoint ", note.checkpoint_size) && detail.empty();
  if (!read || last < note.begin || last >= note.checkpoint_size) return std::nullopt;
  note.end = last + 1;
  return note;
}

}  // namespace strongroom
