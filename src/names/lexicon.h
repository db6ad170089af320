// What is known of words: which are everyday words, which are given names, places, words of streets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/status.h"

namespace strongroom::names {

// What an entry says of a word in Latin letters.
enum WordFlag : uint32_t {
  kCommon = 1U << 0,
  kGivenName = 1U << 1,
  kSurname = 1U << 2,
  kPlace = 1U << 3,    // towns
  kRegion = 1U << 4,   // countries, states, counties
  kOrgWord = 1U << 5,  // "university", "aktiebolag"
  kStreetWord = 1U << 6,
  kTitle = 1U << 7,
  kUnit = 1U << 8,        // "apartment", "lgh"
  kRole = 1U << 9,        // "customer", "kunden": a person is spoken of
  kConnector = 1U << 10,  // "of", "von", "och": may stand inside a name
  kAddressCue = 1U << 11,
  kKnownOrg = 1U << 12,
  kCalendar = 1U << 13,  // months, days, languages, peoples: capitalised, and no name
  kProper = 1U << 14,    // capitalised in a dictionary
  kPhrase = 1U << 15,    // a pair of words
};
inline constexpr uint32_t kGazetteerFlags = 0xFFFF & ~(kCommon | kPhrase);

// What it says of a Chinese word: bits 0 to 6 of a single character, the class of the word and how usual it is.
enum HanFlag : uint32_t {
  kHanSurname = 1U << 0,
  kHanGiven = 1U << 1,
  kHanForeign = 1U << 2,   // used to write foreign names
  kHanPlaceEnd = 1U << 3,  // 省 市 县
  kHanOrgEnd = 1U << 4,
  kHanStreetEnd = 1U << 5,
  kHanTitle = 1U << 6,  // words too
  kHanMore = 1U << 27,  // longer words begin with this
  kHanWord = 1U << 28,  // is a word itself
};
inline constexpr uint32_t kHanPersonClass = 24;
inline constexpr uint32_t kHanForeignClass = 25;
inline constexpr uint32_t kHanPlaceClass = 26;
inline constexpr uint32_t kHanOrgClass = 27;
// The classes of Chinese words: letters of the list they come from.
constexpr uint32_t HanClass(uint32_t entry) { return entry >> 16 & 31; }
constexpr uint32_t HanRank(uint32_t entry) { return entry >> 21 & 31; }
constexpr uint32_t MakeHan(char kind, uint32_t rank) {
  uint32_t number = static_cast<uint32_t>(kind - 'a') % 24;
  if (kind == 'R') number = kHanPersonClass;
  if (kind == 'F') number = kHanForeignClass;
  if (kind == 'L') number = kHanPlaceClass;
  if (kind == 'T') number = kHanOrgClass;
  if (kind == 'C') number = 28;  // one character that may stand for a country
  if (kind == 'N') number = 29;  // may be a name, may be anything
  return kHanWord | number << 16 | (rank & 31) << 21;
}
constexpr bool IsHanName(uint32_t entry) { return HanClass(entry) >= kHanPersonClass; }

// An immutable table from the hashes of words to 32 bits, none of which are all zero.
class Lexicon {
 public:
  struct Entry {
    uint32_t key = 0;
    uint32_t value = 0;
  };

  Lexicon() : Lexicon(std::vector<Entry>()) {}
  explicit Lexicon(const std::vector<Entry>& entries);

  static uint32_t KeyOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

  // 0 when the word is not known.
  uint32_t Find(uint64_t hash) const {
    const uint32_t key = KeyOf(hash);
    for (size_t slot = key & mask_;; slot = (slot + 1) & mask_) {
      const Entry& entry = table_[slot];
      if (entry.value == 0 || entry.key == key) return entry.value;
    }
  }

 private:
  std::vector<Entry> table_;  // at most half full
  size_t mask_ = 0;
};

}  // namespace strongroom::names
