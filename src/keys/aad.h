// Associated data: one named function for each use, built from length-prefixed parts, so that a sealed value moved to
// another place (compartment, customer, item, generation) does not open there.  docs/formats/README.md lists them.
#pragma once

#include "base/bytes.h"
#include "base/encoding.h"
#include "keys/ids.h"

namespace strongroom::aad {

inline Bytes Start(ByteView what, CompartmentId compartment) {
  Bytes out;
  ByteWriter writer(out);
  writer.Prefixed(what);
  writer.U8(4);
  writer.U32(compartment);
  return out;
}

// The root key under a lock of this kind.
inline Bytes RootKey(uint8_t lock_kind) {
  Bytes out = Start("root key", kOffice);
  ByteWriter writer(out);
  writer.U8(1);
  writer.U8(lock_kind);
  return out;
}

// A key of the ring under the root key: name is "wrap", "blind", "index", "rows", "log", "sign" or "base".
inline Bytes RingKey(CompartmentId compartment, ByteView name, uint32_t epoch) {
  Bytes out = Start("ring key", compartment);
  ByteWriter writer(out);
  writer.Prefixed(name);
  writer.U8(4);
  writer.U32(epoch);
  return out;
}

// A customer's key under a wrap key.
inline Bytes CustomerKey(CompartmentId compartment, CustomerId customer, uint32_t generation) {
  Bytes out = Start("customer key", compartment);
  ByteWriter writer(out);
  writer.U8(8);
  writer.U64(customer);
  writer.U8(4);
  writer.U32(generation);
  return out;
}

// A customer's record, or an item beside it (kind and name say which), under the customer's key.
inline Bytes CustomerItem(CompartmentId compartment, CustomerId customer, uint32_t generation, ByteView item) {
  Bytes out = Start("customer item", compartment);
  ByteWriter writer(out);
  writer.U8(8);
  writer.U64(customer);
  writer.U8(4);
  writer.U32(generation);
  writer.Prefixed(item);
  return out;
}

// What a row that is found by its (blinded) key points to, or a named document.
inline Bytes Row(CompartmentId compartment, ByteView row_key) {
  Bytes out = Start("row", compartment);
  ByteWriter(out).Prefixed(row_key);
  return out;
}

// What must not outlast an epoch, under its reference key.
inline Bytes EpochContent(CompartmentId compartment, ByteView name) {
  Bytes out = Start("epoch content", compartment);
  ByteWriter(out).Prefixed(name);
  return out;
}

}  // namespace strongroom::aad
