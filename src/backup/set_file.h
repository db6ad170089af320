// Files that are there whole or not at all: written under a temporary name, flushed to the disk, renamed, and the
// directory flushed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "crypto/age.h"
#include "crypto/sha256_stream.h"

namespace strongroom {

constexpr char kPartialEnding[] = ".partial";

// One thread.  Dropped before Commit(): nothing is left behind.
class PendingFile {
 public:
  // Makes "<path>.partial", readable for its owner alone.  kStorageUnavailable, also when it is there already.
  static Result<std::unique_ptr<PendingFile>> Create(std::string path);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  // kStorageFull, kStorageUnavailable.
  Status Write(ByteView bytes);
  AgeSink Sink() {  // while this lives
    return [this](ByteView bytes) { return Write(bytes); };
  }
  // From here on the file is there under its name, also after a loss of power.  A file that has the name is not
  // replaced.
  Status Commit();
  uint64_t size_bytes() const { return size_bytes_; }
  const Digest& sha256() const { return sha256_; }  // after Commit()

 private:
  PendingFile(std::string path, int file) : path_(std::move(path)), file_(file) {}
  const std::string path_;
  int file_ = -1;
  uint64_t size_bytes_ = 0;
  Sha256Stream hash_;
  Digest sha256_{};
};

// Flushes the directory that `path` lies in.
Status FlushDirectoryOf(const std::string& path);

// Reads the file from its beginning.  kFileUnreadable.
Result<AgeSource> OpenSetFile(const std::string& path);

}  // namespace strongroom
