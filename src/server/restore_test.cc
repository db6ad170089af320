// Restoring a vault from backup sets: living customers open, erased ones do not, and the log says what is gone.
#include "server/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/testing/format_page.h"
#include "audit/checkpoint.h"
#include "audit/export.h"
#include "audit/verifier.h"
#include "server/keeper.h"
#include "server/restore_mark.h"
#include "server/restore_rows.h"
#include "server/testing/restore_vault.h"
#include "store/memory_store.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;

class RestoreTest : public testing::Test {
 protected:
  std::unique_ptr<RestoreVault::Opened> Start() {
    auto opened = vault_.Open();
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  static std::vector<AuditEntry> EntriesOf(RestoreVault::Opened& opened) {
    std::vector<AuditEntry> entries;
    const LogReader& log = *opened.vault->house().compartments().front()->log;
    const std::vector<IndexedEntry> read = *log.Read(0, *log.Size());
    for (const IndexedEntry& entry : read) entries.push_back(entry.entry);
    return entries;
  }
  static size_t RecordsIn(RestoreVault::Opened& opened) {
    return opened.vault->house().compartments().front()->sealed->ScanRecords(0, 100)->size();
  }
  RestoreVault vault_;
};

TEST_F(RestoreTest, AnOlderDayOnTheNewestKeysHasTheLivingAndNotTheErased) {
  const Result<RestoreReport> report = vault_.Restore(vault_.Order({"one"}));
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_THAT(report->check.findings, testing::IsEmpty());
  EXPECT_EQ(report->rooms.at(1).replay.customers, 1u);
  EXPECT_EQ(report->rooms.at(1).replay.erased_again, 2u);
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  EXPECT_TRUE(vault_.Opens(*opened, "ada"));
  EXPECT_EQ(vault_.Hits(*opened, "ada@example.com"), 1u);
  for (const char* who : {"bob", "cy", "dee", "eve"}) {
    EXPECT_FALSE(vault_.Opens(*opened, who)) << who;
    EXPECT_EQ(vault_.Hits(*opened, std::string(who) + "@example.com"), 0u) << who;
  }
  EXPECT_EQ(RecordsIn(*opened), 1u);
}

// The control: without the replay their rows are there again, and with their keys given back they open.
TEST_F(RestoreTest, WithoutTheReplayTheErasedAreThereAndWithTheirKeysTheyOpen) {
  RestoreHooks hooks = vault_.Hooks();
  hooks.without_replay_for_tests = true;
  const Result<RestoreReport> report = vault_.Restore(vault_.Order({"one"}), hooks);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->check.findings.size(), 2u);  // records whose key is gone
  auto opened = Start();
  ASSERT_NE(opened, nullptr);
  EXPECT_EQ(RecordsIn(*opened), 3u);
  EXPECT_FALSE(vault_.Opens(*opened, "bob"));
  StoreBatch batch;
  const StoreRow& row = vault_.KeyRowOf("bob");
  batch.puts.push_back({row.key, row.value});
  ASSERT_TRUE((*opened->files->Room("main", false))->keys->Commit(batch).ok());
  EXPECT_TRUE(vault_.Opens(*opened, "bob"));
  EXPECT_EQ(vault_.Hits(*opened, "bob@example.com"), 1u);
}

TEST_F(RestoreTest, AnIncrementGoesOnFromItsFullSetInWhateverOrderTheyAreNamed) {
  ASSERT_TRUE(vault_.Restore(vault_.Order({"two", "one"})).ok());
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  for (const char* who : {"ada", "dee"}) EXPECT_TRUE(vault_.Opens(*opened, who)) << who;
  for (const char* who : {"bob", "cy", "eve"}) EXPECT_FALSE(vault_.Opens(*opened, who)) << who;
  const auto shown = opened->vault->customers().Reveal(vault_.AsAll(), {vault_.Code("ada"), {"street"}}).Wait();
  ASSERT_TRUE(shown.ok());
}

