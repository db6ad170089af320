#include "vault/disclosure_note.h"

#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr uint8_t kFormatVersion = 1;
}

Bytes DisclosureNote::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U64(static_cast<uint64_t>(time));
  writer.U64(made_by);
  writer.Prefixed(recipient);
  writer.Prefixed(contract);
  writer.Prefixed(purpose);
  writer.Varint(fields.size());
  for (const std::string& field : fields) writer.Prefixed(field);
  return out;
}

Result<DisclosureNote> DisclosureNote::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  DisclosureNote note;
  const uint8_t version = reader.U8();
  note.time = static_cast<UnixMillis>(reader.U64());
  note.made_by = reader.U64();
  note.recipient = std::string(reader.Prefixed());
  note.contract = std::string(reader.Prefixed());
  note.purpose = std::string(reader.Prefixed());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left)
    note.fields.emplace_back(reader.Prefixed());
  RETURN_IF_ERROR(reader.Finish("a note of a disclosure"));
  if (version != kFormatVersion) return Status(Reason::kDataCorrupt, "a note of a disclosure is of a newer format");
  return note;
}

Bytes DisclosureName(UnixMillis time, ByteView random) {
  Bytes name;
  ByteWriter writer(name);
  writer.U64(static_cast<uint64_t>(time));
  writer.Raw(random);
  return name;
}

}  // namespace strongroom
