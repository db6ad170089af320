// What every backend does alike: the limits of a batch, the version of a value, and which batches of a group hold.
//
// A backend's CommitGroup is: AdmitGroup, FinishGroup, one atomic write of the admitted batches in order and then of
// `extra`, and the failure of that write (if any) put into the status of every admitted batch.
#pragma once

#include <functional>
#include <vector>

#include "store/store.h"

namespace strongroom {

constexpr size_t kMaxKeySizeBytes = 256;
constexpr size_t kMaxValueSizeBytes = size_t{1} << 20;

// The version of a present key: XXH3 of its value, 0 mapped to 1, so that no bytes are stored for versions.  Values
// arrive sealed with a fresh nonce and so never repeat; two different values of one key share a version with
// probability 2^-64.  Not a defence against whoever writes the database: the seal is.
StoreVersion VersionOf(ByteView value);

// kInvalidArgument when the batch breaks a limit, puts and deletes one key, or demands the absence of a key that it
// does not put.  A key may be put twice: the last put wins.
Status ValidateBatch(const StoreBatch& batch);

struct Admission {
  std::vector<Status> statuses;  // one per batch; Ok for the admitted
  std::vector<size_t> admitted;  // indices, ascending
};

// Answers the present versions of distinct keys, in order; kAbsent for missing ones.
using VersionLookup = std::function<Result<std::vector<StoreVersion>>(const std::vector<ByteView>& keys)>;

// Decides the batches serially: a batch sees what the admitted ones before it write.  `lookup` is called at most once,
// with the keys of all conditions; its failure becomes the status of every valid batch.
Admission AdmitGroup(const std::vector<const StoreBatch*>& batches, const VersionLookup& lookup);

// Calls `finish` (if any) and holds what it appended to the rules of a batch without conditions.
Status FinishGroup(const Store::Finisher& finish, const std::vector<size_t>& admitted, StoreBatch& extra);

}  // namespace strongroom
