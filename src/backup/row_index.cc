#include "backup/row_index.h"

#include <algorithm>
#include <utility>

#include "backup/set_format.h"
#include "base/encoding.h"
#include "crypto/hash.h"

namespace strongroom {
namespace {

constexpr std::string_view kMagic = "strongroom backup index\n";
constexpr uint8_t kVersion = 1;
constexpr int kLogCost = 1;  // the passphrase is no weaker than a key: there is nothing to stretch

Status Corrupt() { return {Reason::kDataCorrupt, "the index beside the backup set is damaged"}; }

}  // namespace

ValueHash HashOfValue(ByteView value) {
  const Digest digest = Sha256(value);
  ValueHash hash{};
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return hash;
}

SecretBytes IndexPassphrase(const SecretBytes& key) {
  std::string hex = HexEncode(ExposeSecret(key));
  SecretBytes passphrase = SecretBytes::CopyOf(hex);
  WipeString(hex);
  return passphrase;
}

// --- writing ---------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<RowIndexWriter>> RowIndexWriter::Start(ByteView set_id, const SecretBytes& passphrase,
                                                              Random& random, AgeSink sink) {
  ASSIGN_OR_RETURN(std::unique_ptr<AgeWriter> out, AgeWriter::Start(passphrase, kLogCost, random, std::move(sink)));
  std::unique_ptr<RowIndexWriter> writer(new RowIndexWriter(std::move(out)));
  Bytes begin(kMagic);
  ByteWriter fields(begin);
  fields.U8(kVersion);
  fields.Raw(set_id);
  RETURN_IF_ERROR(writer->out_->Write(begin));
  return writer;
}

Status RowIndexWriter::BeginRoom(std::string_view room) {
  rows_ = 0;
  part_.clear();
  ByteWriter part(part_);
  part.U8(set_format::kRoom);
  part.Prefixed(room);
  return out_->Write(part_);
}

Status RowIndexWriter::Add(ByteView key, const ValueHash& hash) {
  ++rows_;
  part_.clear();
  ByteWriter part(part_);
  part.U8(set_format::kRow);
  part.Prefixed(key);
  part.Raw(View(hash));
  return out_->Write(part_);
}

Status RowIndexWriter::EndRoom() {
  all_rows_ += rows_;
  part_.clear();
  ByteWriter part(part_);
  part.U8(set_format::kRoomEnd);
  part.Varint(rows_);
  return out_->Write(part_);
}

Status RowIndexWriter::Finish() {
  part_.clear();
  ByteWriter part(part_);
  part.U8(set_format::kSetEnd);
  part.Varint(all_rows_);
  RETURN_IF_ERROR(out_->Write(part_));
  return out_->Finish();
}

// --- reading ---------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<RowIndexReader>> RowIndexReader::Open(AgeSource source, const SecretBytes& passphrase) {
  AgeKeys keys;
  keys.passphrase = passphrase.Clone();
  ASSIGN_OR_RETURN(std::unique_ptr<AgeStream> in, AgeStream::Open(std::move(source), keys));
  std::unique_ptr<RowIndexReader> reader(new RowIndexReader(std::move(in)));
  ASSIGN_OR_RETURN(const Bytes magic, reader->in_->Take(kMagic.size()));
  ASSIGN_OR_RETURN(const uint8_t version, reader->in_->TakeByte());
  if (magic != kMagic || version != kVersion) return Corrupt();
  ASSIGN_OR_RETURN(reader->set_id_, reader->in_->Take(SetHeader::kIdBytes));
  return reader;
}

Result<std::optional<std::string>> RowIndexReader::NextRoom() {
  while (in_room_) {
    ASSIGN_OR_RETURN(const std::optional<ParentRow> passed, NextRow());
    if (!passed.has_value()) break;
  }
  ASSIGN_OR_RETURN(const uint8_t part, in_->TakeByte());
  if (part == set_format::kSetEnd) {
    ASSIGN_OR_RETURN(const uint64_t rows, in_->TakeVarint());
    if (rows != all_rows_) return Corrupt();
    RETURN_IF_ERROR(in_->ExpectEnd());
    return std::optional<std::string>();
  }
  if (part != set_format::kRoom) return Corrupt();
  ASSIGN_OR_RETURN(std::string room, in_->TakePrefixed(1, SetHeader::kMostBytes));
  if (room <= room_) return Corrupt();
  room_ = std::move(room);
  in_room_ = true;
  last_key_.clear();
  rows_ = 0;
  return std::optional<std::string>(room_);
}

Result<std::optional<ParentRow>> RowIndexReader::NextRow() {
  if (!in_room_) return std::optional<ParentRow>();
  ASSIGN_OR_RETURN(const uint8_t part, in_->TakeByte());
  if (part == set_format::kRoomEnd) {
    ASSIGN_OR_RETURN(const uint64_t rows, in_->TakeVarint());
    if (rows != rows_) return Corrupt();
    all_rows_ += rows_;
    in_room_ = false;
    return std::optional<ParentRow>();
  }
  if (part != set_format::kRow) return Corrupt();
  ParentRow row;
  ASSIGN_OR_RETURN(row.key, in_->TakePrefixed(1, set_format::kMostKeyBytes));
  if (row.key <= last_key_) return Corrupt();
  last_key_ = row.key;
  ASSIGN_OR_RETURN(const Bytes hash, in_->Take(row.hash.size()));
  std::copy_n(AsU8(ByteView(hash)), hash.size(), row.hash.begin());
  ++rows_;
  return std::optional<ParentRow>(std::move(row));
}

}  // namespace strongroom
