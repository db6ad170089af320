// Where a vault lies that a test configures: in its directory, or in the engine that the tests are run over.
#pragma once

#include <filesystem>
#include <string>

#include "server/config.h"
#include "store/testing/test_engine.h"
#include "store/testing/test_place_copy.h"

namespace strongroom {

// Before the stores are made.  A configuration that names addresses itself is left as it is.
inline void PutIntoTestEngine(ServerConfig& config) {
  if (!TestsUsePostgres() || !config.data_store.empty() || !config.key_store.empty()) return;
  const TestPlace place = NewTestPlace();
  config.data_store = config.key_store = place.conninfo;
  config.store_schema = place.schema_begin;
}

// What an administrator does to a stopped vault whose keys lie where they do by default or in a directory of their own:
// a copy of all of it in `copy` (over PostgreSQL the stores are copied beside themselves, and the newest copy is the
// one that is put back), its data or its keys put back, and its keys taken away.
inline void CopyVault(const ServerConfig& config, const std::string& copy) {
  constexpr auto kAll = std::filesystem::copy_options::recursive;
  std::filesystem::create_directories(copy);
  std::filesystem::copy(config.data_dir, copy + "/data", kAll);
  if (std::filesystem::exists(config.KeyDir())) std::filesystem::copy(config.KeyDir(), copy + "/keys", kAll);
  if (TestsUsePostgres()) CopyTestPlace(config.store_schema);
}
inline void PutDataBack(const ServerConfig& config, const std::string& copy) {
  if (TestsUsePostgres()) return PutBackTestPlace(config.store_schema, "data");
  std::filesystem::remove_all(config.data_dir + "/stores");
  std::filesystem::copy(copy + "/data/stores", config.data_dir + "/stores", std::filesystem::copy_options::recursive);
}
inline void PutKeysBack(const ServerConfig& config, const std::string& copy) {
  if (TestsUsePostgres()) return PutBackTestPlace(config.store_schema, "keys");
  std::filesystem::remove_all(config.KeyDir());
  std::filesystem::copy(copy + "/keys", config.KeyDir(), std::filesystem::copy_options::recursive);
}
inline void RemoveKeys(const ServerConfig& config) {
  if (TestsUsePostgres()) return RemoveTestPlace(config.store_schema, "keys");
  std::filesystem::remove_all(config.KeyDir());
}

}  // namespace strongroom
