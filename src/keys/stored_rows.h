// StoredRows: the rows of one room as they lie, opened where a key opens them.  For the check of a whole vault
// (server/fsck.h): it walks everything page by page, and what does not open is an answer here, not a failure.
//
// Reads alone.  Nothing is cached, and pages share no snapshot: whoever walks a room in use looks twice.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "keys/customer_keys.h"
#include "keys/ids.h"
#include "keys/key_ring.h"
#include "keys/row_marks.h"
#include "keys/sealed_store.h"
#include "store/store.h"

namespace strongroom {

// 'c' of the data store.
struct StoredRecord {
  Bytes row_key;
  std::optional<CustomerId> customer;  // unset: the row's key is malformed
};

// 'i' and 'x' of the data store.
struct StoredIndexRow {
  Bytes row_key;
  StoreVersion version = kAbsent;
  Epoch epoch = 0;          // under which it opens; 0: under none whose keys there are
  bool live = false;        // that epoch may have rows under it
  bool key_fits = false;    // a reference whose content is whom its key was made for; of a unique row always
  Bytes content;            // when it opens
  CustomerId customer = 0;  // of a reference: whom it leads to
  RowMark mark;             // when it opens
};

// 'd' of the data store.
struct StoredItem {
  Bytes row_key;
  std::optional<CustomerId> customer;  // unset: the row's key is malformed
  char kind = 0;
  Bytes name;
  Bytes sealed;
  StoreVersion version = kAbsent;
};

// 'n' of the data store.
struct StoredDocument {
  Bytes row_key;
  uint8_t table = 0;
  bool opens = false;
};

// 'K' of the key store.
struct StoredKey {
  enum class State : uint8_t {
    kOpens,
    kMalformed,   // the row, or its key
    kDamaged,     // the wrap does not open
    kNoEpoch,     // the wrap's epoch was never there
    kEpochEnded,  // its keys are destroyed
  };
  Bytes row_key;
  CustomerId customer = 0;
  State state = State::kMalformed;
  Epoch epoch = 0;
  bool moving = false;   // the customer is getting a new key
  bool blocked = false;  // the customer is to be erased
};

// 'L' of the key store: the ledger of erasures.
struct StoredErasure {
  Bytes row_key;
  std::optional<CustomerId> customer;  // unset: the row's key is malformed
  bool opens = false;
  UnixMillis erased_at = 0;
};

// Any thread.
class StoredRows {
 public:
  // All must outlive this.
  StoredRows(const StoreReader& data, const StoreReader& key_store, const KeyRing& ring)
      : data_(data), key_store_(key_store), ring_(ring) {}

  // Each answers at most `limit` rows whose keys are `begin` or above, ascending; fewer: there are no more.
  Result<std::vector<StoredRecord>> Records(const Bytes& begin, size_t limit) const;
  Result<std::vector<StoredIndexRow>> IndexRows(char kind, const Bytes& begin, size_t limit) const;
  Result<std::vector<StoredItem>> Items(const Bytes& begin, size_t limit) const;
  Result<std::vector<StoredDocument>> Documents(const Bytes& begin, size_t limit) const;
  Result<std::vector<StoredKey>> Keys(const Bytes& begin, size_t limit) const;
  Result<std::vector<StoredErasure>> Erasures(const Bytes& begin, size_t limit) const;
  // Where a walk goes on behind this row.
  static Bytes After(const Bytes& row_key) { return row_key + '\0'; }

  // kDataCorrupt when it does not open with this key nor the one before it.
  Result<PlainBytes> Open(const StoredItem& item, const CustomerKey& key) const;
  // Which of these rows are there, under any live epoch; in order.
  Result<std::vector<bool>> AreThere(const std::vector<RowMark>& marks) const;

  // Ascending.  One that does not open has state `kOpen` and epoch 0.
  Result<std::vector<EpochInfo>> Epochs() const;
  // Names of ring keys that are held for an epoch, with the next root key's.
  struct RingRows {
    std::map<Epoch, int> of_epoch;  // "wrap" and "blind": two for each whose keys there are
    size_t next_root = 0;           // rows of a rotation of the root key that is not finished
  };
  Result<RingRows> Ring() const;

  // How many rows there are of kinds that are none of ours, by their first letter.
  Result<std::map<char, uint64_t>> UnknownData() const;
  Result<std::map<char, uint64_t>> UnknownKeys() const;

 private:
  const StoreReader& data_;
  const StoreReader& key_store_;
  const KeyRing& ring_;
};

}  // namespace strongroom
