#include "store/rocksdb_store.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "store/testing/dropping_file_system.h"
#include "store/testing/temp_dir.h"

namespace strongroom {

namespace {

namespace fs = std::filesystem;
using rocksdb::IOStatus;

enum class Trouble : uint8_t { kNone, kNoSpace, kAppendFails, kSyncFails };

// A disk that makes one kind of trouble for write-ahead logs while told to.
class TroubledFileSystem : public rocksdb::FileSystemWrapper {
 public:
  TroubledFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "TroubledFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSWritableFile> inner;
    const IOStatus status = target()->NewWritableFile(path, options, &inner, debug);
    if (!status.ok() || !path.ends_with(".log")) {
      *file = std::move(inner);
    } else {
      *file = std::make_unique<Log>(*this, std::move(inner));
    }
    return status;
  }

  std::atomic<Trouble> trouble = Trouble::kNone;

 private:
  class Log : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Log(TroubledFileSystem& owner, std::unique_ptr<rocksdb::FSWritableFile>&& inner)
        : FSWritableFileOwnerWrapper(std::move(inner)), owner_(owner) {}
    IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                    rocksdb::IODebugContext* debug) override {
      if (owner_.trouble == Trouble::kNoSpace) return IOStatus::NoSpace("no space left on device");
      if (owner_.trouble == Trouble::kAppendFails) return IOStatus::IOError("input/output error");
      return target()->Append(data, options, debug);
    }
    IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options, const rocksdb::DataVerificationInfo&,
                    rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }
    IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      if (owner_.trouble == Trouble::kSyncFails) return IOStatus::IOError("the flush failed");
      return target()->Sync(options, debug);
    }

   private:
    TroubledFileSystem& owner_;
  };
};

StoreBatch PutOne(Bytes key, Bytes value) {
  StoreBatch batch;
  batch.puts.push_back({std::move(key), std::move(value)});
  return batch;
}

class RocksDbStoreTest : public testing::Test {
 protected:
  RocksDbStoreTest() : disk_(std::make_shared<TroubledFileSystem>()), env_(MakeImpatientEnv(disk_)) {
    options_.path = directory_.Path("store");
    options_.create_if_missing = true;
    options_.env = env_.get();
  }

  void Open() {
    store_.reset();
    auto opened = OpenRocksDbStore(options_);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    store_ = std::move(*opened);
  }

  std::string Read(ByteView key) {
    const auto found = store_->Get(key);
    return !found.ok() ? "(error)" : found->has_value() ? (*found)->bytes : "(none)";
  }

  TempDir directory_;
  std::shared_ptr<TroubledFileSystem> disk_;
  std::unique_ptr<rocksdb::Env> env_;
  RocksDbOptions options_;
  std::unique_ptr<Store> store_;
};

}  // namespace

TEST_F(RocksDbStoreTest, AfterAFailedWriteNothingIsWrittenUntilReopened) {
  for (const auto& [trouble, reason] : {std::pair{Trouble::kNoSpace, Reason::kStorageFull},
                                        std::pair{Trouble::kAppendFails, Reason::kStorageUnavailable},
                                        std::pair{Trouble::kSyncFails, Reason::kStorageUnavailable}}) {
    Open();
    ASSERT_TRUE(store_->Commit(PutOne("before", "1")).ok());
    disk_->trouble = trouble;
    EXPECT_EQ(store_->Commit(PutOne("during", "1")).reason(), reason);
    disk_->trouble = Trouble::kNone;
    // The disk is well again, but the outcome of that write is unknown: no write, even a harmless one, may follow it.
    EXPECT_EQ(store_->Commit(PutOne("after", "1")).reason(), reason);
    EXPECT_EQ(Read("before"), "1");
    Open();
    EXPECT_EQ(Read("before"), "1");
    EXPECT_EQ(Read("after"), "(none)");
    EXPECT_TRUE(store_->Commit(PutOne("after", "2")).ok());
    StoreBatch clean;
    clean.deletes = {"before", "during", "after"};
    ASSERT_TRUE(store_->Commit(clean).ok());
  }
}

