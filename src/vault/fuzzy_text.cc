#include "vault/fuzzy_text.h"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>

#include "base/encoding.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

constexpr size_t kMaxText = 1024;  // of UTF-8: a name is no longer, and of a text the first words count

// Small letters with a stroke or of their own, which no decomposition takes apart.
struct Plain {
  char32_t letter;
  const char* as;
};
constexpr Plain kPlain[] = {{U'ø', "o"},  {U'æ', "ae"}, {U'œ', "oe"}, {U'ß', "ss"}, {U'ł', "l"},
                            {U'đ', "d"},  {U'ð', "d"},  {U'þ', "th"}, {U'ı', "i"},  {U'ħ', "h"},
                            {U'ŋ', "ng"}, {U'ŧ', "t"},  {U'ĸ', "k"},  {U'ə', "e"}};

bool IsApostrophe(UChar32 c) { return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x02BC || c == '`' || c == 0xB4; }
bool IsHan(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  return uscript_getScript(c, &status) == USCRIPT_HAN && U_SUCCESS(status);
}

// Decomposed, without the marks: å is a, é is e.
icu::UnicodeString WithoutMarks(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFDInstance(status);
  if (U_FAILURE(status) || form == nullptr) return text;
  const icu::UnicodeString apart = form->normalize(text, status);
  icu::UnicodeString out;
  for (int32_t i = 0; i < apart.length(); i = apart.moveIndex32(i, 1)) {
    const UChar32 c = apart.char32At(i);
    const int8_t category = u_charType(c);
    if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK) continue;
    const auto plain = std::find_if(std::begin(kPlain), std::end(kPlain),
                                    [c](const Plain& one) { return static_cast<UChar32>(one.letter) == c; });
    if (plain != std::end(kPlain)) {
      out.append(icu::UnicodeString(plain->as));
    } else {
      out.append(c);
    }
  }
  return out;
}

// Other scripts in Latin letters.  ICU keeps state in a transliterator, so one at a time.
icu::UnicodeString InLatin(icu::UnicodeString text) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  static const std::unique_ptr<icu::Transliterator> rules = [] {
    UErrorCode status = U_ZERO_ERROR;
    return std::unique_ptr<icu::Transliterator>(
        icu::Transliterator::createInstance("Any-Latin; Latin-ASCII; Any-Lower", UTRANS_FORWARD, status));
  }();
  if (rules != nullptr) rules->transliterate(text);
  return text;
}

bool IsPlain(const icu::UnicodeString& text) {
  for (int32_t i = 0; i < text.length(); ++i) {
    if (text[i] >= 0x80) return false;
  }
  return true;
}

// aa, ae, oe and ue are how å, ä, ö and ü are typed where those keys are missing: they become what the letter becomes.
std::string WithoutDigraphs(std::string_view word) {
  std::string out;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    const char next = i + 1 < word.size() ? word[i + 1] : '\0';
    out.push_back(c);
    if ((c == 'a' && (next == 'a' || next == 'e')) || ((c == 'o' || c == 'u') && next == 'e')) ++i;
  }
  return out;
}

bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::string Short(std::string word) {
  if (word.size() > FuzzyWords::kMaxLetters) word.resize(FuzzyWords::kMaxLetters);
  return word;
}

// One word of plain letters out of a word of any letters; empty when nothing is left.
std::string PlainWord(const icu::UnicodeString& word) {
  icu::UnicodeString plain = WithoutMarks(word);
  if (!IsPlain(plain)) plain = WithoutMarks(InLatin(word));
  std::string utf8;
  plain.toUTF8String(utf8);
  // What ICU leaves between letters of other scripts (the soft sign's apostrophe, a space) joins them.
  std::erase_if(utf8, [](char c) { return static_cast<uint8_t>(c) < 0x80 && !IsAsciiLetter(c); });
  return Short(WithoutDigraphs(utf8));
}

void AddWord(std::vector<std::string>& words, std::string word) {
  if (!word.empty() && words.size() < FuzzyWords::kMaxWords) words.push_back(std::move(word));
}

// A run of Chinese characters: a word for each syllable; together, the first is the family name.
void AddHan(FuzzyWords& out, const icu::UnicodeString& run) {
  if (out.together.empty()) out.together = out.words;
  std::string given;
  size_t syllables = 0;
  for (int32_t i = 0; i < run.length(); i = run.moveIndex32(i, 1)) {
    std::string syllable = PlainWord(icu::UnicodeString(run.char32At(i)));
    if (++syllables == 1) {
      AddWord(out.together, syllable);
    } else {
      given += syllable;
    }
    AddWord(out.words, std::move(syllable));
  }
  AddWord(out.together, Short(std::move(given)));
}

void AddLetters(FuzzyWords& out, std::string word) {
  if (!out.together.empty()) AddWord(out.together, word);
  AddWord(out.words, std::move(word));
}

// What nearly all names are; the same as below, without asking Unicode.
FuzzyWords AsciiWords(std::string_view folded) {
  FuzzyWords out;
  std::string word;
  for (size_t i = 0; i <= folded.size(); ++i) {
    const char c = i < folded.size() ? folded[i] : ' ';
    if (IsAsciiLetter(c)) {
      word.push_back(c);
    } else if (c != '\'' && c != '`') {
      AddWord(out.words, Short(WithoutDigraphs(word)));
      word.clear();
    }
  }
  return out;
}

