#include "witness/witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/encoding.h"
#include "witness/testing/forgetful_files.h"
#include "witness/testing/grown_log.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;

constexpr char kOrigin[] = "log.example/audit";

WitnessSigner TestSigner() {
  SeededRandom random(11);
  return *WitnessSigner::Create("witness.example/one", Signer::Generate(random));
}

class WitnessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    log_.Grow(700, "entry");
    other_.Grow(20, "entry");  // the first 20 entries are the same
    other_.Grow(700, "lie");
    Open();
  }
  void Open() {
    Result<std::unique_ptr<Witness>> witness = Witness::Open(files_, TestSigner(), {log_.key()}, clock_);
    ASSERT_TRUE(witness.ok()) << witness.status().ToString();
    witness_ = *std::move(witness);
  }
  int Ask(uint64_t old_size, uint64_t size) { return witness_->AddCheckpoint(log_.Request(old_size, size)).status; }

  GrownLog log_{kOrigin};
  GrownLog other_{kOrigin};
  FakeClock clock_;
  ForgetfulFiles files_{1};
  std::unique_ptr<Witness> witness_;
};

TEST_F(WitnessTest, CosignsALogAsItGrows) {
  uint64_t known = 0;
  for (const uint64_t size : {0, 1, 2, 3, 255, 256, 257, 257, 511, 512, 699}) {
    const WitnessAnswer answer = witness_->AddCheckpoint(log_.Request(known, size));
    ASSERT_EQ(answer.status, 200) << size << answer.body;
    const Result<ReceivedCosignature> received = ReadCosignature(answer.body, log_.Note(size), witness_->key());
    ASSERT_TRUE(received.ok()) << received.status().ToString();
    EXPECT_EQ(received->line, answer.body);
    EXPECT_EQ(received->seconds, clock_.NowMillis() / 1000);
    known = size;
    clock_.AdvanceMillis(60'000);
  }
}

TEST_F(WitnessTest, TellsTheSizeItKnowsWhenAskedFromAnother) {
  EXPECT_EQ(Ask(0, 20), 200);
  const WitnessAnswer answer = witness_->AddCheckpoint(log_.Request(10, 30));
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.content_type, "text/x.tlog.size");
  EXPECT_EQ(answer.body, "20\n");
  EXPECT_EQ(witness_->AddCheckpoint(log_.Request(0, 30)).body, "20\n");
  EXPECT_EQ(Ask(20, 30), 200);
  EXPECT_EQ(Ask(20, 25), 409) << "backwards";
}

TEST_F(WitnessTest, AnotherHistoryUnderTheSameKeyIsRefused) {
  ASSERT_EQ(Ask(0, 100), 200);
  const std::string lie = FormatAddCheckpoint({100, other_.Proof(100, 200), other_.Note(200)});
  EXPECT_EQ(witness_->AddCheckpoint(lie).status, 422);
  EXPECT_EQ(witness_->AddCheckpoint(FormatAddCheckpoint({100, {}, other_.Note(100)})).status, 422)
      << "same size, other root";
  EXPECT_EQ(witness_->AddCheckpoint(FormatAddCheckpoint({0, {}, other_.Note(200)})).status, 409) << "from nothing";
  EXPECT_EQ(Ask(100, 200), 200);
}

// The control of the test above: a witness that has not seen the first history signs the second.
TEST_F(WitnessTest, TheOtherHistoryIsGoodForWhoHasNotSeenTheFirst) {
  EXPECT_EQ(witness_->AddCheckpoint(other_.Request(0, 200)).status, 200);
}

