#include "store/rocksdb_store.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "store/group.h"
#include "store/row_cache.h"
#include "store/wal_check.h"

namespace strongroom {

class RocksDbShared {
 public:
  explicit RocksDbShared(const RocksDbSharedOptions& options)
      : block_cache(rocksdb::NewLRUCache(options.block_cache_bytes)),
        write_buffers(std::make_shared<rocksdb::WriteBufferManager>(options.write_buffers_bytes)) {}

  const std::shared_ptr<rocksdb::Cache> block_cache;
  const std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
};

std::shared_ptr<RocksDbShared> MakeRocksDbShared(const RocksDbSharedOptions& options) {
  return std::make_shared<RocksDbShared>(options);
}

namespace {

constexpr size_t kRowCacheSlots = size_t{1} << 16;
constexpr size_t kWorthFlushingBytes = size_t{4} << 20;  // less is replayed before anybody notices
constexpr size_t kSweepRows = 1000;                      // pages longer than this are sweeps of the whole store

rocksdb::Slice ToSlice(ByteView bytes) { return {bytes.data(), bytes.size()}; }
ByteView ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// RocksDB's texts name files, offsets and errno, never keys or values (allow_data_in_errors is off).
Status FromRocksDb(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return Status::Ok();
  Reason reason = Reason::kStorageUnavailable;
  if (status.IsNoSpace()) reason = Reason::kStorageFull;
  if (status.IsCorruption()) reason = Reason::kDataCorrupt;
  return Status(reason, "while " + std::string(doing) + ": " + status.ToString());
}

rocksdb::Options MakeOptions(const RocksDbOptions& options, const RocksDbShared& shared) {
  rocksdb::Options db;
  if (options.env != nullptr) db.env = options.env;
  db.create_if_missing = options.create_if_missing;

  // Loss and damage.  A torn tail (the one group under way when power went) is left out, everything before it is
  // replayed; wal_check.h refuses damage further in, which this mode alone would swallow.  kAbsoluteConsistency would
  // refuse to start after every loss of power, and kTolerateCorruptedTailRecords after one that left a wrong checksum
  // in the tail.  Logs are not recycled: this mode does not allow it, and stale records would blur what is torn.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.recycle_log_file_num = 0;
  db.track_and_verify_wals_in_manifest = true;  // a finished log that is missing or short refuses to open
  db.paranoid_checks = true;
  db.allow_data_in_errors = false;
  // After an error of the disk nothing is retried behind our back: whether an fsync that failed once lost pages is
  // unknowable, and only a replay at the next open settles it.
  db.max_bgerror_resume_count = 0;

  // Memory: shared among the stores of the process.
  db.write_buffer_manager = shared.write_buffers;
  db.write_buffer_size = options.write_buffer_bytes;
  db.max_write_buffer_number = 3;
  db.level0_file_num_compaction_trigger = 8;  // of small files: 128 MiB at a time, as many bytes as four large ones
  db.max_open_files = 256;
  // Most conditions demand the absence of a random key; the filter answers those without a walk of the memtable.
  db.memtable_prefix_bloom_size_ratio = 0.02;
  db.memtable_whole_key_filtering = true;

  // Shape: levelled, for the least stale data left behind; sealed bytes do not compress.  Time-ordered keys fall into
  // files of their own range and move down without a rewrite.  One column family, so a log goes with its memtable and
  // needs no bound of its own.
  db.compaction_style = rocksdb::kCompactionStyleLevel;
  db.level_compaction_dynamic_level_bytes = true;
  db.compression = rocksdb::kNoCompression;
  db.bottommost_compression = rocksdb::kNoCompression;
  db.max_background_jobs = 2;
  db.bytes_per_sync = uint64_t{1} << 20;  // compaction's output trickles out instead of stalling a group's flush
  db.avoid_unnecessary_blocking_io = true;
  db.max_manifest_file_size = uint64_t{64} << 20;
  db.skip_stats_update_on_db_open = true;  // opens in the same time at any size

  // A small information log of warnings, which names files and numbers.
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.max_log_file_size = size_t{1} << 20;
  db.keep_log_file_num = 2;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = shared.block_cache;
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewRibbonFilterPolicy(10));
  table.block_size = 4096;
  table.format_version = 5;
  db.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return db;
}

// The reads, at the newest state or at a snapshot's.
Result<std::optional<StoreValue>> GetAt(rocksdb::DB& db, const rocksdb::ReadOptions& options, ByteView key) {
  rocksdb::PinnableSlice slice;
  const rocksdb::Status status = db.Get(options, db.DefaultColumnFamily(), ToSlice(key), &slice);
  if (status.IsNotFound()) return std::optional<StoreValue>();
  if (!status.ok()) return FromRocksDb(status, "reading");
  return std::optional<StoreValue>(StoreValue{Bytes(ToView(slice)), VersionOf(ToView(slice))});
}

Result<std::vector<std::optional<StoreValue>>> MultiGetAt(rocksdb::DB& db, const rocksdb::ReadOptions& options,
                                                          const std::vector<Bytes>& keys) {
  std::vector<rocksdb::Slice> slices;
  slices.reserve(keys.size());
  for (const Bytes& key : keys) slices.push_back(ToSlice(key));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  db.MultiGet(options, db.DefaultColumnFamily(), keys.size(), slices.data(), values.data(), statuses.data());
  std::vector<std::optional<StoreValue>> answers(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (!statuses[i].ok()) return FromRocksDb(statuses[i], "reading");
    answers[i] = StoreValue{Bytes(ToView(values[i])), VersionOf(ToView(values[i]))};
  }
  return answers;
}

Result<std::vector<StoreRow>> ScanAt(rocksdb::DB& db, rocksdb::ReadOptions options, const ScanRange& range) {
  std::vector<StoreRow> rows;
  if (range.limit == 0 || (!range.end.empty() && range.end <= range.begin)) return rows;
  const rocksdb::Slice lower = ToSlice(range.begin);
  const rocksdb::Slice upper = ToSlice(range.end);
  options.iterate_lower_bound = &lower;
  if (!range.end.empty()) options.iterate_upper_bound = &upper;
  options.fill_cache = range.limit <= kSweepRows;
  const std::unique_ptr<rocksdb::Iterator> row(db.NewIterator(options));
  if (range.reverse) {
    row->SeekToLast();  // of those below the upper bound
  } else {
    row->Seek(lower);
  }
  while (row->Valid() && rows.size() < range.limit) {
    rows.push_back({Bytes(ToView(row->key())), Bytes(ToView(row->value()))});
    if (range.reverse) {
      row->Prev();
    } else {
      row->Next();
    }
  }
  if (!row->status().ok()) return FromRocksDb(row->status(), "scanning");
  return rows;
}

class SnapshotReader : public StoreReader {
 public:
  explicit SnapshotReader(std::shared_ptr<rocksdb::DB> db) : db_(std::move(db)) {
    options_.snapshot = db_->GetSnapshot();
  }
  ~SnapshotReader() override { db_->ReleaseSnapshot(options_.snapshot); }
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;

