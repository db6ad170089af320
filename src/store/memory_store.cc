#include "store/memory_store.h"

#include "store/group.h"

namespace strongroom {

// A reader over one state of the rows, kept alive by the pointer.
class MemoryStore::View : public StoreReader {
 public:
  explicit View(std::shared_ptr<const Rows> rows) : rows_(std::move(rows)) {}

  Result<std::optional<StoreValue>> Get(ByteView key) const override {
    std::optional<StoreValue> answer;
    if (auto found = rows_->find(key); found != rows_->end()) {
      answer = StoreValue{found->second, VersionOf(found->second)};
    }
    return answer;
  }

  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override {
    std::vector<std::optional<StoreValue>> answers;
    answers.reserve(keys.size());
    for (const Bytes& key : keys) {
      ASSIGN_OR_RETURN(std::optional<StoreValue> answer, Get(key));
      answers.push_back(std::move(answer));
    }
    return answers;
  }

  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override {
    std::vector<StoreRow> found;
    if (!range.end.empty() && range.end <= range.begin) return found;
    const auto first = rows_->lower_bound(range.begin);
    const auto last = range.end.empty() ? rows_->end() : rows_->lower_bound(range.end);
    if (range.reverse) {
      for (auto row = last; row != first && found.size() < range.limit;) {
        --row;
        found.push_back({row->first, row->second});
      }
    } else {
      for (auto row = first; row != last && found.size() < range.limit; ++row) {
        found.push_back({row->first, row->second});
      }
    }
    return found;
  }

 private:
  std::shared_ptr<const Rows> rows_;
};

MemoryStore::MemoryStore() : rows_(std::make_shared<Rows>()) {}

std::shared_ptr<const MemoryStore::Rows> MemoryStore::rows() const {
  std::lock_guard lock(rows_mutex_);
  return rows_;
}

// Single reads look under the mutex rather than pin the rows: a pinned map would make a concurrent commit copy it.
Result<std::optional<StoreValue>> MemoryStore::Get(ByteView key) const {
  std::lock_guard lock(rows_mutex_);
  std::optional<StoreValue> answer;
  if (auto found = rows_->find(key); found != rows_->end()) {
    answer = StoreValue{found->second, VersionOf(found->second)};
  }
  return answer;
}

Result<std::vector<std::optional<StoreValue>>> MemoryStore::MultiGet(const std::vector<Bytes>& keys) const {
  std::vector<std::optional<StoreValue>> answers;
  answers.reserve(keys.size());
  for (const Bytes& key : keys) {
    ASSIGN_OR_RETURN(std::optional<StoreValue> answer, Get(key));
    answers.push_back(std::move(answer));
  }
  return answers;
}

Result<std::vector<StoreRow>> MemoryStore::Scan(const ScanRange& range) const {
  std::lock_guard lock(rows_mutex_);
  return View(rows_).Scan(range);
}

Result<std::unique_ptr<StoreReader>> MemoryStore::Snapshot() const {
  return std::unique_ptr<StoreReader>(std::make_unique<View>(rows()));
}

std::vector<Status> MemoryStore::CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) {
  std::lock_guard commit_lock(commit_mutex_);
  Admission admission = AdmitGroup(batches, [this](const std::vector<ByteView>& keys) {
    std::lock_guard lock(rows_mutex_);
    std::vector<StoreVersion> versions;
    for (ByteView key : keys) {
      auto found = rows_->find(key);
      versions.push_back(found == rows_->end() ? kAbsent : VersionOf(found->second));
    }
    return versions;
  });
  if (admission.admitted.empty()) return admission.statuses;

  StoreBatch extra;
  if (Status finished = FinishGroup(finish, admission.admitted, extra); !finished.ok()) {
    for (size_t index : admission.admitted) admission.statuses[index] = finished;
    return admission.statuses;
  }
  std::vector<const StoreBatch*> writes;
  for (size_t index : admission.admitted) writes.push_back(batches[index]);
  writes.push_back(&extra);
  Write(writes);
  return admission.statuses;
}

void MemoryStore::Write(const std::vector<const StoreBatch*>& batches) {
  std::lock_guard lock(rows_mutex_);
  // New references are made under the mutex alone, so a count of one means that no snapshot looks.
  if (rows_.use_count() > 1) rows_ = std::make_shared<Rows>(*rows_);
  for (const StoreBatch* batch : batches) {
    for (const StorePut& put : batch->puts) rows_->insert_or_assign(put.key, put.value);
    for (const Bytes& key : batch->deletes) rows_->erase(key);
  }
}

}  // namespace strongroom
