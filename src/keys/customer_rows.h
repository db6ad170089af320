// The keys of the rows that a compartment keeps of each of its customers: a letter that says of what kind, and the id,
// big endian, so that they sort by it (docs/formats/key-store.md, data-store.md).
#pragma once

#include "base/bytes.h"
#include "base/encoding.h"
#include "keys/ids.h"

namespace strongroom {

constexpr char kLedgerKind = 'L';  // of the key store: who was erased
constexpr char kBlockKind = 'B';   // and who is to be

// The whole key, or what it begins with where a customer has several rows of a kind.
inline Bytes CustomerRowKey(char kind, CustomerId customer) {
  Bytes key(1, kind);
  ByteWriter(key).U64(customer);
  return key;
}

}  // namespace strongroom