  Result<std::optional<StoreValue>> Get(ByteView key) const override { return GetAt(*db_, options_, key); }
  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override {
    return MultiGetAt(*db_, options_, keys);
  }
  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override { return ScanAt(*db_, options_, range); }

 private:
  std::shared_ptr<rocksdb::DB> db_;
  rocksdb::ReadOptions options_;
};

class RocksDbStore : public Store {
 public:
  RocksDbStore(std::shared_ptr<RocksDbShared> shared, std::unique_ptr<rocksdb::DB> db, bool sync)
      : shared_(std::move(shared)), db_(std::move(db)), rows_(kRowCacheSlots) {
    write_options_.sync = sync;
  }

  // Closed in order, so that the next start has little to replay.  Nothing depends on it: when it fails, the log still
  // holds everything.
  ~RocksDbStore() override {
    uint64_t unflushed_bytes = 0;
    const bool known = db_->GetIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &unflushed_bytes);
    if (!refusal_.ok() || !known || unflushed_bytes < kWorthFlushingBytes) return;
    db_->Flush(rocksdb::FlushOptions()).PermitUncheckedError();
  }
  RocksDbStore(const RocksDbStore&) = delete;
  RocksDbStore& operator=(const RocksDbStore&) = delete;

  Result<std::optional<StoreValue>> Get(ByteView key) const override {
    if (std::optional<std::optional<StoreValue>> warm = rows_.Find(key)) return *std::move(warm);
    const RowCache::Ticket ticket = rows_.BeginRead(key);
    Result<std::optional<StoreValue>> found = GetAt(*db_, rocksdb::ReadOptions(), key);
    if (found.ok()) Remember(ticket, key, *found);
    return found;
  }

  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override {
    std::vector<RowCache::Ticket> tickets;
    tickets.reserve(keys.size());
    for (const Bytes& key : keys) tickets.push_back(rows_.BeginRead(key));
    Result<std::vector<std::optional<StoreValue>>> found = MultiGetAt(*db_, rocksdb::ReadOptions(), keys);
    for (size_t i = 0; found.ok() && i < keys.size(); ++i) Remember(tickets[i], keys[i], (*found)[i]);
    return found;
  }

  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override {
    return ScanAt(*db_, rocksdb::ReadOptions(), range);
  }

