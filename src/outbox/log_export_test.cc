// Every entry of every log reaches each place, in order, whatever breaks; a receiver can check that it has all of them.
#include "outbox/log_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/checkpoint.h"
#include "audit/log_pruner.h"
#include "audit/sequencer.h"
#include "audit/signed_note.h"
#include "base/encoding.h"
#include "base/json.h"
#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Outcome = Delivery::Outcome;

constexpr char kPlace[] = "webhook/siem";
constexpr UnixMillis kDay = 86'400'000;

// What a careful receiver does: it drops what it has, refuses a gap, and holds what it has against each checkpoint.
struct Receiver {
  struct Log {
    TreeBuilder tree;
    uint64_t checkpoints = 0;
    std::vector<std::string> entries;
  };
  std::map<std::string, Log> logs;
  std::vector<std::string> batches;  // ids, of those that came
  std::vector<std::string> problems;
  uint64_t doubles = 0;
  std::function<Outcome()> answer = [] { return Outcome::kSent; };

  void Take(const LogBatch& batch) {
    for (const LogLine& line : batch.lines) {
      const JsonDocument document = *JsonDocument::ParseObject(line.json);
      const JsonValue root = document.root();
      const std::string type(*root.GetString("type"));
      Log& log = logs[std::string(*root.GetString("log"))];
      if (type == "begin") Begin(root, log);
      if (type == "entry") Entry(root, log);
      if (type == "checkpoint") Check(root, log);
    }
  }
  uint64_t Entries() const {
    uint64_t all = 0;
    for (const auto& [name, log] : logs) all += log.entries.size();
    return all;
  }

 private:
  void Begin(const JsonValue& root, Log& log) {
    const auto index = static_cast<uint64_t>(*root.GetInt("index"));
    if (index < log.tree.size()) return;  // again
    if (log.tree.size() > 0 && index > log.tree.size()) problems.push_back("a gap");
    log = Log();
    if (index > 0) problems.push_back("this receiver begins with the first entry");
  }
  void Entry(const JsonValue& root, Log& log) {
    const auto index = static_cast<uint64_t>(*root.GetInt("index"));
    if (index < log.tree.size()) {
      ++doubles;
      return;
    }
    if (index > log.tree.size()) {
      problems.push_back("entry " + std::to_string(index) + " after " + std::to_string(log.tree.size()));
      return;
    }
    Digest leaf{};
    const Bytes bytes = *Base64Decode(*root.GetString("leaf"));
    std::copy_n(AsU8(ByteView(bytes)), leaf.size(), leaf.begin());
    log.tree.Append(leaf, nullptr);
    log.entries.emplace_back(root.RawText());
  }
  void Check(const JsonValue& root, Log& log) {
    if (static_cast<uint64_t>(*root.GetInt("size")) != log.tree.size()) return;  // of what came before
    const Result<NoteParts> note = SplitNote(*root.GetString("note"));
    const Result<ParsedCheckpoint> parsed = ParseCheckpoint(note->text);
    if (parsed->checkpoint.root != log.tree.Root()) problems.push_back("a checkpoint does not fit");
    ++log.checkpoints;
  }
};

class FakeReceiver : public LogReceiver {
 public:
  explicit FakeReceiver(Receiver& receiver) : receiver_(receiver) {}
  Delivery Take(const LogBatch& batch, const StopSignal&) override {
    receiver_.batches.push_back(batch.id);
    const Outcome outcome = receiver_.answer();
    if (outcome == Outcome::kSent) receiver_.Take(batch);
    return {outcome, outcome == Outcome::kSent ? "" : "webhook 503", false};
  }

 private:
  Receiver& receiver_;
};

class LogExportTest : public testing::Test {
 protected:
  LogExportTest() {
    house_.FillCatalogue();
    for (int i = 0; i < 20; ++i) {
      const std::string number = std::to_string(i);
      codes_.push_back(house_.MakeCustomer(number, "ada" + number + "@example.com"));
    }
    Sequence();
    Open();
  }
  ~LogExportTest() override { export_.reset(); }
  void Open(bool customers = false) {
    export_.reset();
    LogReceivers receivers;
    receivers[kPlace] = std::make_unique<FakeReceiver>(receiver_);
    Result<std::unique_ptr<LogExport>> opened = LogExport::Open(*house_.house, std::move(receivers), customers);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    export_ = *std::move(opened);
  }
  // As after a power cut: what was not written down is not known.
  void Crash() {
    export_.reset();
    house_.Reopen();
    Open();
  }
  void Sequence() {
    Merge(house_.OfficeLog(), "strongroom/office-test");
    Merge(house_.LogOf(TestHouse::kMain), "strongroom/main-test");
    Merge(house_.LogOf(TestHouse::kVip), "strongroom/vip-test");
  }
  static void Merge(TestLog& log, const std::string& origin) {
    auto sequencer = Sequencer::Open(log.data, log.keys, log.ring, log.random, {origin, 8192});
    ASSERT_TRUE(sequencer.ok()) << sequencer.status().ToString();
    while (*(*sequencer)->Step()) {
    }
  }
  void Look(int times) {
    for (int i = 0; i < times; ++i) {
      const auto read =
          house_.customers->Read(house_.As("support"), codes_[static_cast<size_t>(i) % codes_.size()]).Wait();
      ASSERT_TRUE(read.ok()) << read.status().ToString();
    }
    Sequence();
  }
  void SendAll() {
    for (int i = 0; i < 1'000; ++i) {
      const Result<size_t> sent = export_->SendDue(kPlace);
      ASSERT_TRUE(sent.ok()) << sent.status().ToString();
      if (*sent == 0) return;
    }
    FAIL() << "there was always more";
  }
  uint64_t Merged() {
    uint64_t all = *house_.house->office().log->Size();
    for (const auto& room : house_.house->compartments()) all += *room->log->Size();
    return all;
  }

