#include "store/testing/test_engine.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "store/testing/postgres_cluster.h"

namespace strongroom {
namespace {

[[noreturn]] void End(const std::string& why) {
  std::fprintf(stderr, "STRONGROOM_TEST_ENGINE: %s\n", why.c_str());
  std::abort();
}

// Of its own, because a test that is about PostgreSQL crashes the other one.  Tests hold many stores open at once.
const PostgresCluster& Cluster() {
  static const Result<std::unique_ptr<PostgresCluster>> cluster = PostgresCluster::Start({"max_connections=400"});
  if (!cluster.ok()) End(cluster.status().ToString());
  return **cluster;
}

}  // namespace

bool TestsUsePostgres() {
  static const bool postgres = [] {
    const char* const engine = std::getenv("STRONGROOM_TEST_ENGINE");
    if (engine == nullptr || std::string_view(engine) == "rocksdb") return false;
    if (std::string_view(engine) != "postgres") End(std::string(engine) + " is neither rocksdb nor postgres");
    return true;
  }();
  return postgres;
}

TestPlace NewTestPlace() {
  static std::atomic<int> made{0};
  return {Cluster().conninfo(), "t" + std::to_string(++made)};
}

}  // namespace strongroom
