#include "keys/past_rows.h"

#include "base/encoding.h"
#include "keys/aad.h"
#include "keys/customer_rows.h"

namespace strongroom {
namespace {
constexpr uint8_t kFormatVersion = 1;
}

// --- past keys -------------------------------------------------------------------------------------------------------

Bytes PastKeyRow::RowKey() const {
  Bytes key = CustomerRowKey(kPastKeyKind, customer);
  ByteWriter(key).U32(generation);  // big endian: the oldest sorts first
  return key;
}

Bytes PastKeyRow::Encode() const {
  Bytes value;
  ByteWriter writer(value);
  writer.U8(kFormatVersion);
  writer.U32(epoch);
  writer.Raw(wrapped);
  return value;
}

Result<PastKeyRow> PastKeyRow::Decode(ByteView row_key, ByteView value) {
  PastKeyRow row;
  ByteReader key_reader(row_key.substr(1));
  row.customer = key_reader.U64();
  row.generation = key_reader.U32();
  RETURN_IF_ERROR(key_reader.Finish("the key of a past key's row"));
  ByteReader reader(value);
  const uint8_t version = reader.U8();
  row.epoch = reader.U32();
  row.wrapped = Bytes(reader.Rest());
  if (reader.failed() || version != kFormatVersion) {
    return Status(Reason::kDataCorrupt, "a past key's row is malformed or of a newer format");
  }
  return row;
}

Result<SecretBytes> PastKeyRow::Open(const EpochSet& epochs, CompartmentId compartment) const {
  const auto keys = epochs.held.find(epoch);
  if (keys == epochs.held.end()) {
    return Status(Reason::kKeyMissing, "a past key of a customer names a wrap key that is no longer held");
  }
  return keys->second->wrap.Unwrap(wrapped, aad::CustomerKey(compartment, customer, generation));
}

// --- what was taken away ---------------------------------------------------------------------------------------------

Bytes TakenRow::RowKey() const { return CustomerRowKey(kTakenKind, customer) + name; }

Result<Bytes> TakenRow::Seal(const Aead& rows, CompartmentId compartment, Random& random) const {
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.U32(generation);
  writer.U64(static_cast<uint64_t>(at));
  return rows.Seal(content, aad::Row(compartment, RowKey()), random);
}

Result<TakenRow> TakenRow::Open(const Aead& rows, CompartmentId compartment, ByteView row_key, ByteView value) {
  TakenRow row;
  ByteReader key_reader(row_key.substr(1));
  row.customer = key_reader.U64();
  row.name = Bytes(key_reader.Rest());
  if (key_reader.failed()) return Status(Reason::kDataCorrupt, "the key of a note of what was taken away is cut short");
  ASSIGN_OR_RETURN(const Bytes content, rows.Open(value, aad::Row(compartment, row_key)));
  ByteReader reader(content);
  const uint8_t version = reader.U8();
  row.generation = reader.U32();
  row.at = static_cast<UnixMillis>(reader.U64());
  RETURN_IF_ERROR(reader.Finish("a note of what was taken away"));
  if (version != kFormatVersion)
    return Status(Reason::kDataCorrupt, "a note of what was taken away is of a newer format");
  return row;
}

}  // namespace strongroom
