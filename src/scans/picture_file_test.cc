#include "scans/picture_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scans/exif.h"
#include "scans/pages.h"
#include "scans/testing/drawn_text.h"
#include "scans/tiff_memory.h"

namespace strongroom::scans {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Result<PageImage> FirstPage(const std::string& bytes) {
  ASSIGN_OR_RETURN(const std::unique_ptr<PictureFile> file, PictureFile::Open(bytes, {}));
  return file->Page(0);
}

std::string Written(FileKind kind, const PageImage& page) {
  const std::unique_ptr<PictureWriter> writer = PictureWriter::Make(kind);
  EXPECT_TRUE(writer->Add(page).ok());
  return *writer->Finish();
}

bool SamePixels(Pix* a, Pix* b) {
  int same = 0;
  return pixEqual(a, b, &same) == 0 && same == 1;
}

// A small picture with something in it, 8 bits.
PixPtr Small() {
  PixPtr pix(pixCreate(50, 40, 8));
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 50; ++x) pixSetPixel(pix.get(), x, y, static_cast<uint32_t>((x * 5 + y) & 0xFF));
  }
  return pix;
}

PixPtr Coloured() {
  PixPtr pix(pixCreate(50, 40, 32));
  pixSetSpp(pix.get(), 3);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 50; ++x) pixSetRGBPixel(pix.get(), x, y, x * 5, y * 6, 90);
  }
  return pix;
}

struct TiffShape {
  int compression = COMPRESSION_NONE;
  int bits = 8;
  int samples = 1;
  int photometric = PHOTOMETRIC_MINISBLACK;
  bool tiled = false;
  bool palette = false;
  int orientation = ORIENTATION_TOPLEFT;
  const char* mode = "wl";
};

// Pages of 64 by 48 with a dark square in the upper left quarter.
void AddTiffPage(TIFF* tiff, const TiffShape& shape, const char* description = nullptr, uint32_t kind = 0) {
  constexpr uint32_t kWidth = 64, kHeight = 48;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, kWidth);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, kHeight);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, shape.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, shape.samples);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, shape.photometric);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, shape.compression);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, shape.orientation);
  TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, kind);
  if (shape.compression == COMPRESSION_JPEG && shape.samples == 3)
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (description != nullptr) TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, description);
  if (shape.palette) {
    std::vector<uint16_t> ramp(size_t{1} << shape.bits);
    for (size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<uint16_t>(i * 0xFFFF / (ramp.size() - 1));
    TIFFSetField(tiff, TIFFTAG_COLORMAP, ramp.data(), ramp.data(), ramp.data());
  }
  const auto rows_of = [&](uint32_t width, uint32_t height) {
    std::string rows;
    const bool white_is_zero = shape.photometric == PHOTOMETRIC_MINISWHITE;
    for (uint32_t y = 0; y < height; ++y) {
      std::string row((size_t{width} * shape.samples * shape.bits + 7) / 8, white_is_zero ? '\0' : '\xFF');
      for (size_t i = 0; i < size_t{width} / 2 * shape.samples * shape.bits / 8 && y < 24; ++i)
        row[i] = white_is_zero ? '\xFF' : '\0';
      rows += row;
    }
    return rows;
  };
  if (shape.tiled) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, 64U);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, 48U);
    std::string tile = rows_of(64, 48);
    TIFFWriteEncodedTile(tiff, 0, tile.data(), static_cast<tmsize_t>(tile.size()));
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 48U);
    std::string strip = rows_of(64, 48);
    TIFFWriteEncodedStrip(tiff, 0, strip.data(), static_cast<tmsize_t>(strip.size()));
  }
  TIFFWriteDirectory(tiff);
}

std::string TiffOf(const std::vector<TiffShape>& shapes, const char* description = nullptr) {
  std::string bytes;
  TiffMemory memory;
  memory.write = &bytes;
  {
    const TiffPtr tiff = OpenTiffMemory(memory, shapes[0].mode);
    for (const TiffShape& shape : shapes) AddTiffPage(tiff.get(), shape, description);
  }
  return bytes;
}

