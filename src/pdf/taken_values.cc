#include "pdf/taken_values.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <cstring>

#include "pdf/cmap.h"
#include "pdf/glyph_names.h"

namespace strongroom::pdf {
namespace {

constexpr size_t kShortestStrong = 6;
constexpr size_t kShortestWord = 4;
constexpr size_t kShortestHan = 2;
constexpr size_t kShortestLoose = 9;
constexpr uint32_t kWidestGap = 3;  // from one letter to the next
constexpr size_t kShortestBytes = 8;
constexpr unsigned kFilterBits = 20;

bool IsHan(char32_t c) {
  return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x3040 && c <= 0x30FF);
}

// Letters and digits; full-width ones as the plain ones.
char32_t LetterOf(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
  return u_isalnum(static_cast<UChar32>(c)) != 0 ? c : 0;
}
char32_t Lower(char32_t c) { return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))); }

uint64_t StartOf(std::u32string_view letters) {
  const bool is_short = letters.size() < 4;
  uint64_t key = is_short ? 1 : 2;
  for (size_t i = 0; i < (is_short ? 2 : 4); ++i) key = key * 0x9E3779B97F4A7C15U + Lower(letters[i]);
  return key;
}

uint64_t FirstBytes(const char* at) {
  uint64_t value = 0;
  std::memcpy(&value, at, kShortestBytes);
  return value;
}
size_t FilterBit(uint64_t bytes) { return static_cast<size_t>(bytes * 0x9E3779B97F4A7C15U >> (64 - kFilterBits)); }

bool Same(std::u32string_view one, std::u32string_view other, bool exactly) {
  for (size_t i = 0; i < one.size(); ++i) {
    if (one[i] != other[i] && (exactly || Lower(one[i]) != Lower(other[i]))) return false;
  }
  return true;
}

std::u32string Letters(std::u32string_view text) {
  std::u32string letters;
  for (const char32_t c : text) {
    if (const char32_t letter = LetterOf(c); letter != 0) letters += letter;
  }
  return letters;
}

}  // namespace

std::u32string FromUtf8(std::string_view text, std::vector<uint32_t>* begins) {
  std::u32string out;
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
    if (size == 0 || at + size > text.size()) {
      ++at;
      continue;
    }
    char32_t c = size == 1 ? lead : lead & (0x7FU >> size);
    bool good = true;
    for (size_t i = 1; i < size; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      good = good && (next & 0xC0) == 0x80;
      c = c << 6 | (next & 0x3F);
    }
    if (!good) {
      ++at;
      continue;
    }
    out += c;
    if (begins != nullptr) begins->push_back(static_cast<uint32_t>(at));
    at += size;
  }
  return out;
}

std::string Utf8OfString(std::string_view bytes) {
  std::string out;
  if (bytes.starts_with("\xEF\xBB\xBF")) return std::string(bytes.substr(3));
  if (bytes.starts_with("\xFE\xFF")) {
    for (const char32_t c : FromUtf16(bytes.substr(2))) AppendUtf8(c, out);
    return out;
  }
  const char16_t* table = EncodingTable(BaseEncoding::kPdfDoc);
  for (const char c : bytes) {
    const auto code = static_cast<unsigned char>(c);
    AppendUtf8(table[code] != 0 ? table[code] : code, out);
  }
  return out;
}

std::u32string TakenValues::Key(std::string_view text) {
  std::u32string key = Letters(FromUtf8(text));
  for (char32_t& c : key) c = Lower(c);
  return key;
}

void TakenValues::Add(std::string_view text, detect::Kind kind) {
  if (kind == detect::Kind::kAge) return;
  Value value;
  value.letters = Letters(FromUtf8(text));
  value.kind = kind;
  const auto digits =
      std::count_if(value.letters.begin(), value.letters.end(), [](char32_t c) { return c >= '0' && c <= '9'; });
  const auto han = std::count_if(value.letters.begin(), value.letters.end(), IsHan);
  value.word = digits < 4 && text.find('@') == std::string_view::npos;
  value.loose = !value.word && value.letters.size() >= kShortestLoose;
  const size_t least = han >= 2 ? kShortestHan : value.word ? kShortestWord : kShortestStrong;
  if (value.letters.size() < least || !known_.insert(value.letters).second) return;
  const bool word = value.word;
  values_.push_back(std::move(value));
  if (!word && text.size() >= kShortestBytes) written_.emplace_back(text);
}

