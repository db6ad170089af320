// A MariaDB of a test's own: in a temporary directory, on a Unix socket alone, gone when the test is.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "store/testing/temp_dir.h"
#include "child_process.h"

namespace strongroom {

class MariaDbServer {
 public:
  // Not ok: MariaDB is not on this machine.
  static Result<std::unique_ptr<MariaDbServer>> Start();
  ~MariaDbServer();

  std::string socket() const { return directory_.Path("socket"); }
  // "mysql://USER@/DATABASE?socket=…"
  std::string Address(const std::string& user, const std::string& database) const;
  // Statements as the administrator.
  Status Execute(const std::string& sql) const;
  // The first cell of the answer.
  Result<std::string> Ask(const std::string& sql) const;

 private:
  MariaDbServer() = default;
  TempDir directory_;
  std::unique_ptr<ChildProcess> server_;
};

}  // namespace strongroom
