// A vault in PostgreSQL and several real servers over it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server_process.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/temp_dir.h"

namespace strongroom {

// One thread.
class Servers {
 public:
  // kStorageUnavailable: no PostgreSQL on this machine.
  static Result<std::unique_ptr<Servers>> Make();

  // Starts the server of this number and unlocks it; whoever had the number is not asked first.
  Status Start(uint32_t number);
  // Kills it.
  void Kill(uint32_t number);
  // Ends it in good order.
  void Stop(uint32_t number);
  ServerProcess& At(uint32_t number) { return *servers_.at(number); }
  bool Runs(uint32_t number) const { return servers_.contains(number); }

  // The answer's body; a status that holds the problem's code otherwise.
  Result<std::string> Call(uint32_t number, const std::string& method, const std::string& path,
                           const std::string& body = "", const ClientHeaders& more = {}) const;
  // A field "note" and a collection point "counter" for it.
  Status Describe(uint32_t number) const;
  // Answers the code.
  Result<std::string> Create(uint32_t number, const std::string& note, const std::string& external_id = "") const;
  // Answers the note.
  Result<std::string> Reveal(uint32_t number, const std::string& code) const;
  // Whatever version of the customer there is.
  Status Change(uint32_t number, const std::string& code, const std::string& note) const;
  // Whether somebody of this compartment has the note: their code, or nothing.
  Result<std::string> Find(uint32_t number, const std::string& compartment, const std::string& note) const;
  Status Move(uint32_t number, const std::string& code, const std::string& compartment) const;
  // Exports every room's log by way of this server and verifies it offline: the first complaint.
  Status VerifyLogs(uint32_t number) const;
  // What `fsck` finds.
  Result<std::string> Check(uint32_t number) const { return Call(number, "POST", "/v1/fsck"); }
  // Who says of itself that it is on duty; 0: nobody.
  uint32_t OnDuty() const;

  const MadeVault& vault() const { return vault_; }
  PostgresCluster& cluster() { return *cluster_; }

 private:
  Servers() = default;
  TempDir directory_;
  std::unique_ptr<PostgresCluster> cluster_;
  MadeVault vault_;
  std::map<uint32_t, std::unique_ptr<ServerProcess>> servers_;
};

// What stands behind `"name":"` in an answer.
std::string TextOf(const std::string& json, const std::string& name);

}  // namespace strongroom
