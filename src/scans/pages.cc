#include "scans/pages.h"

#include "scans/picture_file.h"
#include "scans/tiff_memory.h"

namespace strongroom::scans {
namespace {

// What a decoder needs to know; all else stays behind.
constexpr uint32_t kWords[] = {TIFFTAG_BITSPERSAMPLE, TIFFTAG_SAMPLESPERPIXEL, TIFFTAG_COMPRESSION,
                               TIFFTAG_PHOTOMETRIC,   TIFFTAG_FILLORDER,       TIFFTAG_ORIENTATION,
                               TIFFTAG_PLANARCONFIG,  TIFFTAG_RESOLUTIONUNIT,  TIFFTAG_SAMPLEFORMAT,
                               TIFFTAG_PREDICTOR,     TIFFTAG_INKSET};
constexpr uint32_t kLongs[] = {TIFFTAG_IMAGEWIDTH, TIFFTAG_IMAGELENGTH, TIFFTAG_GROUP3OPTIONS, TIFFTAG_GROUP4OPTIONS};
constexpr uint32_t kNumbers[] = {TIFFTAG_XRESOLUTION, TIFFTAG_YRESOLUTION};

template <typename T, size_t kCount>
void CopyFields(TIFF* from, TIFF* to, const uint32_t (&tags)[kCount]) {
  for (const uint32_t tag : tags) {
    T value = {};
    if (TIFFGetField(from, tag, &value) == 1) TIFFSetField(to, tag, value);
  }
}

void CopyLists(TIFF* from, TIFF* to) {
  uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
  if (TIFFGetField(from, TIFFTAG_COLORMAP, &red, &green, &blue) == 1)
    TIFFSetField(to, TIFFTAG_COLORMAP, red, green, blue);
  uint16_t count = 0;
  uint16_t* kinds = nullptr;
  if (TIFFGetField(from, TIFFTAG_EXTRASAMPLES, &count, &kinds) == 1)
    TIFFSetField(to, TIFFTAG_EXTRASAMPLES, count, kinds);
  uint16_t across = 0, down = 0;
  if (TIFFGetField(from, TIFFTAG_YCBCRSUBSAMPLING, &across, &down) == 1)
    TIFFSetField(to, TIFFTAG_YCBCRSUBSAMPLING, across, down);
  float* values = nullptr;
  if (TIFFGetField(from, TIFFTAG_REFERENCEBLACKWHITE, &values) == 1)
    TIFFSetField(to, TIFFTAG_REFERENCEBLACKWHITE, values);
  if (TIFFGetField(from, TIFFTAG_YCBCRCOEFFICIENTS, &values) == 1) TIFFSetField(to, TIFFTAG_YCBCRCOEFFICIENTS, values);
  uint32_t size = 0;
  void* tables = nullptr;
  if (TIFFGetField(from, TIFFTAG_JPEGTABLES, &size, &tables) == 1) TIFFSetField(to, TIFFTAG_JPEGTABLES, size, tables);
}

bool CopySamples(TIFF* from, TIFF* to, uint64_t most_bytes) {
  const bool tiled = TIFFIsTiled(from) != 0;
  const uint32_t count = tiled ? TIFFNumberOfTiles(from) : TIFFNumberOfStrips(from);
  std::string piece;
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t size = TIFFGetStrileByteCount(from, i);
    if (size == 0 || size > most_bytes) return false;
    piece.resize(size);
    const auto whole = static_cast<tmsize_t>(size);
    const tmsize_t got =
        tiled ? TIFFReadRawTile(from, i, piece.data(), whole) : TIFFReadRawStrip(from, i, piece.data(), whole);
    if (got != whole) return false;
    const tmsize_t put =
        tiled ? TIFFWriteRawTile(to, i, piece.data(), whole) : TIFFWriteRawStrip(to, i, piece.data(), whole);
    if (put != whole) return false;
  }
  return true;
}

// The current page of `from` as the next one of `to`, without packing it anew.
bool CopyPage(TIFF* from, TIFF* to, uint64_t most_bytes) {
  // Its order of bits was undone by nobody, so that it must be said.
  CopyFields<uint16_t>(from, to, kWords);
  CopyFields<uint32_t>(from, to, kLongs);
  CopyFields<float>(from, to, kNumbers);
  if (TIFFIsTiled(from) != 0) {
    constexpr uint32_t kTiles[] = {TIFFTAG_TILEWIDTH, TIFFTAG_TILELENGTH};
    CopyFields<uint32_t>(from, to, kTiles);
  } else {
    TIFFSetField(to, TIFFTAG_ROWSPERSTRIP, TiffField<uint32_t>(from, TIFFTAG_ROWSPERSTRIP, UINT32_MAX));
  }
  CopyLists(from, to);
  return CopySamples(from, to, most_bytes) && TIFFWriteDirectory(to) == 1;
}

bool IsThumbnail(TIFF* tiff) {
  return (TiffField<uint32_t>(tiff, TIFFTAG_SUBFILETYPE, 0) & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0;
}

}  // namespace

Result<std::vector<std::string>> SplitPages(std::string_view bytes, const paper::PaperLimits& limits) {
  ASSIGN_OR_RETURN(const std::unique_ptr<PictureFile> file, PictureFile::Open(bytes, limits));
  std::vector<std::string> parts;
  if (file->pages() == 1) {
    parts.emplace_back(bytes);
    return parts;
  }
  TiffMemory memory;
  memory.read = bytes;
  const TiffPtr from = OpenTiffMemory(memory, "rm");
  if (!from) return Status(Reason::kUnsupportedMediaType, "This TIFF is broken; nothing was saved.");
  do {
    if (IsThumbnail(from.get())) continue;
    const auto compression = TiffField<uint16_t>(from.get(), TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    std::string part;
    TiffMemory out;
    out.write = &part;
    TiffPtr to = OpenTiffMemory(out, TIFFIsBigEndian(from.get()) != 0 ? "wb" : "wl");
    if (!to || compression == COMPRESSION_OJPEG || !CopyPage(from.get(), to.get(), bytes.size()))
      return std::vector<std::string>{std::string(bytes)};
    to.reset();
    parts.push_back(std::move(part));
  } while (TIFFReadDirectory(from.get()) == 1);
  return parts;
}

Result<std::string> JoinPages(const std::vector<std::string>& parts) {
  const Status failed(Reason::kInternal, "The pages could not be put together.");
  if (parts.empty()) return failed;
  if (parts.size() == 1) return parts[0];
  std::string whole;
  TiffMemory out;
  out.write = &whole;
  TiffPtr to = OpenTiffMemory(out, "wl");
  if (!to) return failed;
  for (const std::string& part : parts) {
    TiffMemory memory;
    memory.read = part;
    const TiffPtr from = OpenTiffMemory(memory, "rm");
    if (!from || TIFFIsBigEndian(from.get()) != 0) return failed;
    do {
      if (!CopyPage(from.get(), to.get(), part.size())) return failed;
    } while (TIFFReadDirectory(from.get()) == 1);
  }
  to.reset();
  return whole;
}

}  // namespace strongroom::scans