TEST_F(WitnessTest, WrongProofsAreRefused) {
  ASSERT_EQ(Ask(0, 100), 200);
  std::vector<Digest> proof = log_.Proof(100, 300);
  ASSERT_GT(proof.size(), 2u);
  for (size_t i = 0; i < proof.size(); ++i) {
    std::vector<Digest> wrong = proof;
    wrong[i][3] ^= 1;
    EXPECT_EQ(witness_->AddCheckpoint(FormatAddCheckpoint({100, wrong, log_.Note(300)})).status, 422);
    wrong = proof;
    wrong.erase(wrong.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(witness_->AddCheckpoint(FormatAddCheckpoint({100, wrong, log_.Note(300)})).status, 422);
  }
  EXPECT_EQ(witness_->AddCheckpoint(FormatAddCheckpoint({100, proof, log_.Note(300)})).status, 200);
}

TEST_F(WitnessTest, ANonEmptyProofFromNothingIsRefused) {
  EXPECT_EQ(witness_->AddCheckpoint(FormatAddCheckpoint({0, log_.Proof(3, 10), log_.Note(10)})).status, 422);
  EXPECT_EQ(Ask(0, 10), 200);
}

TEST_F(WitnessTest, AnEmptyTreeHasTheEmptyTreesRoot) {
  const std::string note = *SignCheckpoint({kOrigin, 0, LeafHash("no")}, log_.signer());
  EXPECT_EQ(witness_->AddCheckpoint(FormatAddCheckpoint({0, {}, note})).status, 422);
  EXPECT_EQ(Ask(0, 0), 200);
}

TEST_F(WitnessTest, WhoIsNotKnownIsNotCosigned) {
  GrownLog stranger("stranger.example", 5);
  stranger.Grow(3, "entry");
  EXPECT_EQ(witness_->AddCheckpoint(stranger.Request(0, 3)).status, 404);
  GrownLog impostor(kOrigin, 6);  // the origin, another key
  impostor.Grow(3, "entry");
  EXPECT_EQ(witness_->AddCheckpoint(impostor.Request(0, 3)).status, 403);
  std::string broken = log_.Request(0, 10);
  const size_t at = broken.rfind("\xe2\x80\x94");
  broken[at + 40] = broken[at + 40] == 'A' ? 'B' : 'A';
  EXPECT_EQ(witness_->AddCheckpoint(broken).status, 403);
  // A good signature beside one that claims to be by the key and is not: the note is malformed.
  std::string both = log_.Request(0, 10);
  EXPECT_EQ(witness_->AddCheckpoint(both + broken.substr(at)).status, 403);
  EXPECT_EQ(witness_->AddCheckpoint(both).status, 200);
}

TEST_F(WitnessTest, SignaturesOfStrangersAreIgnored) {
  SeededRandom random(9);
  const Signer stranger = Signer::Generate(random);
  const std::string theirs = *SignNote(FormatCheckpoint(log_.At(10)), "stranger.example", stranger);
  const std::string line = theirs.substr(theirs.find("\n\n") + 2);
  EXPECT_EQ(witness_->AddCheckpoint(log_.Request(0, 10) + line).status, 200);
  // And nothing of them is kept.
  EXPECT_EQ(witness_->NewestCheckpoint(OriginHash(kOrigin)).body.find("stranger"), std::string::npos);
}

TEST_F(WitnessTest, ALogMayHaveSeveralKeys) {
  GrownLog again(kOrigin, 8);
  again.Grow(700, "entry");
  witness_ = *Witness::Open(files_, TestSigner(), {log_.key(), again.key()}, clock_);
  EXPECT_EQ(Ask(0, 10), 200);
  EXPECT_EQ(witness_->AddCheckpoint(again.Request(10, 30)).status, 200);
  EXPECT_EQ(Ask(10, 40), 409);
}

TEST_F(WitnessTest, ExtensionLinesAreCosignedWithTheRest) {
  const std::string text = FormatCheckpoint(log_.At(10)) + "an extension\n";
  const std::string note = *SignNote(text, kOrigin, log_.signer());
  const WitnessAnswer answer = witness_->AddCheckpoint(FormatAddCheckpoint({0, {}, note}));
  ASSERT_EQ(answer.status, 200);
  EXPECT_TRUE(ReadCosignature(answer.body, note, witness_->key()).ok());
}

TEST_F(WitnessTest, WhatIsNoRequestIsAnswered400) {
  EXPECT_EQ(witness_->AddCheckpoint("").status, 400);
  EXPECT_EQ(witness_->AddCheckpoint("old 0\n\nno note").status, 400);
  EXPECT_EQ(witness_->AddCheckpoint("old 0\n\n" + *SignNote("only\ntwo\n", kOrigin, log_.signer())).status, 400);
  EXPECT_EQ(witness_->AddCheckpoint(FormatAddCheckpoint({11, {}, log_.Note(10)})).status, 400)
      << "old size above the new";
}

TEST_F(WitnessTest, ServesTheNewestWithBothSignatures) {
  EXPECT_EQ(witness_->NewestCheckpoint(OriginHash(kOrigin)).status, 404);
  ASSERT_EQ(Ask(0, 10), 200);
  const WitnessAnswer answer = witness_->AddCheckpoint(log_.Request(10, 30));
  const WitnessAnswer newest = witness_->NewestCheckpoint(OriginHash(kOrigin));
  EXPECT_EQ(newest.status, 200);
  EXPECT_THAT(newest.body, HasSubstr(answer.body));
  EXPECT_EQ(OpenCheckpoint(newest.body, log_.key())->size, 30u);
  EXPECT_EQ(witness_->NewestCheckpoint(OriginHash("other")).status, 404);
}

TEST_F(WitnessTest, RemembersAcrossAStart) {
  ASSERT_EQ(Ask(0, 100), 200);
  Open();
  EXPECT_EQ(witness_->AddCheckpoint(other_.Request(0, 200)).body, "100\n");
  EXPECT_EQ(Ask(100, 200), 200);
}

TEST_F(WitnessTest, AClockThatGoesBackMakesNoSmallerTreeLookNewer) {
  ASSERT_EQ(Ask(0, 100), 200);
  const int64_t first = clock_.NowMillis() / 1000;
  clock_.AdvanceMillis(-3'600'000);
  const WitnessAnswer answer = witness_->AddCheckpoint(log_.Request(100, 200));
  EXPECT_EQ(ReadCosignature(answer.body, log_.Note(200), witness_->key())->seconds, first);
}

TEST_F(WitnessTest, StateThatThisKeyDidNotCosignKeepsItFromStarting) {
  ASSERT_EQ(Ask(0, 100), 200);
  const std::string file = OriginHash(kOrigin) + ".checkpoint";
  const Bytes good = **files_.Read(file);
  for (const std::string& content : {std::string(), good.substr(0, good.size() / 2), log_.Note(100)}) {
    ASSERT_TRUE(files_.Write(file, content).ok());
    EXPECT_EQ(Witness::Open(files_, TestSigner(), {log_.key()}, clock_).reason(), Reason::kDataCorrupt);
  }
  ASSERT_TRUE(files_.Write(file, good).ok());
  EXPECT_TRUE(Witness::Open(files_, TestSigner(), {log_.key()}, clock_).ok());
}

TEST_F(WitnessTest, AWitnessThatCannotWriteCosignsNothingMore) {
  ASSERT_EQ(Ask(0, 10), 200);
  files_.CutPowerAfter(2);
  EXPECT_EQ(Ask(10, 20), 500);
  files_.LoseUnsynced();  // the disk is back, but what it holds is known to a fresh start alone
  EXPECT_EQ(Ask(10, 20), 500);
  Open();
  EXPECT_THAT((std::vector<int>{Ask(10, 20), Ask(20, 20)}), ::testing::Contains(200));
}

TEST_F(WitnessTest, OfManyWhoAskAtOnceOneIsFirst) {
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const GrownLog& log = i % 2 == 0 ? log_ : other_;
      if (witness_->AddCheckpoint(log.Request(0, 100 + i)).status == 200) ++good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 1);
}

