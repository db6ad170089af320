// The hashes by which words and features are looked up; written into model files, so they may not change within a
// version.
#pragma once

#include <cstdint>
#include <string_view>

namespace strongroom::names {

inline constexpr uint64_t kWordSeed = 0x9E3779B97F4A7C15;

// One code point, already folded to lower case, more.
constexpr uint64_t HashStep(uint64_t hash, uint32_t code) { return (hash ^ code) * 0x9FB21C651E98DF25; }

constexpr uint64_t HashEnd(uint64_t hash) {
  hash ^= hash >> 31;
  hash *= 0xD6E8FEB86659FD93;
  return hash ^ hash >> 32;
}

// Two words in a row, as an entry of the lexicon of their own.
constexpr uint64_t HashPair(uint64_t first, uint64_t second) { return HashEnd(first * 0xA24BAED4963EE407 + second); }

// A feature: which template, and what it saw.
constexpr uint64_t FeatureHash(uint32_t form, uint64_t a, uint64_t b = 0) {
  return HashEnd((a + form) * 0xC2B2AE3D27D4EB4F ^ (b + kWordSeed) * 0x165667B19E3779F9);
}

}  // namespace strongroom::names