  Result<std::unique_ptr<StoreReader>> Snapshot() const override {
    return std::unique_ptr<StoreReader>(std::make_unique<SnapshotReader>(db_));
  }

  // The memory table first: what is not in a file cannot be compacted, and the log goes with its table.  The bottommost
  // level too, which compaction otherwise leaves alone.
  Status Compact(ByteView begin, ByteView end) override {
    RETURN_IF_ERROR(FromRocksDb(db_->Flush(rocksdb::FlushOptions()), "flushing"));
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    const rocksdb::Slice first = ToSlice(begin);
    const rocksdb::Slice last = ToSlice(end);
    return FromRocksDb(db_->CompactRange(options, begin.empty() ? nullptr : &first, end.empty() ? nullptr : &last),
                       "compacting");
  }

  std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) override {
    std::lock_guard lock(commit_mutex_);
    if (!refusal_.ok()) return std::vector<Status>(batches.size(), refusal_);
    Admission admission = AdmitGroup(batches, [this](const std::vector<ByteView>& keys) { return Versions(keys); });
    if (admission.admitted.empty()) return admission.statuses;
    StoreBatch extra;
    Status outcome = FinishGroup(finish, admission.admitted, extra);
    if (outcome.ok()) {
      std::vector<const StoreBatch*> writes;
      for (size_t index : admission.admitted) writes.push_back(batches[index]);
      writes.push_back(&extra);
      outcome = Write(writes);
    }
    if (!outcome.ok()) {
      for (size_t index : admission.admitted) admission.statuses[index] = outcome;
    }
    return admission.statuses;
  }

 private:
  void Remember(RowCache::Ticket ticket, ByteView key, const std::optional<StoreValue>& value) const {
    if (key.size() <= kMaxKeySizeBytes) rows_.EndRead(ticket, key, value);
  }

  // Warm keys from memory, the others in one MultiGet.
  Result<std::vector<StoreVersion>> Versions(const std::vector<ByteView>& keys) const {
    std::vector<StoreVersion> versions(keys.size(), kAbsent);
    std::vector<size_t> cold;
    std::vector<Bytes> cold_keys;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (std::optional<StoreVersion> warm = rows_.FindVersion(keys[i])) {
        versions[i] = *warm;
      } else {
        cold.push_back(i);
        cold_keys.emplace_back(keys[i]);
      }
    }
    if (cold.empty()) return versions;
    ASSIGN_OR_RETURN(const std::vector<std::optional<StoreValue>> found, MultiGet(cold_keys));
    for (size_t i = 0; i < cold.size(); ++i) versions[cold[i]] = found[i].has_value() ? found[i]->version : kAbsent;
    return versions;
  }

  Status Write(const std::vector<const StoreBatch*>& batches) {
    size_t size_bytes = 0;
    for (const StoreBatch* batch : batches) size_bytes += batch->ApproximateSizeBytes();
    rocksdb::WriteBatch write(size_bytes + 64);
    for (const StoreBatch* batch : batches) RETURN_IF_ERROR(Fill(write, *batch));
    if (write.Count() == 0) return Status::Ok();

    for (const StoreBatch* batch : batches) {
      for (const StorePut& put : batch->puts) rows_.BeginWrite(put.key);
      for (const Bytes& key : batch->deletes) rows_.BeginWrite(key);
    }
    const rocksdb::Status written = db_->Write(write_options_, &write);
    if (!written.ok()) {
      refusal_ = FromRocksDb(written, "writing (the store now refuses writes until the server is restarted)");
      return refusal_;
    }
    for (const StoreBatch* batch : batches) {
      for (const StorePut& put : batch->puts) rows_.EndWrite(put.key, VersionOf(put.value));
      for (const Bytes& key : batch->deletes) rows_.EndWrite(key, kAbsent);
    }
    return Status::Ok();
  }

  static Status Fill(rocksdb::WriteBatch& write, const StoreBatch& batch) {
    for (const StorePut& put : batch.puts) {
      if (rocksdb::Status s = write.Put(ToSlice(put.key), ToSlice(put.value)); !s.ok())
        return FromRocksDb(s, "writing");
    }
    for (const Bytes& key : batch.deletes) {
      if (rocksdb::Status s = write.Delete(ToSlice(key)); !s.ok()) return FromRocksDb(s, "writing");
    }
    return Status::Ok();
  }

  const std::shared_ptr<RocksDbShared> shared_;
  const std::shared_ptr<rocksdb::DB> db_;  // shared with snapshots alone
  rocksdb::WriteOptions write_options_;
  mutable RowCache rows_;
  std::mutex commit_mutex_;
  Status refusal_;  // guarded by commit_mutex_; not ok: an earlier write failed
};

