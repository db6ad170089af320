// Where in a text anything could begin.  Internal to detect.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace strongroom::detect::internal {

// Steps from anchor to anchor: digits, '@', ':', '=', the lead byte of full-width forms, and the pairs "w." (of
// "www."),
// "--" (of "-----BEGIN"), "AK", "Iz", "yJ" (of keys).  64 bytes are looked at at a time; all else is passed over
// unseen.
class Anchors {
 public:
  explicit Anchors(std::string_view text) : text_(text) {}

  // The first anchor at or after `at`, which never goes back; the text's size when there is none.
  size_t Next(size_t at) {
    while (true) {
      if (at >= block_ && at < block_ + 64) {
        const uint64_t left = bits_ >> (at - block_);
        if (left != 0) return at + static_cast<size_t>(std::countr_zero(left));
        at = block_ + 64;
      }
      if (at >= text_.size()) return text_.size();
      block_ = at;
      bits_ = Load(at);
    }
  }

 private:
  static bool IsAnchor(unsigned char c, unsigned char next) {
    return (c >= '0' && c <= ':') || c == '@' || c == '=' || c == 0xEF || (c == 'w' && next == '.') ||
           (c == '-' && next == '-') || (c == 'A' && next == 'K') || (c == 'I' && next == 'z') ||
           (c == 'y' && next == 'J');
  }

  uint64_t Load(size_t at) const {
    if (at + 65 <= text_.size()) return LoadWhole(text_.data() + at);
    char padded[65] = {};
    std::memcpy(padded, text_.data() + at, text_.size() - at);
    return LoadWhole(padded);
  }

#if defined(__SSE2__)
  static uint64_t LoadWhole(const char* bytes) {
    uint64_t bits = 0;
    for (int i = 0; i < 4; ++i) bits |= static_cast<uint64_t>(LoadPart(bytes + 16 * i)) << (16 * i);
    return bits;
  }

  static uint32_t LoadPart(const char* bytes) {
    const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
    const __m128i next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 1));
    const auto is = [](const __m128i& a, int c) { return _mm_cmpeq_epi8(a, _mm_set1_epi8(static_cast<char>(c))); };
    const auto pair = [&](int a, int b) { return _mm_and_si128(is(here, a), is(next, b)); };
    // '0'..'9' and ':' are neighbours.
    const __m128i from_zero = _mm_sub_epi8(here, _mm_set1_epi8('0'));
    __m128i found = _mm_cmpeq_epi8(_mm_min_epu8(from_zero, _mm_set1_epi8(10)), from_zero);
    found = _mm_or_si128(found, _mm_or_si128(_mm_or_si128(is(here, '@'), is(here, '=')), is(here, 0xEF)));
    found = _mm_or_si128(found, _mm_or_si128(pair('w', '.'), pair('-', '-')));
    found = _mm_or_si128(found, _mm_or_si128(_mm_or_si128(pair('A', 'K'), pair('I', 'z')), pair('y', 'J')));
    return static_cast<uint32_t>(_mm_movemask_epi8(found));
  }
#else
  static uint64_t LoadWhole(const char* bytes) {
    uint64_t bits = 0;
    for (int i = 0; i < 64; ++i) {
      const bool anchor = IsAnchor(static_cast<unsigned char>(bytes[i]), static_cast<unsigned char>(bytes[i + 1]));
      bits |= static_cast<uint64_t>(anchor) << i;
    }
    return bits;
  }
#endif

  std::string_view text_;
  size_t block_ = ~size_t{0} - 64;  // nothing loaded
  uint64_t bits_ = 0;
};

}  // namespace strongroom::detect::internal
