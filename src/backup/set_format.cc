#include "backup/set_format.h"

#include "base/encoding.h"

namespace strongroom {

std::string_view NameOf(SetKind kind) { return kind == SetKind::kKeys ? "keys" : "data"; }

std::optional<SetKind> SetKindFromName(std::string_view name) {
  for (const SetKind kind : {SetKind::kData, SetKind::kKeys}) {
    if (name == NameOf(kind)) return kind;
  }
  return std::nullopt;
}

Bytes SetHeader::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(static_cast<uint8_t>(kind));
  writer.Prefixed(vault);
  writer.Raw(id);
  writer.Prefixed(parent);
  writer.U64(static_cast<uint64_t>(made_at));
  writer.Varint(rooms.size());
  for (const std::string& room : rooms) writer.Prefixed(room);
  return out;
}

Result<SetHeader> SetHeader::Parse(ByteView encoded) {
  const Status malformed(Reason::kDataCorrupt, "the header of the backup set is malformed");
  ByteReader reader(encoded);
  SetHeader header;
  const uint8_t kind = reader.U8();
  header.kind = static_cast<SetKind>(kind);
  header.vault = Bytes(reader.Prefixed());
  header.id = Bytes(reader.Raw(kIdBytes));
  header.parent = Bytes(reader.Prefixed());
  header.made_at = static_cast<UnixMillis>(reader.U64());
  const uint64_t rooms = reader.Varint();
  if (reader.failed() || kind < 1 || kind > 2 || rooms == 0 || rooms > kMostRooms) return malformed;
  for (uint64_t i = 0; i < rooms; ++i) {
    std::string name(reader.Prefixed());
    // As rooms are named everywhere: a name becomes part of a path.
    if (name.empty() || name.size() > 32 ||
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos ||
        (!header.rooms.empty() && name <= header.rooms.back()))
      return malformed;
    header.rooms.push_back(std::move(name));
  }
  RETURN_IF_ERROR(reader.Finish("the header of the backup set"));
  if (!header.full() && (header.parent.size() != kIdBytes || header.kind == SetKind::kKeys)) return malformed;
  return header;
}

}  // namespace strongroom
