#include "audit/tree.h"

#include <bit>
#include <cstring>
#include <optional>

namespace strongroom {
namespace {

constexpr std::string_view kLeafPrefix("\x00", 1);
constexpr std::string_view kNodePrefix("\x01", 1);

Digest HashAt(const Bytes& hashes, size_t position) {
  Digest digest;
  std::memcpy(digest.data(), hashes.data() + position * kHashSizeBytes, kHashSizeBytes);
  return digest;
}

// Root of the complete subtree whose leaves are hashes [first, first + count); count is a power of two.
Digest FoldComplete(const Bytes& hashes, size_t first, size_t count) {
  std::vector<Digest> row;
  row.reserve(count);
  for (size_t i = 0; i < count; ++i) row.push_back(HashAt(hashes, first + i));
  while (row.size() > 1) {
    for (size_t i = 0; i < row.size() / 2; ++i) row[i] = NodeHash(row[2 * i], row[2 * i + 1]);
    row.resize(row.size() / 2);
  }
  return row[0];
}

// The largest power of two below n; n >= 2.
uint64_t SplitOf(uint64_t n) { return std::bit_floor(n - 1); }

// Hashes of ranges of the tree of `size` entries, from its tiles.
class RangeHasher {
 public:
  RangeHasher(const TileReader& tiles, uint64_t size) : tiles_(tiles), size_(size) {}

  // MTH(D[begin:end]); begin is a multiple of the smallest power of two >= end - begin.
  Result<Digest> Hash(uint64_t begin, uint64_t end) const {
    const uint64_t count = end - begin;
    if (std::has_single_bit(count)) return Complete(begin, count);
    const uint64_t split = SplitOf(count);
    ASSIGN_OR_RETURN(const Digest left, Complete(begin, split));
    ASSIGN_OR_RETURN(const Digest right, Hash(begin + split, end));
    return NodeHash(left, right);
  }

 private:
  Result<Digest> Complete(uint64_t begin, uint64_t count) const {
    const int height = std::countr_zero(count);
    const uint8_t level = static_cast<uint8_t>(height / kTileHeight);
    const uint64_t first = begin >> (level * kTileHeight);  // counted in hashes of that level
    const uint64_t tile = first / kTileWidth;
    ASSIGN_OR_RETURN(const Bytes hashes, tiles_.ReadTile(level, tile, TileWidthIn(size_, level, tile)));
    return FoldComplete(hashes, first % kTileWidth, size_t{1} << (height % kTileHeight));
  }

  const TileReader& tiles_;
  const uint64_t size_;
};

Status Refuse(std::string_view why) { return Status(Reason::kLogInvalid, "proof: " + std::string(why)); }

Status CheckSubtree(uint64_t start, uint64_t end) {
  if (start >= end) return Refuse("an empty subtree proves nothing");
  const uint64_t count = end - start;
  // The smallest power of two >= count; above 2^63 only a start of 0 is a multiple of it.
  const bool aligned = count > (uint64_t{1} << 63) ? start == 0 : start % std::bit_ceil(count) == 0;
  return aligned ? Status::Ok() : Refuse("the range is no subtree");
}

}  // namespace

Digest LeafHash(ByteView entry) { return Sha256({kLeafPrefix, entry}); }
Digest NodeHash(const Digest& left, const Digest& right) { return Sha256({kNodePrefix, View(left), View(right)}); }
Digest EmptyRoot() { return Sha256(ByteView()); }

size_t TileWidthIn(uint64_t size, uint8_t level, uint64_t index) {
  if (level * kTileHeight >= 64) return 0;
  const uint64_t hashes = size >> (level * kTileHeight);
  if (index > hashes / kTileWidth) return 0;
  return static_cast<size_t>(std::min<uint64_t>(hashes - index * kTileWidth, kTileWidth));
}

Result<Digest> RootOf(const TileReader& tiles, uint64_t size) {
  if (size == 0) return EmptyRoot();
  return RangeHasher(tiles, size).Hash(0, size);
}

Result<std::vector<Digest>> InclusionProof(const TileReader& tiles, uint64_t index, uint64_t size) {
  if (index >= size) return Status(Reason::kInvalidArgument, "the entry is not in a log of " + std::to_string(size));
  const RangeHasher hasher(tiles, size);
  std::vector<Digest> from_root;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    const uint64_t middle = begin + SplitOf(end - begin);
    const bool goes_left = index < middle;
    ASSIGN_OR_RETURN(const Digest sibling, goes_left ? hasher.Hash(middle, end) : hasher.Hash(begin, middle));
    from_root.push_back(sibling);
    (goes_left ? end : begin) = middle;
  }
  return std::vector<Digest>(from_root.rbegin(), from_root.rend());
}

Result<std::vector<Digest>> ConsistencyProof(const TileReader& tiles, uint64_t old_size, uint64_t size) {
  if (old_size == 0 || old_size > size) {
    return Status(Reason::kInvalidArgument, "the older size must lie between 1 and " + std::to_string(size));
  }
  // SUBPROOF of RFC 6962 2.1.2, from the root down.  `whole`: the old tree is the same complete subtree so far.
  const RangeHasher hasher(tiles, size);
  std::vector<Digest> from_root;
  uint64_t begin = 0;
  uint64_t end = size;
  bool whole = true;
  while (old_size != end) {
    const uint64_t middle = begin + SplitOf(end - begin);
    const bool goes_left = old_size <= middle;
    ASSIGN_OR_RETURN(const Digest sibling, goes_left ? hasher.Hash(middle, end) : hasher.Hash(begin, middle));
    from_root.push_back(sibling);
    if (!goes_left) whole = false;
    (goes_left ? end : begin) = middle;
  }
  if (!whole) {
    ASSIGN_OR_RETURN(const Digest last, hasher.Hash(begin, end));
    from_root.push_back(last);
  }
  return std::vector<Digest>(from_root.rbegin(), from_root.rend());
}

