// Backups of a vault that is being served: what is in them, where they go, and when they must go.
#include "server/backups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "backup/set_file.h"
#include "backup/set_reader.h"
#include "backup/verify_set.h"
#include "server/doctor.h"
#include "server/init.h"
#include "server/keeper.h"
#include "server/testing/test_place.h"
#include "store/memory_store.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr int64_t kDay = 86'400'000;
constexpr char kPassphrase[] = "a passphrase of tests";

class BackupsTest : public testing::Test {
 protected:
  BackupsTest() {
    config_.data_dir = directory_.Path("vault");
    PutIntoTestEngine(config_);
    config_.backup.directory = directory_.Path("sets");
    config_.backup.recipients = {identity_.recipient()};
    std::filesystem::create_directory(config_.backup.directory);
    files_ = *VaultFiles::Open(config_, true);
    InitOptions options;
    options.lock.info.kind = LockKind::kPassphrase;
    options.lock.cost = {8192, 1};
    options.secret = SecretBytes::CopyOf(kPassphrase);
    options.first_key.name = "administrator";
    options.first_key.kind = PrincipalKind::kApplication;
    options.first_key.roles = {"administrator", "operator"};
    EXPECT_TRUE(InitialiseVault(*files_, std::move(options), clock_, random_).ok());
    Start();
    auto principal = std::make_shared<Principal>();
    principal->id = 0x77;
    principal->kind = PrincipalKind::kApplication;
    principal->roles = {"operator"};
    operator_.principal = std::move(principal);
    operator_.address = IpAddress::Loopback();
  }
  void Start() {
    keeper_.reset();
    keeper_ = *Keeper::Create(config_, *files_, clock_, random_);
    EXPECT_TRUE(keeper_->Unlock(SecretBytes::CopyOf(kPassphrase)).ok());
  }
  Result<BackupRecord> Make(BackupKind kind, bool incremental = false) {
    clock_.AdvanceMillis(1000);
    return keeper_->MakeBackup(operator_, {kind, incremental});
  }
  std::string Path(const BackupRecord& record) const { return config_.backup.directory + "/" + record.file; }
  AgeKeys Keys() const {
    AgeKeys keys;
    keys.identities.push_back(*AgeIdentity::Parse(ExposeSecret(identity_.Encode())));
    return keys;
  }
  Result<std::vector<VerifiedSet>> Verify(const std::vector<std::string>& files) const {
    return VerifySets(files, Keys(), [](const std::string&) -> Result<std::unique_ptr<Store>> {
      return std::unique_ptr<Store>(std::make_unique<MemoryStore>());
    });
  }
  // The newest checkpoint of a log stands in both stores, word for word, and is public.
  static constexpr char kMark[] = "M";
  using Rows = std::set<std::pair<std::string, Bytes>>;  // room, value
  Rows RowsIn(const BackupRecord& record) const {
    Rows rows;
    const Result<std::unique_ptr<SetReader>> reader = SetReader::Open(*OpenSetFile(Path(record)), Keys());
    EXPECT_TRUE(reader.ok()) << reader.status().ToString();
    while (true) {
      Result<std::optional<SetRow>> row = (*reader)->Next();
      EXPECT_TRUE(row.ok()) << row.status().ToString();
      if (!row.ok() || !row->has_value()) return rows;
      if ((*row)->key != kMark) rows.insert({(*row)->room, (*row)->value.value_or("")});
    }
  }
  Rows RowsOf(bool keys) const {
    Rows rows;
    for (const auto& [name, stores] : files_->rooms()) {
      ScanRange all;
      all.limit = 100'000;
      const Result<std::vector<StoreRow>> found = (keys ? stores.keys : stores.data)->Scan(all);
      EXPECT_TRUE(found.ok());
      for (const StoreRow& row : *found) {
        if (row.key != kMark) rows.insert({name, row.value});
      }
    }
    return rows;
  }
  static size_t InBoth(const Rows& one, const Rows& other) {
    size_t count = 0;
    for (const auto& row : one) count += other.contains(row) ? 1 : 0;
    return count;
  }
  std::string Doctor() {
    std::string all;
    const Result<std::vector<std::string>> findings = keeper_->Doctor(operator_);
    EXPECT_TRUE(findings.ok());
    for (const std::string& finding : *findings) all += finding + "\n";
    return all;
  }
  size_t FileCount() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(config_.backup.directory)) {
      static_cast<void>(entry);
      ++count;
    }
    return count;
  }

  TempDir directory_;
  ServerConfig config_;
  FakeClock clock_;
  SystemRandom random_;
  const AgeIdentity identity_ = AgeIdentity::Generate(random_);
  std::unique_ptr<VaultFiles> files_;
  std::unique_ptr<Keeper> keeper_;
  Caller operator_;
};

