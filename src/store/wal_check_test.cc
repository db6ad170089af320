#include "store/wal_check.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "store/rocksdb_store.h"
#include "store/testing/temp_dir.h"

namespace strongroom {

namespace {

namespace fs = std::filesystem;

constexpr int kBatches = 40;

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void WriteWhole(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// A store of kBatches acknowledged batches, closed with all of them in its one write-ahead log.
class WalCheckTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.path = directory_.Path("store");
    options_.create_if_missing = true;
    const auto store = OpenRocksDbStore(options_);
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    for (int i = 0; i < kBatches; ++i) {
      StoreBatch batch;
      batch.puts.push_back({Key(i), Bytes(i == 20 ? 100'000 : 3000, 'x')});
      ASSERT_TRUE((*store)->Commit(batch).ok());
    }
  }

  static Bytes Key(int i) { return "k" + std::to_string(100 + i); }

  std::string LogPath() const {
    for (const auto& entry : fs::directory_iterator(options_.path)) {
      if (entry.path().extension() == ".log") return entry.path();
    }
    return "";
  }

  // How many batches are there, or the reason why the store does not open.
  std::string Reopened() const {
    const auto store = OpenRocksDbStore(options_);
    if (!store.ok()) return std::string(InfoOf(store.reason()).wire_code);
    const auto rows = (*store)->Scan({});
    return rows.ok() ? std::to_string(rows->size()) : "scan failed";
  }

  TempDir directory_;
  RocksDbOptions options_;
};

}  // namespace

TEST_F(WalCheckTest, AWholeLogIsReplayed) {
  const auto summary = CheckWriteAheadLogs(*rocksdb::FileSystem::Default(), options_.path);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->records, uint64_t{kBatches});
  EXPECT_EQ(summary->torn_tails, 0U);
  EXPECT_EQ(Reopened(), "40");
}

TEST_F(WalCheckTest, ATornTailIsLeftOut) {
  const std::string log = ReadWhole(LogPath());
  WriteWhole(LogPath(), log.substr(0, log.size() - 1000));
  EXPECT_EQ(CheckWriteAheadLogs(*rocksdb::FileSystem::Default(), options_.path)->torn_tails, 1U);
  EXPECT_EQ(Reopened(), "39");
  EXPECT_EQ(Reopened(), "39");  // and the log that follows the torn one is believed
}

TEST_F(WalCheckTest, ATailOfZerosOrNoiseIsLeftOut) {
  const std::string log = ReadWhole(LogPath());
  std::string zeroed = log;
  std::fill(zeroed.end() - 2000, zeroed.end(), '\0');
  WriteWhole(LogPath(), zeroed);
  EXPECT_EQ(Reopened(), "39");
}

TEST_F(WalCheckTest, DamageBeforeTheLastRecordIsRefusedAndNothingIsChanged) {
  const std::string path = LogPath();
  const std::string log = ReadWhole(path);
  std::mt19937_64 random(7);
  int refused = 0;
  constexpr int kTries = 200;
  for (int i = 0; i < kTries; ++i) {
    std::string damaged = log;
    const size_t at = random() % (log.size() - 3100);  // all but the last record
    damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1 + random() % 255));
    WriteWhole(path, damaged);
    const auto summary = CheckWriteAheadLogs(*rocksdb::FileSystem::Default(), options_.path);
    // Block trailers are the only bytes that mean nothing.
    if (summary.ok()) {
      EXPECT_EQ(summary->records, uint64_t{kBatches}) << "byte " << at;
    }
    refused += summary.reason() == Reason::kDataCorrupt ? 1 : 0;
  }
  EXPECT_GT(refused, kTries * 9 / 10);
  std::printf("%d of %d damaged logs refused, the others were damaged where no byte counts\n", refused, kTries);
  std::string damaged = log;
  damaged[5000] = static_cast<char>(damaged[5000] ^ 1);
  WriteWhole(path, damaged);
  EXPECT_EQ(Reopened(), "data-corrupt");
  EXPECT_EQ(ReadWhole(path), damaged);
  WriteWhole(path, log);
  EXPECT_EQ(Reopened(), "40");
}

