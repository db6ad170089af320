// Which engine the stores of tests lie in: those that tests make on the disk in RocksDB and the others in memory,
// unless STRONGROOM_TEST_ENGINE=postgres is set.  Then both lie in a private PostgreSQL, one cluster a process, schemas
// of its own a vault: ./dev test --engine postgres.
#pragma once

#include <memory>
#include <string>

#include "store/store.h"

namespace strongroom {

// Any other value of the variable than "postgres" and "rocksdb" ends the process: a misspelt name must not pass for a
// run over the other engine.
bool TestsUsePostgres();

// For a test that is about files, or about an engine that it names itself.
#define STRONGROOM_SKIP_OVER_POSTGRES(why) \
  if (::strongroom::TestsUsePostgres()) GTEST_SKIP() << "over PostgreSQL: " << (why)

// An empty store of a test's own, in memory; over PostgreSQL in a schema that goes with the last pointer to it.  Ends
// the process as NewTestPlace does.  Any thread, but the first call belongs to one that lasts as long as the process.
std::shared_ptr<Store> NewTestStore();

struct TestPlace {
  std::string conninfo;
  std::string schema_begin;  // of a configuration's store_schema; nobody else's
};
// Precondition: TestsUsePostgres().  Ends the process when PostgreSQL cannot be started: a test that was to run over it
// must not run over anything else.
TestPlace NewTestPlace();

}  // namespace strongroom
