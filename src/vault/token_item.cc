#include "vault/token_item.h"

#include <algorithm>

#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr uint8_t kFormatVersion = 2;
constexpr uint8_t kRowKeyVersion = 1;  // the key of a row of epoch 1, where there is a mark now
constexpr uint8_t kOneTime = 1;
constexpr uint8_t kSpent = 2;
constexpr uint8_t kRevoked = 4;
}  // namespace

Bytes TokenItem::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  const uint8_t version = value_row_of_epoch_1.empty() ? kFormatVersion : kRowKeyVersion;
  writer.U8(static_cast<uint8_t>(version << 4 | static_cast<uint8_t>(format)));
  writer.U8(static_cast<uint8_t>((one_time ? kOneTime : 0) | (spent ? kSpent : 0) | (revoked ? kRevoked : 0)));
  writer.Varint(static_cast<uint64_t>(expires_at));
  writer.Varint(field);
  writer.Varint(item);
  writer.Prefixed(domain);
  writer.Prefixed(shown);
  writer.Varint(home);
  if (version == kRowKeyVersion) {
    writer.Prefixed(value_row_of_epoch_1);
  } else {
    writer.Prefixed(value_mark.has_value() ? View(*value_mark) : ByteView());
  }
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
  const ByteView value_row = reader.Prefixed();
  RETURN_IF_ERROR(reader.Finish("a token row"));
  const uint8_t format = head & 0x0f;
  const uint8_t version = head >> 4;
  if ((version != kFormatVersion && version != kRowKeyVersion) || format < 1 || format > 3)
    return Status(Reason::kDataCorrupt, "a token row is of a newer format");
  if (version == kRowKeyVersion) {
    token.value_row_of_epoch_1 = Bytes(value_row);
  } else if (!value_row.empty()) {
    Block mark;
    if (value_row.size() != mark.size()) return Status(Reason::kDataCorrupt, "a token's mark has the wrong length");
    std::copy(value_row.begin(), value_row.end(), mark.begin());
    token.value_mark = mark;
  }
  return token;
}

Result<RowMark> TokenItem::ValueMark(const SealedStore& sealed) const {
  constexpr Epoch kFirst = 1;
  if (value_mark.has_value()) return RowMark{kUniqueKind, *value_mark, 0};
  return sealed.MarkOfRow(kFirst, value_row_of_epoch_1, 0);
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

Bytes TokenIdOf(CustomerId owner_or_home, ByteView item_name) {
  Bytes token;
  ByteWriter writer(token);
  writer.U64(owner_or_home);
  writer.Raw(item_name);
  return token;
}

Bytes DirectoryName(std::string_view domain, std::string_view shown) {
  Bytes name;
  ByteWriter writer(name);
  writer.Prefixed(domain);
  writer.Prefixed(shown);
  return name;
}

}  // namespace strongroom
