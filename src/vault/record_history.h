// What the entries of a compartment's log say of customers' records: that one is now sealed as a row of this hash, or
// that it is gone.  Whoever writes a record writes such an entry in the same commit (docs/formats/audit-entry.md), so
// the newest one about a customer is what the store must hold.
#pragma once

#include <functional>

#include "audit/entry.h"

namespace strongroom {

enum class RecordWord : uint8_t {
  kIs = 1,       // the record has this hash
  kChanged = 2,  // it was written, and the entry does not give its hash: customers created together share a chained one
  kGone = 3,     // it was deleted
};

// `hash`: with kIs, the SHA-256 of the sealed record.
using TellRecord = std::function<void(const AuditId& customer, RecordWord word, const Digest& hash)>;

// Nothing for entries that say nothing of records.
void ForEachRecordOf(const AuditEntry& entry, const TellRecord& tell);

}  // namespace strongroom
