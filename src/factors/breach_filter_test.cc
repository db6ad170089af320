#include "factors/breach_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "crypto/random.h"
#include "factors/breach_filter_builder.h"

namespace strongroom {
namespace {

namespace fs = std::filesystem;

class BreachFilterTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "breach-filter-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }
  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(Path(name)).parent_path());
    std::ofstream(Path(name), std::ios::binary) << text;
  }
  static std::string Read(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }

  fs::path directory_;
};

std::string Upper(std::string hex) {
  for (char& c : hex) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  return hex;
}

Sha1Digest Drawn(Random& random) {
  Sha1Digest hash;
  random.Fill(hash.data(), hash.size());
  return hash;
}

std::vector<Sha1Digest> SortedHashes(size_t count, uint64_t seed) {
  SeededRandom random(seed);
  std::vector<Sha1Digest> hashes(count);
  for (Sha1Digest& hash : hashes) hash = Drawn(random);
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

std::string WholeHashes(const std::vector<std::string>& passwords) {
  std::vector<std::string> lines;
  for (const std::string& password : passwords) lines.push_back(Upper(HexEncode(View(Sha1({password})))) + ":7\n");
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

bool Knows(const BreachFilter& filter, std::string_view password) {
  return filter.Knows(SecretBytes::CopyOf(password));
}

TEST_F(BreachFilterTest, TheWorkedExampleHolds) {
  std::string line, hex;
  std::ifstream page(STRONGROOM_SOURCE_DIR "/docs/formats/breach-filter.md");
  while (std::getline(page, line)) {
    if (line.starts_with("file ")) hex = line.substr(5);
  }
  Write("list.txt", WholeHashes({"password", "123456", "strongroom"}));
  const auto info = BuildBreachFilter(Path("list.txt"), Path("filter"), {.false_positive_bits = 10});
  ASSERT_TRUE(info.ok()) << info.status().ToString();
  EXPECT_EQ(HexEncode(Read(Path("filter"))), hex);
  const auto filter = BreachFilter::FromBytes(*HexDecode(hex));
  ASSERT_TRUE(filter.ok()) << filter.status().ToString();
  EXPECT_TRUE(Knows(*filter, "strongroom"));
  EXPECT_FALSE(Knows(*filter, "gul kanot"));
}

TEST_F(BreachFilterTest, KnowsAllThatWasImportedAndFewStrangers) {
  for (const size_t count : {size_t{1}, size_t{2}, size_t{1000}, size_t{1025}, size_t{200'000}}) {
    const std::vector<Sha1Digest> hashes = SortedHashes(count, count);
    auto builder = BreachFilterBuilder::Create(Path("filter"), count, {.false_positive_bits = 8});
    ASSERT_TRUE(builder.ok());
    for (const Sha1Digest& hash : hashes) ASSERT_TRUE(builder->Add(hash, 1).ok());
    const auto info = builder->Finish();
    ASSERT_TRUE(info.ok()) << info.status().ToString();
    const auto filter = BreachFilter::Open(Path("filter"));
    ASSERT_TRUE(filter.ok());
    EXPECT_TRUE(filter->VerifyBody().ok());
    for (const Sha1Digest& hash : hashes) ASSERT_TRUE(filter->MayContain(hash));
    SeededRandom random(99);
    constexpr int kStrangers = 50'000;
    int known = 0;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kStrangers; ++i) known += filter->MayContain(Drawn(random));
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
    const double rate = static_cast<double>(known) / kStrangers;
    std::printf("%zu hashes: %.2f bytes each, %.5f of strangers known, %.5f stated, %.2f us a look-up\n", count,
                static_cast<double>(info->size_bytes) / static_cast<double>(count), rate, info->false_positive_rate,
                spent.count() / kStrangers);
    EXPECT_LE(info->false_positive_rate, 1.0 / 256);
    // Four standard deviations around what is stated.
    EXPECT_NEAR(rate, info->false_positive_rate, 4 * std::sqrt(info->false_positive_rate / kStrangers) + 1e-5);
  }
}

TEST_F(BreachFilterTest, ReadsAFolderOfRangeFilesAndAFileOfWholeHashesAlike) {
  const std::vector<std::string> passwords = {"password", "letmein", "hemligt1", "sommar2024", "qwerty"};
  Write("list.txt", WholeHashes(passwords));
  for (const std::string& password : passwords) {
    const std::string hex = Upper(HexEncode(View(Sha1({password}))));
    // Small letters, CRLF, padding, a file that does not belong.
    std::string name = hex.substr(0, 5);
    if (password == "letmein") name += ".txt";
    Write("ranges/" + name, "0000000000000000000000000000000000A:0\r\n" + hex.substr(5) + ":12\r\n");
  }
  Write("ranges/README", "from the public service\n");
  const auto whole = BuildBreachFilter(Path("list.txt"), Path("a"), {});
  const auto ranges = BuildBreachFilter(Path("ranges"), Path("b"), {});
  ASSERT_TRUE(whole.ok()) << whole.status().ToString();
  ASSERT_TRUE(ranges.ok()) << ranges.status().ToString();
  EXPECT_EQ(ranges->hashes, 5u);
  EXPECT_EQ(Read(Path("a")), Read(Path("b")));
  const auto filter = BreachFilter::Open(Path("b"));
  for (const std::string& password : passwords) EXPECT_TRUE(Knows(*filter, password));
  EXPECT_FALSE(fs::exists(Path("b.partial")));
}

TEST_F(BreachFilterTest, LeavesOutWhatIsRarerThanAsked) {
  const std::string rare = Upper(HexEncode(View(Sha1({"rare"})))), common = Upper(HexEncode(View(Sha1({"common"}))));
  Write("list", std::min(rare + ":2", common + ":900") + "\n" + std::max(rare + ":2", common + ":900") + "\n");
  ASSERT_TRUE(BuildBreachFilter(Path("list"), Path("filter"), {.least_count = 10}).ok());
  const auto filter = BreachFilter::Open(Path("filter"));
  EXPECT_TRUE(Knows(*filter, "common"));
  EXPECT_FALSE(Knows(*filter, "rare"));
  EXPECT_EQ(filter->info().least_count, 10u);
  EXPECT_EQ(BuildBreachFilter(Path("list"), Path("none"), {.least_count = 1000}).reason(), Reason::kImportInvalid);
}

TEST_F(BreachFilterTest, RefusesUnsortedAndMalformedListsAndLeavesTheOldFilterInPlace) {
  Write("good", WholeHashes({"password", "letmein"}));
  ASSERT_TRUE(BuildBreachFilter(Path("good"), Path("filter"), {}).ok()) << "control";
  const std::string before = Read(Path("filter"));
  const std::string good = WholeHashes({"password", "letmein"});
  const std::string swapped = good.substr(good.find('\n') + 1) + good.substr(0, good.find('\n') + 1);
  for (const std::string& bad :
       {swapped, "x" + good, good + "not a hash\n", good.substr(0, 39) + ":1\n", good.substr(0, 40) + "\n",
        good.substr(0, 40) + ":\n", good.substr(0, 40) + ":-1\n", good.substr(0, 40) + ":1x\n", "G" + good.substr(1),
        std::string(1'000'000, 'A'), std::string()}) {
    Write("bad", bad);
    EXPECT_EQ(BuildBreachFilter(Path("bad"), Path("filter"), {}).reason(), Reason::kImportInvalid);
    EXPECT_EQ(Read(Path("filter")), before);
    EXPECT_FALSE(fs::exists(Path("filter.partial")));
  }
  EXPECT_EQ(BuildBreachFilter(Path("absent"), Path("filter"), {}).reason(), Reason::kFileUnreadable);
  EXPECT_EQ(BuildBreachFilter(Path("good"), Path("no/such/folder"), {}).reason(), Reason::kFileUnreadable);
  const Status named = BuildBreachFilter(Path("bad"), Path("filter"), {}).status();
  Write("bad", good + "not a hash\n");
  EXPECT_NE(BuildBreachFilter(Path("bad"), Path("filter"), {}).status().message().find("line 3"), std::string::npos);
}

TEST_F(BreachFilterTest, MoreHashesThanExpectedAreRefused) {
  auto builder = BreachFilterBuilder::Create(Path("filter"), 2, {});
  ASSERT_TRUE(builder.ok());
  const std::vector<Sha1Digest> hashes = SortedHashes(3, 5);
  EXPECT_TRUE(builder->Add(hashes[0], 1).ok());
  EXPECT_TRUE(builder->Add(hashes[0], 1).ok()) << "the same again";
  EXPECT_TRUE(builder->Add(hashes[1], 1).ok());
  EXPECT_EQ(builder->Add(hashes[2], 1).reason(), Reason::kImportInvalid);
}

TEST_F(BreachFilterTest, RefusesOptionsOutOfRange) {
  EXPECT_TRUE(BreachFilterBuilder::Create(Path("f"), 1, {.false_positive_bits = 4}).ok()) << "control";
  EXPECT_EQ(BreachFilterBuilder::Create(Path("f"), 1, {.false_positive_bits = 3}).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(BreachFilterBuilder::Create(Path("f"), 1, {.false_positive_bits = 25}).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(BreachFilterBuilder::Create(Path("f"), 0, {}).reason(), Reason::kInvalidArgument);
}

TEST_F(BreachFilterTest, EveryChangedByteIsFound) {
  auto builder = BreachFilterBuilder::Create(Path("filter"), 3000, {.false_positive_bits = 6});
  for (const Sha1Digest& hash : SortedHashes(3000, 7)) ASSERT_TRUE(builder->Add(hash, 1).ok());
  ASSERT_TRUE(builder->Finish().ok());
  const std::string good = Read(Path("filter"));
  ASSERT_TRUE(BreachFilter::FromBytes(good)->VerifyBody().ok()) << "control";
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << i % 8));
    const auto filter = BreachFilter::FromBytes(bad);
    const bool found = !filter.ok() || !filter->VerifyBody().ok();
    ASSERT_TRUE(found) << i;
    // Whoever asks all the same gets an answer.
    if (filter.ok()) static_cast<void>(Knows(*filter, "password"));
  }
  for (const size_t size : {size_t{0}, size_t{1}, size_t{111}, size_t{112}, good.size() - 1}) {
    EXPECT_EQ(BreachFilter::FromBytes(good.substr(0, size)).reason(), Reason::kDataCorrupt) << size;
  }
  EXPECT_EQ(BreachFilter::FromBytes(good + "x").reason(), Reason::kDataCorrupt);
  EXPECT_EQ(BreachFilter::Open(Path("absent")).reason(), Reason::kFileUnreadable);
  EXPECT_EQ(BreachFilter::Open(directory_.string()).reason(), Reason::kDataCorrupt);
}

TEST_F(BreachFilterTest, MovesWithWhatItKnows) {
  Write("list", WholeHashes({"password"}));
  ASSERT_TRUE(BuildBreachFilter(Path("list"), Path("filter"), {}).ok());
  for (const bool mapped : {true, false}) {
    auto made = mapped ? BreachFilter::Open(Path("filter")) : BreachFilter::FromBytes(Read(Path("filter")));
    BreachFilter first = std::move(*made);
    const BreachFilter second = std::move(first);
    EXPECT_TRUE(Knows(second, "password"));
    EXPECT_FALSE(Knows(second, "gul kanot"));
  }
}

}  // namespace
}  // namespace strongroom