bool IsDark(Pix* pix, int x, int y) {
  const PixPtr grey(pixConvertTo8(pix, 0));
  uint32_t value = 0;
  pixGetPixel(grey.get(), x, y, &value);
  return value < 60;
}

TEST(PictureFileTest, APngComesBackPixelForPixel) {
  for (const bool colour : {false, true}) {
    const PixPtr pix = colour ? Coloured() : Small();
    const Result<PageImage> page = FirstPage(PngOf(pix.get()));
    ASSERT_TRUE(page.ok());
    EXPECT_TRUE(SamePixels(page->pix.get(), pix.get()));
    const Result<PageImage> again = FirstPage(Written(FileKind::kPng, *page));
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(SamePixels(again->pix.get(), pix.get()));
  }
}

TEST(PictureFileTest, TextInAPngIsLeftBehind) {
  const PixPtr pix = Small();
  pixSetText(pix.get(), "Scanned for Ingrid Lindqvist");
  const std::string with_text = PngOf(pix.get());
  ASSERT_THAT(with_text, HasSubstr("Lindqvist"));  // the control
  const Result<PageImage> page = FirstPage(with_text);
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(Written(FileKind::kPng, *page), Not(HasSubstr("Lindqvist")));
}

TEST(PictureFileTest, ExifOfAJpegIsObeyedAndLeftBehind) {
  const PixPtr pix = Small();
  const std::string with_exif = WithExif(JpegOf(pix.get()), 6, "taken by Ingrid Lindqvist");
  ASSERT_THAT(with_exif, HasSubstr("Lindqvist"));
  const Result<PageImage> page = FirstPage(with_exif);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->orientation, 6);
  const Result<PageImage> upright = Upright(*page);
  ASSERT_TRUE(upright.ok());
  EXPECT_EQ(pixGetWidth(upright->pix.get()), 40);
  const std::string written = Written(FileKind::kJpeg, *upright);
  EXPECT_THAT(written, Not(HasSubstr("Lindqvist")));
  EXPECT_THAT(written, Not(HasSubstr("Exif")));
  EXPECT_EQ(FactsOfJpeg(written).orientation, 1);
}

TEST(PictureFileTest, WhatIsTransparentIsGone) {
  const PixPtr pix(pixCreate(20, 20, 32));
  pixSetSpp(pix.get(), 4);
  for (int y = 0; y < 20; ++y) {
    // Dark in every pixel, but seen in the left half alone.
    for (int x = 0; x < 20; ++x) pixSetPixel(pix.get(), x, y, x < 10 ? 0x101010FF : 0x10101000);
  }
  const Result<PageImage> page = FirstPage(PngOf(pix.get()));
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(IsDark(page->pix.get(), 5, 5));
  EXPECT_FALSE(IsDark(page->pix.get(), 15, 5));
}

TEST(PictureFileTest, APaletteIsLeftBehind) {
  const PixPtr coloured = Coloured();
  const PixPtr pix(pixOctreeColorQuant(coloured.get(), 128, 0));
  ASSERT_NE(pixGetColormap(pix.get()), nullptr);
  const Result<PageImage> page = FirstPage(PngOf(pix.get()));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(pixGetColormap(page->pix.get()), nullptr);
  EXPECT_EQ(pixGetDepth(page->pix.get()), 32);
}

