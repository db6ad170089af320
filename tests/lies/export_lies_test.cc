// An exported log is mutated in every way one can think of, and at random; the verifier must find each and say where.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include "audit/export.h"
#include "audit/log_reader.h"
#include "audit/sequencer.h"
#include "audit/testing/test_log.h"
#include "audit/verifier.h"
#include "base/encoding.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

constexpr char kOrigin[] = "log.example/audit";
constexpr size_t kOldSize = 400;
constexpr size_t kSize = 700;  // bundles of 256, 256, 188; tiles 0/0, 0/1, 0/2.p/188, 1/0.p/2

using Files = std::map<std::string, Bytes>;

class MemoryFiles : public LogFiles {
 public:
  explicit MemoryFiles(Files files) : files_(std::move(files)) {}
  Result<std::optional<Bytes>> Read(const std::string& path) const override {
    const auto found = files_.find(path);
    return found == files_.end() ? std::optional<Bytes>() : std::optional<Bytes>(found->second);
  }
  Result<std::vector<std::string>> List() const override {
    std::vector<std::string> paths;
    for (const auto& [path, bytes] : files_) paths.push_back(path);
    return paths;
  }

 private:
  const Files files_;
};

// The verifier with its one comparison of hashes taken out: it must notice (almost) nothing any more.
class BlindVerifier : public ExportVerifier {
 public:
  using ExportVerifier::ExportVerifier;

 protected:
  bool SameHash(ByteView, ByteView) const override { return true; }
};

Files ReadAll(const std::string& directory) {
  Files files;
  const LogDirectory log(directory);
  const std::vector<std::string> paths = *log.List();
  for (const std::string& path : paths) files[path] = **log.Read(path);
  return files;
}

class ExportLiesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    log_ = new TestLog;
    Grow(kOldSize, 0);
    const LogReader reader(*log_->memory, log_->ring);
    old_note_ = *reader.ReadCheckpoint();
    key_ = *reader.Key();
    Grow(kSize - kOldSize, kOldSize);
    const TempDir directory;
    ASSERT_TRUE(ExportLog(reader, directory.path(), key_).ok());
    files_ = ReadAll(directory.path());
  }
  static void TearDownTestSuite() { delete log_; }

  static void Grow(size_t count, uint64_t first) {
    log_->Write(count, 1, first);
    auto sequencer = Sequencer::Open(log_->data, log_->keys, log_->ring, log_->random, {kOrigin});
    ASSERT_TRUE(sequencer.ok());
    while (*(*sequencer)->Step()) continue;
  }

  static VerifyReport Verify(const Files& files, std::optional<std::string_view> older = std::nullopt) {
    const MemoryFiles memory(files);
    return ExportVerifier(memory, key_).Verify(older);
  }
  static bool FoundBlind(const Files& files) {
    const MemoryFiles memory(files);
    return !BlindVerifier(memory, key_).Verify().ok();
  }

  // The entries of a bundle, to be changed and put back.
  static std::vector<Bytes> Entries(const Files& files, uint64_t bundle, size_t width) {
    std::vector<ByteView> views;
    EXPECT_TRUE(DecodeBundle(files.at(BundlePath(bundle, width)), width, views).ok());
    return {views.begin(), views.end()};
  }

  static inline TestLog* log_ = nullptr;
  static inline std::string old_note_;
  static inline VerifierKey key_;
  static inline Files files_;
};

void ExpectFound(const VerifyReport& report, const std::string& file, std::optional<uint64_t> index) {
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.problem->file, file) << report.problem->ToString();
  EXPECT_EQ(report.problem->index, index) << report.problem->ToString();
}

TEST_F(ExportLiesTest, TheUnalteredLogVerifies) {
  for (const std::optional<std::string_view> older : {std::optional<std::string_view>(), {old_note_}}) {
    const VerifyReport report = Verify(files_, older);
    EXPECT_TRUE(report.ok()) << report.problem->ToString();
    EXPECT_EQ(report.entries_checked, kSize);
    EXPECT_EQ(report.checkpoint->size, kSize);
  }
  EXPECT_EQ(files_.size(), 1u + 3u + 4u);
}

TEST_F(ExportLiesTest, AnAlteredEntryIsNamed) {
  Files files = files_;
  std::vector<Bytes> entries = Entries(files, 1, 256);
  AuditEntry entry = *AuditEntry::Decode(entries[44]);
  entry.purpose = "innocent";
  entries[44] = entry.Encode();
  files[BundlePath(1, 256)] = EncodeBundle(entries);
  ExpectFound(Verify(files), "tile/entries/001", 300);
  EXPECT_FALSE(FoundBlind(files));
}

