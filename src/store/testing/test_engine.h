// Which engine the stores of the tests lie in.  Memory and RocksDB, unless STRONGROOM_TEST_ENGINE=postgres is set: then
// every vault and every store that a test makes lies in a private PostgreSQL, one cluster a process, schemas of its
// own a vault.  ./dev test --engine postgres.
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

struct TestPlace {
  std::string conninfo;
  std::string schema_begin;  // of a configuration's store_schema; nobody else's
};
// Precondition: TestsUsePostgres().  Ends the process when PostgreSQL cannot be started: a test that was to run over it
// must not run over anything else.
TestPlace NewTestPlace();

// An empty store of the caller's own: in memory, or a schema.
std::shared_ptr<Store> MakeTestStore();

}  // namespace strongroom
