#include "scans/exif.h"

#include <algorithm>
#include <cstdint>

namespace strongroom::scans {
namespace {

uint32_t Big(std::string_view bytes, size_t at, size_t size) {
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// Of a TIFF header with its first directory, as Exif holds it.
int OrientationOfExif(std::string_view exif) {
  if (exif.size() < 8) return 1;
  const bool little = exif.starts_with("II");
  if (!little && !exif.starts_with("MM")) return 1;
  const auto number = [&](size_t at, size_t size) {
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i)
      value |= static_cast<uint32_t>(static_cast<unsigned char>(exif[at + i])) << 8 * (little ? i : size - 1 - i);
    return value;
  };
  const size_t directory = number(4, 4);
  if (directory + 2 > exif.size()) return 1;
  const size_t entries = number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t at = directory + 2 + i * 12;
    if (at + 12 > exif.size()) return 1;
    if (number(at, 2) != 0x0112) continue;
    const uint32_t value = number(at + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

void TakeFrame(std::string_view segment, JpegFacts& facts) {
  if (segment.size() < 6) return;
  facts.deep = segment[0] != 8;
  const size_t components = static_cast<unsigned char>(segment[5]);
  int most_x = 1;
  int most_y = 1;
  for (size_t i = 0; i < components && 6 + i * 3 + 1 < segment.size(); ++i) {
    const auto sampling = static_cast<unsigned char>(segment[6 + i * 3 + 1]);
    most_x = std::clamp(std::max(most_x, sampling >> 4), 1, 4);
    most_y = std::clamp(std::max(most_y, sampling & 15), 1, 4);
  }
  // A picture of one component is packed in single blocks, whatever it says (A.2.2).
  facts.unit_width = components == 1 ? 8 : 8 * most_x;
  facts.unit_height = components == 1 ? 8 : 8 * most_y;
}

}  // namespace

JpegFacts FactsOfJpeg(std::string_view bytes) {
  JpegFacts facts;
  size_t at = 2;
  while (at + 4 <= bytes.size()) {
    if (static_cast<unsigned char>(bytes[at]) != 0xFF) {
      ++at;
      continue;
    }
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (marker == 0xFF || marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += marker == 0xFF ? 1 : 2;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) break;
    const size_t size = Big(bytes, at + 2, 2);
    if (size < 2 || at + 2 + size > bytes.size()) break;
    const std::string_view segment = bytes.substr(at + 4, size - 2);
    if (marker == 0xE1 && segment.starts_with(std::string_view("Exif\0\0", 6)))
      facts.orientation = OrientationOfExif(segment.substr(6));
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) TakeFrame(segment, facts);
    at += 2 + size;
  }
  return facts;
}

bool ChunksOfPngFit(std::string_view bytes) {
  for (size_t at = 8; at + 8 <= bytes.size();) {
    const size_t size = Big(bytes, at, 4);
    if (size + 12 > bytes.size() - at) return false;
    if (bytes.substr(at + 4, 4) == "IEND") return true;
    at += 12 + size;
  }
  return true;
}

int OrientationOfPng(std::string_view bytes) {
  size_t at = 8;
  while (at + 12 <= bytes.size()) {
    const size_t size = Big(bytes, at, 4);
    const std::string_view type = bytes.substr(at + 4, 4);
    if (type == "IDAT" || size > bytes.size() - at - 12) return 1;
    if (type == "eXIf") return OrientationOfExif(bytes.substr(at + 8, size));
    at += 12 + size;
  }
  return 1;
}

}  // namespace strongroom::scans