Status VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf, const std::vector<Digest>& proof,
                       const Digest& root) {
  if (index >= size) return Refuse("the entry lies outside the tree");
  uint64_t fn = index;
  uint64_t sn = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (sn == 0) return Refuse("too many hashes");
    if ((fn & 1) == 1 || fn == sn) {
      hash = NodeHash(sibling, hash);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1, sn >>= 1;
  }
  if (sn != 0) return Refuse("too few hashes");
  return hash == root ? Status::Ok() : Refuse("the entry does not lead to the root");
}

Status VerifyConsistency(uint64_t old_size, uint64_t size, const Digest& old_root, const Digest& root,
                         const std::vector<Digest>& proof) {
  if (old_size == 0) return Refuse("an empty tree is consistent with anything and proves nothing");
  return VerifySubtreeConsistency(0, old_size, size, old_root, root, proof);
}

Status VerifySubtreeInclusion(uint64_t index, uint64_t start, uint64_t end, const Digest& leaf,
                              const std::vector<Digest>& proof, const Digest& subtree_root) {
  RETURN_IF_ERROR(CheckSubtree(start, end));
  if (index < start) return Refuse("the entry lies outside the subtree");
  return VerifyInclusion(index - start, end - start, leaf, proof, subtree_root);
}

Status VerifySubtreeConsistency(uint64_t start, uint64_t end, uint64_t size, const Digest& subtree_root,
                                const Digest& root, const std::vector<Digest>& proof) {
  if (start == end && end <= size) {
    // An empty subtree is part of every tree; there is nothing else about it to prove.
    return proof.empty() && subtree_root == EmptyRoot() ? Status::Ok() : Refuse("not the empty subtree's proof");
  }
  RETURN_IF_ERROR(CheckSubtree(start, end));
  if (end > size) return Refuse("the older tree is larger");
  uint64_t fn = start;
  uint64_t sn = end - 1;
  uint64_t tn = size - 1;
  if (sn == tn) {
    while (fn != sn) fn >>= 1, sn >>= 1, tn >>= 1;
  } else {
    while (fn != sn && (sn & 1) == 1) fn >>= 1, sn >>= 1, tn >>= 1;
  }
  size_t next = 0;
  Digest old_hash = subtree_root;
  if (fn != sn) {
    if (proof.empty()) return Refuse("too few hashes");
    old_hash = proof[next++];
  }
  Digest hash = old_hash;
  for (; next < proof.size(); ++next) {
    if (tn == 0) return Refuse("too many hashes");
    if ((sn & 1) == 1 || sn == tn) {
      if (fn < sn) old_hash = NodeHash(proof[next], old_hash);
      hash = NodeHash(proof[next], hash);
      while ((sn & 1) == 0 && sn != 0) fn >>= 1, sn >>= 1, tn >>= 1;
    } else {
      hash = NodeHash(hash, proof[next]);
    }
    fn >>= 1, sn >>= 1, tn >>= 1;
  }
  if (tn != 0) return Refuse("too few hashes");
  if (old_hash != subtree_root) return Refuse("does not lead to the older root");
  return hash == root ? Status::Ok() : Refuse("does not lead to the newer root");
}

Result<TreeBuilder> TreeBuilder::Continue(const TileReader& tiles, uint64_t size) {
  TreeBuilder builder;
  builder.size_ = size;
  for (uint8_t level = 0; level < 8 && (size >> (level * kTileHeight)) > 0; ++level) {
    const uint64_t hashes = size >> (level * kTileHeight);
    const size_t width = hashes % kTileWidth;
    Bytes& tile = builder.edge_.emplace_back();
    if (width == 0) continue;
    ASSIGN_OR_RETURN(tile, tiles.ReadTile(level, hashes / kTileWidth, width));
  }
  return builder;
}

void TreeBuilder::Append(const Digest& leaf, const FullTile& full) {
  ++size_;
  Digest hash = leaf;
  for (uint8_t level = 0;; ++level) {
    if (edge_.size() <= level) edge_.emplace_back();
    edge_[level].append(View(hash));
    if (edge_[level].size() < kTileWidth * kHashSizeBytes) return;
    const uint64_t hashes = size_ >> (level * kTileHeight);
    if (full) full(level, hashes / kTileWidth - 1, edge_[level]);
    hash = FoldComplete(edge_[level], 0, kTileWidth);
    edge_[level].clear();
  }
}

Digest TreeBuilder::Root() const {
  // Joins the complete subtrees of the right edge, from the smallest to the largest.
  std::optional<Digest> root;
  for (const Bytes& tile : edge_) {
    const size_t width = tile.size() / kHashSizeBytes;
    for (size_t count = 1; count <= width; count <<= 1) {
      if ((width & count) == 0) continue;
      const Digest peak = FoldComplete(tile, width & ~(2 * count - 1), count);
      root = root.has_value() ? NodeHash(peak, *root) : peak;
    }
  }
  return root.value_or(EmptyRoot());
}

Result<Bytes> TreeBuilder::ReadTile(uint8_t level, uint64_t index, size_t width) const {
  const uint64_t edge_index = (size_ >> (level * kTileHeight)) / kTileWidth;
  if (level >= edge_.size() || index != edge_index || edge_[level].size() < width * kHashSizeBytes) {
    return Status(Reason::kInternal, "the tile is not on the tree's right edge");
  }
  return edge_[level].substr(0, width * kHashSizeBytes);
}

}  // namespace strongroom