TEST(StateDirectoryTest, IsOneProcesssAndKeepsWhatWasWritten) {
  char pattern[] = "/tmp/strongroom-witness-XXXXXX";
  const std::string path = mkdtemp(pattern);
  {
    Result<std::unique_ptr<StateDirectory>> first = StateDirectory::Open(path + "/state", true);
    ASSERT_TRUE(first.ok()) << first.status().ToString();
    EXPECT_EQ(StateDirectory::Open(path + "/state", true).reason(), Reason::kStorageUnavailable);
    FakeClock clock;
    GrownLog log(kOrigin);
    log.Grow(30, "entry");
    EXPECT_EQ((*Witness::Open(**first, TestSigner(), {log.key()}, clock))->AddCheckpoint(log.Request(0, 30)).status,
              200);
    const auto mode = std::filesystem::status(path + "/state/" + OriginHash(kOrigin) + ".checkpoint").permissions();
    EXPECT_EQ(mode & std::filesystem::perms::others_all, std::filesystem::perms::none);
  }
  Result<std::unique_ptr<StateDirectory>> again = StateDirectory::Open(path + "/state", false);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE((*again)->Read(OriginHash(kOrigin) + ".checkpoint")->has_value());
  EXPECT_FALSE((*again)->Read("nothing")->has_value());
  EXPECT_FALSE(StateDirectory::Open(path + "/none", false).ok());
  std::filesystem::remove_all(path);
}