// RocksDB makes the directory readable to all and does not flush its entry in the parent.
Status CreateDirectory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST) return Status::Ok();
    return Status(Reason::kStorageUnavailable, "the directory " + path + " cannot be made: " + std::strerror(errno));
  }
  const std::filesystem::path absolute = std::filesystem::absolute(path).lexically_normal();
  const std::string parent = (absolute.has_filename() ? absolute : absolute.parent_path()).parent_path().string();
  const int descriptor = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool flushed = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0 && ::close(descriptor) != 0) return Status(Reason::kStorageUnavailable);
  if (flushed) return Status::Ok();
  return Status(Reason::kStorageUnavailable, "the directory " + parent + " cannot be flushed");
}

// RocksDB would start afresh, and delete what it finds, in a directory whose CURRENT is gone.
Status RefuseOrphans(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> names;
  const rocksdb::Status listed = env.GetChildren(path, &names);
  if (listed.IsNotFound()) return Status::Ok();
  if (!listed.ok()) return FromRocksDb(listed, "opening " + path);
  for (const std::string& name : names) {
    if (name.ends_with(".sst") || name.ends_with(".log")) {
      return Status(Reason::kDataCorrupt,
                    path + " holds data but its file CURRENT is missing: restore it from a backup");
    }
  }
  return Status::Ok();
}

}  // namespace

namespace {

// Shows a store's directory without its write-ahead logs.
class WithoutLogs : public rocksdb::FileSystemWrapper {
 public:
  using rocksdb::FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "WithoutLogs"; }
  rocksdb::IOStatus GetChildren(const std::string& directory, const rocksdb::IOOptions& options,
                                std::vector<std::string>* names, rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus listed = FileSystemWrapper::GetChildren(directory, options, names, debug);
    std::erase_if(*names, [](const std::string& name) { return name.ends_with(".log"); });
    return listed;
  }
};

// The number of the oldest write-ahead log that the manifest still asks for; 0 when it names none.  RocksDB tells it of
// an open store alone, hence one that is open for reading and shown no log to replay.
Result<uint64_t> OldestNeededLog(const rocksdb::Options& options, const std::string& path) {
  const std::unique_ptr<rocksdb::Env> env =
      rocksdb::NewCompositeEnv(std::make_shared<WithoutLogs>(options.env->GetFileSystem()));
  rocksdb::Options reading = options;
  reading.env = env.get();
  reading.track_and_verify_wals_in_manifest = false;  // it would miss them
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status opened = rocksdb::DB::OpenForReadOnly(reading, path, &raw);
  const std::unique_ptr<rocksdb::DB> db(raw);
  if (!opened.ok()) return FromRocksDb(opened, "reading the manifest of " + path);
  uint64_t number = 0;
  if (!db->GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &number)) return uint64_t{0};
  return number;
}

// Refuses a store whose write-ahead logs are damaged where acknowledged changes stand.
Status CheckLogs(const rocksdb::Options& options, const std::string& path) {
  rocksdb::FileSystem& files = *options.env->GetFileSystem();
  const Status all = CheckWriteAheadLogs(files, path).status();
  if (all.reason() != Reason::kDataCorrupt) return all;
  // It may be a log that is needed no more and whose removal a loss of power undid.  Seldom, so asked only now.
  ASSIGN_OR_RETURN(const uint64_t oldest, OldestNeededLog(options, path));
  return CheckWriteAheadLogs(files, path, oldest).status();
}

}  // namespace

Result<std::unique_ptr<Store>> OpenRocksDbStore(const RocksDbOptions& options) {
  const std::shared_ptr<RocksDbShared> shared = options.shared != nullptr ? options.shared : MakeRocksDbShared();
  const rocksdb::Options db_options = MakeOptions(options, *shared);
  if (options.create_if_missing) RETURN_IF_ERROR(CreateDirectory(options.path));
  const bool exists = db_options.env->FileExists(options.path + "/CURRENT").ok();
  if (!exists) RETURN_IF_ERROR(RefuseOrphans(*db_options.env, options.path));
  if (!exists && !options.create_if_missing) {
    return Status(Reason::kNotInitialised, "there is no store in " + options.path);
  }
  // Without flushes any number of records may be torn, and the check's premise is gone.
  if (exists && !options.unsafe_no_sync_for_tests) RETURN_IF_ERROR(CheckLogs(db_options, options.path));
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(db_options, options.path, &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (opened.IsIOError() && opened.ToString().find("/LOCK") != std::string::npos)
    return Status(Reason::kStorageUnavailable, options.path + " is in use: stop the server that has it open first");
  if (!opened.ok()) return FromRocksDb(opened, "opening " + options.path);
  return std::unique_ptr<Store>(
      std::make_unique<RocksDbStore>(shared, std::move(db), !options.unsafe_no_sync_for_tests));
}

}  // namespace strongroom
