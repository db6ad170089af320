// A development vault with a catalogue of ten fields, two of them searchable, filled with invented customers; and the
// server over it, as a process of its own, so that its processor time is its own.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "product/load.h"
#include "product/process.h"
#include "server/config.h"

namespace strongroom::bench {

struct BenchVault {
  std::string dir;
  Target target;
  uint64_t customers = 0;
  double raw_bytes = 0;     // of all their values
  double load_seconds = 0;  // what storing them took; 0: they were there
};

// Makes the vault in `dir`; writes the codes, shuffled, to <dir>/codes.  With a `conninfo` its stores lie in that
// PostgreSQL, data and keys both, and `dir` remembers where.
Result<BenchVault> MakeVault(const std::string& dir, uint64_t customers, const std::string& conninfo = {});
// The vault that an earlier MakeVault left in `dir`; kNotInitialised when there is no whole one.  Nobody is signed in
// there.
Result<BenchVault> FindVault(const std::string& dir);
// The same vault, copied, while nobody has it open.
Result<BenchVault> CopyVault(const BenchVault& vault, const std::string& dir);

// What the rows of a kind take in one of the two stores of the compartment.
struct RowKind {
  char kind = 0;  // first byte of the key; of the key store 'K'
  bool in_key_store = false;
  uint64_t rows = 0;
  uint64_t key_bytes = 0;
  uint64_t value_bytes = 0;
};
// Reads every row; nobody may have the vault open.
Result<std::vector<RowKind>> CountRows(const BenchVault& vault);
// All files of stores and keys.
uint64_t DiskBytes(const BenchVault& vault);
// Lets the machine forget what it holds of these files in memory, as after it was started.  Nobody may have it open.
Status ForgetFiles(const BenchVault& vault);
// Reads all files of stores and keys, so that the machine holds them in memory as far as it has any: some machines take
// it away again from what was not read for a minute.
Status ReadFiles(const BenchVault& vault);

// What it takes to find out who calls, alone and without a network.
struct CheckCost {
  double key_micros = 0;
  double session_micros = 0;  // cookie and proof
};
// Nobody may have the vault open.
Result<CheckCost> MeasureChecks(const BenchVault& vault);

// One rotation of the compartment's keys, at full speed and with nobody else about.
struct RotationCost {
  uint64_t keys = 0;
  uint64_t rows = 0;
  double turn_millis = 0;  // from asking until the next epoch is open
  double rewrap_seconds = 0;
  double reblind_seconds = 0;
  double proof_seconds = 0;  // of all keys and rows
};
// Nobody may have the vault open.
Result<RotationCost> MeasureRotation(const BenchVault& vault);

struct Usage {
  double cpu_micros = 0;
  double resident_mebibytes = 0;
};

class BenchServer {
 public:
  // Runs this very program as `--serve DIR`.
  static Result<BenchServer> Start(const BenchVault& vault, bool null_log);
  Result<Usage> GetUsage();
  // Begins a rotation of the keys; the server's own thread does it, at its own pace.
  Status Rotate();
  // "done", or how far it is.
  Result<std::string> Rotating();
  std::string plain_url() const { return "http://127.0.0.1:" + std::to_string(plain_port_); }
  std::string tls_url() const { return "https://127.0.0.1:" + std::to_string(tls_port_); }
  double millis_to_ready() const { return millis_to_ready_; }
  Status Stop();
  void Kill() { process_.Kill(); }
  pid_t pid() const { return process_.pid(); }

 private:
  explicit BenchServer(Process process) : process_(std::move(process)) {}
  Process process_;
  int tls_port_ = 0;
  int plain_port_ = 0;
  double millis_to_ready_ = 0;
};

// The child's side of it: serves until its standard input ends.
Status ServeForBench(const std::string& dir, bool null_log);

}  // namespace strongroom::bench
