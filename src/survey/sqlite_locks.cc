#include "survey/sqlite_locks.h"

#include <fcntl.h>
#include <unistd.h>

#include <functional>
#include <thread>

namespace strongroom::survey {
namespace {

constexpr off_t kPendingByte = 0x40000000;
constexpr off_t kReservedByte = kPendingByte + 1;
constexpr off_t kSharedFirst = kPendingByte + 2;
constexpr off_t kSharedSize = 510;
constexpr off_t kCheckpointByte = 121;   // of the index file: WAL_CKPT_LOCK
constexpr off_t kFirstReaderByte = 124;  // WAL_READ_LOCK(1): held by a reader, the log is not begun anew

constexpr std::chrono::milliseconds kPatience{5000};
constexpr std::chrono::milliseconds kPause{20};

bool SetLock(int fd, short type, off_t begin, off_t size) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = begin;
  lock.l_len = size;
  return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

bool Patiently(std::chrono::milliseconds patience, const std::function<bool()>& take) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!take()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

}  // namespace

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) close(fd_);
}

OwnedFd OpenToRead(const std::string& path) { return OwnedFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); }

bool SqliteLocks::Take() {
  return Patiently(patience_, [this] {
    // Whoever is about to write holds PENDING, so that readers do not keep it waiting for ever.
    if (!SetLock(database_, F_RDLCK, kPendingByte, 1)) return false;
    const bool taken = SetLock(database_, F_RDLCK, kSharedFirst, kSharedSize);
    SetLock(database_, F_UNLCK, kPendingByte, 1);
    return taken;
  });
}

void SqliteLocks::GiveBack() { SetLock(database_, F_UNLCK, kPendingByte, kSharedFirst + kSharedSize - kPendingByte); }

bool SqliteLocks::IsReserved() const {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = kReservedByte;
  lock.l_len = 1;
  return fcntl(database_, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

bool SqliteLocks::HasJournal() const {
  const OwnedFd journal = OpenToRead(path_ + "-journal");
  char first = 0;
  return journal.get() >= 0 && pread(journal.get(), &first, 1, 0) == 1 && first != 0;
}

Result<LogGuard> LogGuard::Take(const std::string& path) {
  LogGuard guard(OpenToRead(path + "-shm"));
  if (guard.index_.get() < 0) return guard;
  const bool taken = Patiently(kPatience, [&guard] {
    return SetLock(guard.index_.get(), F_RDLCK, kCheckpointByte, 1) &&
           SetLock(guard.index_.get(), F_RDLCK, kFirstReaderByte, 1);
  });
  if (!taken) return Status(Reason::kFileUnreadable, "Somebody keeps the database's log busy; try again.");
  return guard;
}

}  // namespace strongroom::survey
