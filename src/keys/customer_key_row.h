// The row of a customer's key in the key store ('K' || customer, docs/formats/key-store.md): the key wrapped under the
// wrap key of an epoch, and, while everything of the customer moves to a new key, the key before it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/status.h"
#include "crypto/random.h"
#include "keys/ids.h"
#include "keys/ring_epochs.h"

namespace strongroom {

struct CustomerKeyRow {
  Epoch epoch = 0;          // of the wrap key
  uint32_t generation = 1;  // counts the keys this customer has had
  Bytes wrapped;
  Bytes wrapped_before;  // the key of the generation before; empty: nothing is sealed under it any more
  bool blocked = false;  // the customer is to be erased, and nobody is shown anything meanwhile

  Bytes Encode() const;
  // kDataCorrupt.
  static Result<CustomerKeyRow> Decode(ByteView bytes);
  // kDataCorrupt when a key does not open, kKeyMissing when the epoch's keys are not held.
  Result<SecretBytes> Open(const EpochSet& epochs, CompartmentId compartment, CustomerId customer) const;
  Result<SecretBytes> OpenBefore(const EpochSet& epochs, CompartmentId compartment, CustomerId customer) const;
  // The same keys under the wrap key of another epoch.
  Result<CustomerKeyRow> Rewrapped(const EpochSet& epochs, const EpochKeys& to, CompartmentId compartment,
                                   CustomerId customer, Random& random) const;
};

Bytes CustomerKeyRowKey(CustomerId customer);
Result<CustomerId> CustomerOfKeyRow(ByteView row_key);

}  // namespace strongroom
