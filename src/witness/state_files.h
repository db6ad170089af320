// StateFiles: the files of one directory, each step of a durable change by itself, so that a test can lose what was not
// flushed; and StateDirectory, the real one.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

// Names are plain: no directory in them.  Failures are kStorageUnavailable.
class StateFiles {
 public:
  virtual ~StateFiles() = default;
  virtual Result<std::optional<Bytes>> Read(const std::string& name) const = 0;  // nullopt: there is no such file
  // Made or replaced; nothing of it is durable yet.
  virtual Status Write(const std::string& name, ByteView content) = 0;
  virtual Status Sync(const std::string& name) = 0;  // the content
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status SyncDirectory() = 0;  // which files there are
};

// One process at a time: the file "lock" is held locked as long as this lives.  Files are readable by their owner
// alone.
class StateDirectory : public StateFiles {
 public:
  static constexpr size_t kFileLimitBytes = 512u << 10;
  // `create`: makes the directory when it is missing.  kStorageUnavailable: it cannot be used, or another process does.
  static Result<std::unique_ptr<StateDirectory>> Open(const std::string& directory, bool create);
  ~StateDirectory() override;

  Result<std::optional<Bytes>> Read(const std::string& name) const override;
  Status Write(const std::string& name, ByteView content) override;
  Status Sync(const std::string& name) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status SyncDirectory() override;

 private:
  StateDirectory(std::string directory, int directory_fd, int lock_fd)
      : directory_(std::move(directory)), directory_fd_(directory_fd), lock_fd_(lock_fd) {}
  Status Failure(const std::string& name, const char* what) const;
  const std::string directory_;
  const int directory_fd_;
  const int lock_fd_;
};

}  // namespace strongroom