  TestHouse house_;
  std::vector<std::string> codes_;
  Receiver receiver_;
  std::unique_ptr<LogExport> export_;
};

TEST_F(LogExportTest, EveryEntryArrivesInOrderAndTheReceiverCanProveIt) {
  Look(1'500);
  SendAll();
  EXPECT_EQ(receiver_.Entries(), Merged());
  EXPECT_THAT(receiver_.problems, testing::IsEmpty());
  EXPECT_EQ(receiver_.doubles, 0u);
  for (const auto& [name, log] : receiver_.logs) {
    if (log.entries.empty()) continue;
    EXPECT_GE(log.checkpoints, 1u) << name;
  }
  // The control: one entry less, and no checkpoint fits any more.
  Receiver careless;
  LogBatch batch;
  for (const std::string& json : receiver_.logs.at("strongroom/main-test").entries) {
    LogLine line;
    line.json = json;
    batch.lines.push_back(std::move(line));
  }
  batch.lines.erase(batch.lines.begin() + 7);
  careless.Take(batch);
  EXPECT_THAT(careless.problems, Not(testing::IsEmpty()));
  EXPECT_EQ(export_->State().places.at(0).behind.at("main"), 0u);
}

TEST_F(LogExportTest, APositionMovesOnlyWhenItWasTaken) {
  Look(3);
  receiver_.answer = [] { return Outcome::kLater; };
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(export_->SendDue(kPlace).ok());
  EXPECT_EQ(receiver_.batches[0], receiver_.batches[2]) << "the same again";
  EXPECT_EQ(receiver_.Entries(), 0u);
  EXPECT_EQ(export_->Taken("main"), 0u);
  LogExportState state = export_->State();
  EXPECT_EQ(state.places.at(0).failed_attempts, 3u);
  EXPECT_EQ(state.places.at(0).failure, "webhook 503");
  EXPECT_GT(state.places.at(0).behind.at("main"), 0u);
  // What says no is asked again as well: there is nothing to leave out.
  receiver_.answer = [] { return Outcome::kNever; };
  EXPECT_FALSE(export_->SendDue(kPlace).ok());
  receiver_.answer = [] { return Outcome::kSent; };
  SendAll();  // the control
  EXPECT_EQ(receiver_.Entries(), Merged());
  EXPECT_EQ(export_->State().places.at(0).failing_since, 0);
  // Taken, and not written down yet: pruning must not count on it.
  EXPECT_EQ(export_->Taken("main"), 0u);
  ASSERT_TRUE(export_->SavePositions().ok());
  EXPECT_EQ(export_->Taken("main"), *house_.RoomAt(TestHouse::kMain).log->Size());
}

TEST_F(LogExportTest, AfterACrashNothingIsLeftOut) {
  Look(700);
  ASSERT_TRUE(export_->SendDue(kPlace).ok());
  ASSERT_TRUE(export_->SavePositions().ok());
  ASSERT_TRUE(export_->SendDue(kPlace).ok());
  const uint64_t before = receiver_.Entries();
  Crash();
  Look(10);
  SendAll();
  EXPECT_GT(receiver_.doubles, 0u) << "what was taken after the position was written comes again";
  EXPECT_LT(receiver_.doubles, before);
  EXPECT_EQ(receiver_.Entries(), Merged());
  EXPECT_THAT(receiver_.problems, testing::IsEmpty());
}

TEST_F(LogExportTest, WritingPositionsDownIsNoWorkWithoutEnd) {
  Look(5);
  for (int i = 0; i < 20; ++i) {
    SendAll();
    ASSERT_TRUE(export_->SavePositions().ok());
    Sequence();
  }
  size_t own = 0;
  for (const AuditEntry& entry : house_.OfficeEntries()) own += entry.detail == "log export to webhook/siem" ? 1 : 0;
  EXPECT_EQ(own, 1u);
  Look(1);  // the control: what others did is written down again
  SendAll();
  ASSERT_TRUE(export_->SavePositions().ok());
  own = 0;
  for (const AuditEntry& entry : house_.OfficeEntries()) own += entry.detail == "log export to webhook/siem" ? 1 : 0;
  EXPECT_EQ(own, 2u);
}

TEST_F(LogExportTest, CustomersAreLeftOutUnlessTheConfigurationSaysOtherwise) {
  Look(2);
  SendAll();
  std::string all;
  for (const std::string& entry : receiver_.logs.at("strongroom/main-test").entries) all += entry;
  EXPECT_THAT(all, HasSubstr(R"("customers":[])"));
  EXPECT_THAT(all, HasSubstr(R"("customers":1)"));
  EXPECT_THAT(all, Not(HasSubstr("bytes")));
  receiver_ = Receiver();
  Open(true);
  SendAll();
  uint64_t matched = 0;
  for (const std::string& entry : receiver_.logs.at("strongroom/main-test").entries) {
    const JsonDocument document = *JsonDocument::ParseObject(entry);
    const Bytes bytes = *Base64Decode(*document.root().GetString("bytes"));
    matched += Base64Encode(View(LeafHash(bytes))) == *document.root().GetString("leaf") ? 1 : 0;
  }
  EXPECT_EQ(matched, receiver_.logs.at("strongroom/main-test").entries.size());
  EXPECT_GT(matched, 20u);
}

TEST_F(LogExportTest, APlaceThatComesToAPrunedLogGoesOnFromTheHashesThatStayed) {
  Look(1'200);
  TestLog& main = house_.LogOf(TestHouse::kMain);
  LogPruner pruner(main.data, main.keys, main.ring, main.random);
  Room& room = house_.RoomAt(TestHouse::kMain);
  const UnixMillis now = std::max(house_.clock.NowMillis(), main.clock.NowMillis());
  const Result<Pruned> pruned = pruner.Prune(*room.journal, {.before = now + kDay, .at_most = 300});
  ASSERT_TRUE(pruned.ok()) << pruned.status().ToString();
  EXPECT_EQ(pruned->end, 0u) << "blocks have 1,024 entries";
  const Result<Pruned> more = pruner.Prune(*room.journal, {.before = now + kDay});
  ASSERT_TRUE(more.ok());
  ASSERT_EQ(more->end, 1'024u);
  ASSERT_TRUE(pruner.Sweep().ok());
  Sequence();
  // 1,024 entries are one complete subtree.
  const Result<TreeBuilder> tree = TreeBuilder::Continue(*room.log, 1'024);
  ASSERT_TRUE(tree.ok());
  ASSERT_EQ(PeaksOf(*tree).size(), 1u);
  EXPECT_EQ(PeaksOf(*tree).front(), *RootOf(*room.log, 1'024));
  struct Kept : LogReceiver {
    std::vector<LogLine>* lines = nullptr;
    Delivery Take(const LogBatch& batch, const StopSignal&) override {
      lines->insert(lines->end(), batch.lines.begin(), batch.lines.end());
      return {Outcome::kSent, "", false};
    }
  };
  std::vector<LogLine> lines;
  auto kept = std::make_unique<Kept>();
  kept->lines = &lines;
  LogReceivers receivers;
  receivers[kPlace] = std::move(kept);
  export_ = *LogExport::Open(*house_.house, std::move(receivers), false);
  SendAll();
  bool found = false;
  uint64_t lowest = UINT64_MAX;
  for (const LogLine& line : lines) {
    if (!ByteView(line.json).starts_with(R"({"type":)") || line.json.find("main-test") == Bytes::npos) continue;
    if (line.type == LogLine::Type::kEntry) lowest = std::min(lowest, line.index);
    if (line.type != LogLine::Type::kBegin) continue;
    found = line.index == 1'024 && line.json.find(Base64Encode(View(PeaksOf(*tree).front()))) != Bytes::npos;
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(lowest, 1'024u);
}

TEST(LogExportConfigTest, RefusesWhatCannotBeCountedOn) {
  LogExportConfig config;
  EXPECT_TRUE(MakeLogReceivers(config)->empty());
  config.syslog = {"siem=udp://127.0.0.1:514"};
  EXPECT_EQ(MakeLogReceivers(config).status().reason(), Reason::kConfigInvalid);
  config.syslog = {"siem=tcp://127.0.0.1:514"};
  EXPECT_EQ(MakeLogReceivers(config)->size(), 1u);
  config.webhooks = {"siem=https://siem.example.com/"};
  const Status unsigned_hook = MakeLogReceivers(config).status();
  EXPECT_EQ(unsigned_hook.reason(), Reason::kConfigInvalid);
  EXPECT_THAT(unsigned_hook.message(), HasSubstr("'log_export.webhook_secret_files' has no entry"));
}

}  // namespace
}  // namespace strongroom