void TakenValues::Build() {
  std::erase_if(values_, [&](const Value& value) {
    std::u32string key = value.letters;
    for (char32_t& c : key) c = Lower(c);
    return spared_.contains(key);
  });
  std::erase_if(written_, [&](const std::string& text) { return spared_.contains(Key(text)); });
  for (uint32_t i = 0; i < values_.size(); ++i) by_start_[StartOf(values_[i].letters)].push_back(i);
  const size_t plain = written_.size();
  for (size_t i = 0; i < plain; ++i) {
    std::string utf16;
    std::string latin;
    bool is_latin = true;
    for (const char32_t c : FromUtf8(written_[i])) {
      utf16 += static_cast<char>(c >> 8);
      utf16 += static_cast<char>(c & 0xFF);
      latin += static_cast<char>(c & 0xFF);
      is_latin = is_latin && c < 0x100;
    }
    written_.push_back(utf16);
    if (is_latin && latin != written_[i] && latin.size() >= kShortestBytes) written_.push_back(latin);
  }
  filter_.assign(size_t{1} << kFilterBits, 0);
  for (uint32_t i = 0; i < written_.size(); ++i) {
    const uint64_t start = FirstBytes(written_[i].data());
    by_bytes_[start].push_back(i);
    filter_[FilterBit(start)] = 1;
  }
}

std::vector<TakenValues::Hit> TakenValues::Find(std::string_view text, bool words) const {
  std::vector<Hit> hits;
  if (values_.empty()) return hits;
  std::vector<uint32_t> begins;
  const std::u32string all = FromUtf8(text, &begins);
  std::u32string letters;
  std::vector<uint32_t> places;  // of each letter in `all`
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (const char32_t letter = LetterOf(all[i]); letter != 0) {
      letters += letter;
      places.push_back(i);
    }
  }
  const std::u32string_view seen = letters;
  const auto glued = [&](size_t letter, size_t beside) {  // two letters of one word
    const size_t low = std::min(places[letter], places[beside]);
    return std::max(places[letter], places[beside]) - low == 1 && !IsHan(seen[letter]);
  };
  const auto together = [&](size_t at, size_t count) {
    for (size_t i = at + 1; i < at + count; ++i) {
      if (places[i] - places[i - 1] > kWidestGap) return false;
    }
    return true;
  };
  for (size_t at = 0; at + 1 < seen.size();) {
    size_t longest = 0;
    detect::Kind kind = detect::Kind::kPerson;
    for (const size_t size : {size_t{4}, size_t{2}}) {
      if (at + size > seen.size()) continue;
      const auto candidates = by_start_.find(StartOf(seen.substr(at, size)));
      if (candidates == by_start_.end()) continue;
      for (const uint32_t i : candidates->second) {
        const Value& value = values_[i];
        const size_t count = value.letters.size();
        if (count <= longest || at + count > seen.size() || !Same(value.letters, seen.substr(at, count), value.word))
          continue;
        const bool inside =
            (at > 0 && glued(at, at - 1)) || (at + count < seen.size() && glued(at + count - 1, at + count));
        if (inside && !value.loose) continue;
        if (value.word ? !words : !together(at, count)) continue;
        longest = count;
        kind = value.kind;
      }
    }
    if (longest == 0) {
      ++at;
      continue;
    }
    const uint32_t last = places[at + longest - 1];
    hits.push_back({begins[places[at]], last + 1 < begins.size() ? begins[last + 1] : text.size(), kind});
    at += longest;
  }
  return hits;
}

bool TakenValues::InBytes(std::string_view bytes) const {
  if (by_bytes_.empty()) return false;
  for (size_t at = 0; at + kShortestBytes <= bytes.size(); ++at) {
    const uint64_t start = FirstBytes(bytes.data() + at);
    if (!filter_[FilterBit(start)]) continue;
    const auto candidates = by_bytes_.find(start);
    if (candidates == by_bytes_.end()) continue;
    for (const uint32_t i : candidates->second) {
      if (bytes.substr(at).starts_with(written_[i])) return true;
    }
  }
  return false;
}

bool TakenValues::InString(std::string_view bytes) const {
  return !Find(Utf8OfString(bytes)).empty() || !Find(bytes).empty();
}

bool TakenValues::InName(std::string_view bytes) const { return !Find(bytes, false).empty(); }

}  // namespace strongroom::pdf
