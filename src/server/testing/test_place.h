// Where a vault lies that a test configures: in its directory, or in the engine that the tests are run over.
#pragma once

#include "server/config.h"
#include "store/testing/test_engine.h"

namespace strongroom {

// Before the stores are made.  A configuration that names addresses itself is left as it is.
inline void PutIntoTestEngine(ServerConfig& config) {
  if (!TestsUsePostgres() || !config.data_store.empty() || !config.key_store.empty()) return;
  const TestPlace place = NewTestPlace();
  config.data_store = config.key_store = place.conninfo;
  config.store_schema = place.schema_begin;
}

}  // namespace strongroom
