#include "detect/context.h"

#include <algorithm>

#include "detect/folding.h"

namespace strongroom::detect::internal {
namespace {

constexpr size_t kBeforeBytes = 60;
constexpr size_t kAfterBytes = 28;
constexpr int kOtherNumberDigits = 5;  // so many digits in a row are another number, whose context is not ours
constexpr size_t kLongestIdeographs = 6;

constexpr uint64_t kSeed = 0x9E3779B97F4A7C15;
constexpr uint64_t kStep = 0x100000001B3;

uint64_t Mixed(uint64_t hash, unsigned char byte) { return (hash ^ byte) * kStep; }
uint64_t Phrase(uint64_t first, uint64_t second) { return (first * 31 + second) * kSeed; }

unsigned char Byte(std::string_view text, size_t at) { return static_cast<unsigned char>(text[at]); }

// Scripts written without blanks between words: three bytes each.
bool IsIdeograph(unsigned char lead) { return lead >= 0xE3 && lead <= 0xED; }

bool WholeIdeograph(std::string_view text, size_t at) {
  return at + 3 <= text.size() && IsIdeograph(Byte(text, at)) && (Byte(text, at + 1) & 0xC0) == 0x80 &&
         (Byte(text, at + 2) & 0xC0) == 0x80;
}

size_t BeginsIndex(std::string_view text, size_t at) {
  return (static_cast<size_t>(Byte(text, at)) * 7 + static_cast<size_t>(Byte(text, at + 1)) * 67 + Byte(text, at + 2)) %
         1024;
}

// Letters of words with blanks around them.  Latin, Greek and Cyrillic letters are two bytes each.
constexpr bool IsLetterByte(unsigned char byte) {
  return IsAlpha(static_cast<char>(byte)) || (byte >= 0xC3 && byte <= 0xDF) || (byte >= 0x80 && byte < 0xC0);
}

// By byte: the small letter, a byte of a letter of two bytes, or 0 for what is in no word.
constexpr std::array<unsigned char, 256> kWordByte = [] {
  std::array<unsigned char, 256> bytes{};
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool letter = IsLetterByte(static_cast<unsigned char>(byte));
    bytes[static_cast<size_t>(byte)] = letter ? static_cast<unsigned char>(Lower(c)) : 0;
  }
  return bytes;
}();

}  // namespace

// Reads a stretch of text and gathers the rows of its words.
class ContextWords::Reader {
 public:
  explicit Reader(const ContextWords& words) : words_(words) {}

  RowSet Read(std::string_view text, bool forget_at_numbers) {
    for (size_t at = 0; at < text.size();) {
      const unsigned char byte = Byte(text, at);
      if (kWordByte[byte] != 0 && (byte < 0x80 || byte >= 0xC0)) {
        at = Word(text, at);
      } else if (IsIdeograph(byte)) {
        at = Ideographs(text, at);
      } else if (IsDigit(static_cast<char>(byte))) {
        const size_t begin = at;
        while (at < text.size() && IsDigit(text[at])) ++at;
        if (forget_at_numbers && at - begin >= kOtherNumberDigits) rows_ = 0;
        last_ = before_last_ = 0;
      } else if (byte == '[') {
        at = Mark(text, at);
      } else {
        ++at;
      }
    }
    return rows_;
  }

 private:
  // What a redaction left ("[PHONE]") says nothing of what stands beside it.
  static size_t Mark(std::string_view text, size_t at) {
    size_t end = at + 1;
    while (end < text.size() && (IsUpper(text[end]) || IsDigit(text[end]) || text[end] == '_')) ++end;
    return end > at + 1 && end < text.size() && text[end] == ']' ? end + 1 : at + 1;
  }

  size_t Word(std::string_view text, size_t at) {
    const size_t begin = at;
    uint64_t hash = kSeed;
    uint64_t without_last = 0;
    unsigned char previous = 0;
    bool camel = false;  // a small letter stands before
    bool parts = false;
    for (; at < text.size(); ++at) {
      unsigned char byte = kWordByte[Byte(text, at)];
      if (byte == 0) break;
      const bool upper = byte != Byte(text, at);
      if (upper && camel) {  // "phoneNumber" is two words, and one
        Took(hash, 0);
        hash = kSeed;
        parts = true;
      }
      if (previous == 0xC3 && byte >= 0x80 && byte <= 0x9E) byte += 0x20;
      without_last = hash;
      hash = Mixed(hash, byte);
      previous = byte;
      camel = !upper && byte < 0x80;
    }
    if (parts) Whole(text.substr(begin, at - begin));
    Took(hash, previous == 's' ? without_last : 0);
    return at;
  }

  // A word of several parts, as one.
  void Whole(std::string_view word) {
    uint64_t hash = kSeed;
    for (size_t at = 0; at < word.size(); ++at) hash = Mixed(hash, kWordByte[Byte(word, at)]);
    rows_ |= words_.RowsOf(hash);
  }