TEST(PictureFileTest, TiffsOfManyKindsAreRead) {
  const std::vector<std::pair<const char*, TiffShape>> shapes = {
      {"raw", {}},
      {"lzw", {COMPRESSION_LZW}},
      {"deflate", {COMPRESSION_ADOBE_DEFLATE}},
      {"packbits", {COMPRESSION_PACKBITS}},
      {"jpeg grey", {COMPRESSION_JPEG}},
      {"jpeg colour", {COMPRESSION_JPEG, 8, 3, PHOTOMETRIC_YCBCR}},
      {"one bit", {COMPRESSION_NONE, 1}},
      {"fax 3", {COMPRESSION_CCITTFAX3, 1, 1, PHOTOMETRIC_MINISWHITE}},
      {"fax 4", {COMPRESSION_CCITTFAX4, 1, 1, PHOTOMETRIC_MINISWHITE}},
      {"16 bits", {COMPRESSION_LZW, 16}},
      {"16 bits, big-endian", {COMPRESSION_NONE, 16, 1, PHOTOMETRIC_MINISBLACK, false, false, 1, "wb"}},
      {"colour", {COMPRESSION_LZW, 8, 3, PHOTOMETRIC_RGB}},
      {"16 bits of colour", {COMPRESSION_NONE, 16, 3, PHOTOMETRIC_RGB}},
      {"tiles", {COMPRESSION_LZW, 8, 1, PHOTOMETRIC_MINISBLACK, true}},
      {"palette", {COMPRESSION_LZW, 8, 1, PHOTOMETRIC_PALETTE, false, true}},
      {"palette of 4 bits", {COMPRESSION_NONE, 4, 1, PHOTOMETRIC_PALETTE, false, true}}};
  for (const auto& [name, shape] : shapes) {
    const Result<PageImage> page = FirstPage(TiffOf({shape}));
    ASSERT_TRUE(page.ok()) << name << page.status().message();
    EXPECT_EQ(pixGetWidth(page->pix.get()), 64) << name;
    EXPECT_TRUE(IsDark(page->pix.get(), 10, 10)) << name;
    EXPECT_FALSE(IsDark(page->pix.get(), 50, 10)) << name;
    EXPECT_FALSE(IsDark(page->pix.get(), 10, 40)) << name;
    EXPECT_EQ(pixGetDepth(page->pix.get()) == 1, shape.bits == 1) << name;
    // And written.
    const Result<PageImage> again = FirstPage(Written(FileKind::kTiff, *page));
    ASSERT_TRUE(again.ok()) << name;
    EXPECT_TRUE(IsDark(again->pix.get(), 10, 10)) << name;
    EXPECT_FALSE(IsDark(again->pix.get(), 50, 10)) << name;
  }
}

TEST(PictureFileTest, PagesOfATiffComeInOrderWithoutThumbnailsAndTags) {
  std::string bytes;
  TiffMemory memory;
  memory.write = &bytes;
  {
    const TiffPtr tiff = OpenTiffMemory(memory, "wl");
    AddTiffPage(tiff.get(), {COMPRESSION_LZW}, "for Ingrid Lindqvist");
    AddTiffPage(tiff.get(), {COMPRESSION_NONE}, nullptr, FILETYPE_REDUCEDIMAGE);
    AddTiffPage(tiff.get(), {COMPRESSION_CCITTFAX4, 1, 1, PHOTOMETRIC_MINISWHITE});
  }
  ASSERT_THAT(bytes, HasSubstr("Lindqvist"));
  const Result<std::unique_ptr<PictureFile>> file = PictureFile::Open(bytes, {});
  ASSERT_TRUE(file.ok());
  ASSERT_EQ((*file)->pages(), 2U);
  const std::unique_ptr<PictureWriter> writer = PictureWriter::Make(FileKind::kTiff);
  for (uint32_t i = 0; i < 2; ++i) {
    const Result<PageImage> page = (*file)->Page(i);
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(pixGetDepth(page->pix.get()), i == 0 ? 8 : 1);
    ASSERT_TRUE(writer->Add(*page).ok());
  }
  const Result<std::string> written = writer->Finish();
  EXPECT_THAT(*written, Not(HasSubstr("Lindqvist")));
  EXPECT_EQ((*PictureFile::Open(*written, {}))->pages(), 2U);
}

TEST(PictureFileTest, WhatIsTooLargeIsRefusedBeforeItIsDecoded) {
  const PixPtr pix = Small();
  paper::PaperLimits limits;
  limits.pixels = 1999;
  const std::string tiff = TiffOf({{}, {}});
  for (const std::string& bytes : {PngOf(pix.get()), JpegOf(pix.get()), tiff}) {
    EXPECT_TRUE(PictureFile::Open(bytes, {}).ok());
    EXPECT_EQ(PictureFile::Open(bytes, limits).status().reason(), Reason::kBodyTooLarge);
  }
  paper::PaperLimits pages;
  pages.pages = 1;
  EXPECT_EQ(PictureFile::Open(tiff, pages).status().reason(), Reason::kBodyTooLarge);
  // A header that promises what no memory holds.
  std::string bomb = PngOf(pix.get());
  bomb.replace(16, 8, std::string("\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF", 8));
  EXPECT_FALSE(PictureFile::Open(bomb, {}).ok());
}

