// Configuration: one TOML file, overridden by environment variables (docs/reference/configuration.md).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "access/witness_config.h"
#include "base/status.h"
#include "locks/lock_config.h"
#include "outbox/log_export.h"
#include "outbox/outbox_config.h"
#include "policy/principal.h"
#include "server/backup_config.h"

namespace strongroom {

struct ServerConfig {
  std::string data_dir = "data";  // STRONGROOM_DATA_DIR
  std::string key_dir;            // STRONGROOM_KEY_DIR; empty: <data_dir>/keys.  Put it on another disk.
  std::string data_store;         // STRONGROOM_DATA_STORE; a PostgreSQL address.  Empty: RocksDB in data_dir
  std::string key_store;          // STRONGROOM_KEY_STORE; another PostgreSQL's.  Empty: RocksDB in key_dir
  std::string data_store_next;    // STRONGROOM_DATA_STORE_NEXT; where data_store moves to: an address, or "directory"
  std::string key_store_next;     // STRONGROOM_KEY_STORE_NEXT
  std::string store_schema = "strongroom";  // what the schemas of both begin with: strongroom-main-data
  // STRONGROOM_SERVER_NUMBER; 1 to 64: one of several servers over the same PostgreSQL stores.  0: alone
  uint32_t server_number = 0;
  std::string address = "127.0.0.1";  // STRONGROOM_ADDRESS
  uint16_t port = 8443;               // STRONGROOM_PORT; 0: any free one, printed at the start
  uint16_t plaintext_port = 0;        // loopback only, for benchmarks and tests; 0: none
  bool plaintext = false;             // also listen without TLS on loopback, at plaintext_port
  std::string certificate_file;       // empty: <data_dir>/tls/certificate.pem, made on the first run
  std::string key_file;
  std::string breach_filter;  // made by "strongroom breach import"; empty: none
  bool allow_tls12 = false;
  std::vector<IpNetwork> trusted_proxies;
  int io_threads = 2;
  int worker_threads = 48;
  uint32_t max_connections = 10'000;
  uint32_t max_body_bytes = 16u << 20;
  uint32_t requests_per_second = 0;  // of each credential; 0: no limit
  uint32_t block_cache_mebibytes = 128;
  uint32_t shutdown_seconds = 10;
  int epoch_rotate_days = 30;  // 0: only when asked
  int epoch_keep_days = 35;
  int erasure_undo_days = 0;  // 0: destroyed at once
  int erasure_certificate_days = 90;
  int log_keep_days = 0;             // entries of the logs; 0: for ever, else at least 90
  bool log_hold = false;             // nothing is taken out of the logs, whatever log_keep_days says
  int share_acknowledge_days = 365;  // 0: an acknowledgement is never too old
  OutboxConfig outbox;               // section [outbox]; STRONGROOM_OUTBOX_...
  BackupConfig backup;               // section [backup]; STRONGROOM_BACKUP_...
  LogExportConfig log_export;        // section [log_export]; STRONGROOM_LOG_EXPORT_...
  WitnessConfig witness;             // section [witness]; STRONGROOM_WITNESS_...
  LockConfig lock;                   // section [lock]; STRONGROOM_LOCK_...

  // STRONGROOM_DATA_STORES, STRONGROOM_KEY_STORES; "compartment=address" each, "office" too: where that one's store
  // lies instead.  A comma in an address is written %2C.
  std::vector<std::string> data_stores;
  std::vector<std::string> key_stores;
  // STRONGROOM_DATA_STORES_NEXT, STRONGROOM_KEY_STORES_NEXT; the same: where that one's store moves to while the server
  // runs.  An address, or "directory" where the others of its side lie there.
  std::vector<std::string> data_stores_next;
  std::vector<std::string> key_stores_next;

  std::string KeyDir() const { return key_dir.empty() ? data_dir + "/keys" : key_dir; }
  std::string CertificateFile() const {
    return certificate_file.empty() ? data_dir + "/tls/certificate.pem" : certificate_file;
  }
  std::string KeyFile() const { return key_file.empty() ? data_dir + "/tls/key.pem" : key_file; }
};

// By compartment (or "office"): what `data_stores`, `key_stores` or what they move to says.  kConfigInvalid names the
// setting.
Result<std::map<std::string, std::string>> StoresApart(const std::string& setting,
                                                       const std::vector<std::string>& entries);

// Whether what is said of where stores lie, and move to, goes together.  kConfigInvalid says what does not.
Status CheckStorePlaces(const ServerConfig& config);

// Reads `path` when it is not empty, then the environment.  kConfigInvalid names the member or variable, and what it
// takes.
Result<ServerConfig> LoadConfig(const std::string& path);

}  // namespace strongroom
