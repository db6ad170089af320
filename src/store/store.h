// Store: an ordered keyspace with atomic conditional batches.  Everything in it is sealed before it arrives, so it
// needs no query language.  Two native backends answer to this contract (store/conformance_test.h holds them to it).
//
// Keys and values are byte strings; keys 1..256 bytes, values to 1 MiB; order is bytewise.
//
// MUST, of every backend:
//  1. A batch is applied whole or not at all, and is durable (survives loss of power) before its result is Ok.
//  2. A batch is applied only if every Condition holds at the moment of application, seen in a serial order of all
//     batches.  A condition that fails is a result (kStorageConflict), not an error of the store.
//  3. A condition `kAbsent` is on a key that the same batch puts.  Conditions name keys; a rule over a set needs a
//     guard key of its own.
//  4. Batches of one group that conflict are dropped from it and the rest are written.
//  5. Reads see every batch acknowledged before they began.  Two reads share no snapshot, except through Snapshot().
//  6. An error leaves the store usable or reports kStorageUnavailable / kStorageFull from then on; it never lies
//     about durability.  After an unknown outcome (a write error), the store refuses further writes until reopened.
//
// All methods may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

// Opaque: equal versions of one key mean equal values.  0 is never the version of a present key.
using StoreVersion = uint64_t;
constexpr StoreVersion kAbsent = 0;

struct StoreValue {
  Bytes bytes;
  StoreVersion version = kAbsent;
};

struct StoreRow {
  Bytes key;
  Bytes value;
};

struct StoreCondition {
  Bytes key;
  StoreVersion expected = kAbsent;
};

struct StorePut {
  Bytes key;
  Bytes value;
};

struct StoreBatch {
  std::vector<StoreCondition> conditions;
  std::vector<StorePut> puts;
  std::vector<Bytes> deletes;  // of keys that may be absent; a key is not both put and deleted in one batch
  size_t ApproximateSizeBytes() const;
};

struct ScanRange {
  Bytes begin;           // inclusive
  Bytes end;             // exclusive; empty: to the last key
  size_t limit = 1000;   // rows at most
  bool reverse = false;  // from the last row below `end` downwards
};

class StoreReader {
 public:
  virtual ~StoreReader() = default;
  virtual Result<std::optional<StoreValue>> Get(ByteView key) const = 0;
  // One answer per key, in the order of the keys.
  virtual Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const = 0;
  // Fewer rows than the limit means the range is exhausted.
  virtual Result<std::vector<StoreRow>> Scan(const ScanRange& range) const = 0;
};

class Store : public StoreReader {
 public:
  // Called once per group, between the checks and the write, with the indices of the batches that will be written,
  // in order (never empty).  What it appends to `extra` is written atomically with them (no conditions).  A failure
  // fails the whole group and writes nothing.
  using Finisher = std::function<Status(const std::vector<size_t>& admitted, StoreBatch& extra)>;

  // Commits independent batches together: one flush.  One Status per batch, in order.  `finish` may be empty.
  // Groups are serialised by the store.
  virtual std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) = 0;

  Status Commit(const StoreBatch& batch);  // a group of one

  // Rewrites what lies from `begin` to `end` (exclusive; empty: to the last key), so that values which were deleted or
  // replaced there before no longer lie in the store's own files.  What its medium, file system or copies keep is out
  // of its reach.  A store that keeps no files has nothing to do.
  virtual Status Compact(ByteView begin, ByteView end);

  // A frozen view.  Released with the pointer; keep it short.
  virtual Result<std::unique_ptr<StoreReader>> Snapshot() const = 0;
};

// The smallest key greater than every key that starts with `prefix` (empty when there is none).
Bytes PrefixEnd(ByteView prefix);

}  // namespace strongroom
