#include "store/group.h"

#include <xxhash.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace strongroom {

namespace {

Status CheckKey(ByteView key) {
  if (!key.empty() && key.size() <= kMaxKeySizeBytes) return Status::Ok();
  return Status(Reason::kInvalidArgument, "a store key has " + std::to_string(key.size()) + " bytes; 1 to " +
                                              std::to_string(kMaxKeySizeBytes) + " are allowed");
}

using VersionsByKey = std::unordered_map<ByteView, StoreVersion>;

// Later batches of the group must see this one's writes; only keys that some condition names matter.
void ApplyTo(VersionsByKey& versions, const StoreBatch& batch) {
  for (const StorePut& put : batch.puts) {
    if (auto found = versions.find(put.key); found != versions.end()) found->second = VersionOf(put.value);
  }
  for (const Bytes& key : batch.deletes) {
    if (auto found = versions.find(key); found != versions.end()) found->second = kAbsent;
  }
}

bool Holds(const VersionsByKey& versions, const StoreBatch& batch) {
  return std::all_of(batch.conditions.begin(), batch.conditions.end(),
                     [&](const StoreCondition& condition) { return versions.at(condition.key) == condition.expected; });
}

}  // namespace

StoreVersion VersionOf(ByteView value) {
  const StoreVersion fingerprint = XXH3_64bits(value.data(), value.size());
  return fingerprint == kAbsent ? 1 : fingerprint;
}

Status ValidateBatch(const StoreBatch& batch) {
  for (const StorePut& put : batch.puts) {
    RETURN_IF_ERROR(CheckKey(put.key));
    if (put.value.size() > kMaxValueSizeBytes) {
      return Status(Reason::kInvalidArgument, "a store value has " + std::to_string(put.value.size()) +
                                                  " bytes; at most " + std::to_string(kMaxValueSizeBytes) +
                                                  " are allowed");
    }
  }
  for (const Bytes& key : batch.deletes) RETURN_IF_ERROR(CheckKey(key));
  bool needs_absence = false;
  for (const StoreCondition& condition : batch.conditions) {
    RETURN_IF_ERROR(CheckKey(condition.key));
    needs_absence = needs_absence || condition.expected == kAbsent;
  }
  if (!needs_absence && batch.deletes.empty()) return Status::Ok();

  std::unordered_set<ByteView> put_keys;
  for (const StorePut& put : batch.puts) put_keys.insert(put.key);
  for (const Bytes& key : batch.deletes) {
    if (put_keys.contains(key)) return Status(Reason::kInvalidArgument, "a batch puts and deletes the same key");
  }
  for (const StoreCondition& condition : batch.conditions) {
    if (condition.expected == kAbsent && !put_keys.contains(condition.key)) {
      return Status(Reason::kInvalidArgument, "a batch demands the absence of a key that it does not put");
    }
  }
  return Status::Ok();
}

Admission AdmitGroup(const std::vector<const StoreBatch*>& batches, const VersionLookup& lookup) {
  Admission admission;
  admission.statuses.resize(batches.size());
  VersionsByKey versions;
  std::vector<ByteView> keys;
  for (size_t i = 0; i < batches.size(); ++i) {
    admission.statuses[i] = ValidateBatch(*batches[i]);
    if (!admission.statuses[i].ok()) continue;
    for (const StoreCondition& condition : batches[i]->conditions) {
      if (versions.emplace(condition.key, kAbsent).second) keys.push_back(condition.key);
    }
  }
  Status looked_up;
  if (!keys.empty()) {
    Result<std::vector<StoreVersion>> found = lookup(keys);
    looked_up = found.status();
    for (size_t i = 0; found.ok() && i < keys.size(); ++i) versions[keys[i]] = (*found)[i];
  }
  for (size_t i = 0; i < batches.size(); ++i) {
    Status& status = admission.statuses[i];
    if (!status.ok()) continue;
    if (!looked_up.ok()) {
      status = looked_up;
    } else if (!Holds(versions, *batches[i])) {
      status = Status(Reason::kStorageConflict);
    } else {
      admission.admitted.push_back(i);
      if (!versions.empty()) ApplyTo(versions, *batches[i]);
    }
  }
  return admission;
}

Status FinishGroup(const Store::Finisher& finish, const std::vector<size_t>& admitted, StoreBatch& extra) {
  if (!finish) return Status::Ok();
  RETURN_IF_ERROR(finish(admitted, extra));
  if (!extra.conditions.empty()) {
    return Status(Reason::kInvalidArgument, "a finisher may not append conditions: the group is already decided");
  }
  return ValidateBatch(extra);
}

}  // namespace strongroom