TEST_F(BackupsTest, ADataSetHoldsNoRowOfAKeyStore) {
  const Result<BackupRecord> data = Make(BackupKind::kData);
  const Result<BackupRecord> keys = Make(BackupKind::kKeys);
  ASSERT_TRUE(data.ok()) << data.status().ToString();
  ASSERT_TRUE(keys.ok()) << keys.status().ToString();
  EXPECT_EQ(InBoth(RowsIn(*data), RowsOf(true)), 0u);
  EXPECT_GT(InBoth(RowsIn(*data), RowsOf(false)), 5u) << "control: rows of the data stores are found";
  EXPECT_GT(InBoth(RowsIn(*keys), RowsOf(true)), 5u) << "control: rows of the key stores are found";
  EXPECT_EQ(InBoth(RowsIn(*keys), RowsOf(false)), 0u);
  EXPECT_TRUE(Verify({Path(*data)}).ok());
  EXPECT_TRUE(Verify({Path(*keys)}).ok());
  EXPECT_EQ(data->expires_at, 0);
  EXPECT_EQ(keys->expires_at, keys->made_at + 35 * kDay);
  EXPECT_EQ(data->recipients, std::vector<std::string>{identity_.recipient().Encode()});
  EXPECT_EQ((*Verify({Path(*data)}))[0].header.vault.substr(0, 18), "strongroom/office-");
}

TEST_F(BackupsTest, IncrementsGoOnFromTheNewestSetAlsoAfterARestart) {
  EXPECT_EQ(Make(BackupKind::kData, true).reason(), Reason::kBackupNotFound);
  const Result<BackupRecord> full = Make(BackupKind::kData);
  ASSERT_TRUE(full.ok());
  const Result<BackupRecord> first = Make(BackupKind::kData, true);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  EXPECT_EQ(first->parent, full->id);
  EXPECT_LT(first->rows, full->rows);
  EXPECT_GT(first->rows, 0u) << "the entries that say so";
  Start();
  const Result<BackupRecord> second = Make(BackupKind::kData, true);
  ASSERT_TRUE(second.ok()) << second.status().ToString();
  EXPECT_EQ(second->parent, first->id);
  const auto verified = Verify({Path(*full), Path(*first), Path(*second)});
  EXPECT_TRUE(verified.ok()) << verified.status().ToString();
  EXPECT_EQ(Verify({Path(*full), Path(*second)}).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Make(BackupKind::kKeys, true).reason(), Reason::kInvalidArgument);
  // Without its index no set is gone on from; the one before has its own.
  std::filesystem::remove(Path(*second) + ".index");
  const Result<BackupRecord> third = Make(BackupKind::kData, true);
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->parent, first->id);
}

TEST_F(BackupsTest, ASetIsWholeWhileEntriesAreWritten) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop) EXPECT_TRUE(keeper_->Doctor(operator_).ok());  // each is an entry of the log
  });
  std::vector<std::string> files;
  for (int i = 0; i < 4; ++i) {
    const Result<BackupRecord> made = Make(BackupKind::kData, i > 0);
    EXPECT_TRUE(made.ok()) << made.status().ToString();
    if (made.ok()) files.push_back(Path(*made));
  }
  stop = true;
  writer.join();
  const auto verified = Verify(files);
  EXPECT_TRUE(verified.ok()) << verified.status().ToString();
}

TEST_F(BackupsTest, NobodyElseMakesOneAndNothingIsMadeWithoutAPlace) {
  Caller other = operator_;
  auto principal = std::make_shared<Principal>(*operator_.principal);
  principal->roles = {"application"};
  other.principal = std::move(principal);
  EXPECT_EQ(keeper_->MakeBackup(other, {}).reason(), Reason::kDenied);
  EXPECT_EQ(FileCount(), 0u);
  std::filesystem::remove(config_.backup.directory);
  EXPECT_EQ(Make(BackupKind::kData).reason(), Reason::kStorageUnavailable);
  EXPECT_EQ(keeper_->Current()->backups().Look()->front().state, BackupState::kFailed);
  std::filesystem::create_directory(config_.backup.directory);
  EXPECT_TRUE(Make(BackupKind::kData).ok()) << "control";
  config_.backup.recipients.clear();
  Start();
  EXPECT_EQ(Make(BackupKind::kData).reason(), Reason::kConfigInvalid);
}

