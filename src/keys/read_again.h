// Reads of what is sealed with a key that may be replaced meanwhile.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "base/status.h"
#include "crypto/hash.h"
#include "keys/sealed_store.h"
#include "store/store.h"

namespace strongroom {

// What `open` makes of the row; nothing when there is none.  A row may be read before its customer moves to a new key,
// and the key be asked for after the old one was put away: what does not open (kDataCorrupt) is read again, for as long
// as it is found changed.  `open` takes a const StoreValue& and answers a Result.
template <typename Open>
auto ReadAgainWhileChanged(const Store& data, ByteView row, const Open& open)
    -> Result<std::optional<std::decay_t<decltype(*open(std::declval<const StoreValue&>()))>>> {
  StoreVersion seen = kAbsent;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<StoreValue> stored, data.Get(row));
    if (!stored.has_value()) return {std::nullopt};
    auto opened = open(*stored);
    if (opened.ok()) return {*std::move(opened)};
    if (opened.reason() != Reason::kDataCorrupt || stored->version == seen) return opened.status();
    seen = stored->version;
  }
}

// The same for a customer's record: kCustomerNotFound when there is none.
template <typename Open>
Result<OpenRecord> ReadRecord(const Store& data, ByteView row, bool want_hash, const Open& open) {
  ASSIGN_OR_RETURN(std::optional<OpenRecord> record, ReadAgainWhileChanged(data, row, [&](const StoreValue& stored) {
                     Result<OpenRecord> opened = open(stored);
                     if (opened.ok() && want_hash) opened->sealed_hash = Sha256(stored.bytes);
                     return opened;
                   }));
  if (!record.has_value()) return Status(Reason::kCustomerNotFound);
  return *std::move(record);
}

}  // namespace strongroom
