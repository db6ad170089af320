#include "keys/customer_key_row.h"

#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"
#include "keys/customer_rows.h"

namespace strongroom {
namespace {

constexpr uint8_t kOneKey = 1;
constexpr uint8_t kTwoKeys = 2;
constexpr uint8_t kBlocked = 2;  // added to either

Result<SecretBytes> Unwrap(const EpochSet& epochs, Epoch epoch, ByteView wrapped, const Bytes& associated_data) {
  const auto keys = epochs.held.find(epoch);
  if (keys == epochs.held.end()) {
    return Status(Reason::kKeyMissing, "a customer key names a wrap key that is no longer held");
  }
  return keys->second->wrap.Unwrap(wrapped, associated_data);
}

}  // namespace

Bytes CustomerKeyRow::Encode() const {
  Bytes row;
  ByteWriter writer(row);
  writer.U8(static_cast<uint8_t>((wrapped_before.empty() ? kOneKey : kTwoKeys) + (blocked ? kBlocked : 0)));
  writer.U32(epoch);
  writer.U32(generation);
  if (!wrapped_before.empty()) writer.Prefixed(wrapped_before);
  writer.Raw(wrapped);
  return row;
}

Result<CustomerKeyRow> CustomerKeyRow::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  CustomerKeyRow row;
  uint8_t version = reader.U8();
  row.blocked = version > kTwoKeys;
  if (row.blocked) version -= kBlocked;
  row.epoch = reader.U32();
  row.generation = reader.U32();
  if (version == kTwoKeys) row.wrapped_before = Bytes(reader.Prefixed());
  row.wrapped = Bytes(reader.Rest());
  const bool known = version == kOneKey || (version == kTwoKeys && row.generation > 1 && !row.wrapped_before.empty());
  if (reader.failed() || !known) {
    return Status(Reason::kDataCorrupt, "a customer key row is malformed or of a newer format");
  }
  return row;
}

Result<SecretBytes> CustomerKeyRow::Open(const EpochSet& epochs, CompartmentId compartment, CustomerId customer) const {
  return Unwrap(epochs, epoch, wrapped, aad::CustomerKey(compartment, customer, generation));
}

Result<SecretBytes> CustomerKeyRow::OpenBefore(const EpochSet& epochs, CompartmentId compartment,
                                               CustomerId customer) const {
  return Unwrap(epochs, epoch, wrapped_before, aad::CustomerKey(compartment, customer, generation - 1));
}

Result<CustomerKeyRow> CustomerKeyRow::Rewrapped(const EpochSet& epochs, const EpochKeys& to, CompartmentId compartment,
                                                 CustomerId customer, Random& random) const {
  CustomerKeyRow row;
  row.epoch = to.number;
  row.generation = generation;
  row.blocked = blocked;
  ASSIGN_OR_RETURN(const SecretBytes key, Open(epochs, compartment, customer));
  ASSIGN_OR_RETURN(row.wrapped, to.wrap.Wrap(key, aad::CustomerKey(compartment, customer, generation), random));
  if (wrapped_before.empty()) return row;
  ASSIGN_OR_RETURN(const SecretBytes before, OpenBefore(epochs, compartment, customer));
  ASSIGN_OR_RETURN(row.wrapped_before,
                   to.wrap.Wrap(before, aad::CustomerKey(compartment, customer, generation - 1), random));
  return row;
}

Bytes CustomerKeyRowKey(CustomerId customer) { return CustomerRowKey('K', customer); }

Result<CustomerId> CustomerOfKeyRow(ByteView row_key) {
  ByteReader reader(row_key.substr(1));
  const CustomerId customer = reader.U64();
  RETURN_IF_ERROR(reader.Finish("the key of a customer key row"));
  return customer;
}

}  // namespace strongroom
