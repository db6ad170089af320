#include "audit/tree.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/encoding.h"
#include "base/json.h"

namespace strongroom {
namespace {

// A tree in memory: its leaves, and its tiles as they were after every append.
class MemoryTree : public TileReader {
 public:
  void Append(const Digest& leaf) {
    leaves.push_back(leaf);
    builder_.Append(leaf, [this](uint8_t level, uint64_t index, const Bytes& hashes) {
      full_[{level, index}] = hashes;
    });
  }
  Result<Bytes> ReadTile(uint8_t level, uint64_t index, size_t width) const override {
    const auto found = full_.find({level, index});
    if (found != full_.end()) return found->second.substr(0, width * kHashSizeBytes);
    return builder_.ReadTile(level, index, width);
  }
  const TreeBuilder& builder() const { return builder_; }
  std::vector<Digest> leaves;

 private:
  std::map<std::pair<uint8_t, uint64_t>, Bytes> full_;
  TreeBuilder builder_;
};

// RFC 6962 section 2.1, word for word.
Digest Mth(const std::vector<Digest>& leaves, size_t begin, size_t end) {
  if (begin == end) return EmptyRoot();
  if (end - begin == 1) return leaves[begin];
  const size_t split = std::bit_floor(end - begin - 1);
  return NodeHash(Mth(leaves, begin, begin + split), Mth(leaves, begin + split, end));
}

std::vector<Digest> Path(const std::vector<Digest>& leaves, size_t m, size_t begin, size_t end) {
  if (end - begin == 1) return {};
  const size_t middle = begin + std::bit_floor(end - begin - 1);
  std::vector<Digest> path = m < middle ? Path(leaves, m, begin, middle) : Path(leaves, m, middle, end);
  path.push_back(m < middle ? Mth(leaves, middle, end) : Mth(leaves, begin, middle));
  return path;
}

std::vector<Digest> SubProof(const std::vector<Digest>& leaves, size_t m, size_t begin, size_t end, bool whole) {
  if (m == end) return whole ? std::vector<Digest>() : std::vector<Digest>{Mth(leaves, begin, end)};
  const size_t middle = begin + std::bit_floor(end - begin - 1);
  std::vector<Digest> proof =
      m <= middle ? SubProof(leaves, m, begin, middle, whole) : SubProof(leaves, m, middle, end, false);
  proof.push_back(m <= middle ? Mth(leaves, middle, end) : Mth(leaves, begin, middle));
  return proof;
}

TEST(TreeTest, RootsOfTheReferenceTree) {
  // The eight leaves and roots that certificate-transparency's own tests use
  // (github.com/google/certificate-transparency, merkletree/merkle_tree_test.cc).
  const char* leaves[] = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const char* roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  MemoryTree tree;
  EXPECT_EQ(HexEncode(View(*RootOf(tree, 0))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (size_t i = 0; i < std::size(leaves); ++i) {
    tree.Append(LeafHash(*HexDecode(leaves[i])));
    EXPECT_EQ(HexEncode(View(*RootOf(tree, i + 1))), roots[i]);
    EXPECT_EQ(HexEncode(View(tree.builder().Root())), roots[i]);
  }
}

TEST(TreeTest, EveryProofUpToThreeHundredEntriesIsTheOneOfTheRfc) {
  MemoryTree tree;
  size_t proof_count = 0;
  for (size_t size = 0; size <= 300; ++size) {
    if (size > 0) tree.Append(LeafHash("leaf " + std::to_string(size - 1)));
    const Digest root = Mth(tree.leaves, 0, size);
    ASSERT_EQ(*RootOf(tree, size), root) << size;
    ASSERT_EQ(tree.builder().Root(), root) << size;
    // All indices of small trees, a spread of them in the others.
    const size_t stride = size < 40 ? 1 : 7;
    for (size_t i = 0; i < size; i += stride) {
      const std::vector<Digest> path = *InclusionProof(tree, i, size);
      ASSERT_EQ(path, Path(tree.leaves, i, 0, size)) << i << " of " << size;
      ASSERT_TRUE(VerifyInclusion(i, size, tree.leaves[i], path, root).ok());
      ASSERT_FALSE(VerifyInclusion(i, size, LeafHash("another"), path, root).ok());
      if (size > 1) {
        ASSERT_FALSE(VerifyInclusion(i ^ 1, size, tree.leaves[i], path, root).ok()) << i << " of " << size;
      }
      const size_t old_size = i + 1;
      const std::vector<Digest> proof = *ConsistencyProof(tree, old_size, size);
      const Digest old_root = Mth(tree.leaves, 0, old_size);
      ASSERT_EQ(proof, SubProof(tree.leaves, old_size, 0, size, true)) << old_size << " of " << size;
      ASSERT_TRUE(VerifyConsistency(old_size, size, old_root, root, proof).ok());
      ASSERT_FALSE(VerifyConsistency(old_size, size, LeafHash("another"), root, proof).ok());
      ASSERT_EQ(*RootOf(tree, old_size), old_root);  // older sizes from newer tiles
      proof_count += 2;
    }
  }
  std::printf("%zu proofs\n", proof_count);
}

TEST(TreeTest, ProofsOverFullAndPartialTilesOfSeveralLevels) {
  MemoryTree tree;
  constexpr size_t kSize = 70'000;  // the example of tlog-tiles: 273 full tiles, then 112, 17 and 1
  for (size_t i = 0; i < kSize; ++i) tree.Append(LeafHash(std::to_string(i)));
  EXPECT_EQ(TileWidthIn(kSize, 0, 273), 112u);
  EXPECT_EQ(TileWidthIn(kSize, 0, 272), 256u);
  EXPECT_EQ(TileWidthIn(kSize, 1, 1), 17u);
  EXPECT_EQ(TileWidthIn(kSize, 2, 0), 1u);
  EXPECT_EQ(TileWidthIn(kSize, 3, 0), 0u);
  EXPECT_EQ(TileWidthIn(kSize, 0, 274), 0u);
  const Digest root = tree.builder().Root();
  ASSERT_EQ(*RootOf(tree, kSize), root);
  ASSERT_EQ(Mth(tree.leaves, 0, kSize), root);
  for (size_t i : {0u, 1u, 255u, 256u, 65'535u, 65'536u, 69'887u, 69'888u, 69'999u}) {
    EXPECT_TRUE(VerifyInclusion(i, kSize, tree.leaves[i], *InclusionProof(tree, i, kSize), root).ok()) << i;
    EXPECT_TRUE(
        VerifyConsistency(i + 1, kSize, *RootOf(tree, i + 1), root, *ConsistencyProof(tree, i + 1, kSize)).ok());
  }
  // A builder that continues from the stored edge builds the same tree.
  TreeBuilder continued = *TreeBuilder::Continue(tree, kSize);
  EXPECT_EQ(continued.Root(), root);
  for (size_t i = kSize; i < kSize + 300; ++i) {
    tree.Append(LeafHash(std::to_string(i)));
    continued.Append(LeafHash(std::to_string(i)), {});
    ASSERT_EQ(continued.Root(), tree.builder().Root());
  }
}

TEST(TreeTest, ImpossibleProofsAreRefused) {
  MemoryTree tree;
  for (int i = 0; i < 5; ++i) tree.Append(LeafHash("x"));
  EXPECT_FALSE(InclusionProof(tree, 5, 5).ok());
  EXPECT_FALSE(ConsistencyProof(tree, 0, 5).ok());
  EXPECT_FALSE(ConsistencyProof(tree, 6, 5).ok());
  EXPECT_TRUE(InclusionProof(tree, 4, 5).ok());
}

// --- published cases, when they stand beside the project (transparency-dev/merkle, testdata) ---

uint64_t Number(const JsonValue& object, const char* name) {
  const std::string_view text = object.Get(name)->RawText();
  uint64_t value = 0;
  EXPECT_EQ(std::from_chars(text.data(), text.data() + text.size(), value).ec, std::errc()) << text;
  return value;
}

// The cases also hold hashes of other lengths, which must only be told apart; those are hashed once more.
Digest Hash(std::string_view base64) {
  const Bytes bytes = Base64Decode(base64).ok() ? *Base64Decode(base64) : Bytes(base64);
  Digest digest{};
  if (bytes.size() != digest.size()) return Sha256(bytes);
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

Status Judge(const std::string& kind, const JsonValue& test) {
  std::vector<Digest> proof;
  if (const JsonValue list = *test.Get("proof"); list.IsArray()) {
    for (const JsonValue& hash : list) proof.push_back(Hash(*hash.AsString()));
  }
  for (const char* name : {"root", "leafHash"}) {
    const std::optional<JsonValue> hash = test.Find(name);
    // Our hashes have 32 bytes by type; an empty one is refused where it is parsed.
    if (hash.has_value() && hash->RawText() == "\"\"") return Status(Reason::kLogInvalid, "an empty hash");
  }
  const auto hash = [&test](const char* name) { return Hash(*test.GetString(name)); };
  if (kind == "inclusion") {
    return VerifyInclusion(Number(test, "leafIdx"), Number(test, "treeSize"), hash("leafHash"), proof, hash("root"));
  }
  if (kind == "consistency") {
    return VerifyConsistency(Number(test, "size1"), Number(test, "size2"), hash("root1"), hash("root2"), proof);
  }
  if (kind == "subtreeinclusion") {
    return VerifySubtreeInclusion(Number(test, "leafIdx"), Number(test, "start"), Number(test, "end"), hash("leafHash"),
                                  proof, hash("root"));
  }
  return VerifySubtreeConsistency(Number(test, "start"), Number(test, "end"), Number(test, "size"), hash("root1"),
                                  hash("root2"), proof);
}

TEST(TreeTest, PublishedProofsAreJudgedAsPublished) {
  const std::filesystem::path folder =
      std::string(STRONGROOM_SOURCE_DIR) + "/../shared/vectors/rfc6962-merkle/testdata";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the published cases are not there";
  size_t accepted = 0;
  size_t refused = 0;
  for (const char* kind : {"inclusion", "consistency", "subtreeinclusion", "subtreeconsistency"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder / kind)) {
      if (!file.is_regular_file()) continue;
      std::ifstream in(file.path());
      const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      const Result<JsonDocument> test = JsonDocument::ParseObject(text);
      ASSERT_TRUE(test.ok()) << file.path();
      const bool must_fail = *test->root().GetBool("wantErr");
      const Status judged = Judge(kind, test->root());
      EXPECT_EQ(judged.ok(), !must_fail) << file.path() << " " << judged.message();
      ++(must_fail ? refused : accepted);
    }
  }
  std::printf("%zu published proofs: %zu to accept, %zu to refuse\n", accepted + refused, accepted, refused);
  EXPECT_GT(accepted, 0u);
  EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace strongroom
