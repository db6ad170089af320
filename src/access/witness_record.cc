#include "access/witness_record.h"

#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;

}  // namespace

Bytes EncodeWitnessRecord(const WitnessRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.Varint(record.size());
  for (const auto& [log, left] : record) {
    writer.Prefixed(log);
    writer.Prefixed(left.note);
    writer.U64(static_cast<uint64_t>(left.witnessed_at));
    writer.U64(left.told_size);
    writer.U64(static_cast<uint64_t>(left.told_at));
    writer.U64(static_cast<uint64_t>(left.delivered_at));
  }
  return out;
}

Result<WitnessRecord> DecodeWitnessRecord(ByteView bytes) {
  ByteReader reader(bytes);
  const bool known = reader.U8() == kFormatVersion;
  WitnessRecord record;
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    const std::string log(reader.Prefixed());
    LeftCheckpoint& one = record[log];
    one.note = std::string(reader.Prefixed());
    one.witnessed_at = static_cast<UnixMillis>(reader.U64());
    one.told_size = reader.U64();
    one.told_at = static_cast<UnixMillis>(reader.U64());
    one.delivered_at = static_cast<UnixMillis>(reader.U64());
  }
  RETURN_IF_ERROR(reader.Finish("the record of witnessed checkpoints"));
  if (!known || EncodeWitnessRecord(record) != bytes) {
    return Status(Reason::kDataCorrupt, "the record of witnessed checkpoints is malformed");
  }
  return record;
}

}  // namespace strongroom