TEST_F(RestoreTest, TheLogGoesOnUnderAnotherNameAndItsFirstNewEntryNamesTheGap) {
  ASSERT_TRUE(vault_.Restore(vault_.Order({"one"})).ok());
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  const LogReader& log = *opened->vault->house().compartments().front()->log;
  const VerifierKey key = *log.Key();
  const auto parsed = [](const std::string& note) { return ParseCheckpoint(SplitNote(note)->text)->checkpoint; };
  const Checkpoint first = parsed(vault_.checkpoints().front());
  const Checkpoint last = parsed(vault_.checkpoints().back());
  EXPECT_THAT(key.name, testing::StartsWith(first.origin + "-"));
  EXPECT_EQ(key.name.size(), first.origin.size() + 9);
  EXPECT_EQ(key.public_key, VerifierKey::Create(first.origin, key.public_key)->public_key);
  // Its tree goes on from every checkpoint up to the restored size.
  EXPECT_EQ(*RootOf(log, first.size), first.root);
  ASSERT_GT(last.size, first.size);
  const std::vector<AuditEntry> entries = EntriesOf(*opened);
  ASSERT_GT(entries.size(), first.size);
  const AuditEntry& entry = entries[first.size];
  EXPECT_EQ(entry.action, Action::kStoreRestore);
  EXPECT_EQ(entry.count, last.size - first.size);
  EXPECT_EQ(entry.detail, "generation 2 goes on from " + std::to_string(first.size) +
                              " entries; last known checkpoint " + std::to_string(last.size) + " " +
                              Base64Encode(View(last.root)) + "; " + std::to_string(last.size - first.size) +
                              " entries lost");
  EXPECT_THAT(entries.back().detail, HasSubstr("restored: 2 erased again"));
  // Offline, with the public key alone.
  ASSERT_TRUE(ExportLog(log, vault_.Path("export"), key).ok());
  const VerifyReport verified = VerifyExport(vault_.Path("export"), key);
  EXPECT_TRUE(verified.ok()) << verified.problem->ToString();
  const VerifierKey old_key = *VerifierKey::Create(first.origin, key.public_key);
  EXPECT_FALSE(VerifyExport(vault_.Path("export"), old_key).ok()) << "under the old name it is no log";
}

TEST_F(RestoreTest, AnOlderDataStoreIsRefusedUntilItIsRestoredOnPurpose) {
  PutDataBack(vault_.config(), vault_.Path("day-one"));
  EXPECT_EQ(vault_.Open().status().reason(), Reason::kStorageBehindMark);
  const Result<RestoreReport> report = vault_.Restore(vault_.Order({}));  // --data-as-is
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->rooms.at(1).replay.erased_again, 2u);
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  EXPECT_TRUE(vault_.Opens(*opened, "ada"));
  EXPECT_EQ(RecordsIn(*opened), 1u);
}

TEST_F(RestoreTest, DataThatIsNotBehindLosesNothing) {
  const Result<RestoreReport> report = vault_.Restore(vault_.Order({}));
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->rooms.at(1).log.continuity, Continuity::kWhole);
  EXPECT_EQ(report->rooms.at(1).log.Lost(), 0u);
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  for (const char* who : {"ada", "dee", "eve"}) EXPECT_TRUE(vault_.Opens(*opened, who)) << who;
}

TEST_F(RestoreTest, ASecondRestoreIsAThirdGeneration) {
  ASSERT_TRUE(vault_.Restore(vault_.Order({"one", "two"})).ok());
  const Result<RestoreReport> report = vault_.Restore(vault_.Order({"one"}));
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->rooms.at(1).log.number, 3u);
  EXPECT_EQ(report->rooms.at(1).log.continuity, Continuity::kShorter);
  EXPECT_GT(report->rooms.at(1).log.Lost(), 0u);
  ASSERT_NE(Start(), nullptr);
}

// --- keys ---

TEST_F(RestoreTest, AKeySetIsRefusedBesideAKeyStore) {
  const Result<RestoreReport> report = vault_.Restore(vault_.Order({"one"}, "keys-now"));
  EXPECT_EQ(report.status().reason(), Reason::kInvalidArgument);
  EXPECT_THAT(report.status().message(), HasSubstr("--replace-keys"));
  ASSERT_NE(Start(), nullptr) << "nothing was changed";
}

TEST_F(RestoreTest, ALostKeyStoreComesFromAKeySetAndTheScreenSaysWhatThatMeans) {
  RemoveKeys(vault_.config());
  RestoreOrder without = vault_.Order({"two", "one"});
  EXPECT_EQ(vault_.Restore(without).status().reason(), Reason::kNotInitialised);
  const Result<RestoreReport> report = vault_.Restore(vault_.Order({"two", "one"}, "keys-now"));
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_THAT(vault_.said, HasSubstr("THIS KEY SET KNOWS OF NO ERASURE AFTER"));
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  for (const char* who : {"ada", "dee"}) EXPECT_TRUE(vault_.Opens(*opened, who)) << who;
  for (const char* who : {"bob", "cy"}) EXPECT_FALSE(vault_.Opens(*opened, who)) << who;
}

