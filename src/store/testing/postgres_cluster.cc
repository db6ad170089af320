#include "store/testing/postgres_cluster.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <vector>

namespace strongroom {
namespace {

// Debian keeps each version's programs apart.
std::string FindPrograms() {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", error)) {
    if (std::filesystem::exists(version.path() / "bin/initdb")) found.push_back(version.path() / "bin");
  }
  return found.empty() ? "" : *std::max_element(found.begin(), found.end());
}

// Whether a program ends well.
bool EndsWell(pid_t child) {
  int status = 0;
  return child >= 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// PostgreSQL refuses to run as root.
const passwd* Unprivileged() { return ::geteuid() != 0 ? nullptr : ::getpwnam("postgres"); }

// Starts `program`; its output goes to `log`, and it ends when this process does.
pid_t Spawn(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const passwd* const user = Unprivileged();
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0) {
    if (output >= 0) ::close(output);
    return child;
  }
  if (user != nullptr && (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) ::_exit(126);
  if (::prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0 || ::getppid() != parent) ::_exit(126);
  ::dup2(output, 1);
  ::dup2(output, 2);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

constexpr char kMemoryDirectory[] = "/dev/shm";
constexpr uint64_t kRoomBytes = uint64_t{4} << 30;  // containers have 64 MiB there, if nobody asked for more

bool HasRoom(const char* directory) {
  struct statvfs there {};
  return ::access(directory, W_OK) == 0 && ::statvfs(directory, &there) == 0 &&
         uint64_t{there.f_bavail} * there.f_frsize >= kRoomBytes;
}

}  // namespace

std::string PostgresCluster::ConninfoAt(const std::string& socket_dir) {
  return "host=" + socket_dir + " port=5432 user=tests dbname=postgres connect_timeout=5";
}

Result<PostgresCluster*> PostgresCluster::OfThisProcess() {
  static const Result<std::unique_ptr<PostgresCluster>> cluster = Start({});
  if (!cluster.ok()) return cluster.status();
  return cluster->get();
}

Result<std::unique_ptr<PostgresCluster>> PostgresCluster::Start(const std::vector<std::string>& settings) {
  return Start(std::unique_ptr<PostgresCluster>(new PostgresCluster()), settings, /*archiving=*/false);
}

Result<std::unique_ptr<PostgresCluster>> PostgresCluster::StartInMemory(const std::vector<std::string>& settings) {
  if (!HasRoom(kMemoryDirectory)) return Start(settings);
  return Start(std::unique_ptr<PostgresCluster>(new PostgresCluster(kMemoryDirectory)), settings, /*archiving=*/false);
}

Result<std::unique_ptr<PostgresCluster>> PostgresCluster::StartArchiving() {
  return Start(std::unique_ptr<PostgresCluster>(new PostgresCluster()), {}, /*archiving=*/true);
}

Result<std::unique_ptr<PostgresCluster>> PostgresCluster::Start(std::unique_ptr<PostgresCluster> cluster,
                                                                const std::vector<std::string>& settings,
                                                                bool archiving) {
  cluster->programs_ = FindPrograms();
  cluster->settings_ = settings;
  const std::string archive = cluster->directory_.Path("archive");
  if (archiving) {
    cluster->settings_.emplace_back("archive_mode=on");
    cluster->settings_.push_back("archive_command=test ! -f " + archive + "/%f && cp %p " + archive + "/%f");
  }
  if (cluster->programs_.empty()) return Status(Reason::kStorageUnavailable, "PostgreSQL's programs are not installed");
  if (::geteuid() == 0 && Unprivileged() == nullptr) {
    return Status(Reason::kStorageUnavailable, "this is root, and there is no user postgres to run PostgreSQL as");
  }
  const std::string& root = cluster->directory_.path();
  if (const passwd* const user = Unprivileged(); user != nullptr) {
    if (::chmod(root.c_str(), 0755) != 0) return Status(Reason::kStorageUnavailable, "chmod");
    for (const char* name : {"data", "run", "archive", "base"}) {
      const std::string path = cluster->directory_.Path(name);
      if (::mkdir(path.c_str(), 0700) != 0 || ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
        return Status(Reason::kStorageUnavailable, "cannot make " + path);
      }
    }
    if (::chmod(cluster->socket_dir().c_str(), 0755) != 0) return Status(Reason::kStorageUnavailable, "chmod");
  } else {
    for (const char* name : {"run", "archive"}) {
      const std::string path = cluster->directory_.Path(name);
      if (::mkdir(path.c_str(), 0700) != 0) return Status(Reason::kStorageUnavailable, "cannot make " + path);
    }
  }
  const pid_t initdb = Spawn({cluster->programs_ + "/initdb", "-D", cluster->directory_.Path("data"), "-U", "tests",
                              "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions", "--no-sync"},
                             cluster->directory_.Path("initdb.log"));
  if (!EndsWell(initdb)) return Status(Reason::kStorageUnavailable, "initdb failed");
  RETURN_IF_ERROR(cluster->StartServer());
  return cluster;
}

Status PostgresCluster::StartServer(const std::vector<std::string>& recovery) {
  std::vector<std::string> arguments = {programs_ + "/postgres", "-D", directory_.Path("data"), "-k", socket_dir()};
  std::vector<std::string> settings = {"listen_addresses=", "shared_buffers=16MB", "max_connections=40",
                                       "autovacuum=off"};
  settings.insert(settings.end(), settings_.begin(), settings_.end());
  settings.insert(settings.end(), recovery.begin(), recovery.end());
  for (const std::string& setting : settings) {
    arguments.emplace_back("-c");
    arguments.push_back(setting);
  }
  server_ = Spawn(arguments, directory_.Path("server.log"));
  if (server_ < 0) return Status(Reason::kStorageUnavailable, "fork");
  for (int i = 0; i < 600; ++i) {
    if (PQping(conninfo().c_str()) == PQPING_OK) return Status::Ok();
    if (::waitpid(server_, nullptr, WNOHANG) == server_) {
      server_ = -1;
      return Status(Reason::kStorageUnavailable, "postgres ended as it started");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return Status(Reason::kStorageUnavailable, "postgres does not answer");
}

void PostgresCluster::StopServer(int signal) {
  if (server_ < 0) return;
  ::kill(server_, signal);
  ::waitpid(server_, nullptr, 0);
  server_ = -1;
}

Status PostgresCluster::CrashAndRestart() {
  StopServer(SIGQUIT);
  return StartServer();
}

Result<std::string> PostgresCluster::Ask(const std::string& sql) const {
  PGconn* const connection = PQconnectdb(conninfo().c_str());
  PGresult* const result = PQexec(connection, sql.c_str());
  const bool row = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
  const bool answered = row || PQresultStatus(result) == PGRES_COMMAND_OK;
  std::string text = row ? PQgetvalue(result, 0, 0) : PQerrorMessage(connection);
  PQclear(result);
  PQfinish(connection);
  if (!answered) return Status(Reason::kStorageUnavailable, text);
  return text;
}

Status PostgresCluster::Configure(const std::string& name, const std::string& value) const {
  const Status set = Ask("ALTER SYSTEM SET " + name + " = '" + value + "'").status();
  return set.ok() ? Ask("SELECT pg_reload_conf()::text").status() : set;
}

Status PostgresCluster::KeepTablesIn(const std::string& path) const {
  const passwd* const user = Unprivileged();
  if (user != nullptr && ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
    return Status(Reason::kStorageUnavailable, "cannot give away " + path);
  }
  RETURN_IF_ERROR(Ask("CREATE TABLESPACE small LOCATION '" + path + "'").status());
  return Ask("ALTER ROLE tests SET default_tablespace = small").status();
}

Status PostgresCluster::TakeBaseBackup() {
  const pid_t backup = Spawn({programs_ + "/pg_basebackup", "-D", directory_.Path("base"), "-X", "none", "-c", "fast",
                              "--no-sync", "-d", conninfo()},
                             directory_.Path("basebackup.log"));
  return EndsWell(backup) ? Status::Ok() : Status(Reason::kStorageUnavailable, "pg_basebackup failed");
}

Result<std::string> PostgresCluster::Now() const { return Ask("SELECT clock_timestamp()::text"); }

Status PostgresCluster::RestoreTo(const std::string& time) {
  RETURN_IF_ERROR(Ask("SELECT pg_switch_wal()::text").status());
  StopServer(SIGINT);  // archives what is left to be archived
  std::error_code error;
  std::filesystem::rename(directory_.Path("data"), directory_.Path("data.old"), error);
  if (!error) std::filesystem::rename(directory_.Path("base"), directory_.Path("data"), error);
  if (error) return Status(Reason::kStorageUnavailable, "cannot put the base backup in place: " + error.message());
  const std::string signal = directory_.Path("data") + "/recovery.signal";
  const int file = ::open(signal.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Status(Reason::kStorageUnavailable, "cannot make " + signal);
  const passwd* const user = Unprivileged();
  const bool owned = user == nullptr || ::fchown(file, user->pw_uid, user->pw_gid) == 0;
  ::close(file);
  if (!owned) return Status(Reason::kStorageUnavailable, "cannot give away " + signal);
  RETURN_IF_ERROR(StartServer({"restore_command=cp " + directory_.Path("archive") + "/%f %p",
                               "recovery_target_time=" + time, "recovery_target_action=promote"}));
  for (int i = 0; i < 600; ++i) {
    const Result<std::string> recovering = Ask("SELECT pg_is_in_recovery()::text");
    if (recovering.ok() && *recovering == "false") return Status::Ok();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return Status(Reason::kStorageUnavailable, "the recovery does not end");
}

PostgresCluster::~PostgresCluster() { StopServer(SIGINT); }

}  // namespace strongroom
