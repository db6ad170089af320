#include "store/testing/test_engine.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "store/memory_store.h"
#include "store/postgres_connection.h"
#include "store/postgres_store.h"
#include "store/testing/postgres_cluster.h"

namespace strongroom {
namespace {

[[noreturn]] void End(const std::string& why) {
  std::fprintf(stderr, "STRONGROOM_TEST_ENGINE: %s\n", why.c_str());
  std::abort();
}

// Of its own, because a test that is about PostgreSQL crashes the other one.  Tests hold many stores open at once.
const PostgresCluster& Cluster() {
  static const Result<std::unique_ptr<PostgresCluster>> cluster =
      PostgresCluster::StartInMemory({"max_connections=400", "shared_buffers=64MB"});
  if (!cluster.ok()) End(cluster.status().ToString());
  return **cluster;
}

// What a store leaves behind is in nobody's way but the machine's.
void Drop(const std::string& schema) {
  static std::mutex mutex;
  // Never destroyed: a vault that is static may go later.
  static std::unique_ptr<postgres::Connection>& connection = *new std::unique_ptr<postgres::Connection>();
  std::lock_guard lock(mutex);
  if (connection == nullptr || !connection->usable()) {
    Result<std::unique_ptr<postgres::Connection>> opened = postgres::Connection::Open(Cluster().conninfo());
    if (!opened.ok()) return;
    connection = *std::move(opened);
  }
  connection->Run("SET client_min_messages = warning; DROP SCHEMA " + schema + " CASCADE").status().IgnoreError();
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

std::shared_ptr<Store> NewTestStore() {
  if (!TestsUsePostgres()) return std::make_shared<MemoryStore>();
  TestPlace place = NewTestPlace();
  PostgresOptions options;
  options.conninfo = std::move(place.conninfo);
  options.schema = place.schema_begin;
  options.create_if_missing = true;
  Result<std::unique_ptr<Store>> opened = OpenPostgresStore(options);
  if (!opened.ok()) End(opened.status().ToString());
  return {opened->release(), [schema = options.schema](Store* store) {
            std::unique_ptr<Store>(store).reset();
            Drop(schema);
          }};
}

TestPlace NewTestPlace() {
  static std::atomic<int> made{0};
  return {Cluster().conninfo(), "t" + std::to_string(++made)};
}

}  // namespace strongroom
