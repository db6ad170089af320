// Index rows in the making, for whoever makes all of a room anew (vault/ledger_replay.h): collects them until a commit
// is full, and sees to it that a unique row is claimed once.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "keys/sealed_store.h"
#include "vault/index_rows.h"

namespace strongroom {

// One thread.
class ReplayRows {
 public:
  // Commits the batch.
  using Commit = std::function<Status(SealedBatch batch)>;
  ReplayRows(const SealedStore& sealed, Commit commit) : sealed_(sealed), commit_(std::move(commit)) {}

  Status AddReference(const IndexLabel& label, ByteView value, CustomerId customer);
  // When another content is there already, `merge` answers what shall stand; nullopt: the one that is there, and this
  // counts as a conflict.
  using Merge = std::function<std::optional<Bytes>(const Bytes& there, const Bytes& more)>;
  Status AddUnique(const RowMark& mark, Bytes content, const Merge& merge = {});
  // Writes what is not written yet.
  Status Flush();

  uint64_t references = 0;  // added
  uint64_t uniques = 0;
  uint64_t conflicts = 0;

 private:
  struct Waiting {
    RowMark mark;
    Bytes content;
    std::optional<RowPlace> known;
  };
  Status FlushWhenFull();

  const SealedStore& sealed_;
  const Commit commit_;
  SealedBatch batch_;
  std::map<Bytes, Waiting> waiting_;  // by mark
};

}  // namespace strongroom
