// Load: wrk against a server, with a Lua script that says what is asked.  Keep-alive, so many connections that each
// wait for their answer before they ask again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "factors/session_proof.h"

namespace strongroom::bench {

struct LoadOptions {
  std::string url;     // "http://127.0.0.1:8080"
  std::string script;  // Lua; empty: GET of the url
  int connections = 64;
  int seconds = 3;
  double rate = 0;          // requests a second, spread evenly over the connections; 0: as many as are answered
  std::string scratch_dir;  // where the script is written
};

struct LoadResult {
  double requests_per_second = 0;
  double p50_millis = 0;
  double p99_millis = 0;
  uint64_t requests = 0;
  uint64_t failures = 0;  // answers other than 2xx, and broken connections
  // What the script had to say besides, a line each: how often it asked what, and the first answer that was wrong.
  std::vector<std::string> notes;
};

// kFileUnreadable when wrk is not installed.
Result<LoadResult> RunLoad(const LoadOptions& options);

// Scripts.  `codes` and the like are read from files, because there may be a million.
struct Target {
  std::string key;         // "srk_..."
  std::string codes_file;  // one customer code a line, shuffled
  // Somebody of support, by a key and as signed in.
  std::string staff_key;
  std::string officer_key;  // of a privacy officer, who may erase
  std::string cookie;       // "srs_..."
  std::shared_ptr<const SessionProofKey> proof;
};

// GET /healthz through the same Lua machinery, so that the client costs the same.
std::string EmptyScript();
// POST .../reveal of email and phone, of `working_set` customers of the file after the first `skip`.
std::string RevealScript(const Target& target, uint64_t working_set, uint64_t skip = 0);
// POST /v1/customers:search for the e-mail address of one of the first `customers`, evenly drawn.  An answer without
// a customer is a failure.
std::string SearchScript(const Target& target, uint64_t customers);
// What an application asks all day: of 100 requests 50 reveals, 20 searches, 8 creates, 8 changes, 6 new tokens and 8
// erasures of customers it created, as far as there are any.  Not two at once that write to the same customer.
std::string MixedScript(const Target& target, uint64_t customers);
// GET /v1/customers/{code}, masked, of the first `working_set` customers, by the staff's key or, with its cookie and a
// proof for each customer, as signed in.  The proofs are good for two minutes.
Result<std::string> ReadScript(const Target& target, uint64_t working_set, bool signed_in);
// POST /v1/customers with ten fresh values.
std::string CreateScript(const Target& target);
// POST /v1/customers:batch of `size`.
std::string CreateBatchScript(const Target& target, int size);
// POST .../encrypt of 100 numbers of 16 digits.
std::string Ff1Script(const Target& target);
// POST .../tokens of 100 random tokens for 100 customers.
std::string TokenScript(const Target& target);

}  // namespace strongroom::bench
