// Pictures of text for tests, drawn with the letters that Leptonica carries: no font, no program.
#pragma once

#include <string>
#include <vector>

#include "scans/pix.h"

namespace strongroom::scans {

inline constexpr int kDrawnMargin = 60;
inline constexpr int kDrawnLine = 90;  // from one line's top to the next

// Black on white, 8 bits, 300 dots per inch, capitals about 55 pixels high.
inline PixPtr DrawnText(const std::vector<std::string>& lines, int width = 1600) {
  const int height = 2 * kDrawnMargin + kDrawnLine * static_cast<int>(lines.size());
  PixPtr page(pixCreate(width, height, 8));
  pixSetAll(page.get());
  L_BMF* font = bmfCreate(nullptr, 20);
  for (size_t i = 0; i < lines.size(); ++i) {
    int drawn = 0, overflows = 0;
    // The y of a line is that of its letters' feet.
    const int feet = kDrawnMargin + kDrawnLine * static_cast<int>(i) + 60;
    pixSetTextline(page.get(), font, lines[i].c_str(), 0, kDrawnMargin, feet, &drawn, &overflows);
  }
  bmfDestroy(&font);
  pixSetResolution(page.get(), 300, 300);
  return page;
}

// Wild strokes, as of a pen: nothing that can be read.
inline void Scribble(Pix* pix, int left, int top, int width, int height) {
  uint32_t state = 7;
  const auto next = [&state](int sides) {
    state = state * 1664525U + 1013904223U;
    return static_cast<int>((state >> 8) % static_cast<uint32_t>(sides));
  };
  const PixPtr mask(pixCreate(pixGetWidth(pix), pixGetHeight(pix), 1));
  int x = left, y = top + height / 2;
  while (x < left + width) {
    const int to_x = x + next(60) - 15;
    const int to_y = top + next(height);
    pixRenderLine(mask.get(), x, y, to_x, to_y, 4, L_SET_PIXELS);
    x = to_x + 3;
    y = to_y;
  }
  pixSetMasked(pix, mask.get(), 0);
}

inline std::string PngOf(Pix* pix) {
  unsigned char* data = nullptr;
  size_t size = 0;
  pixWriteMemPng(&data, &size, pix, 0);
  std::string bytes(reinterpret_cast<const char*>(data), size);
  lept_free(data);
  return bytes;
}
inline std::string JpegOf(Pix* pix, int quality = 80) {
  unsigned char* data = nullptr;
  size_t size = 0;
  pixWriteMemJpeg(&data, &size, pix, quality, 0);
  std::string bytes(reinterpret_cast<const char*>(data), size);
  lept_free(data);
  return bytes;
}
// A JPEG with an Exif segment that says how it lies, and a thumbnail's worth of text behind it.
inline std::string WithExif(const std::string& jpeg, int orientation, const std::string& text) {
  std::string exif("Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 24);
  exif += static_cast<char>(orientation);
  exif += std::string("\0\0\0\0\0\0\0", 7) + text;
  const size_t size = exif.size() + 2;
  std::string segment = "\xFF\xE1";
  segment += static_cast<char>(size >> 8);
  segment += static_cast<char>(size & 0xFF);
  return jpeg.substr(0, 2) + segment + exif + jpeg.substr(2);
}

}  // namespace strongroom::scans