TEST_F(BackupsTest, AnExpiredKeySetIsDeletedAndDoctorIsRedUntilItsCopiesAreGone) {
  ASSERT_TRUE(Make(BackupKind::kData).ok());
  const Result<BackupRecord> keys = Make(BackupKind::kKeys);
  ASSERT_TRUE(keys.ok());
  EXPECT_THAT(Doctor(), HasSubstr("green: the newest data set is of"));
  Backups backups(config_.backup, *files_, clock_, random_);
  clock_.AdvanceMillis(34 * kDay);
  ASSERT_TRUE(backups.RunDue(*keeper_->Current()).ok());
  EXPECT_TRUE(std::filesystem::exists(Path(*keys))) << "not yet";
  EXPECT_THAT(Doctor(), HasSubstr("red: the newest data set is 34 days old"));
  clock_.AdvanceMillis(kDay);
  EXPECT_THAT(Doctor(), HasSubstr("nobody confirmed that its copies are destroyed"));
  const size_t files = FileCount();
  ASSERT_TRUE(backups.RunDue(*keeper_->Current()).ok());
  EXPECT_FALSE(std::filesystem::exists(Path(*keys)));
  EXPECT_EQ(FileCount(), files - 1) << "the data set stays";
  EXPECT_EQ(keeper_->Current()->backups().Look()->front().file_deleted_at, clock_.NowMillis());
  EXPECT_THAT(Doctor(), HasSubstr("nobody confirmed that its copies are destroyed")) << "copies may be elsewhere";
  ASSERT_TRUE(keeper_->Current()->backups().ConfirmDestroyed(operator_, keys->id).Wait().ok());
  EXPECT_THAT(Doctor(), Not(HasSubstr("nobody confirmed")));
}

TEST_F(BackupsTest, WhatAnInterruptedOneLeftIsSweptAndNothingElse) {
  BackupRecord record;
  record.id = random_.Take(BackupRecord::kIdBytes);
  record.file = "strongroom-data-20260101T000000Z-00000000.set";
  record.made_at = clock_.NowMillis();
  {
    Result<BackupMaking> making = keeper_->Current()->backups().Begin(operator_, record);
    ASSERT_TRUE(making.ok());
    making->permit.Close();  // as if the process had ended
  }
  const std::vector<std::string> left = {Path(record) + ".partial", Path(record) + ".index.partial",
                                         Path(record) + ".index"};
  for (const std::string& file : left) std::ofstream(file) << "half";
  std::ofstream(config_.backup.directory + "/other.partial") << "of somebody else";
  Start();
  Backups backups(config_.backup, *files_, clock_, random_);
  ASSERT_TRUE(backups.RunDue(*keeper_->Current()).ok());
  EXPECT_EQ(keeper_->Current()->backups().Look()->front().state, BackupState::kFailed);
  for (const std::string& file : left) EXPECT_FALSE(std::filesystem::exists(file)) << file;
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(BackupsTest, ALockedServerMakesNone) {
  Backups backups(config_.backup, *files_, clock_, random_);
  backups.Interrupt();
  for (int i = 0; i < 3000; ++i) {  // enough rows for the copying to look up
    StoreBatch batch;
    for (int j = 0; j < 10; ++j) batch.puts.push_back({"z" + std::to_string(10 * i + j), "row"});
    ASSERT_TRUE(files_->office().data->Commit(batch).ok());
    if (i > 500) break;
  }
  EXPECT_EQ(backups.Make(*keeper_->Current(), operator_, {}).reason(), Reason::kServerLocked);
  EXPECT_EQ(FileCount(), 0u);
  backups.Allow();
  EXPECT_TRUE(backups.Make(*keeper_->Current(), operator_, {}).ok()) << "control";
  ASSERT_TRUE(keeper_->Close().ok());
  EXPECT_EQ(keeper_->MakeBackup(operator_, {}).reason(), Reason::kServerLocked);
}

TEST(Doctor, AsksForBackups) {
  BackupsState state;
  state.known = true;
  state.stale_after_days = 7;
  const auto findings = [&] { return Diagnose({}, {}, {}, {.backups = state}); };
  EXPECT_THAT(findings(), Contains(HasSubstr("red: no backups are made")));
  state.configured = true;
  EXPECT_THAT(findings(), Contains(HasSubstr("red: there is no data set")));
  EXPECT_THAT(findings(), Contains(HasSubstr("yellow: there is no key set")));
}

}  // namespace
}  // namespace strongroom
