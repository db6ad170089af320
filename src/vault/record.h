// The customer's record while it is open: everything short that is held of one person, sealed as one row.
//
// Layout (docs/formats/record.md): a byte of format version (high nibble) and tier (low nibble), consent version,
// epoch, audit id, next item number, then the values: field number, item number, length, bytes.  Numbers are varints.
// Beyond the values' own bytes that is 20 bytes a customer and 3 or 4 a value; the seal adds 40.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "keys/ids.h"
#include "keys/key_ring.h"
#include "keys/plain_bytes.h"

namespace strongroom {

using ItemId =
    uint32_t;  // numbers the values a customer has ever had; never reused, so a token cannot slide to a new value

struct RecordValue {
  FieldId field = 0;
  ItemId item = 0;
  ByteView text;  // canonical form; lives as long as the buffer the record was parsed from or the value was given in
};

struct Record {
  static constexpr size_t kMaxBytes = 900 * 1024;  // below the store's limit for a value

  uint8_t tier = 0;  // 0 ordinary, 1 VIP
  uint32_t consent_version = 0;
  Epoch epoch = 0;  // whose blinding key its index rows stand under
  AuditId audit_id{};
  ItemId next_item = 1;
  std::vector<RecordValue> values;  // in the order they were set

  // kRecordTooLarge beyond kMaxBytes.
  Result<PlainBytes> Encode() const;
  // kDataCorrupt when malformed.  The values point into `bytes`.
  static Result<Record> Parse(ByteView bytes);

  // The first value of the field, or null.
  const RecordValue* Find(FieldId field) const;
  const RecordValue* FindItem(FieldId field, ItemId item) const;
  void Add(FieldId field, ByteView text) { values.push_back({field, next_item++, text}); }
};

}  // namespace strongroom