// What the screen warns of: the control of the next test.
TEST_F(RestoreTest, AnOldKeySetAloneBringsBackWhoWasErasedSince) {
  RemoveKeys(vault_.config());
  ASSERT_TRUE(vault_.Restore(vault_.Order({"one"}, "keys-one")).ok());
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  EXPECT_TRUE(vault_.Opens(*opened, "bob"));
}

TEST_F(RestoreTest, ReplacedKeysKeepTheLedgerOfTheStoreTheyReplace) {
  RestoreOrder order = vault_.Order({"one"}, "keys-one");
  order.replace_keys = true;
  const Result<RestoreReport> report = vault_.Restore(order);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  EXPECT_TRUE(vault_.Opens(*opened, "ada"));
  for (const char* who : {"bob", "cy"}) {
    EXPECT_FALSE(vault_.Opens(*opened, who)) << who;
    const auto key = (*opened->files->Room("main", false))->keys->Get(vault_.KeyRowOf(who).key);
    EXPECT_FALSE(key->has_value()) << who;
  }
}

TEST_F(RestoreTest, WhoIsBlockedStaysBlockedWhenTheKeysComeFromASetOfBefore) {
  CustomerId ada = 0;
  {
    const auto before = Start();
    ASSERT_NE(before, nullptr);
    House& house = before->vault->house();
    ada = *house.codes().DecodeCustomer(vault_.Code("ada"));
    const UnixMillis now = vault_.clock().NowMillis();
    ASSERT_TRUE(house.RoomOf(ada)->customer_keys->Block(ada, {now, now + 86'400'000}).ok());
  }
  RestoreOrder order = vault_.Order({"one"}, "keys-one");
  order.replace_keys = true;
  const Result<RestoreReport> report = vault_.Restore(order);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_THAT(report->check.findings, testing::IsEmpty()) << "nothing was left for the check to mend";
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  EXPECT_FALSE(vault_.Opens(*opened, "ada"));
  ASSERT_TRUE(opened->vault->house().RoomOf(ada)->customer_keys->Unblock(ada).ok());
  EXPECT_TRUE(vault_.Opens(*opened, "ada")) << "the control";
}

TEST_F(RestoreTest, WhoCameAfterACopyOpensFromANewerOne) {
  ASSERT_TRUE(vault_.Restore(vault_.Order({"one"})).ok());
  {
    const auto opened = Start();
    ASSERT_NE(opened, nullptr);
    EXPECT_FALSE(vault_.Opens(*opened, "dee"));
  }
  ASSERT_TRUE(vault_.Restore(vault_.Order({"one", "two"})).ok());
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  EXPECT_TRUE(vault_.Opens(*opened, "dee")) << "the first restore has left the key alone";
}

// --- what does not fit ---

TEST_F(RestoreTest, WhatDoesNotFitChangesNothing) {
  const auto refused = [&](const RestoreOrder& order) { return vault_.Restore(order).status().message(); };
  EXPECT_THAT(refused(vault_.Order({"two"})), HasSubstr("no full set"));
  RestoreOrder wrong = vault_.Order({"one"});
  wrong.data.front() = *vault_.Order({"one"}, "keys-one").keys;
  EXPECT_THAT(refused(wrong), HasSubstr("is no data set"));
  RestoreOrder both = vault_.Order({"one"});
  both.data_as_is = true;
  EXPECT_THAT(refused(both), HasSubstr("--data-as-is"));
  RestoreHooks hooks = vault_.Hooks();
  hooks.confirm = [](const std::string&) -> Result<bool> { return false; };
  EXPECT_THAT(vault_.Restore(vault_.Order({"one"}), hooks).status().message(), HasSubstr("nothing was changed"));
  hooks = vault_.Hooks();
  hooks.unlock = [&](const Store& keys) { return OpenLock(keys, SecretBytes::Generate(32, vault_.random())); };
  EXPECT_EQ(vault_.Restore(vault_.Order({"one"}), hooks).status().reason(), Reason::kUnlockFailed);
  RestoreVault other;
  EXPECT_THAT(refused(other.Order({"one"})), HasSubstr("is of another vault"));
  const auto opened = Start();
  ASSERT_NE(opened, nullptr);
  for (const char* who : {"ada", "dee", "eve"}) EXPECT_TRUE(vault_.Opens(*opened, who)) << who;
}

TEST_F(RestoreTest, ASetThatIsCutShortChangesNothing) {
  const RestoreOrder order = vault_.Order({"one"});
  std::filesystem::resize_file(vault_.File("one"), std::filesystem::file_size(vault_.File("one")) - 1);
  EXPECT_EQ(vault_.Restore(order).status().reason(), Reason::kDataCorrupt);
  ASSERT_NE(Start(), nullptr);
}