void AddWordKeys(std::set<FuzzyKey>& keys, const std::string& word) {
  keys.insert({1, word});
  if (word.size() < 3) return;
  for (size_t i = 0; i < word.size(); ++i) keys.insert({1, word.substr(0, i) + word.substr(i + 1)});
}

void AddTrigrams(std::set<FuzzyKey>& keys, const std::string& word) {
  const std::string padded = "^" + word + "$";
  for (size_t i = 0; i + 3 <= padded.size(); ++i) keys.insert({3, padded.substr(i, 3)});
}

std::set<FuzzyKey> KeysOf(const FuzzyWords& words, size_t longest_whole) {
  std::set<FuzzyKey> all;
  for (const auto* list : {&words.words, &words.together}) {
    for (const std::string& word : *list) {
      std::set<FuzzyKey> keys;
      if (word.size() <= longest_whole) AddWordKeys(keys, word);
      if (word.size() >= 4) AddTrigrams(keys, word);
      for (const FuzzyKey& key : keys) {
        if (all.size() < kMaxFuzzyKeys) all.insert(key);
      }
    }
  }
  return all;
}

size_t AllowedErrors(size_t letters) { return letters < 3 ? 0 : letters < 6 ? 1 : letters < 10 ? 2 : 3; }

// Damerau-Levenshtein distance with adjacent swaps (optimal string alignment); a word is at most 32 letters, a name
// 256.
size_t Errors(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> now(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

// 0 when there are more errors than the shorter one may have.
double Alike(std::string_view a, std::string_view b) {
  const size_t longer = std::max(a.size(), b.size());
  const size_t allowed = AllowedErrors(std::min(a.size(), b.size()));
  if (longer == 0 || longer - std::min(a.size(), b.size()) > allowed) return 0;
  const size_t errors = Errors(a, b);
  return errors > allowed ? 0 : 1.0 - static_cast<double>(errors) / static_cast<double>(longer);
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += word;
  return out;
}

// Each word asked for with the best word of the value that is still free, the best pairs first.
double WordsAlike(const std::vector<std::string>& query, const FuzzyWords& value) {
  std::vector<std::string_view> have(value.words.begin(), value.words.end());
  have.insert(have.end(), value.together.begin(), value.together.end());
  std::vector<bool> asked(query.size());
  std::vector<bool> taken(have.size());
  double sum = 0;
  size_t letters = 0;
  for (size_t round = 0; round < query.size(); ++round) {
    double best = 0;
    size_t best_asked = 0;
    size_t best_have = 0;
    for (size_t i = 0; i < query.size(); ++i) {
      for (size_t j = 0; j < have.size() && !asked[i]; ++j) {
        const double alike = taken[j] ? 0 : Alike(query[i], have[j]);
        if (alike > best) std::tie(best, best_asked, best_have) = std::tuple(alike, i, j);
      }
    }
    if (best == 0) return 0;
    asked[best_asked] = taken[best_have] = true;
    sum += best * static_cast<double>(query[best_asked].size());
    letters += query[best_asked].size();
  }
  // Of two that fit as well, the one with less beside it.
  const size_t names = value.together.empty() ? value.words.size() : value.together.size();
  const size_t beside = names > query.size() ? names - query.size() : 0;
  return sum / static_cast<double>(letters) - 0.01 * static_cast<double>(beside);
}

}  // namespace

FuzzyWords FuzzyWordsOf(std::string_view text) {
  FuzzyWords out;
  if (text.size() > kMaxText) {  // cut between two characters
    size_t cut = kMaxText;
    while (cut > 0 && (static_cast<uint8_t>(text[cut]) & 0xC0) == 0x80) --cut;
    text = text.substr(0, cut);
  }
  if (!IsAscii(text) && !IsValidUtf8(text)) return out;
  const std::string folded_text = FoldForSearch(text);
  if (IsAscii(folded_text)) return AsciiWords(folded_text);
  const icu::UnicodeString folded = icu::UnicodeString::fromUTF8(folded_text);
  icu::UnicodeString word;
  bool word_is_han = false;
  const auto end_word = [&] {
    if (word.isEmpty()) return;
    if (word_is_han) {
      AddHan(out, word);
    } else {
      AddLetters(out, PlainWord(word));
    }
    word.remove();
  };
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (IsApostrophe(c)) continue;
    const int8_t category = u_charType(c);
    const bool mark = category == U_NON_SPACING_MARK || category == U_COMBINING_SPACING_MARK;
    if (!u_isalnum(c) && !mark) {
      end_word();
      continue;
    }
    const bool han = IsHan(c);
    if (han != word_is_han && !mark) end_word();
    if (!mark) word_is_han = han;
    word.append(c);
  }
  end_word();
  return out;
}

std::set<FuzzyKey> FuzzyKeysOfValue(const FuzzyWords& value) { return KeysOf(value, 4); }
std::set<FuzzyKey> FuzzyKeysOfQuery(const FuzzyWords& query) { return KeysOf(query, 5); }

double FuzzySimilarity(const FuzzyWords& query, const FuzzyWords& value) {
  if (query.words.empty() || value.words.empty()) return 0;
  double best = std::max(WordsAlike(query.words, value), Alike(Joined(query.words), Joined(value.words)));
  if (!query.together.empty()) best = std::max(best, WordsAlike(query.together, value));
  return best;
}

}  // namespace strongroom