// --- loss of power ---

struct CrashCount {
  int trials = 0;
  int cuts = 0;
  int cosigned = 0;
  int contradictions = 0;
  int refused_to_start = 0;
};

// Two histories that part after entry 20 and one witness whose power is cut again and again.  Whoever holds both asks
// for whichever it can get.  A contradiction: a cosignature of each that left.
CrashCount Crash(WitnessOptions options) {
  GrownLog honest(kOrigin);
  GrownLog forged(kOrigin);
  honest.Grow(60, "entry");
  forged.Grow(20, "entry");
  forged.Grow(40, "lie");
  CrashCount count;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    ++count.trials;
    SeededRandom random(seed);
    ForgetfulFiles files(seed);
    FakeClock clock;
    bool of_honest = false;
    bool of_forged = false;
    for (int start = 0; start < 12; ++start) {
      Result<std::unique_ptr<Witness>> witness = Witness::Open(files, TestSigner(), {honest.key()}, clock, options);
      if (!witness.ok()) {
        ++count.refused_to_start;
        break;
      }
      files.CutPowerAfter(1 + random.Below(20));
      while (!files.power_is_off()) {
        const bool lie = random.Below(2) == 1;
        const GrownLog& log = lie ? forged : honest;
        const uint64_t from = [&] {
          const WitnessAnswer answer = (*witness)->NewestCheckpoint(OriginHash(kOrigin));
          return answer.status == 200 ? OpenCheckpoint(answer.body, log.key())->size : 0;
        }();
        const uint64_t to = from + random.Below(61 - from);
        const WitnessAnswer answer = (*witness)->AddCheckpoint(log.Request(from, to));
        if (answer.status != 200) continue;
        EXPECT_TRUE(ReadCosignature(answer.body, log.Note(to), (*witness)->key()).ok());
        ++count.cosigned;
        if (to > 20) (lie ? of_forged : of_honest) = true;
      }
      files.CutPowerAfter(0);
      files.LoseUnsynced();
      ++count.cuts;
    }
    if (of_honest && of_forged) ++count.contradictions;
  }
  std::printf("%d trials, %d cuts of power, %d cosignatures, %d contradictions, %d refused to start\n", count.trials,
              count.cuts, count.cosigned, count.contradictions, count.refused_to_start);
  return count;
}

TEST(WitnessCrashTest, NoLossOfPowerMakesItVouchForTwoHistories) {
  const CrashCount count = Crash({});
  EXPECT_EQ(count.contradictions, 0);
  EXPECT_EQ(count.refused_to_start, 0) << "and what it finds is always whole";
  EXPECT_GT(count.cosigned, 500);
}

TEST(WitnessCrashTest, WithoutFlushingItDoes) {
  WitnessOptions options;
  options.sync_for_tests = false;
  EXPECT_GT(Crash(options).contradictions, 0);
}

TEST(WitnessCrashTest, WithTheAnswerBeforeTheWriteItDoes) {
  WitnessOptions options;
  options.write_first_for_tests = false;
  EXPECT_GT(Crash(options).contradictions, 0);
}

}  // namespace
}  // namespace strongroom
