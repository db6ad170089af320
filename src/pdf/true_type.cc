#include "pdf/true_type.h"

#include <algorithm>
#include <functional>

namespace strongroom::pdf {
namespace {

uint32_t U16(std::string_view bytes, size_t at) {
  if (at + 2 > bytes.size()) return 0;
  return static_cast<uint32_t>(static_cast<unsigned char>(bytes[at])) << 8 | static_cast<unsigned char>(bytes[at + 1]);
}
uint32_t U32(std::string_view bytes, size_t at) { return U16(bytes, at) << 16 | U16(bytes, at + 2); }

std::string_view TableOf(std::string_view font, std::string_view tag) {
  const uint32_t tables = std::min(U16(font, 4), 64U);
  for (uint32_t i = 0; i < tables; ++i) {
    const size_t entry = 12 + size_t{16} * i;
    if (entry + 16 > font.size()) break;
    if (font.substr(entry, 4) != tag) continue;
    const size_t offset = U32(font, entry + 8);
    return offset < font.size() ? font.substr(offset, U32(font, entry + 12)) : std::string_view();
  }
  return {};
}

// False: enough.  Segments of strangers may overlap, each over all codes.
using Pair = std::function<bool(uint32_t code, uint32_t glyph)>;
constexpr size_t kMostPairs = 1'200'000;  // more than there are characters

void EachOfFormat4(std::string_view map, const Pair& pair) {
  const size_t segments = U16(map, 6) / 2;
  for (size_t i = 0; i < segments; ++i) {
    const uint32_t end = U16(map, 14 + 2 * i);
    const uint32_t start = U16(map, 16 + 2 * segments + 2 * i);
    const uint32_t delta = U16(map, 16 + 4 * segments + 2 * i);
    const size_t offset_at = 16 + 6 * segments + 2 * i;
    const uint32_t offset = U16(map, offset_at);
    if (offset_at + 2 > map.size() || start > end || start == 0xFFFF) continue;
    for (uint32_t code = start; code <= end; ++code) {
      uint32_t glyph = offset == 0 ? code : U16(map, offset_at + offset + 2 * size_t{code - start});
      if (glyph != 0) glyph = (glyph + delta) & 0xFFFF;
      if (!pair(code, glyph)) return;
    }
  }
}

void EachOf(std::string_view map, const Pair& pair) {
  const uint32_t format = U16(map, 0);
  if (format == 4) EachOfFormat4(map, pair);
  if (format == 0) {
    for (uint32_t code = 0; code < 256 && 6 + code < map.size(); ++code) {
      if (!pair(code, static_cast<unsigned char>(map[6 + code]))) return;
    }
  }
  if (format == 6) {
    for (uint32_t i = 0; i < U16(map, 8) && 10 + 2 * size_t{i} < map.size(); ++i) {
      if (!pair(U16(map, 6) + i, U16(map, 10 + 2 * size_t{i}))) return;
    }
  }
  if (format == 12) {
    const uint32_t groups = std::min(U32(map, 12), 100'000U);
    for (uint32_t i = 0; i < groups && 16 + 12 * size_t{i} + 12 <= map.size(); ++i) {
      const size_t at = 16 + 12 * size_t{i};
      const uint32_t start = U32(map, at);
      const uint32_t end = std::min(U32(map, at + 4), start + 0xFFFF);
      for (uint32_t code = start; code <= end && code <= 0x10FFFF; ++code) {
        if (!pair(code, U32(map, at + 8) + code - start)) return;
      }
    }
  }
}

}  // namespace

std::unordered_map<uint32_t, char32_t> CharactersOfGlyphs(std::string_view font,
                                                          std::unordered_map<uint32_t, uint32_t>* code_to_glyph) {
  std::unordered_map<uint32_t, char32_t> characters;
  const std::string_view table = TableOf(font, "cmap");
  const uint32_t maps = std::min(U16(table, 2), 32U);
  size_t left = kMostPairs;  // of all maps together
  for (uint32_t i = 0; i < maps; ++i) {
    const size_t entry = 4 + size_t{8} * i;
    const uint32_t platform = U16(table, entry);
    const uint32_t encoding = U16(table, entry + 2);
    const size_t offset = U32(table, entry + 4);
    if (offset >= table.size() || left == 0) continue;
    const bool unicode = platform == 0 || (platform == 3 && (encoding == 1 || encoding == 10));
    const bool symbols = (platform == 3 && encoding == 0) || platform == 1;
    if (unicode) {
      EachOf(table.substr(offset), [&](uint32_t code, uint32_t glyph) {
        if (glyph != 0 && code >= 0x20 && characters.size() < 200'000) characters.emplace(glyph, code);
        return --left > 0;
      });
    }
    if (symbols && code_to_glyph != nullptr) {
      EachOf(table.substr(offset), [&](uint32_t code, uint32_t glyph) {
        if (code >= 0xF000 && code <= 0xF0FF) code -= 0xF000;
        if (glyph != 0 && code < 256) code_to_glyph->emplace(code, glyph);
        return --left > 0;
      });
    }
  }
  return characters;
}

}  // namespace strongroom::pdf