  // A word, and its stem when it may be a plural.
  void Took(uint64_t hash, uint64_t stem) {
    RowSet own = words_.RowsOf(hash);
    if (own == 0 && stem != 0) own = words_.RowsOf(stem);
    rows_ |= own;
    if ((own & kPhrasePart) == 0) {
      last_ = before_last_ = 0;
      return;
    }
    if (last_ != 0) {
      rows_ |= words_.RowsOf(Phrase(last_, hash));
      if (before_last_ != 0) rows_ |= words_.RowsOf(Phrase(Phrase(before_last_, last_), hash));
    }
    before_last_ = last_;
    last_ = hash;
  }

  size_t Ideographs(std::string_view text, size_t at) {
    if (!WholeIdeograph(text, at)) return at + 1;
    if (words_.begins_[BeginsIndex(text, at)]) {
      uint64_t hash = kSeed;
      size_t end = at;
      for (size_t i = 0; i < kLongestIdeographs && WholeIdeograph(text, end); ++i) {
        for (int byte = 0; byte < 3; ++byte) hash = Mixed(hash, Byte(text, end++));
        const RowSet rows = words_.RowsOf(hash);
        rows_ |= rows & ~kNoRow;
        if (rows == kNoRow) return end;
      }
    }
    last_ = before_last_ = 0;
    return at + 3;
  }

  const ContextWords& words_;
  RowSet rows_ = 0;
  uint64_t last_ = 0;         // the word before
  uint64_t before_last_ = 0;  // and the one before that
};

RowSet ContextWords::Lookup(uint64_t hash) const {
  for (size_t i = hash >> 20;; ++i) {
    const Slot& slot = slots_[i & (slots_.size() - 1)];
    if (slot.hash == hash) return slot.rows;
    if (slot.hash == 0) return 0;
  }
}

void ContextWords::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  used_ = 0;
  for (const Slot& slot : old) {
    if (slot.hash != 0) Insert(slot.hash, slot.rows);
  }
}

void ContextWords::Insert(uint64_t hash, RowSet rows) {
  if (used_ * 4 >= slots_.size()) Grow();
  filter_[(hash >> 51) / 64] |= uint64_t{1} << ((hash >> 51) % 64);
  for (size_t i = hash >> 20;; ++i) {
    Slot& slot = slots_[i & (slots_.size() - 1)];
    if (slot.hash == 0) {
      slot.hash = hash;
      ++used_;
    }
    if (slot.hash != hash) continue;
    slot.rows |= rows;
    return;
  }
}

void ContextWords::Add(std::string_view words, RowSet rows) {
  while (!words.empty()) {
    const std::string_view entry = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(words.size(), entry.size() + 1));
    if (entry.empty()) continue;
    if (WholeIdeograph(entry, 0)) begins_[BeginsIndex(entry, 0)] = true;
    // Every mark between letters ends a word: "driver's" is two.
    std::vector<uint64_t> parts;
    bool inside = false;
    for (char c : entry) {
      const auto byte = static_cast<unsigned char>(c);
      const bool letter = kWordByte[byte] != 0 || IsIdeograph(byte);
      if (letter && !inside) parts.push_back(kSeed);
      if (letter) parts.back() = Mixed(parts.back(), byte);
      inside = letter;
    }
    if (parts.empty()) continue;
    uint64_t phrase = parts[0];
    for (size_t i = 1; i < parts.size(); ++i) phrase = Phrase(phrase, parts[i]);
    Insert(phrase, rows);
    for (uint64_t part : parts) {
      if (parts.size() > 1) Insert(part, kPhrasePart);
    }
  }
}

RowSet ContextWords::Before(std::string_view text, size_t at) const {
  size_t end = at;
  while (end > 0 && at - end < 4 && (text[end - 1] == ' ' || text[end - 1] == '\n' || text[end - 1] == '\r')) --end;
  const size_t reach = end > kBeforeBytes ? end - kBeforeBytes : 0;
  size_t begin = end;
  while (begin > reach && text[begin - 1] != '\n') --begin;
  if (begin == reach && begin > 0) {
    // A word cut by the reach is none.
    while (begin < end && IsLetterByte(Byte(text, begin)) && IsLetterByte(Byte(text, begin - 1))) ++begin;
  }
  return Reader(*this).Read(text.substr(begin, end - begin), true);
}

RowSet ContextWords::After(std::string_view text, size_t at) const {
  std::string_view rest = text.substr(at, kAfterBytes);
  rest = rest.substr(0, rest.find('\n'));
  // Up to the next number; a word cut by the reach is none.
  for (size_t i = 0; i + 1 < rest.size(); ++i) {
    if (IsDigit(rest[i]) && IsDigit(rest[i + 1])) rest = rest.substr(0, i);
  }
  if (rest.size() == kAfterBytes) {
    while (!rest.empty() && IsLetterByte(Byte(rest, rest.size() - 1)) && !IsIdeograph(Byte(rest, rest.size() - 1))) {
      if (rest.size() >= 3 && IsIdeograph(Byte(rest, rest.size() - 3))) break;
      rest.remove_suffix(1);
    }
  }
  return Reader(*this).Read(rest, false);
}

RowSet ContextWords::In(std::string_view text) const { return Reader(*this).Read(text, false); }

}  // namespace strongroom::detect::internal
