#include "factors/password_text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr size_t kLeastWordLength = 3;
constexpr size_t kMostWordLength = 64;
constexpr size_t kMostWords = 64;

// Keys beside each other: rows of the QWERTY keyboards (Swedish, German, French ones among them), and the slanted
// columns that people walk down.
constexpr std::u32string_view kKeyRows[] = {U"qwertyuiopa",
                                            U"asdfghjkloa",
                                            U"zxcvbnm",
                                            U"azertyuiop",
                                            U"qsdfghjklm",
                                            U"qwertzuiopu",
                                            U"yxcvbnm",
                                            U"1qaz",
                                            U"2wsx",
                                            U"3edc",
                                            U"4rfv",
                                            U"5tgb",
                                            U"6yhn",
                                            U"7ujm",
                                            U"!qaz@wsx",
                                            U"1qaz2wsx3edc4rfv5tgb6yhn7ujm",
                                            U"1q2w3e4r5t6y7u8i9o0p",
                                            U"q1w2e3r4t5y6u7i8o9p0",
                                            U"1a2b3c4d5e6f7g8h9i",
                                            U"!@#$%^&*()",
                                            U"!\"#¤%&/()="};

// The ways in which a character may follow another, one bit each: up, down, the same, along a row, back along a row.
constexpr uint64_t kUp = 1, kDown = 2, kSame = 4;
constexpr int kFirstRowBit = 3;
static_assert(kFirstRowBit + 2 * std::size(kKeyRows) <= 64);

uint64_t RelationsOf(char32_t a, char32_t b) {
  uint64_t relations = 0;
  if (a == b) relations |= kSame;
  if (b == a + 1 || (a == U'9' && b == U'0')) relations |= kUp;
  if (a == b + 1 || (a == U'0' && b == U'9')) relations |= kDown;
  int bit = kFirstRowBit;
  for (const std::u32string_view row : kKeyRows) {
    for (size_t i = 0; i + 1 < row.size(); ++i) {
      if (row[i] == a && row[i + 1] == b) relations |= uint64_t{1} << bit;
      if (row[i] == b && row[i + 1] == a) relations |= uint64_t{1} << (bit + 1);
    }
    bit += 2;
  }
  return relations;
}

// A broken installation of ICU leaves the text as it is: fewer disguises are seen through, nothing is let in unseen.
std::string DecomposeAndFold(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* casefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  const icu::Normalizer2* decompose = icu::Normalizer2::getNFKDInstance(status);
  if (U_FAILURE(status)) return std::string(text);
  std::string folded, out;
  icu::StringByteSink<std::string> folded_sink(&folded), sink(&out);
  casefold->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), folded_sink, nullptr,
                          status);
  decompose->normalizeUTF8(0, icu::StringPiece(folded.data(), static_cast<int32_t>(folded.size())), sink, nullptr,
                           status);
  return U_FAILURE(status) ? std::string(text) : out;
}

// By the first byte alone (RFC 3629, 3); 1 for bytes that begin nothing.
size_t SequenceLength(uint8_t lead) {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc2 ? 2 : 1;
}

char32_t PlainLetter(char32_t c) {
  static constexpr std::pair<char32_t, char32_t> kLeet[] = {
      {U'0', U'o'}, {U'1', U'i'}, {U'!', U'i'}, {U'|', U'i'}, {U'l', U'i'}, {U'2', U'z'}, {U'3', U'e'},
      {U'€', U'e'}, {U'4', U'a'}, {U'@', U'a'}, {U'5', U's'}, {U'$', U's'}, {U'6', U'g'}, {U'7', U't'},
      {U'+', U't'}, {U'8', U'b'}, {U'9', U'g'}, {U'(', U'c'}, {U'<', U'c'}};
  for (const auto& [leet, letter] : kLeet) {
    if (leet == c) return letter;
  }
  return c;
}

void AddWord(std::vector<std::u32string>& words, std::u32string_view folded) {
  if (folded.size() < kLeastWordLength || folded.size() > kMostWordLength || words.size() + 2 > kMostWords) return;
  std::u32string skeleton = SkeletonOf(folded);
  words.emplace_back(skeleton.rbegin(), skeleton.rend());
  words.push_back(std::move(skeleton));
}

// The word without its signs ("anderssonsblommor") and each part between them ("anderssons", "blommor").
void AddWordAndParts(std::vector<std::u32string>& words, std::u32string_view folded) {
  std::u32string joined, part;
  for (const char32_t c : folded) {
    if (u_isalnum(static_cast<UChar32>(c))) {
      joined.push_back(c);
      part.push_back(c);
    } else {
      AddWord(words, part);
      part.clear();
    }
  }
  if (part.size() != joined.size()) AddWord(words, part);
  AddWord(words, joined);
}

}  // namespace

std::u32string CodePointsOf(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto lead = static_cast<uint8_t>(text[0]);
    const size_t length = SequenceLength(lead);
    char32_t c = lead;
    if (length > 1 && length <= text.size() && IsValidUtf8(text.substr(0, length))) {
      c = lead & (0xffu >> (length + 1));
      for (size_t i = 1; i < length; ++i) c = c << 6 | (static_cast<uint8_t>(text[i]) & 0x3fu);
      text.remove_prefix(length);
    } else {
      text.remove_prefix(1);
    }
    out.push_back(c);
  }
  return out;
}

std::u32string FoldPassword(std::string_view text) {
  std::u32string folded = CodePointsOf(DecomposeAndFold(text));
  std::erase_if(folded, [](char32_t c) { return u_charType(static_cast<UChar32>(c)) == U_NON_SPACING_MARK; });
  return folded;
}

std::u32string SkeletonOf(std::u32string_view folded) {
  std::u32string skeleton(folded);
  for (char32_t& c : skeleton) c = PlainLetter(c);
  return skeleton;
}

bool IsDecoration(char32_t c) { return !u_isalpha(static_cast<UChar32>(c)); }

size_t RunLengthAt(std::u32string_view folded, size_t at) {
  uint64_t relations = ~uint64_t{0};
  size_t end = at;
  while (end + 1 < folded.size()) {
    const uint64_t next = relations & RelationsOf(folded[end], folded[end + 1]);
    if (next == 0) break;
    relations = next;
    ++end;
  }
  return std::min(end + 1, folded.size()) - at;
}

// The failure function of Knuth, Morris and Pratt: how much of the text's beginning ends at each place.
size_t PeriodOf(std::u32string_view text) {
  std::vector<size_t> border(text.size() + 1, 0);
  for (size_t i = 1, length = 0; i < text.size(); ++i) {
    while (length > 0 && text[i] != text[length]) length = border[length];
    if (text[i] == text[length]) ++length;
    border[i + 1] = length;
  }
  const size_t period = text.size() - border[text.size()];
  return period * 2 <= text.size() ? period : text.size();
}

std::vector<std::u32string> ContextSkeletons(const PasswordContext& context) {
  std::vector<std::u32string> words;
  for (const std::string& word : context.words) AddWordAndParts(words, FoldPassword(word));
  return words;
}

size_t WordLengthAt(const std::vector<std::u32string>& words, std::u32string_view skeleton, size_t at) {
  size_t longest = 0;
  for (const std::u32string& word : words) {
    if (word.size() > longest && skeleton.substr(at).starts_with(word)) longest = word.size();
  }
  return longest;
}

}  // namespace strongroom
