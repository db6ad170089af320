#include "vault/record_history.h"

namespace strongroom {
namespace {

bool WritesRecords(Action action) {
  return action == Action::kCustomerCreate || action == Action::kCustomerChange || action == Action::kCustomerTier ||
         action == Action::kCustomerRekey || action == Action::kCustomerErase ||  // of one who is blocked for some days
         action == Action::kCustomerMove;
}

// The end of a move, where the customer was, or where a copy was given up (vault/customer_moves.cc).
bool MovesRecordAway(const AuditEntry& entry) {
  return entry.action == Action::kCustomerMove &&
         (entry.detail.starts_with("moved away") || entry.detail.starts_with("given up"));
}

// The steps of an erasure (vault/customers_erase.cc); the first of them deletes the record.  A note of the approval may
// stand behind.
bool DeletesRecord(const AuditEntry& entry) {
  return entry.action == Action::kCustomerErase &&
         (entry.detail.starts_with("intent") || entry.detail.starts_with("tokens listed") ||
          entry.detail.starts_with("items") || entry.detail.starts_with("done"));
}

}  // namespace

void ForEachRecordOf(const AuditEntry& entry, const TellRecord& tell) {
  if (entry.outcome != Reason::kOk) return;
  if (DeletesRecord(entry) || MovesRecordAway(entry)) {
    for (const AuditId& customer : entry.customers) tell(customer, RecordWord::kGone, {});
    return;
  }
  if (!WritesRecords(entry.action) || !entry.change.has_value()) return;
  const RecordWord word = entry.customers.size() == 1 ? RecordWord::kIs : RecordWord::kChanged;
  for (const AuditId& customer : entry.customers) tell(customer, word, *entry.change);
}

}  // namespace strongroom
