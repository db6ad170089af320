// Which engine the vaults lie in that tests make on the disk: RocksDB, unless STRONGROOM_TEST_ENGINE=postgres is set.
// Then they lie in a private PostgreSQL, one cluster a process, schemas of its own a vault: ./dev test --engine
// postgres. Stores in memory stay there.
#pragma once

#include <string>

namespace strongroom {

// Any other value of the variable than "postgres" and "rocksdb" ends the process: a misspelt name must not pass for a
// run over the other engine.
bool TestsUsePostgres();

// For a test that is about files, or about an engine that it names itself.
#define STRONGROOM_SKIP_OVER_POSTGRES(why) \
  if (::strongroom::TestsUsePostgres()) GTEST_SKIP() << "over PostgreSQL: " << (why)

struct TestPlace {
  std::string conninfo;
  std::string schema_begin;  // of a configuration's store_schema; nobody else's
};
// Precondition: TestsUsePostgres().  Ends the process when PostgreSQL cannot be started: a test that was to run over it
// must not run over anything else.
TestPlace NewTestPlace();

}  // namespace strongroom