TEST(PictureFileTest, BrokenFilesAreRefused) {
  const PixPtr pix = Coloured();
  for (const std::string& bytes : {PngOf(pix.get()), TiffOf({{COMPRESSION_LZW, 8, 3, PHOTOMETRIC_RGB}})}) {
    ASSERT_TRUE(FirstPage(bytes).ok());
    EXPECT_FALSE(FirstPage(bytes.substr(0, bytes.size() / 3)).ok());
  }
  EXPECT_EQ(FirstPage("plain text").status().reason(), Reason::kUnsupportedMediaType);
}

// libpng makes room for what a chunk says to hold, which may be 2 GiB in a file of a hundred bytes.
TEST(PictureFileTest, AChunkThatIsLongerThanItsPngIsRefusedBeforeAnythingIsDecoded) {
  const PixPtr pix = Small();
  const std::string png = PngOf(pix.get());
  const auto with = [&](std::string_view chunk) { return png.substr(0, 33) + std::string(chunk) + png.substr(33); };
  EXPECT_TRUE(ChunksOfPngFit(png));
  EXPECT_TRUE(PictureFile::Open(png + "what follows the end", {}).ok());
  for (const std::string& bytes : {with(std::string_view("\x65\x7A\x7C\x1D"
                                                         "eXIfMM\0*\0\0\0\x08\0\0\0\0",
                                                         20)),
                                   png.substr(0, 33) + std::string("\x7F\xFF\xFF\xFF"
                                                                   "eXIf",
                                                                   8)}) {
    EXPECT_FALSE(ChunksOfPngFit(bytes));
    EXPECT_EQ(PictureFile::Open(bytes, {}).status().reason(), Reason::kUnsupportedMediaType);
  }
}

TEST(PagesTest, PagesAreTakenApartAndPutTogether) {
  const std::string tiff = TiffOf({{COMPRESSION_LZW},
                                   {COMPRESSION_CCITTFAX4, 1, 1, PHOTOMETRIC_MINISWHITE},
                                   {COMPRESSION_JPEG, 8, 3, PHOTOMETRIC_YCBCR},
                                   {COMPRESSION_LZW, 8, 1, PHOTOMETRIC_MINISBLACK, true},
                                   {COMPRESSION_LZW, 4, 1, PHOTOMETRIC_PALETTE, false, true}},
                                  "for Ingrid Lindqvist");
  const Result<std::vector<std::string>> parts = SplitPages(tiff, {});
  ASSERT_TRUE(parts.ok());
  ASSERT_THAT(*parts, SizeIs(5));
  const Result<std::string> whole = JoinPages(*parts);
  ASSERT_TRUE(whole.ok());
  EXPECT_THAT(*whole, Not(HasSubstr("Lindqvist")));
  const Result<std::unique_ptr<PictureFile>> before = PictureFile::Open(tiff, {});
  const Result<std::unique_ptr<PictureFile>> after = PictureFile::Open(*whole, {});
  ASSERT_TRUE(after.ok());
  ASSERT_EQ((*after)->pages(), 5U);
  for (uint32_t i = 0; i < 5; ++i) {
    const Result<PageImage> one = (*before)->Page(i);
    const Result<PageImage> other = (*after)->Page(i);
    ASSERT_TRUE(one.ok() && other.ok()) << i;
    EXPECT_TRUE(SamePixels(one->pix.get(), other->pix.get())) << i;
    EXPECT_EQ(one->jpeg, other->jpeg) << i;
  }
}

TEST(PagesTest, APngIsItsOnlyPart) {
  const PixPtr pix = Small();
  const std::string png = PngOf(pix.get());
  const Result<std::vector<std::string>> parts = SplitPages(png, {});
  ASSERT_TRUE(parts.ok());
  EXPECT_THAT(*parts, testing::ElementsAre(png));
  EXPECT_EQ(*JoinPages(*parts), png);
  EXPECT_FALSE(JoinPages({png, png}).ok());
  EXPECT_FALSE(JoinPages({}).ok());
}

}  // namespace
}  // namespace strongroom::scans
