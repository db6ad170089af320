#include "scans/picture_file.h"

#include <algorithm>

#include "scans/exif.h"
#include "scans/tiff_file.h"

namespace strongroom::scans {
namespace {

constexpr int kJpegQuality = 90;

const unsigned char* Data(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

Status Broken(std::string_view what) {
  return Status(Reason::kUnsupportedMediaType,
                "This is no " + std::string(what) + " that can be read, or it is broken; nothing was saved.");
}

Status NoMemory() { return Status(Reason::kInternal, "The picture does not fit into memory."); }

// Bytes that Leptonica made.
struct Encoded {
  unsigned char* data = nullptr;
  size_t size = 0;
  Encoded() = default;
  Encoded(const Encoded&) = delete;
  Encoded& operator=(const Encoded&) = delete;
  ~Encoded() { lept_free(data); }
};

// A file with one picture in it, decoded when it is asked for.
class SinglePicture : public PictureFile {
 public:
  SinglePicture(FileKind kind, std::string_view bytes) : kind_(kind), bytes_(bytes) {}
  uint32_t pages() const override { return 1; }
  Result<PageImage> Page(uint32_t index) override {
    if (index != 0) return Status(Reason::kInvalidArgument, "The picture has one page.");
    return kind_ == FileKind::kPng ? Png() : Jpeg();
  }

 private:
  Result<PageImage> Png() const;
  Result<PageImage> Jpeg() const;

  const FileKind kind_;
  const std::string_view bytes_;
};

Result<PageImage> SinglePicture::Png() const {
  PageImage page;
  page.orientation = OrientationOfPng(bytes_);
  int width = 0, height = 0, bits = 0, samples = 0, palette = 0;
  readHeaderMemPng(Data(bytes_), bytes_.size(), &width, &height, &bits, &samples, &palette);
  page.pix.reset(pixReadMemPng(Data(bytes_), bytes_.size()));
  if (!page.pix || pixGetWidth(page.pix.get()) != width || pixGetHeight(page.pix.get()) != height) return Broken("PNG");
  page.lost_depth = bits > 8;
  page.dots_per_inch = static_cast<uint32_t>(std::max(pixGetXRes(page.pix.get()), 0));
  const bool two_tone = pixGetDepth(page.pix.get()) == 1 && pixGetColormap(page.pix.get()) == nullptr;
  if (two_tone) return page;
  if (const PixColormap* const map = pixGetColormap(page.pix.get()); map != nullptr) {
    page.pix.reset(pixRemoveColormap(page.pix.get(), REMOVE_CMAP_WITH_ALPHA));
    if (!page.pix) return NoMemory();
  }
  if (pixGetDepth(page.pix.get()) == 32 && pixGetSpp(page.pix.get()) == 4) {
    // What is transparent shows the white it lies on.
    page.pix.reset(pixAlphaBlendUniform(page.pix.get(), 0xFFFFFF00U));
  } else if (pixGetDepth(page.pix.get()) != 32) {
    page.pix.reset(pixConvertTo8(page.pix.get(), 0));
  }
  if (!page.pix) return NoMemory();
  page.pix = Narrowed(std::move(page.pix), bits == 1);
  if (!page.pix) return NoMemory();
  return page;
}

Result<PageImage> SinglePicture::Jpeg() const {
  PageImage page;
  const JpegFacts facts = FactsOfJpeg(bytes_);
  page.orientation = facts.orientation;
  page.jpeg = true;
  page.unit_width = facts.unit_width;
  page.unit_height = facts.unit_height;
  int warnings = 0;
  page.pix.reset(pixReadMemJpeg(Data(bytes_), bytes_.size(), 0, 1, &warnings, 0));
  if (!page.pix) return Broken("JPEG");
  page.dots_per_inch = static_cast<uint32_t>(std::max(pixGetXRes(page.pix.get()), 0));
  page.pix = Narrowed(std::move(page.pix), false);
  if (!page.pix) return NoMemory();
  return page;
}

class SingleWriter : public PictureWriter {
 public:
  explicit SingleWriter(FileKind kind) : kind_(kind) {}
  Status Add(const PageImage& page) override {
    if (!bytes_.empty()) return Status(Reason::kInternal, "A PNG or JPEG holds one page.");
    PixPtr pix(pixCopy(nullptr, page.pix.get()));
    if (!pix) return NoMemory();
    const int dpi = static_cast<int>(std::min(page.dots_per_inch, 10'000U));
    pixSetResolution(pix.get(), dpi, dpi);
    pixSetText(pix.get(), nullptr);
    pixSetSpp(pix.get(), pixGetDepth(pix.get()) == 32 ? 3 : 1);
    Encoded encoded;
    const bool failed = kind_ == FileKind::kPng
                            ? pixWriteMemPng(&encoded.data, &encoded.size, pix.get(), 0) != 0
                            : pixWriteMemJpeg(&encoded.data, &encoded.size, pix.get(), kJpegQuality, 0) != 0;
    if (failed || encoded.data == nullptr) return Status(Reason::kInternal, "The picture could not be written.");
    bytes_.assign(reinterpret_cast<const char*>(encoded.data), encoded.size);
    return Status::Ok();
  }
  Result<std::string> Finish() override { return std::move(bytes_); }

 private:
  const FileKind kind_;
  std::string bytes_;
};

}  // namespace

std::optional<FileKind> KindOfPicture(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return FileKind::kPng;
  if (bytes.starts_with("\xFF\xD8\xFF")) return FileKind::kJpeg;
  for (const std::string_view tiff : {std::string_view("II*\0", 4), std::string_view("MM\0*", 4),
                                      std::string_view("II+\0", 4), std::string_view("MM\0+", 4)}) {
    if (bytes.starts_with(tiff)) return FileKind::kTiff;
  }
  return std::nullopt;
}

Status CheckSize(uint64_t width, uint64_t height, const paper::PaperLimits& limits) {
  if (width == 0 || height == 0) return Status(Reason::kUnsupportedMediaType, "The picture has no pixels.");
  if (width > 60'000 || height > 60'000 || width * height > limits.pixels) {
    return Status(Reason::kBodyTooLarge, "A picture of " + std::to_string(width) + " by " + std::to_string(height) +
                                             " pixels is too large; the limit is " + std::to_string(limits.pixels) +
                                             " pixels, and 60000 a side.");
  }
  return Status::Ok();
}

Result<std::unique_ptr<PictureFile>> PictureFile::Open(std::string_view bytes, const paper::PaperLimits& limits) {
  if (bytes.size() > limits.bytes) {
    return Status(Reason::kBodyTooLarge,
                  "The file is larger than the limit of " + std::to_string(limits.bytes) + " bytes.");
  }
  setMsgSeverity(L_SEVERITY_NONE);  // what is wrong with a stranger's picture is of no use on standard error
  const std::optional<FileKind> kind = KindOfPicture(bytes);
  if (!kind) return Status(Reason::kUnsupportedMediaType, "This is no PNG, JPEG or TIFF.");
  if (*kind == FileKind::kTiff) return OpenTiff(bytes, limits);
  int width = 0, height = 0, ignored[3] = {};
  const bool failed =
      *kind == FileKind::kPng
          ? readHeaderMemPng(Data(bytes), bytes.size(), &width, &height, &ignored[0], &ignored[1], &ignored[2]) != 0
          : readHeaderMemJpeg(Data(bytes), bytes.size(), &width, &height, &ignored[0], &ignored[1], &ignored[2]) != 0;
  if (failed || width < 0 || height < 0 || (*kind == FileKind::kPng && !ChunksOfPngFit(bytes)))
    return Broken(*kind == FileKind::kPng ? "PNG" : "JPEG");
  RETURN_IF_ERROR(CheckSize(static_cast<uint64_t>(width), static_cast<uint64_t>(height), limits));
  return std::unique_ptr<PictureFile>(new SinglePicture(*kind, bytes));
}

std::unique_ptr<PictureWriter> PictureWriter::Make(FileKind kind) {
  if (kind == FileKind::kTiff) return MakeTiffWriter();
  return std::make_unique<SingleWriter>(kind);
}

PixPtr Narrowed(PixPtr pix, bool two_tone) {
  if (!pix) return nullptr;
  const int width = pixGetWidth(pix.get());
  const int height = pixGetHeight(pix.get());
  if (pixGetDepth(pix.get()) == 32) {
    for (int y = 0; y < height; ++y) {
      const uint32_t* const row = Row(pix.get(), y);
      for (int x = 0; x < width; ++x) {
        const uint32_t red = row[x] >> 24;
        if (red != (row[x] >> 16 & 0xFF) || red != (row[x] >> 8 & 0xFF)) {
          pixSetSpp(pix.get(), 3);
          return pix;
        }
      }
    }
    PixPtr grey(pixCreate(width, height, 8));
    if (!grey) return nullptr;
    for (int y = 0; y < height; ++y) {
      const uint32_t* const row = Row(pix.get(), y);
      uint32_t* const out = Row(grey.get(), y);
      for (int x = 0; x < width; ++x) SET_DATA_BYTE(out, x, static_cast<uint8_t>(row[x] >> 24));
    }
    pix = std::move(grey);
  }
  if (!two_tone) return pix;
  for (int y = 0; y < height; ++y) {
    const uint32_t* const row = Row(pix.get(), y);
    for (int x = 0; x < width; ++x) {
      const uint32_t light = GET_DATA_BYTE(row, x);
      if (light != 0 && light != 255) return pix;  // two tones of a palette, which may both be dark
    }
  }
  return PixPtr(pixThresholdToBinary(pix.get(), 128));
}

Result<PageImage> Upright(const PageImage& page) {
  PageImage upright;
  upright.dots_per_inch = page.dots_per_inch;
  upright.pix.reset(pixClone(page.pix.get()));
  const bool mirrored =
      page.orientation == 2 || page.orientation == 4 || page.orientation == 5 || page.orientation == 7;
  // Clockwise quarters after mirroring left and right.
  constexpr int kQuarters[] = {0, 0, 0, 2, 2, 3, 1, 1, 3};
  if (mirrored) upright.pix.reset(pixFlipLR(nullptr, page.pix.get()));
  if (upright.pix) upright.pix.reset(pixRotateOrth(upright.pix.get(), kQuarters[page.orientation]));
  if (!upright.pix) return NoMemory();
  return upright;
}

paper::Picture AsPicture(const PageImage& page) {
  paper::Picture picture;
  Pix* const pix = page.pix.get();
  picture.width = static_cast<uint32_t>(pixGetWidth(pix));
  picture.height = static_cast<uint32_t>(pixGetHeight(pix));
  picture.dots_per_inch = page.dots_per_inch;
  picture.channels = pixGetDepth(pix) == 32 ? 3 : 1;
  picture.samples.resize(size_t{picture.width} * picture.height * picture.channels);
  char* out = picture.samples.data();
  for (uint32_t y = 0; y < picture.height; ++y) {
    const uint32_t* const row = Row(pix, static_cast<int>(y));
    for (uint32_t x = 0; x < picture.width; ++x) {
      if (pixGetDepth(pix) == 32) {
        *out++ = static_cast<char>(row[x] >> 24);
        *out++ = static_cast<char>(row[x] >> 16);
        *out++ = static_cast<char>(row[x] >> 8);
      } else if (pixGetDepth(pix) == 8) {
        *out++ = static_cast<char>(GET_DATA_BYTE(row, x));
      } else {
        *out++ = GET_DATA_BIT(row, x) != 0 ? '\0' : '\xFF';
      }
    }
  }
  return picture;
}

}  // namespace strongroom::scans
