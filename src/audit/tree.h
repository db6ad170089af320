// The Merkle tree of the log: hashing and proofs of RFC 6962 section 2.1, stored as tiles of 256 hashes
// (https://c2sp.org/tlog-tiles).
//
// tile (level L, index n) holds, for i in 0..255, the hash of the complete subtree over the entries
// [(n*256+i) * 256^L, (n*256+i+1) * 256^L); the rightmost tiles of a tree are partial.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/hash.h"

namespace strongroom {

constexpr size_t kTileWidth = 256;
constexpr size_t kHashSizeBytes = 32;
constexpr int kTileHeight = 8;

Digest LeafHash(ByteView entry);
Digest NodeHash(const Digest& left, const Digest& right);
// Of the tree of no entries: SHA-256 of nothing.
Digest EmptyRoot();

// How many hashes the tile has in a tree of `size` entries: 0 (there is no such tile) to 256.
size_t TileWidthIn(uint64_t size, uint8_t level, uint64_t index);

class TileReader {
 public:
  virtual ~TileReader() = default;
  // The first `width` hashes (1..256) of the tile, 32 * width bytes exactly.
  virtual Result<Bytes> ReadTile(uint8_t level, uint64_t index, size_t width) const = 0;
};

// Of the first `size` entries.  The tiles must be of a tree at least that large.
Result<Digest> RootOf(const TileReader& tiles, uint64_t size);
// RFC 6962 2.1.1: the path of entry `index` in the tree of `size`.  kInvalidArgument unless index < size.
Result<std::vector<Digest>> InclusionProof(const TileReader& tiles, uint64_t index, uint64_t size);
// RFC 6962 2.1.2.  kInvalidArgument unless 0 < old_size <= size.
Result<std::vector<Digest>> ConsistencyProof(const TileReader& tiles, uint64_t old_size, uint64_t size);

// Verification (RFC 9162 2.1.3.2, 2.1.4.2; the same trees and proofs).  Ok, or kLogInvalid.
Status VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf, const std::vector<Digest>& proof,
                       const Digest& root);
// An old tree of no entries proves nothing and is refused.
Status VerifyConsistency(uint64_t old_size, uint64_t size, const Digest& old_root, const Digest& root,
                         const std::vector<Digest>& proof);
// The same for a subtree [start, end) (draft-ietf-plants-merkle-tree-certs, section 4): start is a multiple of the
// smallest power of two that is >= end - start.
Status VerifySubtreeInclusion(uint64_t index, uint64_t start, uint64_t end, const Digest& leaf,
                              const std::vector<Digest>& proof, const Digest& subtree_root);
Status VerifySubtreeConsistency(uint64_t start, uint64_t end, uint64_t size, const Digest& subtree_root,
                                const Digest& root, const std::vector<Digest>& proof);

// Builds the tree from left to right, holding only its right edge.  One thread.
class TreeBuilder : public TileReader {
 public:
  // Called with each tile as it fills up.
  using FullTile = std::function<void(uint8_t level, uint64_t index, const Bytes& hashes)>;

  TreeBuilder() = default;
  // Continues a tree of `size` entries from its stored right edge.
  static Result<TreeBuilder> Continue(const TileReader& tiles, uint64_t size);

  void Append(const Digest& leaf, const FullTile& full);
  uint64_t size() const { return size_; }
  Digest Root() const;
  // The partial tiles of the right edge: edge()[level] is the tile of that level, perhaps empty.
  const std::vector<Bytes>& edge() const { return edge_; }
  // Serves the right edge alone.
  Result<Bytes> ReadTile(uint8_t level, uint64_t index, size_t width) const override;

 private:
  uint64_t size_ = 0;
  std::vector<Bytes> edge_;
};

}  // namespace strongroom
