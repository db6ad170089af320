// A search for names that are nearly right: typing errors, words in another order, letters typed as a foreigner types
// them, Chinese names by their pinyin.
//
// A name is read as words of plain small letters.  Its rows in the index are keys of those words, of which a query that
// is nearly right shares some; how alike two names are is then decided on the words themselves.  Format:
// docs/formats/data-store.md, "Letters"; how well it finds: docs/search-leakage.md.
//
// All functions are pure; any thread.  Characters of Chinese and other scripts are read by ICU under a lock.
#pragma once

#include <compare>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom {

// Part of the label of every key: other rules are another version and an index made anew.
constexpr int kFuzzyVersion = 1;

struct FuzzyWords {
  static constexpr size_t kMaxWords = 8;
  static constexpr size_t kMaxLetters = 32;  // of a word
  std::vector<std::string> words;            // in the order they stand
  std::vector<std::string>
      together;  // of Chinese names, whose words are syllables: family name and given name; else empty
};

// Valid UTF-8 expected; anything else, or text without letters, has no words.
FuzzyWords FuzzyWordsOf(std::string_view text);

struct FuzzyKey {
  uint8_t length = 0;  // 1: a whole word, or one without a letter; 3: three letters in a row
  std::string text;
  auto operator<=>(const FuzzyKey&) const = default;
};
constexpr size_t kMaxFuzzyKeys = 48;

// The keys a value is indexed under.
std::set<FuzzyKey> FuzzyKeysOfValue(const FuzzyWords& value);
// The keys to look for: more than a value has, since one letter too many makes a short word a long one.
std::set<FuzzyKey> FuzzyKeysOfQuery(const FuzzyWords& query);

// 0: not alike; else above 0 and at most 1, higher for what is more alike.  Each word of the query must be a word of
// the value but for one wrong letter in 3 to 5, two in 6 to 9, three in more (left out, added, changed, or swapped with
// the next); or both as a whole, without spaces.  Words of the value that nobody asked for count a little.
double FuzzySimilarity(const FuzzyWords& query, const FuzzyWords& value);

}  // namespace strongroom
