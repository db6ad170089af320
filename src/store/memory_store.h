// MemoryStore: the whole contract over a std::map.  For tests and for what may be forgotten; nothing here is durable.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "store/store.h"

namespace strongroom {

class MemoryStore : public Store {
 public:
  MemoryStore();

  Result<std::optional<StoreValue>> Get(ByteView key) const override;
  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override;
  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override;
  // The finisher may read this store; it may not commit to it.
  std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) override;
  // A snapshot outlives the store if need be.  Taking one is cheap; the next commit copies the map if it still lives.
  Result<std::unique_ptr<StoreReader>> Snapshot() const override;

 private:
  using Rows = std::map<Bytes, Bytes, std::less<>>;
  class View;

  std::shared_ptr<const Rows> rows() const;
  void Write(const std::vector<const StoreBatch*>& batches);

  std::mutex commit_mutex_;        // one group at a time
  mutable std::mutex rows_mutex_;  // guards rows_; never held while a finisher runs
  std::shared_ptr<Rows> rows_;
};

}  // namespace strongroom
