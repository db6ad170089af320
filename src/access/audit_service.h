// AuditService: the logs, for those who may read them.  Reading the log is itself recorded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/log_reader.h"
#include "audit/receipt.h"
#include "vault/customers.h"
#include "vault/gate.h"

namespace strongroom {

struct LogInfo {
  std::string name;          // "office" or the compartment's
  std::string verifier_key;  // "name+hash+key", for `strongroom audit verify --key`
  std::string checkpoint;    // the newest, a signed note
  uint64_t size = 0;
};

struct LogQuery {
  std::string_view log;  // name; empty: the first compartment
  // Code; empty: any.  The log is that of the customer's compartment, unless `log` names one they were moved away from.
  std::string_view customer;
  std::optional<PrincipalId> actor;
  std::optional<Action> action;
  std::optional<UnixMillis> from;
  std::optional<UnixMillis> until;
  size_t limit = 100;  // at most 1,000
  std::optional<uint64_t> before;
};

// Any thread; scans wait on the store and belong on a worker.
class AuditService {
 public:
  // `public_log`: the configuration lets everybody read hashes and checkpoints.
  AuditService(Gate& gate, Customers& customers, bool public_log = false)
      : gate_(gate), house_(gate.house()), customers_(customers), public_log_(public_log) {}

  Receipted<std::vector<LogInfo>> Logs(const Caller& caller) const;            // audit.read
  Receipted<LogPage> Find(const Caller& caller, const LogQuery& query) const;  // audit.read
  // For the export: a checkpoint, tile or bundle by its tlog-tiles path below the log's name ("tile/entries/000").
  // audit.export; recorded, but for hash tiles, which tell nothing of anybody.
  Receipted<Bytes> ReadPath(const Caller& caller, std::string_view log, std::string_view path) const;
  // For everybody, and so without a caller and without an entry: the checkpoint and hash tiles, never an entry bundle.
  // kRouteNotFound for anything else, for a log that does not exist, and for everything unless the configuration
  // publishes the logs' hashes.
  Result<Bytes> ReadPublic(std::string_view log, std::string_view path) const;
  // A tlog-proof of one entry.
  Receipted<std::string> Prove(const Caller& caller, std::string_view log, uint64_t index) const;

 private:
  Result<const LogReader*> ReaderOf(std::string_view log) const;
  Gate& gate_;
  House& house_;
  Customers& customers_;
  const bool public_log_;
};

}  // namespace strongroom