TEST_F(RocksDbStoreTest, NoKeyReachesTheInformationLog) {
  options_.write_buffer_bytes = 64 << 10;
  Open();
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(store_->Commit(PutOne("CANARY-KEY-" + std::to_string(i), Bytes(500, 'v'))).ok());
  }
  store_.reset();
  bool read_a_log = false;
  bool canary_in_data = false;
  for (const auto& entry : fs::directory_iterator(options_.path)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (entry.path().filename().string().starts_with("LOG")) {
      read_a_log = read_a_log || !text.empty();
      EXPECT_EQ(text.find("CANARY"), std::string::npos) << entry.path();
    } else if (text.find("CANARY") != std::string::npos) {
      canary_in_data = true;  // the control: the search finds what is there
    }
  }
  EXPECT_TRUE(read_a_log);
  EXPECT_TRUE(canary_in_data);
}

TEST_F(RocksDbStoreTest, AfterCompactionDeletedAndReplacedValuesAreInNoFile) {
  Open();
  const auto in_files = [this](const std::string& text) {
    for (const auto& entry : fs::directory_iterator(options_.path)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string all{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
      if (all.find(text) != std::string::npos) return true;
    }
    return false;
  };
  ASSERT_TRUE(store_->Commit(PutOne("K-erased", "WRAP-OF-THE-ERASED")).ok());
  ASSERT_TRUE(store_->Commit(PutOne("K-moved", "WRAP-OF-THE-OLD-EPOCH")).ok());
  ASSERT_TRUE(store_->Compact("K", "L").ok());  // into a table, so that deleting alone would leave it there
  StoreBatch later = PutOne("K-moved", "WRAP-OF-THE-NEW-EPOCH");
  later.deletes = {"K-erased"};
  ASSERT_TRUE(store_->Commit(later).ok());
  EXPECT_TRUE(in_files("WRAP-OF-THE-ERASED"));  // the control: a deletion leaves it
  EXPECT_TRUE(in_files("WRAP-OF-THE-OLD-EPOCH"));
  ASSERT_TRUE(store_->Compact("K", "L").ok());
  EXPECT_FALSE(in_files("WRAP-OF-THE-ERASED"));
  EXPECT_FALSE(in_files("WRAP-OF-THE-OLD-EPOCH"));
  EXPECT_TRUE(in_files("WRAP-OF-THE-NEW-EPOCH"));
  EXPECT_EQ(Read("K-moved"), "WRAP-OF-THE-NEW-EPOCH");
}

TEST_F(RocksDbStoreTest, TheDirectoryIsItsOwnersAlone) {
  Open();
  EXPECT_EQ(fs::status(options_.path).permissions(), fs::perms::owner_all);
}

TEST_F(RocksDbStoreTest, WhoComesSecondIsToldThatItIsInUse) {
  Open();
  const Status second = OpenRocksDbStore(options_).status();
  EXPECT_EQ(second.reason(), Reason::kStorageUnavailable);
  EXPECT_NE(second.message().find("is in use"), std::string::npos) << second.message();
  store_.reset();
  EXPECT_TRUE(OpenRocksDbStore(options_).ok()) << "the control";
}

TEST_F(RocksDbStoreTest, ASnapshotMayOutliveItsStore) {
  Open();
  ASSERT_TRUE(store_->Commit(PutOne("a", "1")).ok());
  auto snapshot = store_->Snapshot();
  ASSERT_TRUE(snapshot.ok());
  store_.reset();
  EXPECT_EQ((*(*snapshot)->Get("a"))->bytes, "1");
}

TEST_F(RocksDbStoreTest, DamagedTablesAreReportedAndNotAnswered) {
  Open();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(store_->Commit(PutOne("k" + std::to_string(i), Bytes(3000, 'v'))).ok());
  Open();  // replays the log into a table
  EXPECT_EQ(store_->Scan({})->size(), 50U);
  store_.reset();
  int damaged = 0;
  for (const auto& entry : fs::directory_iterator(options_.path)) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(20'000);
    file.put('X');
    ++damaged;
  }
  ASSERT_GT(damaged, 0);
  Open();
  EXPECT_EQ(store_->Scan({}).reason(), Reason::kDataCorrupt);
}

}  // namespace strongroom
