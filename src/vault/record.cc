#include "vault/record.h"

#include <algorithm>

#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr uint8_t kFormatVersion = 1;
}

Result<PlainBytes> Record::Encode() const {
  size_t size_bytes = 40;
  for (const RecordValue& value : values) size_bytes += value.text.size() + 13;
  PlainBytes out;
  out.mutable_bytes().reserve(size_bytes);  // never regrows: a regrown buffer would leave plaintext behind
  ByteWriter writer(out.mutable_bytes());
  writer.U8(static_cast<uint8_t>(kFormatVersion << 4 | (tier & 0x0f)));
  writer.Varint(consent_version);
  writer.Varint(epoch);
  writer.Raw(View(audit_id));
  writer.Varint(next_item);
  for (const RecordValue& value : values) {
    writer.Varint(value.field);
    writer.Varint(value.item);
    writer.Prefixed(value.text);
  }
  if (out.size() > kMaxBytes)
    return Status(Reason::kRecordTooLarge, "a customer's record may hold 900 KiB; put long values into files");
  return out;
}

Result<Record> Record::Parse(ByteView bytes) {
  ByteReader reader(bytes);
  Record record;
  const uint8_t head = reader.U8();
  record.tier = head & 0x0f;
  record.consent_version = static_cast<uint32_t>(reader.Varint());
  record.epoch = static_cast<Epoch>(reader.Varint());
  const ByteView audit_id = reader.Raw(record.audit_id.size());
  record.next_item = static_cast<ItemId>(reader.Varint());
  record.values.reserve(16);
  while (!reader.failed() && reader.remaining() > 0) {
    RecordValue value;
    value.field = static_cast<FieldId>(reader.Varint());
    value.item = static_cast<ItemId>(reader.Varint());
    value.text = reader.Prefixed();
    record.values.push_back(value);
  }
  if (reader.failed() || head >> 4 != kFormatVersion) {
    return Status(Reason::kDataCorrupt, "a customer record is malformed or of a newer format");
  }
  std::copy(audit_id.begin(), audit_id.end(), record.audit_id.begin());
  return record;
}

const RecordValue* Record::Find(FieldId field) const {
  for (const RecordValue& value : values) {
    if (value.field == field) return &value;
  }
  return nullptr;
}

const RecordValue* Record::FindItem(FieldId field, ItemId item) const {
  for (const RecordValue& value : values) {
    if (value.field == field && value.item == item) return &value;
  }
  return nullptr;
}

}  // namespace strongroom
