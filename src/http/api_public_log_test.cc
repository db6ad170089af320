// What everybody may read of the logs: nothing unless configured, then hashes and checkpoints, and never a byte of an
// entry.
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kEntries = 600;

class ApiPublicLogTest : public ApiTest {
 protected:
  void Fill(bool is_public) {
    vault_.witness.public_log = is_public;
    vault_.Restart();
    for (size_t i = 0; i < kEntries; ++i) vault_->audit().Logs(vault_.As("auditor")).Wait().status().IgnoreError();
    vault_.SequenceAll();
  }
  const LogReader& log() { return *vault_->house().office().log; }
  // Every address of a log's files that tlog-tiles knows, and some that it does not.
  std::vector<std::string> Addresses(const std::string& prefix) {
    std::vector<std::string> all = {"checkpoint", "witnessed", "state", "entries", "tile/entries"};
    const uint64_t size = *log().Size();
    for (const std::string& level :
         {std::string("entries"), std::string("0"), std::string("1"), std::string("63"), std::string("64"),
          std::string("255"), std::string("Entries"), std::string("entries%2F000"), std::string("%65ntries"),
          std::string("0x0"), std::string("-1"), std::string("00")}) {
      for (uint64_t index = 0; index <= size / 256 + 1; ++index) {
        const std::string number = TilePath(0, index, 256).substr(7);
        all.push_back("tile/" + level + "/" + number);
        for (const size_t width : {1, 17, 255})
          all.push_back("tile/" + level + "/" + number + ".p/" + std::to_string(width));
        all.push_back("tile/" + level + "/" + number + ".p/" + std::to_string(size % 256));
      }
    }
    for (std::string& address : all) address.insert(0, prefix);
    return all;
  }
  // How many entries of the log lie, whole, in what these addresses answer; a trial of every address.
  size_t EntriesFoundIn(const std::string& role, const std::string& prefix, size_t* answered) {
    std::vector<Bytes> entries;
    const uint64_t size = *log().Size();
    for (uint64_t index = 0; index * 256 < size; ++index) {
      const size_t width = std::min<uint64_t>(256, size - index * 256);
      const Bytes bundle = *log().ReadBundle(index, width);
      std::vector<ByteView> views;
      EXPECT_TRUE(DecodeBundle(bundle, width, views).ok());
      for (const ByteView view : views) entries.emplace_back(view);
    }
    std::set<Bytes> found;
    for (const std::string& address : Addresses(prefix)) {
      const ApiAnswer answer = Call(role, "GET " + address);
      if (answer.status != 200) continue;
      ++*answered;
      for (const Bytes& entry : entries) {
        if (answer.body.find(entry) != std::string::npos) found.insert(entry);
      }
    }
    return found.size();
  }
};

TEST_F(ApiPublicLogTest, NothingIsThereUnlessConfigured) {
  Fill(false);
  for (const std::string& address : Addresses("/log/office/"))
    EXPECT_EQ(Call("", "GET " + address).status, 404) << address;
}

TEST_F(ApiPublicLogTest, NoEntryIsReachableThere) {
  Fill(true);
  size_t answered = 0;
  EXPECT_EQ(EntriesFoundIn("", "/log/office/", &answered), 0u);
  EXPECT_GT(answered, 5u) << "and something is";
  EXPECT_EQ(Outcome("", "GET /log/office/tile/entries/000"), "404 route-not-found");
  EXPECT_EQ(Outcome("everything", "GET /log/office/tile/entries/000"), "404 route-not-found") << "whoever asks";
}

// The control: the same search, at the same addresses, of who may read entries, finds every one.
TEST_F(ApiPublicLogTest, TheSameSearchFindsEveryEntryWhereTheyAre) {
  Fill(true);
  const uint64_t size = *log().Size();
  ASSERT_GT(size, 512u);
  size_t answered = 0;
  EXPECT_EQ(EntriesFoundIn("auditor", "/v1/audit/logs/office/", &answered), size);
}

TEST_F(ApiPublicLogTest, AMonitorCanFollowWithIt) {
  Fill(true);
  const ApiAnswer checkpoint = Call("", "GET /log/office/checkpoint");
  const Result<Checkpoint> opened = OpenCheckpoint(checkpoint.body, *log().Key());
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(checkpoint.HeaderOf("Cache-Control"), "public, max-age=5");
  class Web : public TileReader {
   public:
    explicit Web(std::function<ApiAnswer(const std::string&)> get) : get_(std::move(get)) {}
    Result<Bytes> ReadTile(uint8_t level, uint64_t index, size_t width) const override {
      const ApiAnswer answer = get_("GET /log/office/" + TilePath(level, index, width));
      EXPECT_EQ(answer.status, 200);
      EXPECT_THAT(answer.HeaderOf("Cache-Control"), HasSubstr(width == 256 ? "immutable" : "max-age=5"));
      return answer.body;
    }

   private:
    std::function<ApiAnswer(const std::string&)> get_;
  } web([this](const std::string& line) { return Call("", line); });
  EXPECT_EQ(*RootOf(web, opened->size), opened->root);
}

TEST_F(ApiPublicLogTest, OtherLogsAndALockedHouseAnswerNothing) {
  Fill(true);
  EXPECT_EQ(Outcome("", "GET /log/attic/checkpoint"), "404 route-not-found") << "as any other address";
  EXPECT_EQ(Outcome("", "GET /log/office/witnessed"), "404 route-not-found");
  EXPECT_EQ(Outcome("", "GET /log/office/checkpoint?x=1"), "400 invalid-argument");
  ASSERT_TRUE(vault_.Lock(vault_.As("everything")).ok());
  EXPECT_EQ(Outcome("", "GET /log/office/checkpoint"), "503 server-locked");
}

}  // namespace
}  // namespace strongroom
