#include "audit/log_source.h"

#include <cstdio>

#include "base/encoding.h"

namespace strongroom {
namespace {

// 1234067 -> "x001/x234/067"
std::string NumberPath(uint64_t number) {
  char part[8];
  std::snprintf(part, sizeof(part), "%03u", static_cast<unsigned>(number % 1000));
  std::string path = part;
  for (number /= 1000; number > 0; number /= 1000) {
    std::snprintf(part, sizeof(part), "x%03u", static_cast<unsigned>(number % 1000));
    path = std::string(part) + "/" + path;
  }
  return path;
}

std::string WidthSuffix(size_t width) { return width == kTileWidth ? "" : ".p/" + std::to_string(width); }

}  // namespace

std::string TilePath(uint8_t level, uint64_t index, size_t width) {
  return "tile/" + std::to_string(level) + "/" + NumberPath(index) + WidthSuffix(width);
}

std::string BundlePath(uint64_t index, size_t width) {
  return "tile/entries/" + NumberPath(index) + WidthSuffix(width);
}

Bytes EncodeBundle(const std::vector<Bytes>& entries) {
  Bytes bundle;
  ByteWriter writer(bundle);
  for (const Bytes& entry : entries) {
    writer.U16(static_cast<uint16_t>(entry.size()));
    writer.Raw(entry);
  }
  return bundle;
}

Status DecodeBundle(ByteView bundle, size_t width, std::vector<ByteView>& entries) {
  entries.clear();
  ByteReader reader(bundle);
  for (size_t i = 0; i < width; ++i) {
    const ByteView entry = reader.Raw(reader.U16());
    if (reader.failed()) return Status(Reason::kLogInvalid, "the bundle is cut short");
    entries.push_back(entry);
  }
  if (reader.remaining() > 0) return Status(Reason::kLogInvalid, "the bundle has bytes after its last entry");
  return Status::Ok();
}

Status ForEachTile(uint64_t size, const std::function<Status(uint8_t level, uint64_t index, size_t width)>& visit) {
  for (uint8_t level = 0; level * kTileHeight < 64 && (size >> (level * kTileHeight)) > 0; ++level) {
    for (uint64_t index = 0;; ++index) {
      const size_t width = TileWidthIn(size, level, index);
      if (width == 0) break;
      RETURN_IF_ERROR(visit(level, index, width));
    }
  }
  return Status::Ok();
}

Status ForEachBundle(uint64_t size, const std::function<Status(uint64_t index, size_t width)>& visit) {
  for (uint64_t index = 0;; ++index) {
    const size_t width = TileWidthIn(size, 0, index);
    if (width == 0) return Status::Ok();
    RETURN_IF_ERROR(visit(index, width));
  }
}

}  // namespace strongroom
