// SQLite files: opened and locked here, parsed in a confined child (sqlite_reader.h).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/encoding.h"
#include "confined/service.h"
#include "survey/database.h"
#include "survey/sqlite_locks.h"
#include "survey/sqlite_messages.h"
#include "survey/sqlite_reader.h"

namespace strongroom::survey {
namespace {

constexpr size_t kHeaderBytes = 100;

struct Opened {
  OwnedFd database;
  OwnedFd log;  // below 0: there is none, or nothing in it
  SqliteAccess access = SqliteAccess::kLocked;
  std::string header;
};

// What a log's file is and how it stands: another number, another time or another length says that it changed.
struct LogState {
  ino_t number = 0;
  off_t size = 0;
  int64_t second = 0;
  int64_t nanos = 0;
  bool operator==(const LogState&) const = default;
};
LogState StateOf(const struct stat& facts) {
  return {facts.st_ino, facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
}

class SqliteDatabase : public Database {
 public:
  SqliteDatabase(std::string path, Opened opened, std::unique_ptr<ConfinedService> child, std::string fingerprint)
      : path_(std::move(path)),
        opened_(std::move(opened)),
        child_(std::move(child)),
        locks_(opened_.database.get(), path_),
        fingerprint_(std::move(fingerprint)) {}

  std::string name() const override { return "sqlite:" + path_; }

  Result<std::vector<Table>> Tables() override {
    std::vector<Table> tables;
    RETURN_IF_ERROR(Ask(kTablesRequest, {}, [&](char kind, std::string_view payload) -> Status {
      if (kind != kTableMessage || tables.size() >= kMostTables)
        return Status(Reason::kFileUnreadable, "The database holds more tables than are looked into.");
      ASSIGN_OR_RETURN(Table table, UnpackTable(payload));
      if (table.refused.empty()) table.fingerprint = fingerprint_;
      tables.push_back(std::move(table));
      return Status::Ok();
    }));
    return tables;
  }

  Status Read(const Table& table, uint64_t sample_rows, const TakeRows& take) override {
    Bytes packed;
    return Ask(kReadRequest, PackRead(table, sample_rows), [&](char kind, std::string_view payload) -> Status {
      if ((kind != kMoreMessage && kind != kBatchMessage) || packed.size() + payload.size() > kMostBatchBytes)
        return Status(Reason::kDataCorrupt, "The process that reads the database answered nonsense.");
      if (kind == kMoreMessage || !packed.empty()) packed.append(payload);
      if (kind == kMoreMessage) return Status::Ok();
      ASSIGN_OR_RETURN(RowBatch batch, UnpackBatch(packed.empty() ? payload : packed, table.columns.size()));
      packed.clear();
      return take(std::move(batch));
    });
  }

 private:
  Status Ask(char kind, std::string_view request, const std::function<Status(char, std::string_view)>& receive) {
    if (opened_.access != SqliteAccess::kLog) return Call(kind, request, receive);
    ASSIGN_OR_RETURN(const LogGuard guard, LogGuard::Take(path_));
    ASSIGN_OR_RETURN(const LogState before, LogNow());
    RETURN_IF_ERROR(Call(kind, request, receive));
    // With the guard others may have written to the log's end, which was not read.  Without one, nobody may have.
    ASSIGN_OR_RETURN(const LogState after, LogNow());
    return guard.holds() || before == after ? Status::Ok() : Changed();
  }

  Status Call(char kind, std::string_view request, const std::function<Status(char, std::string_view)>& receive) {
    const Status status =
        child_->Call(kind, request, receive, [this](char question, std::string_view) { return Answer(question); });
    locks_.GiveBack();  // whatever became of it
    return status;
  }

  Result<std::string> Answer(char question) {
    const auto yes = [](bool answer) { return std::string(answer ? "1" : "0"); };
    switch (question) {
      case kLockQuestion:
        return yes(locks_.Take());
      case kUnlockQuestion:
        locks_.GiveBack();
        return yes(true);
      case kReservedQuestion:
        return yes(locks_.IsReserved());
      case kJournalQuestion:
        return yes(locks_.HasJournal());
      default:
        return Status(Reason::kDataCorrupt, "The process that reads the database asked nonsense.");
    }
  }

  static Status Changed() {
    return Status(Reason::kFileUnreadable, "The database's log changed while it was read; look again.");
  }

  // Fails when the path leads to another log than the one that was opened.
  Result<LogState> LogNow() const {
    struct stat ours = {};
    struct stat there = {};
    if (fstat(opened_.log.get(), &ours) != 0 || stat((path_ + "-wal").c_str(), &there) != 0 ||
        ours.st_ino != there.st_ino || ours.st_dev != there.st_dev) {
      return Changed();
    }
    return StateOf(ours);
  }

  const std::string path_;
  const Opened opened_;
  const std::unique_ptr<ConfinedService> child_;
  SqliteLocks locks_;
  const std::string fingerprint_;
};

Result<Opened> OpenFiles(const std::string& path) {
  Opened opened{OpenToRead(path), OwnedFd(), SqliteAccess::kLocked, std::string(kHeaderBytes, '\0')};
  const ssize_t got =
      opened.database.get() < 0 ? -1 : pread(opened.database.get(), opened.header.data(), kHeaderBytes, 0);
  if (got != static_cast<ssize_t>(kHeaderBytes) ||
      !opened.header.starts_with(std::string_view("SQLite format 3\0", 16))) {
    return Status(Reason::kFileUnreadable, path + " is no SQLite database that can be read.");
  }
  if (opened.header[18] != 2) return opened;
  // In write-ahead mode even a reader makes files beside the database, unless nobody writes: true when there is no log.
  OwnedFd log = OpenToRead(path + "-wal");
  const off_t size = log.get() < 0 ? 0 : lseek(log.get(), 0, SEEK_END);
  const bool immutable = size <= 0;
  return Opened{std::move(opened.database), immutable ? OwnedFd() : std::move(log),
                immutable ? SqliteAccess::kImmutable : SqliteAccess::kLog, std::move(opened.header)};
}

SandboxLimits Limits() {
  SandboxLimits limits;
  limits.cpu_seconds = 7 * 24 * 3600;  // a large file; one that stands still is ended sooner
  limits.answer_bytes = std::numeric_limits<uint64_t>::max();
  limits.questions = std::numeric_limits<uint32_t>::max();
  return limits;
}

// Changes when the rows do; empty when that cannot be told from the file alone.
std::string FingerprintOf(const Opened& opened) {
  if (opened.access == SqliteAccess::kLog) return {};  // the counter of changes stands still, and the log grows
  const std::string_view header = opened.header;
  return HexEncode(header.substr(24, 8)) + " " + std::to_string(lseek(opened.database.get(), 0, SEEK_END)) + " " +
         HexEncode(header.substr(92, 4));
}

}  // namespace

Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, Confinement confinement) {
  ASSIGN_OR_RETURN(Opened opened, OpenFiles(path));
  std::vector<int> files = {opened.database.get()};
  if (opened.log.get() >= 0) files.push_back(opened.log.get());
  auto serve = [reader = SqliteReader({opened.database.get(), opened.log.get()}, opened.access)](
                   char kind, std::string_view request, const SendMessage& send, const AskParent& ask) mutable {
    return reader.Serve(kind, request, send, ask);
  };
  ASSIGN_OR_RETURN(std::unique_ptr<ConfinedService> child,
                   ConfinedService::Start(std::move(serve), files, Limits(), confinement));
  std::string fingerprint = FingerprintOf(opened);
  return std::unique_ptr<Database>(
      std::make_unique<SqliteDatabase>(path, std::move(opened), std::move(child), std::move(fingerprint)));
}

}  // namespace strongroom::survey
