#include "names/model.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>
#include <utility>

namespace strongroom::names {

Model::Model(ModelParts parts)
    : lexicon_(parts.words), weights_(std::move(parts.weights)), transitions_(parts.transitions) {
  slots_.resize(std::bit_ceil(weights_.size() * 3 / 2 + 64));
  mask_ = slots_.size() - 1;
  for (size_t row = 0; row < weights_.size(); ++row) {
    const uint32_t key = parts.feature_keys[row];
    size_t slot = key & mask_;
    while (slots_[slot] != 0) slot = (slot + 1) & mask_;
    slots_[slot] = (key >> kRowBits << kRowBits) | static_cast<uint32_t>(row + 1);
  }
  static std::atomic<uint64_t> last_number = 0;
  number_ = ++last_number;
  scale_ = static_cast<float>(parts.scale);
}

}  // namespace strongroom::names
