// Journal: the one writer of one compartment's data store.  Commits changes together with the entries that record
// them, many at a time (store/group_committer.h): an entry and its work are in one batch, so neither exists alone.
//
// Inbox: entries of this writer, gapless and hash-chained, kept as rows of one or more consecutive entries
// ('e' || writer || first sequence number), each row sealed.  The format is docs/formats/audit-log.md.
#pragma once

#include <memory>
#include <string>

#include "audit/entry.h"
#include "audit/receipt.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/random.h"
#include "keys/key_ring.h"
#include "keys/sealed_batch.h"
#include "store/store.h"

namespace strongroom {

struct JournalOptions {
  uint32_t writer = 1;
  // Entries are dropped and only the work is written.  Exists for the benchmark that measures what the log costs;
  // no configuration reaches it.
  bool null_log_for_benchmark = false;
};

class Journal {
 public:
  // Reads the end of the writer's inbox and verifies the last row's chain value.  The stores, ring, clock and random
  // must outlive the journal.
  static Result<std::unique_ptr<Journal>> Open(Store& data, std::shared_ptr<const KeyRing> ring, const Clock& clock,
                                               Random& random, JournalOptions options);
  virtual ~Journal() = default;

  // Commits the change and its entry in one batch.  The receipt settles when both are durable, or with
  // kStorageConflict when a condition of the batch failed or the epoch its rows were blinded for was closed meanwhile
  // (nothing was written), or kAuditUnavailable when the log cannot be written.  An empty batch records the entry alone
  // (reads, refusals).  Any thread; never blocks.
  virtual Receipt Submit(SealedBatch batch, AuditEntry entry) = 0;

  // The number of entries this writer has made durable.
  virtual uint64_t DurableEntries() const = 0;
};

}  // namespace strongroom
