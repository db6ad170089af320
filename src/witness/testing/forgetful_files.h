// Files in memory that forget, when the power is cut, what was never flushed: of a file's content the whole, or all but
// a first part; of the changes of the directory, the last few.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "crypto/random.h"
#include "witness/state_files.h"

namespace strongroom {

class ForgetfulFiles : public StateFiles {
 public:
  explicit ForgetfulFiles(uint64_t seed) : random_(seed) {}

  // The nth change from now fails, and all after it.
  void CutPowerAfter(uint64_t changes) { changes_left_ = changes; }
  bool power_is_off() const { return changes_left_ == 0; }
  // The machine starts again.
  void LoseUnsynced() {
    uint64_t kept = random_.Below(pending_.size() + 1);
    for (; kept > 0; --kept) {
      Apply(pending_.front(), durable_);
      pending_.pop_front();
    }
    pending_.clear();
    names_ = durable_;
    for (auto& [name, file] : names_) {
      if (file->synced) continue;
      file->content.resize(random_.Below(file->content.size() + 1));
      file->synced = true;
    }
    changes_left_.reset();
  }

  Result<std::optional<Bytes>> Read(const std::string& name) const override {
    const auto found = names_.find(name);
    return found == names_.end() ? std::optional<Bytes>() : std::optional(found->second->content);
  }
  Status Write(const std::string& name, ByteView content) override {
    RETURN_IF_ERROR(Change());
    auto file = std::make_shared<File>();
    file->content = Bytes(content);
    Do({name, "", std::move(file)});
    return Status::Ok();
  }
  Status Sync(const std::string& name) override {
    RETURN_IF_ERROR(Change());
    names_.at(name)->synced = true;
    return Status::Ok();
  }
  Status Rename(const std::string& from, const std::string& to) override {
    RETURN_IF_ERROR(Change());
    Do({to, from, names_.at(from)});
    return Status::Ok();
  }
  Status SyncDirectory() override {
    RETURN_IF_ERROR(Change());
    for (const DirectoryChange& change : pending_) Apply(change, durable_);
    pending_.clear();
    return Status::Ok();
  }

 private:
  struct File {
    Bytes content;
    bool synced = false;
  };
  using Names = std::map<std::string, std::shared_ptr<File>>;
  struct DirectoryChange {
    std::string made;
    std::string removed;  // empty: none
    std::shared_ptr<File> file;
  };
  static void Apply(const DirectoryChange& change, Names& names) {
    names[change.made] = change.file;
    names.erase(change.removed);
  }
  void Do(DirectoryChange change) {
    Apply(change, names_);
    pending_.push_back(std::move(change));
  }
  Status Change() {
    if (changes_left_ == 0) return Status(Reason::kStorageUnavailable, "the power is off");
    if (changes_left_.has_value()) --*changes_left_;
    return power_is_off() ? Status(Reason::kStorageUnavailable, "the power went") : Status::Ok();
  }

  SeededRandom random_;
  Names names_;
  Names durable_;
  std::deque<DirectoryChange> pending_;
  std::optional<uint64_t> changes_left_;
};

}  // namespace strongroom