TEST_F(ExportLiesTest, ADroppedReorderedOrAddedEntryIsFound) {
  const std::vector<Bytes> entries = Entries(files_, 0, 256);
  const std::string path = BundlePath(0, 256);
  Files files = files_;
  std::vector<Bytes> dropped = entries;
  dropped.erase(dropped.begin() + 10);
  files[path] = EncodeBundle(dropped);
  ExpectFound(Verify(files), path, 255);  // one too few
  dropped.push_back(entries[10]);         // moved to the end instead
  files[path] = EncodeBundle(dropped);
  ExpectFound(Verify(files), path, 10);
  EXPECT_FALSE(FoundBlind(files));
  std::vector<Bytes> swapped = entries;
  std::swap(swapped[3], swapped[200]);
  files[path] = EncodeBundle(swapped);
  ExpectFound(Verify(files), path, 3);
  EXPECT_FALSE(FoundBlind(files));
  std::vector<Bytes> added = entries;
  added.push_back(entries[0]);
  files[path] = EncodeBundle(added);
  ExpectFound(Verify(files), path, 256);
}

TEST_F(ExportLiesTest, AnAlteredTileIsNamedAndTheEntriesAreNot) {
  for (const auto& [path, first_index] :
       std::map<std::string, uint64_t>{{"tile/0/001", 256}, {"tile/0/002.p/188", 512}, {"tile/1/000.p/2", 0}}) {
    Files files = files_;
    files[path][5] ^= 1;
    ExpectFound(Verify(files), path, first_index);
    EXPECT_FALSE(FoundBlind(files));
  }
}

TEST_F(ExportLiesTest, AnEntryAlteredTogetherWithItsTilesIsFound) {
  Files files = files_;
  std::vector<Bytes> entries = Entries(files, 0, 256);
  entries[7][5] ^= 1;  // the nonce: it decodes as before
  files[BundlePath(0, 256)] = EncodeBundle(entries);
  const Digest leaf = LeafHash(entries[7]);
  files["tile/0/000"].replace(7 * kHashSizeBytes, kHashSizeBytes, View(leaf));
  ExpectFound(Verify(files), "tile/1/000.p/2", 0);
  EXPECT_FALSE(FoundBlind(files));
  // And with the whole tree: then only the signature is left, and it suffices.
  TreeBuilder tree;
  for (size_t i = 0; i < 256; ++i) tree.Append(LeafHash(entries[i]), {});
  files["tile/1/000.p/2"].replace(0, kHashSizeBytes, View(tree.Root()));
  ExpectFound(Verify(files), kCheckpointPath, std::nullopt);
  EXPECT_FALSE(FoundBlind(files));
}

TEST_F(ExportLiesTest, ATruncatedLogIsFoundAgainstTheOlderCheckpoint) {
  // The log as it was at 400, honestly signed, offered to someone who saw it at 700.
  const std::string new_note = files_.at(kCheckpointPath);
  Files files;
  files[kCheckpointPath] = old_note_;
  files[BundlePath(0, 256)] = files_.at(BundlePath(0, 256));
  std::vector<Bytes> second = Entries(files_, 1, 256);
  second.resize(kOldSize - 256);
  files[BundlePath(1, 144)] = EncodeBundle(second);
  files["tile/0/000"] = files_.at("tile/0/000");
  files["tile/0/001.p/144"] = files_.at("tile/0/001").substr(0, 144 * kHashSizeBytes);
  files["tile/1/000.p/1"] = files_.at("tile/1/000.p/2").substr(0, kHashSizeBytes);
  EXPECT_TRUE(Verify(files).ok());  // by itself it is a valid log
  ExpectFound(Verify(files, new_note), kCheckpointPath, std::nullopt);
}

TEST_F(ExportLiesTest, ARewrittenLogWithAValidSignatureIsFoundAgainstTheOlderCheckpoint) {
  // The administrator who holds the signing key writes another history and signs it.
  TestLog rewritten;
  rewritten.ring = log_->ring;
  rewritten.Write(kSize, 1, 5000);
  auto sequencer = Sequencer::Open(rewritten.data, rewritten.keys, rewritten.ring, rewritten.random, {kOrigin});
  ASSERT_TRUE(sequencer.ok());
  while (*(*sequencer)->Step()) continue;
  const LogReader reader(*rewritten.memory, rewritten.ring);
  const TempDir directory;
  ASSERT_TRUE(ExportLog(reader, directory.path(), key_).ok());
  EXPECT_TRUE(VerifyExport(directory.path(), key_).ok());
  const VerifyReport report = VerifyExport(directory.path(), key_, old_note_);
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.problem->what.find("older checkpoint"), std::string::npos);
}

TEST_F(ExportLiesTest, ALogOfAnotherKeyOrUnsignedIsRefused) {
  SystemRandom random;
  const Signer stranger = Signer::Generate(random);
  Files files = files_;
  const Checkpoint checkpoint = *OpenCheckpoint(files.at(kCheckpointPath), key_);
  files[kCheckpointPath] = *SignCheckpoint(checkpoint, stranger);
  ExpectFound(Verify(files), kCheckpointPath, std::nullopt);
  files[kCheckpointPath] = FormatCheckpoint(checkpoint);
  ExpectFound(Verify(files), kCheckpointPath, std::nullopt);
  files.erase(kCheckpointPath);
  ExpectFound(Verify(files), kCheckpointPath, std::nullopt);
}

