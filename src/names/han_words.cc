#include "names/han_words.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "names/hashing.h"

namespace strongroom::names {
namespace {

// Runs are cut in parts of this size, so that scratch lies on the stack.
constexpr size_t kPart = 256;

// Log probabilities in thousandths: a word's rank is 1.5 times the logarithm to base 2 of how often it was counted, of
// 60 million.
constexpr int32_t kUnknownCharacter = -19500;
constexpr int32_t ScoreOf(uint32_t entry) { return static_cast<int32_t>(HanRank(entry)) * 462 - 17900; }

constexpr uint32_t kTraits = 0xFFFF & 0x7F;

void CutPart(Token* tokens, size_t count, const Lexicon& lexicon) {
  std::array<int32_t, kPart + 1> best;
  std::array<uint8_t, kPart + 1> length;
  std::array<uint64_t, kPart + 1> hash;
  std::array<uint32_t, kPart + 1> entry;
  best.fill(INT32_MIN);
  best[0] = 0;
  for (size_t from = 0; from < count; ++from) {
    uint64_t running = kWordSeed;
    const size_t longest = std::min(kLongestHanWord, count - from);
    for (size_t size = 1; size <= longest; ++size) {
      running = HashStep(running, tokens[from + size - 1].code);
      const uint64_t word = HashEnd(running);
      const uint32_t found = lexicon.Find(word);
      if (size == 1) tokens[from].traits = found & kTraits;
      const bool known = (found & kHanWord) != 0;
      if (known || size == 1) {
        const int32_t score = best[from] + (known ? ScoreOf(found) : kUnknownCharacter);
        if (score > best[from + size]) {
          best[from + size] = score;
          length[from + size] = static_cast<uint8_t>(size);
          hash[from + size] = word;
          entry[from + size] = found;
        }
      }
      if ((found & kHanMore) == 0) break;
    }
  }
  for (size_t end = count; end > 0;) {
    const size_t size = length[end];
    for (size_t i = end - size; i < end; ++i) {
      tokens[i].piece = hash[end];
      tokens[i].lex = entry[end];
      tokens[i].place = size == 1 ? 3 : i == end - size ? 0 : i + 1 == end ? 2 : 1;
    }
    end -= size;
  }
}

}  // namespace

void FindHanWords(Token* tokens, size_t count, const Lexicon& lexicon) {
  for (size_t from = 0; from < count; from += kPart) CutPart(tokens + from, std::min(kPart, count - from), lexicon);
}

}  // namespace strongroom::names
