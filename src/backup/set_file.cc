#include "backup/set_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace strongroom {
namespace {

Status Failed(const std::string& path, std::string_view what, int error) {
  return {error == ENOSPC || error == EDQUOT ? Reason::kStorageFull : Reason::kStorageUnavailable,
          path + " could not be " + std::string(what) + ": " + std::strerror(error)};
}

// An open file with its end.
class Descriptor {
 public:
  explicit Descriptor(int file) : file_(file) {}
  ~Descriptor() {
    if (file_ >= 0) ::close(file_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return file_; }

 private:
  const int file_;
};

}  // namespace

Result<std::unique_ptr<PendingFile>> PendingFile::Create(std::string path) {
  const std::string partial = path + kPartialEnding;
  const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return Failed(partial, "made", errno);
  return std::unique_ptr<PendingFile>(new PendingFile(std::move(path), file));
}

PendingFile::~PendingFile() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink((path_ + kPartialEnding).c_str());
}

Status PendingFile::Write(ByteView bytes) {
  hash_.Add(bytes);
  size_bytes_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed(path_ + kPartialEnding, "written", errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return Status::Ok();
}

Status PendingFile::Commit() {
  const std::string partial = path_ + kPartialEnding;
  if (::fsync(file_) != 0) return Failed(partial, "flushed to the disk", errno);
  // A name that is taken belongs to another set: link() refuses, rename() would replace it.
  if (::link(partial.c_str(), path_.c_str()) != 0) return Failed(path_, "given its name", errno);
  ::unlink(partial.c_str());
  ::close(std::exchange(file_, -1));
  sha256_ = hash_.Finish();
  return FlushDirectoryOf(path_);
}

Status FlushDirectoryOf(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path().string();
  if (directory.empty()) directory = ".";
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) return Failed(directory, "flushed to the disk", errno);
  return Status::Ok();
}

Result<AgeSource> OpenSetFile(const std::string& path) {
  const auto file = std::make_shared<const Descriptor>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file->get() < 0) {
    return Status(Reason::kFileUnreadable, path + " cannot be opened: " + std::strerror(errno));
  }
  return AgeSource([file, path](char* buffer, size_t size) -> Result<size_t> {
    while (true) {
      const ssize_t got = ::read(file->get(), buffer, size);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return Status(Reason::kFileUnreadable, path + " cannot be read: " + std::strerror(errno));
    }
  });
}

}  // namespace strongroom