// --- the mark ---

TEST_F(RestoreTest, UntilItHasFinishedNobodyOpensTheHouse) {
  {
    auto files = *VaultFiles::Open(vault_.config(), false);
    RestoreMark mark;
    mark.phase = RestorePhase::kReplay;
    mark.id.assign(16, 'x');
    ASSERT_TRUE(WriteRestoreMark(*files->office().keys, mark).ok());
    EXPECT_EQ(*ReadRestoreMark(*files->office().keys), mark);
    EXPECT_EQ(Keeper::Create(vault_.config(), *files, vault_.clock(), vault_.random()).status().reason(),
              Reason::kRestoreUnfinished);
  }
  EXPECT_EQ(vault_.Open().status().reason(), Reason::kRestoreUnfinished);
  {
    auto files = *VaultFiles::Open(vault_.config(), false);
    StoreBatch batch;
    batch.puts.push_back({"Srestore", "\x07"});  // of a version that this program does not know
    ASSERT_TRUE(files->office().keys->Commit(batch).ok());
  }
  EXPECT_EQ(vault_.Open().status().reason(), Reason::kRestoreUnfinished);
}

TEST_F(RestoreTest, AnotherSetMayBeTakenAfterOneThatWasGivenUp) {
  // A second reading of the set that fails, as a disk that is pulled out.
  RestoreOrder order = vault_.Order({"one"});
  int opens = 0;
  order.data.front().open = [&, open = order.data.front().open]() -> Result<std::unique_ptr<SetReader>> {
    if (++opens == 2) return Status(Reason::kFileUnreadable, "gone");
    return open();
  };
  EXPECT_EQ(vault_.Restore(order).status().reason(), Reason::kFileUnreadable);
  EXPECT_EQ(vault_.Open().status().reason(), Reason::kRestoreUnfinished);
  EXPECT_THAT(vault_.Restore(vault_.Order({})).status().message(), HasSubstr("had not finished writing the data"))
      << "what is half written is not taken as it is";
  const Result<RestoreReport> report = vault_.Restore(vault_.Order({"one", "two"}));
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->rooms.at(1).log.number, 2u);
  ASSERT_NE(Start(), nullptr);
}

TEST(RestoreMark, IsAsItsPageSays) {
  MemoryStore store;
  RestoreMark mark;
  mark.phase = RestorePhase::kLogs;
  for (char i = 0; i < 16; ++i) mark.id.push_back(i);
  mark.begun_at = 0x01a201dc6e63;
  mark.data_sets.emplace_back();
  for (char i = 16; i < 32; ++i) mark.data_sets.back().push_back(i);
  ASSERT_TRUE(WriteRestoreMark(store, mark).ok());
  const Bytes example = ExampleOfPage("restore.md");
  ASSERT_FALSE(example.empty());
  EXPECT_EQ((*store.Get("Srestore"))->bytes, example);
  EXPECT_EQ(*ReadRestoreMark(store), mark);
  ASSERT_TRUE(ClearRestoreMark(store).ok());
  EXPECT_TRUE(RefuseUnfinishedRestore(store).ok());
}

// --- rows ---

TEST(MirrorRows, LeavesExactlyTheRowsItTookAndThoseItKeeps) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SystemRandom random;
    MemoryStore store;
    std::map<Bytes, Bytes> before;
    std::map<Bytes, Bytes> wanted;
    for (int i = 0; i < 400; ++i) {
      if (random.Below(2) == 0) before["k" + std::to_string(random.Below(500))] = std::to_string(random.Below(3));
      if (random.Below(2) == 0) wanted["k" + std::to_string(random.Below(500))] = std::to_string(random.Below(3));
    }
    before["Lkept"] = "1";
    StoreBatch batch;
    for (const auto& [key, value] : before) batch.puts.push_back({key, value});
    ASSERT_TRUE(store.Commit(batch).ok());
    for (int again = 0; again < 2; ++again) {
      MirrorRows mirror(store, [](ByteView key) { return key.front() == 'L'; });
      for (const auto& [key, value] : wanted) ASSERT_TRUE(mirror.Take(key, value).ok());
      ASSERT_TRUE(mirror.Finish().ok());
      std::map<Bytes, Bytes> now;
      const auto rows = store.Scan({.begin = {}, .end = {}, .limit = 10'000});
      for (const StoreRow& row : *rows) now[row.key] = row.value;
      std::map<Bytes, Bytes> expected = wanted;
      expected["Lkept"] = "1";
      ASSERT_EQ(now, expected);
    }
  }
}

}  // namespace
}  // namespace strongroom
