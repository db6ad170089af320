// The model: a lexicon, the weights of features, the weights of transitions.  docs/formats/names-model.md is its file.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "names/labels.h"
#include "names/lexicon.h"

namespace strongroom::names {

using WeightRow = std::array<int8_t, kLabelCount>;

// All that a model file holds, in the order of the file.
struct ModelParts {
  std::vector<Lexicon::Entry> words;   // sorted by key, no key twice, no value 0
  std::vector<uint32_t> feature_keys;  // upper half of the hashes, sorted, none twice
  std::vector<WeightRow> weights;      // one for each key
  std::array<std::array<int16_t, kLabelCount>, kLabelCount> transitions = {};  // [from][to]
  uint32_t scale = 1;                                                          // so many units are one point of score
};

Bytes EncodeModel(const ModelParts& parts);
// Puts around the content of a file what every file begins and ends with.
Bytes SealModelFile(Bytes content);
// data-corrupt, for whatever is not exactly what EncodeModel writes.
Result<ModelParts> DecodeModel(ByteView file);

// Immutable; any thread.
class Model {
 public:
  explicit Model(ModelParts parts);

  const Lexicon& lexicon() const { return lexicon_; }
  const std::array<std::array<int16_t, kLabelCount>, kLabelCount>& transitions() const { return transitions_; }
  float scale() const { return scale_; }
  // No other model of this process has it, or had it.
  uint64_t number() const { return number_; }

  // Adds the weights of the features that have any to the scores of the labels.  The tables are larger than the nearer
  // caches, so that all are asked for before the first is waited for.
  void AddTo(std::array<int16_t, kLabelCount>& scores, const uint32_t* features, size_t count) const {
    for (size_t i = 0; i < count; ++i) __builtin_prefetch(&slots_[features[i] & mask_]);
    std::array<const WeightRow*, kMostAtOnce> rows;
    size_t found = 0;
    for (size_t i = 0; i < count; ++i) {
      if (const WeightRow* row = RowOf(features[i]); row != nullptr) {
        __builtin_prefetch(row);
        rows[found++] = row;
      }
    }
    Half low = {}, high = {};
    for (size_t i = 0; i < found; ++i) {
      Narrow first, second;
      std::memcpy(&first, rows[i]->data(), sizeof(first));
      std::memcpy(&second, rows[i]->data() + sizeof(first), sizeof(second));
      low += __builtin_convertvector(first, Half);
      high += __builtin_convertvector(second, Half);
    }
    for (size_t label = 0; label < kLabelCount / 2; ++label) {
      scores[label] = static_cast<int16_t>(scores[label] + low[label]);
      scores[label + kLabelCount / 2] = static_cast<int16_t>(scores[label + kLabelCount / 2] + high[label]);
    }
  }
  static constexpr size_t kMostAtOnce = 64;  // features of one token

 private:
  static constexpr unsigned kRowBits = 18;
  static constexpr uint32_t kRowMask = (1U << kRowBits) - 1;

  // Eight labels at once, as g++ and clang have vectors.
  using Narrow [[gnu::vector_size(kLabelCount / 2)]] = int8_t;
  using Half [[gnu::vector_size(kLabelCount)]] = int16_t;

  const WeightRow* RowOf(uint32_t key) const {
    for (size_t slot = key & mask_;; slot = (slot + 1) & mask_) {
      const uint32_t found = slots_[slot];
      if (found == 0) return nullptr;
      if (found >> kRowBits == key >> kRowBits) return &weights_[(found & kRowMask) - 1];
    }
  }

  Lexicon lexicon_;
  std::vector<uint32_t> slots_;  // the key's upper 14 bits and the row's number + 1; 0 is empty
  size_t mask_ = 0;
  std::vector<WeightRow> weights_;
  std::array<std::array<int16_t, kLabelCount>, kLabelCount> transitions_ = {};
  float scale_ = 1;
  uint64_t number_ = 0;
};

// At most so many features a model may have.
inline constexpr size_t kMostFeatures = (1U << 18) - 2;
inline constexpr size_t kMostWords = 1U << 20;

}  // namespace strongroom::names