TEST_F(WalCheckTest, ABlockOfZerosInTheMiddleIsRefused) {
  std::string log = ReadWhole(LogPath());
  std::fill(log.begin() + 32768, log.begin() + 65536, '\0');
  WriteWhole(LogPath(), log);
  EXPECT_EQ(Reopened(), "data-corrupt");
}

// A loss of power undid the removal of a log that the one before it had torn, but not of those between it and the one
// that counts: the gap is no damage, and neither is anything inside of the old log.
TEST_F(WalCheckTest, AnOldLogThatCameBackIsNotAsked) {
  const std::string old_path = LogPath();
  const std::string old_log = ReadWhole(old_path);
  for (int opening = 0; opening < 2; ++opening) {
    const auto store = OpenRocksDbStore(options_);
    ASSERT_TRUE(store.ok());
    StoreBatch batch;
    for (int i = 0; i < 3; ++i) batch.puts.push_back({"later" + std::to_string(opening * 3 + i), Bytes(3000, 'y')});
    ASSERT_TRUE((*store)->Commit(batch).ok());
    batch.puts = {{"last" + std::to_string(opening), Bytes(3000, 'z')}};
    ASSERT_TRUE((*store)->Commit(batch).ok());
  }
  const std::string path = LogPath();
  ASSERT_NE(path, old_path);
  const std::string log = ReadWhole(path);
  std::string broken = old_log;
  broken[5000] = static_cast<char>(broken[5000] ^ 1);
  for (const std::string& came_back : {old_log.substr(0, old_log.size() - 1000), broken}) {
    WriteWhole(old_path, came_back);
    EXPECT_EQ(CheckWriteAheadLogs(*rocksdb::FileSystem::Default(), options_.path).reason(), Reason::kDataCorrupt);
    // Damage in the one that counts is still refused.
    std::string damaged = log;
    damaged[100] = static_cast<char>(damaged[100] ^ 1);
    WriteWhole(path, damaged);
    EXPECT_EQ(Reopened(), "data-corrupt");
    WriteWhole(path, log);
  }
  EXPECT_EQ(Reopened(), "48");
}

// Why the check exists: RocksDB alone opens a damaged log and says nothing of what it left out.
TEST_F(WalCheckTest, RocksDbAloneDropsAcknowledgedRecordsSilently) {
  std::string log = ReadWhole(LogPath());
  log[5000] = static_cast<char>(log[5000] ^ 1);
  WriteWhole(LogPath(), log);
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(rocksdb::Options(), options_.path, &raw).ok());
  const std::unique_ptr<rocksdb::DB> db(raw);
  std::string value;
  EXPECT_TRUE(db->Get(rocksdb::ReadOptions(), Key(0), &value).ok());
  EXPECT_TRUE(db->Get(rocksdb::ReadOptions(), Key(kBatches - 1), &value).IsNotFound());
}

TEST_F(WalCheckTest, DataWithoutItsCurrentFileIsNotOverwritten) {
  fs::rename(options_.path + "/CURRENT", options_.path + "/gone");
  EXPECT_EQ(Reopened(), "data-corrupt");
  options_.create_if_missing = false;
  EXPECT_EQ(Reopened(), "data-corrupt");
  fs::rename(options_.path + "/gone", options_.path + "/CURRENT");
  EXPECT_EQ(Reopened(), "40");
}

TEST_F(WalCheckTest, AnEmptyPlaceIsNotAStoreUnlessAskedFor) {
  RocksDbOptions elsewhere;
  elsewhere.path = directory_.Path("elsewhere");
  EXPECT_EQ(OpenRocksDbStore(elsewhere).reason(), Reason::kNotInitialised);
  fs::create_directory(elsewhere.path);
  EXPECT_EQ(OpenRocksDbStore(elsewhere).reason(), Reason::kNotInitialised);
  elsewhere.create_if_missing = true;
  EXPECT_TRUE(OpenRocksDbStore(elsewhere).ok());
}

TEST_F(WalCheckTest, AStoreInUseIsNotOpenedTwice) {
  const auto store = OpenRocksDbStore(options_);
  ASSERT_TRUE(store.ok());
  EXPECT_EQ(Reopened(), "storage-unavailable");
}

}  // namespace strongroom
