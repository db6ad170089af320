#include "backup/set_reader.h"

#include <algorithm>
#include <utility>

#include "backup/whole_hash.h"

namespace strongroom {
namespace {
Status Corrupt(std::string what) { return {Reason::kDataCorrupt, "the backup set is damaged: " + std::move(what)}; }
}  // namespace

Result<std::unique_ptr<SetReader>> SetReader::Open(AgeSource source, const AgeKeys& keys) {
  ASSIGN_OR_RETURN(std::unique_ptr<AgeStream> in, AgeStream::Open(std::move(source), keys));
  std::unique_ptr<SetReader> reader(new SetReader(std::move(in)));
  RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

Status SetReader::ReadHeader() {
  ASSIGN_OR_RETURN(const Bytes magic, in_->Take(set_format::kMagic.size()));
  if (magic != set_format::kMagic) return {Reason::kDataCorrupt, "this is not a backup set"};
  ASSIGN_OR_RETURN(const uint8_t version, in_->TakeByte());
  if (version != set_format::kVersion)
    return {Reason::kDataCorrupt, "the backup set has format version " + std::to_string(version) +
                                      ", this program reads version " + std::to_string(set_format::kVersion)};
  ASSIGN_OR_RETURN(const Bytes encoded, in_->TakePrefixed(1, SetHeader::kMostBytes));
  ASSIGN_OR_RETURN(header_, SetHeader::Parse(encoded));
  return Status::Ok();
}

Result<std::optional<SetRow>> SetReader::Next() {
  RETURN_IF_ERROR(failed_);
  if (ended_) return std::optional<SetRow>();
  Result<std::optional<SetRow>> row = Advance();
  if (!row.ok()) failed_ = row.status();
  return row;
}

Result<std::optional<SetRow>> SetReader::Advance() {
  while (true) {
    ASSIGN_OR_RETURN(const uint8_t part, in_->TakeByte());
    if (room_.has_value()) {
      if (part == set_format::kRow || (part == set_format::kGone && !header_.full())) {
        ASSIGN_OR_RETURN(SetRow row, ReadRow(part == set_format::kGone));
        return std::optional<SetRow>(std::move(row));
      }
      if (part != set_format::kRoomEnd) return Corrupt("an unknown part among the rows of a room");
      RETURN_IF_ERROR(EndRoom());
    } else if (part == set_format::kRoom) {
      RETURN_IF_ERROR(BeginRoom());
    } else if (part == set_format::kSetEnd) {
      RETURN_IF_ERROR(EndSet());
      return std::optional<SetRow>();
    } else {
      return Corrupt("an unknown part between two rooms");
    }
  }
}

Status SetReader::BeginRoom() {
  ASSIGN_OR_RETURN(std::string name, in_->TakePrefixed(1, SetHeader::kMostBytes));
  if (totals_.size() >= header_.rooms.size() || name != header_.rooms[totals_.size()])
    return Corrupt("its rooms are not those of its header");
  room_.emplace();
  room_->room = std::move(name);
  last_key_.clear();
  return Status::Ok();
}

Result<SetRow> SetReader::ReadRow(bool gone) {
  SetRow row;
  row.room = room_->room;
  ASSIGN_OR_RETURN(row.key, in_->TakePrefixed(1, set_format::kMostKeyBytes));
  if (row.key <= last_key_) return Corrupt("rows are out of order");
  last_key_ = row.key;
  if (gone) {
    ++room_->gone;
    return row;
  }
  ++room_->rows;
  ASSIGN_OR_RETURN(row.value, in_->TakePrefixed(0, set_format::kMostValueBytes));
  if (header_.full()) AddToWhole(whole_, row.key, *row.value);
  return row;
}

Status SetReader::EndRoom() {
  ASSIGN_OR_RETURN(const uint64_t rows, in_->TakeVarint());
  ASSIGN_OR_RETURN(const uint64_t gone, in_->TakeVarint());
  ASSIGN_OR_RETURN(room_->rows_whole, in_->TakeVarint());
  ASSIGN_OR_RETURN(const Bytes hash, in_->Take(room_->hash_whole.size()));
  std::copy_n(AsU8(ByteView(hash)), hash.size(), room_->hash_whole.begin());
  if (rows != room_->rows || gone != room_->gone) return Corrupt("the room '" + room_->room + "' has lost rows");
  if (header_.full() && (room_->rows_whole != rows || whole_.Finish() != room_->hash_whole))
    return Corrupt("the rows of the room '" + room_->room + "' are not those that were copied");
  if (room_->rows > room_->rows_whole) return Corrupt("the room '" + room_->room + "' has too many rows");
  totals_.push_back(*std::move(room_));
  room_.reset();
  return Status::Ok();
}

Status SetReader::EndSet() {
  if (totals_.size() != header_.rooms.size()) return Corrupt("rooms are missing");
  ASSIGN_OR_RETURN(const uint64_t rows, in_->TakeVarint());
  ASSIGN_OR_RETURN(const uint64_t gone, in_->TakeVarint());
  const Digest expected = in_->HashSoFar();
  ASSIGN_OR_RETURN(const Bytes hash, in_->Take(expected.size()));
  uint64_t all_rows = 0;
  uint64_t all_gone = 0;
  for (const RoomTotals& room : totals_) {
    all_rows += room.rows;
    all_gone += room.gone;
  }
  if (rows != all_rows || gone != all_gone || hash != View(expected)) return Corrupt("its end does not fit the rest");
  RETURN_IF_ERROR(in_->ExpectEnd());
  ended_ = true;
  return Status::Ok();
}

}  // namespace strongroom
