// A PostgreSQL of the tests' own: a private cluster in a temporary directory, on a Unix socket alone, stopped and gone
// when the process ends.  It flushes, as one that holds data must.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "store/testing/temp_dir.h"

namespace strongroom {

class PostgresCluster {
 public:
  // Started at the first call, one for all tests of the process.  Not ok: PostgreSQL is not on this machine.
  static Result<PostgresCluster*> OfThisProcess();
  // `settings`: further ones, "name=value"; they win over those of the tests (few connections, little memory).
  static Result<std::unique_ptr<PostgresCluster>> Start(const std::vector<std::string>& settings = {});
  // In memory where the machine has a few GiB to spare: it flushes as it must, and a flush takes no time.  For tests
  // that are not about what outlives a loss of power.
  static Result<std::unique_ptr<PostgresCluster>> StartInMemory(const std::vector<std::string>& settings = {});
  // The same, keeping what it writes: its log goes to an archive, from which RestoreTo takes it.
  static Result<std::unique_ptr<PostgresCluster>> StartArchiving();
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  std::string conninfo() const { return ConninfoAt(socket_dir()); }
  // Of a socket in another directory: a test's proxy.
  static std::string ConninfoAt(const std::string& socket_dir);
  std::string socket_dir() const { return directory_.Path("run"); }
  std::string socket_path() const { return socket_dir() + "/" + kSocketName; }
  static constexpr const char* kSocketName = ".s.PGSQL.5432";

  // All its files: data, write-ahead log, and what the server wrote to its own log.
  const std::string& directory() const { return directory_.path(); }

  const std::string& programs() const { return programs_; }  // the directory of pgbench and the others

  // SIGQUIT, as if its machine had stopped, and a new start.
  Status CrashAndRestart();
  // A setting that is taken without a restart.
  Status Configure(const std::string& name, const std::string& value) const;

  // Tables made from now on lie in this directory, which is empty and may be a disk of its own.
  Status KeepTablesIn(const std::string& path) const;

  // --- of one that archives ---
  // A base backup, by pg_basebackup; once.
  Status TakeBaseBackup();
  // The clock of the database, as recovery_target_time takes it.
  Result<std::string> Now() const;
  // Stops it, puts the base backup in place of its data, and starts it up to the last commit before `time`.  When this
  // answers it takes writes.
  Status RestoreTo(const std::string& time);

 private:
  PostgresCluster() = default;
  explicit PostgresCluster(const std::string& under) : directory_(under) {}
  static Result<std::unique_ptr<PostgresCluster>> Start(std::unique_ptr<PostgresCluster> cluster,
                                                        const std::vector<std::string>& settings, bool archiving);
  Result<std::string> Ask(const std::string& sql) const;
  Status StartServer(const std::vector<std::string>& recovery = {});
  void StopServer(int signal);

  TempDir directory_;
  std::string programs_;
  std::vector<std::string> settings_;
  pid_t server_ = -1;
};

}  // namespace strongroom
