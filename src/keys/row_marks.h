// The keys of index rows ('i' references, 'x' unique rows): a mark, which lasts, blinded by the epoch's blinding key.
// docs/formats/data-store.md, "Blinding".
#pragma once

#include "base/status.h"
#include "crypto/prp.h"
#include "keys/ids.h"
#include "keys/ring_epochs.h"

namespace strongroom {

constexpr char kReferenceKind = 'i';
constexpr char kUniqueKind = 'x';

// What an index row is called whatever the epoch.  For plans that must outlive the value and the keys they were made
// from.
struct RowMark {
  char kind = kReferenceKind;
  Block mark{};             // the first 16 bytes of HMAC(index key, "reference" || label || value)
  CustomerId customer = 0;  // of a reference: whom it leads to
  bool operator==(const RowMark&) const = default;
};

Bytes RowKeyOfMark(const Blinder& blinder, const RowMark& mark);
// What the keys of all references of this mark begin with, whomever they lead to.
Bytes RowPrefixOfMark(const Blinder& blinder, const RowMark& mark);
// Back from a key; of a reference, the customer it leads to must be known.  kDataCorrupt when it is no such key.
Result<RowMark> MarkOfRowKey(const Blinder& blinder, ByteView row_key, CustomerId customer);

}  // namespace strongroom
