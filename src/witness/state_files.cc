#include "witness/state_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace strongroom {
namespace {

Status Unavailable(std::string what) { return Status(Reason::kStorageUnavailable, std::move(what)); }

struct OwnedFd {
  int fd = -1;
  ~OwnedFd() {
    if (fd >= 0) close(fd);
  }
};

}  // namespace

Result<std::unique_ptr<StateDirectory>> StateDirectory::Open(const std::string& directory, bool create) {
  if (create && mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return Unavailable(directory + " cannot be made: " + std::strerror(errno));
  }
  const int directory_fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory_fd < 0) return Unavailable(directory + " cannot be opened: " + std::strerror(errno));
  const int lock_fd = openat(directory_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_fd < 0 || flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
    const bool taken = lock_fd >= 0 && errno == EWOULDBLOCK;
    const std::string why = taken ? "another process works with it" : std::strerror(errno);
    if (lock_fd >= 0) close(lock_fd);
    close(directory_fd);
    return Unavailable(directory + ": " + why);
  }
  return std::unique_ptr<StateDirectory>(new StateDirectory(directory, directory_fd, lock_fd));
}

StateDirectory::~StateDirectory() {
  close(lock_fd_);
  close(directory_fd_);
}

Status StateDirectory::Failure(const std::string& name, const char* what) const {
  return Unavailable(directory_ + "/" + name + " cannot be " + what + ": " + std::strerror(errno));
}

Result<std::optional<Bytes>> StateDirectory::Read(const std::string& name) const {
  const OwnedFd file{openat(directory_fd_, name.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0 && errno == ENOENT) return std::optional<Bytes>();
  if (file.fd < 0) return Failure(name, "read");
  Bytes content;
  char buffer[16 << 10];
  while (true) {
    const ssize_t got = read(file.fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failure(name, "read");
    if (got == 0) return std::optional(std::move(content));
    if (content.size() + static_cast<size_t>(got) > kFileLimitBytes) return Unavailable(name + " is too large");
    content.append(buffer, static_cast<size_t>(got));
  }
}

Status StateDirectory::Write(const std::string& name, ByteView content) {
  const OwnedFd file{openat(directory_fd_, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (file.fd < 0) return Failure(name, "written");
  while (!content.empty()) {
    const ssize_t written = write(file.fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Failure(name, "written");
    content.remove_prefix(static_cast<size_t>(written));
  }
  return Status::Ok();
}

Status StateDirectory::Sync(const std::string& name) {
  const OwnedFd file{openat(directory_fd_, name.c_str(), O_RDONLY | O_CLOEXEC)};
  return file.fd >= 0 && fsync(file.fd) == 0 ? Status::Ok() : Failure(name, "flushed");
}

Status StateDirectory::Rename(const std::string& from, const std::string& to) {
  return renameat(directory_fd_, from.c_str(), directory_fd_, to.c_str()) == 0 ? Status::Ok() : Failure(to, "replaced");
}

Status StateDirectory::SyncDirectory() { return fsync(directory_fd_) == 0 ? Status::Ok() : Failure(".", "flushed"); }

}  // namespace strongroom