TEST_F(ExportLiesTest, MissingAndStrayFilesAreNamed) {
  for (const auto& [path, bytes] : files_) {
    Files files = files_;
    files.erase(path);
    const VerifyReport report = Verify(files);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.problem->file, path);
    files = files_;
    files[path + "0"] = bytes;
    ExpectFound(Verify(files), path + "0", std::nullopt);
  }
}

TEST_F(ExportLiesTest, EveryRandomMutationIsFound) {
  constexpr uint64_t kSeed = 20'261'122;
  std::mt19937_64 random(kSeed);
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : files_) paths.push_back(path);
  size_t mutation_count = 0;
  size_t unnoticed_blind = 0;
  std::map<std::string, size_t> kinds;
  for (int round = 0; round < 600; ++round) {
    Files files = files_;
    const std::string path = paths[random() % paths.size()];
    Bytes& bytes = files[path];
    const size_t at = random() % bytes.size();
    std::string kind;
    switch (random() % 7) {
      case 0:
        kind = "flip", bytes[at] ^= static_cast<char>(1 << random() % 8);
        break;
      case 1:
        kind = "truncate", bytes.resize(at);
        break;
      case 2:
        kind = "append", bytes += bytes.substr(at);
        break;
      case 3:
        kind = "cut out", bytes.erase(at, 1 + random() % 80);
        break;
      case 4:
        kind = "insert", bytes.insert(at, 1 + random() % 5, static_cast<char>(random()));
        break;
      case 5:
        kind = "exchange files", std::swap(bytes, files[paths[random() % paths.size()]]);
        break;
      default: {
        kind = "exchange blocks";
        const size_t length = std::min<size_t>(kHashSizeBytes, bytes.size() / 3);
        const size_t other = random() % (bytes.size() - length);
        const Bytes block = bytes.substr(at, length);
        if (at + length <= bytes.size()) {
          bytes.replace(at, length, bytes.substr(other, length));
          bytes.replace(other, length, block);
        }
      }
    }
    if (files == files_) continue;  // a block exchanged with itself
    ++mutation_count;
    ++kinds[kind];
    const VerifyReport report = Verify(files, old_note_);
    ASSERT_FALSE(report.ok()) << kind << " in " << path << ", seed " << kSeed << ", round " << round;
    ASSERT_FALSE(report.problem->file.empty());
    if (kind == "flip" && path != kCheckpointPath) {
      // What was flipped is what is named.
      EXPECT_EQ(report.problem->file, path) << report.problem->ToString();
    }
    unnoticed_blind += FoundBlind(files) ? 0 : 1;
  }
  std::printf("seed %llu: %zu mutations, all found; without comparing hashes %zu would have gone unnoticed\n",
              static_cast<unsigned long long>(kSeed), mutation_count, unnoticed_blind);
  EXPECT_GE(mutation_count, 500u);
  EXPECT_EQ(kinds.size(), 7u);
  EXPECT_GT(unnoticed_blind, 20u);
}

TEST_F(ExportLiesTest, ExportingAgainWritesOnlyWhatIsNew) {
  TestLog log;
  const LogReader reader(*log.memory, log.ring);
  const TempDir directory;
  auto sequencer = *Sequencer::Open(log.data, log.keys, log.ring, log.random, {kOrigin});
  std::string first_note;
  size_t kept = 0;
  for (int round = 0; round < 6; ++round) {
    log.Write(150, 1, round * 150);
    ASSERT_TRUE(*sequencer->Step());
    const Result<ExportReport> report = ExportLog(reader, directory.path(), *reader.Key());
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    kept = report->files_kept;
    if (first_note.empty()) first_note = *reader.ReadCheckpoint();
    const VerifyReport verified = VerifyExport(directory.path(), *reader.Key(), first_note);
    ASSERT_TRUE(verified.ok()) << verified.problem->ToString();
    EXPECT_EQ(verified.entries_checked, 150u * (round + 1));
  }
  EXPECT_EQ(kept, 4u);  // at 900: full bundles and tiles 0 and 1 were there; 2 was partial before
  // A log that contradicts what the directory holds is not written over it.
  TestLog other;
  other.ring = log.ring;
  other.Write(1000, 1, 9000);
  auto other_sequencer = *Sequencer::Open(other.data, other.keys, other.ring, other.random, {kOrigin});
  ASSERT_TRUE(*other_sequencer->Step());
  EXPECT_EQ(ExportLog(LogReader(*other.memory, other.ring), directory.path(), *reader.Key()).reason(),
            Reason::kLogInvalid);
  EXPECT_TRUE(VerifyExport(directory.path(), *reader.Key()).ok());
}

}  // namespace
}  // namespace strongroom
