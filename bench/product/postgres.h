// The product over PostgreSQL, beside what people do with PostgreSQL itself: pgbench with the same reads and commits,
// plain pipelined inserts of the same bytes, and pgcrypto.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "store/testing/postgres_cluster.h"

namespace strongroom::bench {

struct PostgresOptions {
  std::string scratch_dir;
  uint64_t customers = 0;
  int seconds = 0;
  int rounds = 0;
};

// A private one that flushes, with the memory of a small server.
Result<std::unique_ptr<PostgresCluster>> StartCluster();

// On such a cluster.  When PostgreSQL is not installed it says so, and is Ok.
Status PostgresSection(const PostgresOptions& options);

}  // namespace strongroom::bench
