// SQLite's locks on a database that others may be writing, for a reader.  Internal to src/survey.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>

#include "base/status.h"

namespace strongroom::survey {

// A descriptor, closed with this.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&&) = delete;
  ~OwnedFd();
  int get() const { return fd_; }

 private:
  int fd_;
};
// For reading; below 0 when it cannot be opened.
OwnedFd OpenToRead(const std::string& path);

// The bytes are those of SQLite's own os_unix.c and wal.c (sqlite.org/lockingv3.html, sqlite.org/walformat.html).  They
// belong to the open file, so that closing another descriptor of the same file in this process gives nothing back.
class SqliteLocks {
 public:
  // `database` stays the caller's and is open while this lives.
  SqliteLocks(int database, std::string path, std::chrono::milliseconds patience = std::chrono::seconds(5))
      : database_(database), path_(std::move(path)), patience_(patience) {}

  // SHARED.  Waits as long as patience lasts; false when somebody is still writing.
  bool Take();
  void GiveBack();
  // Whether somebody else holds RESERVED or more.
  bool IsReserved() const;
  // Whether a journal lies there whose writer may have died: one that is there and does not begin with zeros.
  bool HasJournal() const;

 private:
  const int database_;
  const std::string path_;
  const std::chrono::milliseconds patience_;
};

// While it lives nobody moves what the write-ahead log holds into the database, nor begins the log anew; others go on
// writing to its end.  Where there is no index file nobody else has the database open, and nothing is held.
class LogGuard {
 public:
  // kFileUnreadable when somebody is at it for five seconds.
  static Result<LogGuard> Take(const std::string& path);
  bool holds() const { return index_.get() >= 0; }

 private:
  explicit LogGuard(OwnedFd index) : index_(std::move(index)) {}
  OwnedFd index_;
};

}  // namespace strongroom::survey
