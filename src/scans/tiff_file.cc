#include "scans/tiff_file.h"

#include <algorithm>
#include <vector>

#include "scans/tiff_memory.h"

namespace strongroom::scans {
namespace {

constexpr int kJpegQuality = 90;
constexpr uint32_t kRowsPerStrip = 128;  // a multiple of the height of JPEG's units

Status Broken() {
  return Status(Reason::kUnsupportedMediaType,
                "This TIFF is broken, or of a kind that is not read; nothing was saved.");
}

class TiffFile : public PictureFile {
 public:
  TiffFile(std::string_view bytes, const paper::PaperLimits& limits) : limits_(limits) { memory_.read = bytes; }

  Status List();
  uint32_t pages() const override { return static_cast<uint32_t>(pages_.size()); }
  Result<PageImage> Page(uint32_t index) override;

 private:
  const paper::PaperLimits limits_;
  TiffMemory memory_;
  TiffPtr tiff_;
  std::vector<tdir_t> pages_;  // their directories
};

Status TiffFile::List() {
  // "m": not mapped.
  tiff_ = OpenTiffMemory(memory_, "rm");
  if (!tiff_) return Broken();
  do {
    const auto kind = TiffField<uint32_t>(tiff_.get(), TIFFTAG_SUBFILETYPE, 0);
    if ((kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0) continue;
    RETURN_IF_ERROR(CheckSize(TiffField<uint32_t>(tiff_.get(), TIFFTAG_IMAGEWIDTH, 0),
                              TiffField<uint32_t>(tiff_.get(), TIFFTAG_IMAGELENGTH, 0), limits_));
    pages_.push_back(TIFFCurrentDirectory(tiff_.get()));
    if (pages_.size() > limits_.pages) {
      return Status(Reason::kBodyTooLarge,
                    "The file has more pages than the limit of " + std::to_string(limits_.pages) + ".");
    }
  } while (TIFFReadDirectory(tiff_.get()) == 1);
  return pages_.empty() ? Broken() : Status::Ok();
}

Result<PageImage> TiffFile::Page(uint32_t index) {
  if (index >= pages_.size()) return Status(Reason::kInvalidArgument, "The file has no such page.");
  TIFF* const tiff = tiff_.get();
  if (TIFFSetDirectory(tiff, pages_[index]) != 1) return Broken();
  const auto width = TiffField<uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0);
  const auto height = TiffField<uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0);
  RETURN_IF_ERROR(CheckSize(width, height, limits_));
  const auto bits = TiffField<uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  const auto samples = TiffField<uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  const auto photometric = TiffField<uint16_t>(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  const auto compression = TiffField<uint16_t>(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);

  PageImage page;
  const auto orientation = TiffField<uint16_t>(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  page.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  // libtiff turns what it can turn; we do the whole of it, in one place for all kinds.
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  page.lost_depth = bits > 8 || photometric == PHOTOMETRIC_SEPARATED || photometric == PHOTOMETRIC_CIELAB;
  if (compression == COMPRESSION_JPEG || compression == COMPRESSION_OJPEG) {
    page.jpeg = true;
    page.unit_width = page.unit_height = 16;  // none that libtiff reads are larger
  }
  float dots = 0;
  if (TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &dots) == 1 && dots > 0 && dots < 10'000) {
    const bool metric = TiffField<uint16_t>(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH) == RESUNIT_CENTIMETER;
    page.dots_per_inch = static_cast<uint32_t>((metric ? dots * 2.54F : dots) + 0.5F);
  }

  char why[1024];
  if (TIFFRGBAImageOK(tiff, why) != 1) return Broken();
  page.pix.reset(pixCreate(static_cast<int>(width), static_cast<int>(height), 32));
  if (!page.pix) return Status(Reason::kInternal, "The picture does not fit into memory.");
  uint32_t* const raster = pixGetData(page.pix.get());
  if (TIFFReadRGBAImageOriented(tiff, width, height, raster, ORIENTATION_TOPLEFT, 1) != 1) return Broken();
  for (size_t i = 0; i < size_t{width} * height; ++i) {
    // Colours come multiplied with their alpha; what is transparent shows the white it lies on.
    const uint32_t white = 255 - TIFFGetA(raster[i]);
    const auto over = [white](uint32_t sample) { return std::min(sample + white, 255U); };
    raster[i] = over(TIFFGetR(raster[i])) << 24 | over(TIFFGetG(raster[i])) << 16 | over(TIFFGetB(raster[i])) << 8;
  }
  const bool two_tone =
      bits == 1 && samples == 1 && (photometric == PHOTOMETRIC_MINISWHITE || photometric == PHOTOMETRIC_MINISBLACK);
  page.pix = Narrowed(std::move(page.pix), two_tone);
  if (!page.pix) return Status(Reason::kInternal, "The picture does not fit into memory.");
  return page;
}

class TiffWriter : public PictureWriter {
 public:
  Status Add(const PageImage& page) override;
  Result<std::string> Finish() override {
    tiff_.reset();
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
  TiffMemory memory_;
  TiffPtr tiff_;
};

Status TiffWriter::Add(const PageImage& page) {
  const Status failed(Reason::kInternal, "The picture could not be written.");
  if (!tiff_) {
    memory_.write = &bytes_;
    tiff_ = OpenTiffMemory(memory_, "w");
    if (!tiff_) return failed;
  }
  TIFF* const tiff = tiff_.get();
  Pix* const pix = page.pix.get();
  const auto width = static_cast<uint32_t>(pixGetWidth(pix));
  const auto height = static_cast<uint32_t>(pixGetHeight(pix));
  const int depth = pixGetDepth(pix);
  const bool colour = depth == 32;
  const bool jpeg = page.jpeg && depth != 1;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, depth == 1 ? 1 : 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, colour ? 3 : 1);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, kRowsPerStrip);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION,
               depth == 1 ? COMPRESSION_CCITTFAX4
               : jpeg     ? COMPRESSION_JPEG
                          : COMPRESSION_ADOBE_DEFLATE);
  int photometric = PHOTOMETRIC_MINISBLACK;
  if (depth == 1) photometric = PHOTOMETRIC_MINISWHITE;
  if (colour) photometric = jpeg ? PHOTOMETRIC_YCBCR : PHOTOMETRIC_RGB;
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric);
  if (jpeg) {
    TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, kJpegQuality);
    if (colour) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  } else if (depth != 1) {
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  }
  if (page.dots_per_inch > 0) {
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, static_cast<double>(page.dots_per_inch));
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, static_cast<double>(page.dots_per_inch));
  }
  const size_t row_bytes = depth == 1 ? (width + 7) / 8 : size_t{width} * (colour ? 3 : 1);
  std::string strip;
  for (uint32_t top = 0; top < height; top += kRowsPerStrip) {
    strip.clear();
    for (uint32_t y = top; y < std::min(height, top + kRowsPerStrip); ++y) {
      const uint32_t* const row = Row(pix, static_cast<int>(y));
      for (size_t x = 0; x < (colour ? width : row_bytes); ++x) {
        if (colour) {
          strip += static_cast<char>(row[x] >> 24);
          strip += static_cast<char>(row[x] >> 16);
          strip += static_cast<char>(row[x] >> 8);
        } else {
          strip += static_cast<char>(GET_DATA_BYTE(row, x));
        }
      }
    }
    if (TIFFWriteEncodedStrip(tiff, top / kRowsPerStrip, strip.data(), static_cast<tmsize_t>(strip.size())) < 0)
      return failed;
  }
  return TIFFWriteDirectory(tiff) == 1 ? Status::Ok() : failed;
}

}  // namespace

Result<std::unique_ptr<PictureFile>> OpenTiff(std::string_view bytes, const paper::PaperLimits& limits) {
  auto file = std::make_unique<TiffFile>(bytes, limits);
  RETURN_IF_ERROR(file->List());
  return std::unique_ptr<PictureFile>(std::move(file));
}

std::unique_ptr<PictureWriter> MakeTiffWriter() { return std::make_unique<TiffWriter>(); }

}  // namespace strongroom::scans
