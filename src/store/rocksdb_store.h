// The embedded backend: one RocksDB directory per store.
//
// Every group is one WriteBatch, flushed (fdatasync) before its statuses are answered.  After any failed write the
// store refuses further writes until it is opened again, because the outcome of that write is unknown; reads go on.
// rocksdb_store.cc says why each option is as it is, docs/decisions/0011-rocksdb-durability.md what durability rests
// on.
#pragma once

#include <memory>
#include <string>

#include "store/store.h"

namespace rocksdb {
class Env;
}

namespace strongroom {

// What all stores of a process share, so that their memory is bounded together: one block cache (with indexes and
// filters inside), one budget for write buffers.  Create one and hand it to every OpenRocksDbStore.
class RocksDbShared;

struct RocksDbSharedOptions {
  size_t block_cache_bytes = size_t{128} << 20;
  // A soft bound: above it, stores flush their buffers early.
  size_t write_buffers_bytes = size_t{160} << 20;
};

std::shared_ptr<RocksDbShared> MakeRocksDbShared(const RocksDbSharedOptions& options = {});

struct RocksDbOptions {
  std::string path;  // the store's own directory; its parent exists
  bool create_if_missing = false;
  std::shared_ptr<RocksDbShared> shared;  // nullptr: a share of its own, of the default size
  rocksdb::Env* env = nullptr;            // borrowed, outlives the store; nullptr: the machine's
  // Bounds the write-ahead log that the next start has to check and replay: at most three of these.
  size_t write_buffer_bytes = size_t{16} << 20;
  // Groups are answered before they are flushed.  Only so that the loss test can show that it would notice.
  bool unsafe_no_sync_for_tests = false;
};

// kNotInitialised: no store there and not asked to create one.  kStorageUnavailable: in use by another process, or
// cannot be read.  kDataCorrupt: damaged beyond a torn tail (see wal_check.h); nothing was changed.
Result<std::unique_ptr<Store>> OpenRocksDbStore(const RocksDbOptions& options);

}  // namespace strongroom
