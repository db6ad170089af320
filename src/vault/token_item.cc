#include "vault/token_item.h"

#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr uint8_t kFormatVersion = 1;
constexpr uint8_t kOneTime = 1;
constexpr uint8_t kSpent = 2;
constexpr uint8_t kRevoked = 4;
}  // namespace

Bytes TokenItem::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(static_cast<uint8_t>(kFormatVersion << 4 | static_cast<uint8_t>(format)));
  writer.U8(static_cast<uint8_t>((one_time ? kOneTime : 0) | (spent ? kSpent : 0) | (revoked ? kRevoked : 0)));
  writer.Varint(static_cast<uint64_t>(expires_at));
  writer.Varint(field);
  writer.Varint(item);
  writer.Prefixed(domain);
  writer.Prefixed(shown);
  writer.Varint(home);
  writer.Prefixed(value_row);
  return out;
}

Result<TokenItem> TokenItem::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  TokenItem token;
  const uint8_t head = reader.U8();
  token.format = static_cast<TokenFormat>(head & 0x0f);
  const uint8_t flags = reader.U8();
  token.one_time = (flags & kOneTime) != 0;
  token.spent = (flags & kSpent) != 0;
  token.revoked = (flags & kRevoked) != 0;
  token.expires_at = static_cast<UnixMillis>(reader.Varint());
  token.field = static_cast<FieldId>(reader.Varint());
  token.item = static_cast<ItemId>(reader.Varint());
  token.domain = std::string(reader.Prefixed());
  token.shown = std::string(reader.Prefixed());
  token.home = reader.Varint();
  token.value_row = Bytes(reader.Prefixed());
  RETURN_IF_ERROR(reader.Finish("a token row"));
  const uint8_t format = head & 0x0f;
  if (head >> 4 != kFormatVersion || format < 1 || format > 3)
    return Status(Reason::kDataCorrupt, "a token row is of a newer format");
  return token;
}

Status TokenItem::CheckUsable(UnixMillis now) const {
  if (revoked) return Status(Reason::kTokenRevoked);
  if (spent) return Status(Reason::kTokenSpent);
  if (expires_at != 0 && expires_at <= now) return Status(Reason::kTokenExpired);
  return Status::Ok();
}

Bytes TokenItemName(uint64_t token_random) {
  Bytes name;
  ByteWriter(name).U64(token_random);
  return name;
}

Bytes DirectoryName(std::string_view domain, std::string_view shown) {
  Bytes name;
  ByteWriter writer(name);
  writer.Prefixed(domain);
  writer.Prefixed(shown);
  return name;
}

}  // namespace strongroom
