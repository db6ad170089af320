// The PostgreSQL backend: one schema per store, in any database libpq can reach.
//
//   rows(key bytea primary key, version bigint, value bytea)        all there is of data; bytea orders bytewise
//   writer(one row: owner, turn)                                     who writes, and how many groups there were
//   writers(id, owner, turn)                                         shared: a row for each server, and its groups
//
// Every group is one transaction, READ COMMITTED, answered after its commit record is flushed.
//
// Alone (docs/decisions/0012) it begins by advancing the writer's row from the turn this process knows to the next,
// which does three things at once:
//   - it locks the row, so groups of any number of processes stand in one order;
//   - it fails for whoever is no longer the owner: opening a store takes it over, and whoever had it before refuses
//     everything from its next group on;
//   - it settles a commit whose answer was lost: the turn tells whether it happened.
// One round trip where the versions its conditions ask for are known and two where they must be read.
//
// Shared (docs/decisions/0025) the same three things fall to two rows: `writer` orders the groups of all servers, and
// the server's own row in `writers` fences and settles.  Nothing is kept in memory of what is read: two round trips for
// a group with conditions, one without.
//
// No extension, trigger, LISTEN or advisory lock, and no transaction spans schemas: a schema may lie on a node of its
// own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/store.h"

namespace strongroom {

constexpr uint32_t kMaxPostgresWriters = 64;

struct PostgresOptions {
  std::string conninfo;  // libpq's: a URI or words
  std::string schema;    // 1 to 60 of a-z 0-9 _ -
  bool create_if_missing = false;
  // 0: alone; opening fences everybody else.  1 to 64: the number of a server that shares the store with others;
  // opening fences whoever has it alone and an older process of this number, and nobody else.
  uint32_t writer = 0;
  size_t readers = 8;  // connections for reads at most, opened as they are needed; beside one for writes
  // How long a lost connection is tried again before the outcome of its commit is given up as unknown.
  int settle_seconds = 20;
  // Shared: how long a server that has begun a group and says no more holds the others up.
  int hold_millis = 3000;
  // Groups are written without taking a turn.  Only so that tests of fencing and order can show that they would notice.
  bool unsafe_no_turns_for_tests = false;
};

// Takes the store over from whoever has it open.  kNotInitialised: no such schema and not asked to create it.
// kStorageUnavailable: PostgreSQL does not answer, or does not flush (fsync, full_page_writes or synchronous_commit
// off). kConfigInvalid: an address that is none, or a schema's name.  kDataCorrupt: tables of a newer format.
Result<std::unique_ptr<Store>> OpenPostgresStore(const PostgresOptions& options);

}  // namespace strongroom
