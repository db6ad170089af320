// A log that grows in memory, with its key: checkpoints and proofs of every size it has had.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "audit/tree.h"
#include "crypto/random.h"
#include "witness/add_checkpoint.h"

namespace strongroom {

class GrownLog : public TileReader {
 public:
  // Two logs of one origin and seed have one key: two histories under one signature.
  explicit GrownLog(std::string origin, uint64_t seed = 1) : origin_(std::move(origin)), random_(seed) {}

  void Grow(size_t entries, const std::string& what) {
    for (size_t i = 0; i < entries; ++i) {
      tree_.Append(LeafHash(what + std::to_string(tree_.size())),
                   [this](uint8_t level, uint64_t index, const Bytes& hashes) {
                     full_[{level, index}] = hashes;
                   });
    }
  }
  uint64_t size() const { return tree_.size(); }
  const Signer& signer() const { return signer_; }
  VerifierKey key() const { return *VerifierKey::Create(origin_, signer_.public_key()); }
  Checkpoint At(uint64_t size) const { return {origin_, size, size == 0 ? EmptyRoot() : *RootOf(*this, size)}; }
  std::string Note(uint64_t size) const { return *SignCheckpoint(At(size), signer_); }
  std::vector<Digest> Proof(uint64_t old_size, uint64_t size) const {
    return old_size == 0 ? std::vector<Digest>() : *ConsistencyProof(*this, old_size, size);
  }
  // The body of an honest request.
  std::string Request(uint64_t old_size, uint64_t size) const {
    return FormatAddCheckpoint({old_size, Proof(old_size, size), Note(size)});
  }

  Result<Bytes> ReadTile(uint8_t level, uint64_t index, size_t width) const override {
    const auto full = full_.find({level, index});
    if (full != full_.end()) return full->second.substr(0, width * kHashSizeBytes);
    const Bytes& edge = tree_.edge().at(level);
    EXPECT_GE(edge.size(), width * kHashSizeBytes);
    return edge.substr(0, width * kHashSizeBytes);
  }

 private:
  const std::string origin_;
  SeededRandom random_;
  const Signer signer_ = Signer::Generate(random_);
  TreeBuilder tree_;
  std::map<std::pair<uint8_t, uint64_t>, Bytes> full_;
};

}  // namespace strongroom
