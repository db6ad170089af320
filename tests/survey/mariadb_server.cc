#include "tests/survey/mariadb_server.h"

#include <mysql.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>

#include "base/encoding.h"

namespace strongroom {
namespace {

// Nothing: it cannot be reached.
MYSQL* Connect(const std::string& socket) {
  MYSQL* const connection = mysql_init(nullptr);
  if (mysql_real_connect(connection, nullptr, "root", "", nullptr, 0, socket.c_str(), CLIENT_MULTI_STATEMENTS) !=
      nullptr) {
    return connection;
  }
  mysql_close(connection);
  return nullptr;
}

}  // namespace

Result<std::unique_ptr<MariaDbServer>> MariaDbServer::Start() {
  if (access("/usr/sbin/mariadbd", X_OK) != 0) return Status(Reason::kStorageUnavailable, "MariaDB is not installed");
  std::unique_ptr<MariaDbServer> server(new MariaDbServer());
  const std::string data = "--datadir=" + server->directory_.Path("data");
  const auto made = RunProgram({"/usr/bin/mariadb-install-db", "--no-defaults", data, "--user=root",
                                "--auth-root-authentication-method=normal", "--skip-test-db"});
  if (!made.ok() || made->exit_code != 0) return Status(Reason::kStorageUnavailable, "mariadb-install-db failed");
  ASSIGN_OR_RETURN(server->server_,
                   ChildProcess::Start({"/usr/sbin/mariadbd", "--no-defaults", data, "--socket=" + server->socket(),
                                        "--pid-file=" + server->directory_.Path("pid"), "--skip-networking",
                                        "--user=root", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M"},
                                       server->directory_.Path("out"), server->directory_.Path("err")));
  for (int i = 0; i < 600; ++i) {
    if (MYSQL* const connection = Connect(server->socket())) {
      mysql_close(connection);
      return server;
    }
    if (!server->server_->Running()) break;
    poll(nullptr, 0, 100);
  }
  return Status(Reason::kStorageUnavailable, "mariadbd does not answer");
}

MariaDbServer::~MariaDbServer() {
  if (server_ == nullptr) return;
  server_->Signal(SIGTERM);
  server_->Wait(20'000);
}

std::string MariaDbServer::Address(const std::string& user, const std::string& database) const {
  return "mysql://" + user + "@/" + database + "?socket=" + PercentEncode(socket());
}

Status MariaDbServer::Execute(const std::string& sql) const {
  MYSQL* const connection = Connect(socket());
  if (connection == nullptr) return Status(Reason::kStorageUnavailable, "no connection");
  Status status;
  if (mysql_real_query(connection, sql.data(), sql.size()) != 0)
    status = Status(Reason::kStorageUnavailable, mysql_error(connection));
  int more = 0;
  do {
    if (MYSQL_RES* const result = mysql_store_result(connection)) mysql_free_result(result);
    more = mysql_next_result(connection);
  } while (more == 0);
  if (more > 0) status = Status(Reason::kStorageUnavailable, mysql_error(connection));
  mysql_close(connection);
  return status;
}

Result<std::string> MariaDbServer::Ask(const std::string& sql) const {
  MYSQL* const connection = Connect(socket());
  if (connection == nullptr) return Status(Reason::kStorageUnavailable, "no connection");
  Result<std::string> answer = Status(Reason::kStorageUnavailable, "no answer");
  if (mysql_real_query(connection, sql.data(), sql.size()) == 0) {
    MYSQL_RES* const result = mysql_store_result(connection);
    const MYSQL_ROW row = result == nullptr ? nullptr : mysql_fetch_row(result);
    const unsigned columns = result == nullptr ? 0 : mysql_num_fields(result);
    if (row != nullptr) {
      std::string cells;
      for (unsigned i = 0; i < columns; ++i) cells += std::string(row[i] == nullptr ? "" : row[i]) + " ";
      answer = cells;
    }
    if (result != nullptr) mysql_free_result(result);
  }
  mysql_close(connection);
  return answer;
}

}  // namespace strongroom
