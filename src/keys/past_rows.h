// What a data backup needs of the key store beside the customers' present keys (docs/formats/key-store.md):
//   'P' || customer || generation   a key that a new one took the place of, under the wrap key of the epoch in which it
//                                   did; never wrapped anew, so it dies with that epoch's keys
//   'F' || customer || name         something was taken away of the customer: a restore of older data takes it again
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "keys/ids.h"
#include "keys/ring_epochs.h"

namespace strongroom {

constexpr char kPastKeyKind = 'P';
constexpr char kTakenKind = 'F';

struct PastKeyRow {
  CustomerId customer = 0;
  uint32_t generation = 0;
  Epoch epoch = 0;  // of the wrap key
  Bytes wrapped;

  Bytes RowKey() const;
  Bytes Encode() const;
  // kDataCorrupt.
  static Result<PastKeyRow> Decode(ByteView row_key, ByteView value);
  // kKeyMissing when the epoch's keys are not held: nothing that it sealed opens any more.
  Result<SecretBytes> Open(const EpochSet& epochs, CompartmentId compartment) const;
};

struct TakenRow {
  static constexpr size_t kMaxNameBytes = 32;

  CustomerId customer = 0;
  Bytes name;               // the vault's: which value, which file
  uint32_t generation = 0;  // of the customer's key then: no later one has sealed it
  UnixMillis at = 0;

  Bytes RowKey() const;
  // Sealed under the ring's row key.
  Result<Bytes> Seal(const Aead& rows, CompartmentId compartment, Random& random) const;
  // kDataCorrupt.
  static Result<TakenRow> Open(const Aead& rows, CompartmentId compartment, ByteView row_key, ByteView value);
};

}  // namespace strongroom
