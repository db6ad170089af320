#include "desk/png.h"

#include <zlib.h>

#include <algorithm>

#include "base/encoding.h"

namespace strongroom::desk {
namespace {

constexpr uint32_t kGapPixels = 16;
constexpr char kGapGrey = '\x80';
constexpr char kFilterUp = 2;  // each sample less the one above: pages repeat themselves downwards

void AppendChunk(std::string_view type, std::string_view data, std::string& png) {
  ByteWriter(png).U32(static_cast<uint32_t>(data.size()));
  const size_t begin = png.size();
  png.append(type).append(data);
  const auto* const checked = reinterpret_cast<const Bytef*>(png.data() + begin);
  const uLong sum = crc32(0, checked, static_cast<uInt>(png.size() - begin));
  ByteWriter(png).U32(static_cast<uint32_t>(sum));
}

// All rows, filtered and deflated.
std::string Deflated(const paper::Picture& picture) {
  const size_t row_bytes = size_t{picture.width} * picture.channels;
  z_stream stream = {};
  if (deflateInit(&stream, Z_BEST_SPEED) != Z_OK) return {};
  std::string out(deflateBound(&stream, static_cast<uLong>((row_bytes + 1) * picture.height)), '\0');
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  std::string row(row_bytes + 1, kFilterUp);
  int state = Z_OK;
  for (uint32_t y = 0; y < picture.height && state == Z_OK; ++y) {
    const char* const samples = picture.samples.data() + y * row_bytes;
    for (size_t x = 0; x < row_bytes; ++x) {
      const char above = y == 0 ? '\0' : *(samples + x - row_bytes);
      row[x + 1] = static_cast<char>(samples[x] - above);
    }
    stream.next_in = reinterpret_cast<Bytef*>(row.data());
    stream.avail_in = static_cast<uInt>(row.size());
    state = deflate(&stream, Z_NO_FLUSH);
  }
  if (state == Z_OK) state = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return state == Z_STREAM_END ? out : std::string();
}

void CopyRow(const paper::Picture& from, uint32_t y, char* to) {
  if (y >= from.height) return;
  const char* at = from.samples.data() + size_t{y} * from.width * from.channels;
  for (uint32_t x = 0; x < from.width; ++x) {
    for (int channel = 0; channel < 3; ++channel) *to++ = from.channels == 3 ? *at++ : *at;
    if (from.channels == 1) ++at;
  }
}

}  // namespace

std::string EncodePng(const paper::Picture& picture) {
  constexpr char kGrey = 0;
  constexpr char kColour = 2;
  const std::string rows = picture.width == 0 || picture.height == 0 ? std::string() : Deflated(picture);
  if (rows.empty()) return {};
  std::string png = "\x89PNG\r\n\x1A\n";
  std::string head;
  ByteWriter writer(head);
  writer.U32(picture.width);
  writer.U32(picture.height);
  head += '\x08';  // bits
  head += picture.channels == 3 ? kColour : kGrey;
  head.append(3, '\0');  // deflate, the standard's filters, not interlaced
  AppendChunk("IHDR", head, png);
  AppendChunk("IDAT", rows, png);
  AppendChunk("IEND", {}, png);
  return png;
}

paper::Picture SideBySide(const paper::Picture& left, const paper::Picture& right) {
  paper::Picture both;
  both.channels = 3;
  both.width = left.width + kGapPixels + right.width;
  both.height = std::max(left.height, right.height);
  both.samples.assign(size_t{both.width} * both.height * 3, '\xFF');
  for (uint32_t y = 0; y < both.height; ++y) {
    char* const row = both.samples.data() + size_t{y} * both.width * 3;
    CopyRow(left, y, row);
    std::fill_n(row + size_t{left.width} * 3, size_t{kGapPixels} * 3, kGapGrey);
    CopyRow(right, y, row + size_t{left.width + kGapPixels} * 3);
  }
  return both;
}

}  // namespace strongroom::desk
