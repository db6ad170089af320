// libtiff on files in memory.
#pragma once

#include <tiffio.h>

#include <memory>
#include <string>
#include <string_view>

namespace strongroom::scans {

struct TiffClose {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffPtr = std::unique_ptr<TIFF, TiffClose>;

// A file in memory, as libtiff asks for one: `read` is read, or `write` written (and read back).
struct TiffMemory {
  std::string_view read;
  std::string* write = nullptr;
  uint64_t at = 0;
  uint64_t size() const { return write != nullptr ? write->size() : read.size(); }
};

// `memory` outlives what is opened.  Null when it is no TIFF.  Nothing is printed, and no single piece of memory that a
// file asks for is larger than 1 GiB.
TiffPtr OpenTiffMemory(TiffMemory& memory, const char* mode);

// The value of a field of the current directory, its default or `otherwise`.
template <typename T>
T TiffField(TIFF* tiff, uint32_t tag, T otherwise) {
  T value = otherwise;
  return TIFFGetFieldDefaulted(tiff, tag, &value) == 1 ? value : otherwise;
}

}  // namespace strongroom::scans
