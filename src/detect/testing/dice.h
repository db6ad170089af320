// Numbers that look random and repeat by their seed, for tests and fuzzers of text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace strongroom {

// splitmix64 (Steele, Lea, Flood 2014): every bit of a number is as good as any other.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  // From 0 to bound - 1.
  size_t Below(size_t bound) {
    state_ += 0x9E3779B97F4A7C15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return static_cast<size_t>((z ^ (z >> 31)) % bound);
  }
  char In(std::string_view set) { return set[Below(set.size())]; }
  template <size_t kCount>
  std::string_view OneOf(const std::string_view (&pieces)[kCount]) {
    return pieces[Below(kCount)];
  }

 private:
  uint64_t state_;
};

}  // namespace strongroom
