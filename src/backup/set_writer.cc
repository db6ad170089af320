#include "backup/set_writer.h"

#include <utility>

#include "backup/whole_hash.h"
#include "base/encoding.h"

namespace strongroom {

Result<std::unique_ptr<SetWriter>> SetWriter::Start(const SetHeader& header,
                                                    const std::vector<AgeRecipient>& recipients, Random& random,
                                                    AgeSink sink) {
  ASSIGN_OR_RETURN(std::unique_ptr<AgeWriter> out, AgeWriter::Start(recipients, random, std::move(sink)));
  std::unique_ptr<SetWriter> writer(new SetWriter(std::move(out)));
  Bytes begin(set_format::kMagic);
  ByteWriter fields(begin);
  fields.U8(set_format::kVersion);
  fields.Prefixed(header.Encode());
  RETURN_IF_ERROR(writer->Write(begin));
  return writer;
}

Status SetWriter::Write(ByteView part) {
  all_.Add(part);
  return out_->Write(part);
}

Status SetWriter::BeginRoom(std::string_view room) {
  room_ = RoomTotals();
  room_.room = std::string(room);
  part_.clear();
  ByteWriter part(part_);
  part.U8(set_format::kRoom);
  part.Prefixed(room);
  return Write(part_);
}

Status SetWriter::PutRow(ByteView key, ByteView value) {
  SkipRow(key, value);
  ++room_.rows;
  part_.clear();
  ByteWriter part(part_);
  part.U8(set_format::kRow);
  part.Prefixed(key);
  part.Prefixed(value);
  return Write(part_);
}

void SetWriter::SkipRow(ByteView key, ByteView value) {
  ++room_.rows_whole;
  AddToWhole(whole_, key, value);
}

Status SetWriter::PutGone(ByteView key) {
  ++room_.gone;
  part_.clear();
  ByteWriter part(part_);
  part.U8(set_format::kGone);
  part.Prefixed(key);
  return Write(part_);
}

Status SetWriter::EndRoom() {
  room_.hash_whole = whole_.Finish();
  part_.clear();
  ByteWriter part(part_);
  part.U8(set_format::kRoomEnd);
  part.Varint(room_.rows);
  part.Varint(room_.gone);
  part.Varint(room_.rows_whole);
  part.Raw(View(room_.hash_whole));
  totals_.push_back(room_);
  return Write(part_);
}

Status SetWriter::Finish() {
  uint64_t rows = 0;
  uint64_t gone = 0;
  for (const RoomTotals& room : totals_) {
    rows += room.rows;
    gone += room.gone;
  }
  part_.clear();
  ByteWriter part(part_);
  part.U8(set_format::kSetEnd);
  part.Varint(rows);
  part.Varint(gone);
  RETURN_IF_ERROR(Write(part_));
  RETURN_IF_ERROR(out_->Write(View(all_.Finish())));
  return out_->Finish();
}

}  // namespace strongroom
