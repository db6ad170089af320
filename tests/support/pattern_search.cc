#include "pattern_search.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr int kFilterBits = 22;
constexpr int kTableBits = 18;

uint64_t FirstEight(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

uint64_t HashOf(uint64_t word) { return word * 0x9e3779b97f4a7c15 ^ (word >> 29) * 0xbf58476d1ce4e5b9; }

// The characters that `value` alone decides when `before` bytes stand in front of it.
Bytes Base64Inside(std::string_view value, size_t before, bool url) {
  const Bytes text = Bytes(before, '\0') + Bytes(value);
  const Bytes encoded = url ? Base64UrlEncode(text) : Base64Encode(text);
  const size_t begin = (before * 8 + 5) / 6;
  const size_t end = text.size() * 8 / 6;
  return encoded.substr(begin, end - begin);
}

Bytes Utf16(std::string_view value, bool big_endian) {
  Bytes wide;
  for (const char c : value) {
    if (big_endian) wide.push_back('\0');
    wide.push_back(c);
    if (!big_endian) wide.push_back('\0');
  }
  return wide;
}

}  // namespace

void PatternSearch::Add(size_t value, const char* name, Bytes bytes) {
  if (bytes.size() < kShortestBytes) return;
  longest_bytes_ = std::max(longest_bytes_, bytes.size());
  forms_.push_back({std::move(bytes), value, name});
}

void PatternSearch::AddValue(std::string_view value) {
  const size_t number = values_++;
  dropped_.push_back(false);
  Bytes hex = HexEncode(value);
  Bytes upper_hex = hex;
  for (char& c : upper_hex) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  Bytes lower(value);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  std::set<Bytes> seen;  // one form may be like another
  const auto add = [&](const char* name, Bytes bytes) {
    if (seen.insert(bytes).second) Add(number, name, std::move(bytes));
  };
  add("raw", Bytes(value));
  add("lower case", lower);
  add("hex", hex);
  add("upper-case hex", upper_hex);
  for (size_t before = 0; before < 3; ++before) {
    add("base64", Base64Inside(value, before, false));
    add("base64url", Base64Inside(value, before, true));
  }
  add("UTF-16LE", Utf16(value, false));
  add("UTF-16BE", Utf16(value, true));
}

void PatternSearch::Drop(size_t value) { dropped_[value] = true; }

void PatternSearch::Build() {
  std::erase_if(forms_, [this](const Form& form) { return dropped_[form.value]; });
  std::sort(forms_.begin(), forms_.end(), [](const Form& a, const Form& b) { return a.bytes < b.bytes; });
  filter_.assign((size_t{1} << kFilterBits) / 64, 0);
  first_form_.assign(size_t{1} << kTableBits, 0);
  for (size_t i = 0; i < forms_.size(); ++i) {
    const uint64_t word = FirstEight(forms_[i].bytes.data());
    if (i > 0 && FirstEight(forms_[i - 1].bytes.data()) == word) continue;
    const uint64_t hash = HashOf(word);
    filter_[(hash >> (64 - kFilterBits)) / 64] |= uint64_t{1} << (hash >> (64 - kFilterBits)) % 64;
    size_t slot = hash >> (64 - kTableBits);
    while (first_form_[slot] != 0) slot = (slot + 1) % first_form_.size();
    first_form_[slot] = static_cast<uint32_t>(i + 1);
  }
}

std::vector<PatternSearch::Hit> PatternSearch::Search(ByteView bytes) const {
  std::vector<Hit> hits;
  for (size_t at = 0; at + kShortestBytes <= bytes.size(); ++at) {
    const uint64_t word = FirstEight(bytes.data() + at);
    const uint64_t hash = HashOf(word);
    const uint64_t bit = hash >> (64 - kFilterBits);
    if ((filter_[bit / 64] >> bit % 64 & 1) == 0) continue;
    for (size_t slot = hash >> (64 - kTableBits); first_form_[slot] != 0; slot = (slot + 1) % first_form_.size()) {
      for (size_t i = first_form_[slot] - 1; i < forms_.size(); ++i) {
        const Form& form = forms_[i];
        if (FirstEight(form.bytes.data()) != word) break;
        if (bytes.substr(at, form.bytes.size()) == form.bytes) hits.push_back({form.value, form.name, at});
      }
    }
  }
  return hits;
}

}  // namespace strongroom
