// What stands in a picture's stream and is no picture: behind the end of its packed data, behind its last row, between
// a JPEG's last block and its end.  Nobody who looks at the page sees it, and no search finds what it says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <qpdf/QPDFWriter.hh>

#include <jpeglib.h>

#include "base/encoding.h"
#include "pdf/image.h"
#include "pdf/jpeg.h"
#include "pdf/redact_pdf.h"
#include "pdf/testing/pdf_maker.h"
#include "redact/replacement.h"
#include "redact/testing/fake_finder.h"

namespace strongroom::pdf {
namespace {

// As nothing that any search takes for personal, and as text that shows itself when it is painted.
constexpr std::string_view kSecrets[] = {"heron under glass 7731", "\nBT /F1 12 Tf (heron under glass 7731) Tj ET\n"};
constexpr std::string_view kCore = "heron under glass 7731";
constexpr uint32_t kSide = 32;
const std::string kGrey = "/Width 32 /Height 32 /ColorSpace /DeviceGray /BitsPerComponent 8 ";

std::string Samples8() {
  std::string samples;
  for (uint32_t i = 0; i < kSide * kSide; ++i) samples += static_cast<char>((i * 7 + i / kSide * 3) % 251);
  return samples;
}

std::string Packed(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::string packed(size, '\0');
  EXPECT_EQ(compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                      bytes.size(), 9),
            Z_OK);
  packed.resize(size);
  return packed;
}

std::string Jpeg(bool progressive) {
  jpeg_compress_struct out = {};
  jpeg_error_mgr errors = {};
  out.err = jpeg_std_error(&errors);
  jpeg_create_compress(&out);
  unsigned char* written = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): the library's type
  jpeg_mem_dest(&out, &written, &size);
  out.image_width = out.image_height = kSide;
  out.input_components = 1;
  out.in_color_space = JCS_GRAYSCALE;
  jpeg_set_defaults(&out);
  jpeg_set_quality(&out, 95, TRUE);
  if (progressive) jpeg_simple_progression(&out);
  jpeg_start_compress(&out, TRUE);
  std::string samples = Samples8();
  for (uint32_t y = 0; y < kSide; ++y) {
    auto* row = reinterpret_cast<JSAMPROW>(samples.data() + size_t{y} * kSide);
    jpeg_write_scanlines(&out, &row, 1);
  }
  jpeg_finish_compress(&out);
  std::string jpeg(reinterpret_cast<const char*>(written), size);
  std::free(written);
  jpeg_destroy_compress(&out);
  return jpeg;
}

// A segment of a JPEG.
std::string Segment(char marker, std::string_view text) {
  std::string segment("\xFF");
  segment += marker;
  segment += static_cast<char>((text.size() + 2) >> 8);
  segment += static_cast<char>((text.size() + 2) & 0xFF);
  return segment.append(text);
}

struct Planted {
  std::string name;
  std::string file;
};

std::vector<Planted> Places(std::string_view secret) {
  const std::string s(secret);
  const std::string samples = Samples8();
  const std::string packed = Packed(samples);
  const std::string flate = kGrey + "/Filter /FlateDecode";
  const std::string jpeg = Jpeg(false);
  const std::string progressive = Jpeg(true);
  const std::string dct = kGrey + "/Filter /DCTDecode";
  const std::string end = "\xFF\xD9";
  std::string broken = packed;
  broken.back() = static_cast<char>(broken.back() ^ 1);  // its checksum
  std::vector<Planted> places;
  const auto picture = [&](const char* name, const std::string& dictionary, const std::string& data) {
    places.push_back({name, PictureFile(dictionary, data)});
  };
  picture("behind the last row", kGrey, samples + s);
  picture("behind the end of zlib's data", flate, packed + s);
  picture("behind the last row, packed with it", flate, Packed(samples + s));
  picture("behind data that end with a wrong checksum", flate, broken + s);
  picture("behind data that break off", flate, packed.substr(0, packed.size() / 2) + s);
  picture("in place of packed data", flate, s);
  picture("behind the end of hexadecimal", kGrey + "/Filter /ASCIIHexDecode", HexEncode(samples) + ">" + s);
  picture("behind the end of packed hexadecimal", kGrey + "/Filter [/ASCIIHexDecode /FlateDecode]",
          HexEncode(packed + s) + ">" + s);
  picture("behind a JPEG's end", dct, jpeg + s);
  picture("behind a JPEG's end, with one more end", dct, jpeg + s + end);
  picture("before a JPEG's end", dct, jpeg.substr(0, jpeg.size() - 2) + s + end);
  picture("before a JPEG's end, as a comment", dct, jpeg.substr(0, jpeg.size() - 2) + Segment('\xFE', s) + end);
  const size_t scan = progressive.rfind("\xFF\xDA");
  picture("between the scans of a JPEG", dct,
          progressive.substr(0, scan) + Segment('\xFE', s) + progressive.substr(scan));
  picture("between the scans of a JPEG, as an application's", dct,
          progressive.substr(0, scan) + Segment('\xE5', s) + progressive.substr(scan));
  picture("behind the end of a packed JPEG", kGrey + "/Filter [/FlateDecode /DCTDecode]", Packed(jpeg + s) + s);
  picture("in place of a JPEG", dct, s);

  PdfMaker masked;
  const int mask = masked.AddStream("/Type /XObject /Subtype /Image " + kGrey, samples + s);
  const int image =
      masked.AddStream("/Type /XObject /Subtype /Image " + kGrey + "/SMask " + std::to_string(mask) + " 0 R", samples);
  masked.AddPage("q 595 0 0 842 0 0 cm /Im1 Do Q\n", "", "/XObject << /Im1 " + std::to_string(image) + " 0 R >>");
  places.push_back({"behind the last row of a mask", masked.Finish()});

  PdfMaker font;
  const int program = font.AddStream("/Filter /FlateDecode", broken + s);
  const int descriptor =
      font.Add("<< /Type /FontDescriptor /FontName /F /Flags 4 /FontFile2 " + std::to_string(program) + " 0 R >>");
  const int face =
      font.Add("<< /Type /Font /Subtype /TrueType /BaseFont /F /Encoding /WinAnsiEncoding /FontDescriptor " +
               std::to_string(descriptor) + " 0 R >>");
  font.AddPage("BT /F2 12 Tf 72 700 Td (plain words) Tj ET", "", "/Font << /F2 " + std::to_string(face) + " 0 R >>");
  places.push_back({"behind a font that ends with a wrong checksum", font.Finish()});

  const std::string small = std::string(16, '\x55');
  const auto inside = [&](const char* name, const std::string& keys, const std::string& data) {
    PdfMaker pdf;
    pdf.AddPage("q 100 0 0 100 72 600 cm BI /W 4 /H 4 /CS /G /BPC 8 " + keys + " ID " + data + "\nEI Q\n");
    places.push_back({name, pdf.Finish()});
  };
  inside("behind the last row of a picture in the content", "", small + s);
  inside("behind the packed data of a picture in the content", "/F /Fl", Packed(small) + s);
  inside("behind hexadecimal in the content", "/F /AHx", HexEncode(small) + ">" + s);
  return places;
}

Result<paper::PaperResult> Redact(std::string_view file) {
  static const redact::FakeFinder finder;
  redact::Replacer replacer(redact::Mode::kBlock, &redact::TestStandIns(), nullptr);
  redact::Job job;
  job.finder = &finder;
  job.replacer = &replacer;
  paper::PaperOptions options;
  options.keep_unread = true;
  return RedactPdf(file, job, options);
}

// In its bytes, or in those of a stream with every filter taken off that can be.
bool Says(std::string_view file, std::string_view what) {
  if (file.find(what) != std::string_view::npos) return true;
  bool says = false;
  const Status status = PdfErrors([&]() -> Status {
    ASSIGN_OR_RETURN(const std::unique_ptr<QPDF> pdf, OpenPdf(file, {}));
    for (QPDFObjectHandle object : pdf->getAllObjects()) {
      if (!object.isStream()) continue;
      const std::shared_ptr<Buffer> raw = object.getRawStreamData();
      says = says || std::string_view(reinterpret_cast<const char*>(raw->getBuffer()), raw->getSize()).find(what) !=
                         std::string_view::npos;
      Budget budget{paper::PaperLimits{}};
      says = says || DecodedStream(object, budget).bytes.find(what) != std::string::npos;
      // Hexadecimal of content.
      Budget again{paper::PaperLimits{}};
      says = says || DecodedStream(object, again).bytes.find(HexEncode(what)) != std::string::npos;
    }
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  return says;
}

// As a program that only writes a file anew would leave it.
std::string WrittenAnew(std::string_view file) {
  std::string out;
  const Status status = PdfErrors([&]() -> Status {
    ASSIGN_OR_RETURN(const std::unique_ptr<QPDF> pdf, OpenPdf(file, {}));
    QPDFWriter writer(*pdf);
    writer.setOutputMemory();
    writer.setStreamDataMode(qpdf_s_compress);
    writer.setDecodeLevel(qpdf_dl_specialized);
    writer.setRecompressFlate(true);
    writer.write();
    const std::shared_ptr<Buffer> buffer = writer.getBufferSharedPointer();
    out.assign(reinterpret_cast<const char*>(buffer->getBuffer()), buffer->getSize());
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  return out;
}

TEST(PictureEndTest, NothingStaysThatStandsBesideAPicture) {
  for (const std::string_view secret : kSecrets) {
    size_t left_by_writing = 0;
    for (const Planted& place : Places(secret)) {
      SCOPED_TRACE(place.name);
      EXPECT_TRUE(Says(place.file, kCore) || place.name.find("packed hex") != std::string::npos) << "the control";
      left_by_writing += Says(WrittenAnew(place.file), kCore) ? 1 : 0;
      const Result<paper::PaperResult> redacted = Redact(place.file);
      ASSERT_TRUE(redacted.ok()) << redacted.status().ToString();
      EXPECT_FALSE(Says(redacted->bytes, kCore));
    }
    EXPECT_GE(left_by_writing, 10U) << "the control: writing a file anew is not what takes them away";
  }
}

// The first picture of the file, as it is shown.
std::string PixelsOf(std::string_view file) {
  std::string pixels;
  const Status status = PdfErrors([&]() -> Status {
    ASSIGN_OR_RETURN(const std::unique_ptr<QPDF> pdf, OpenPdf(file, {}));
    for (QPDFObjectHandle object : pdf->getAllObjects()) {
      if (!object.isStream() || !HasName(object, "/Subtype", "/Image") || !pixels.empty()) continue;
      Budget budget{paper::PaperLimits{}};
      if (const std::optional<Samples> samples = SamplesOf(object, {}, budget)) pixels = samples->bytes;
    }
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  return pixels;
}

TEST(PictureEndTest, ThePixelsStayAsTheyAre) {
  for (const Planted& place : Places(kSecrets[0])) {
    if (place.name.find("in place") != std::string::npos || place.name.find("break off") != std::string::npos) continue;
    SCOPED_TRACE(place.name);
    const Result<paper::PaperResult> redacted = Redact(place.file);
    ASSERT_TRUE(redacted.ok()) << redacted.status().ToString();
    EXPECT_EQ(PixelsOf(redacted->bytes), PixelsOf(place.file));
  }
}

TEST(PictureEndTest, AJpegAnewHasTheSameCoefficientsAndNothingBeside) {
  for (const bool progressive : {false, true}) {
    const std::string jpeg = Jpeg(progressive);
    const std::optional<std::string> anew = JpegAnew(jpeg, {});
    ASSERT_TRUE(anew);
    EXPECT_EQ(PixelsOf(PictureFile(kGrey + "/Filter /DCTDecode", *anew)),
              PixelsOf(PictureFile(kGrey + "/Filter /DCTDecode", jpeg)));
    EXPECT_EQ(JpegAnew(*anew, {}), anew) << "what is written anew is written so again";
    EXPECT_EQ(JpegAnew(jpeg + "more", {}), anew);
    paper::PaperLimits small;
    small.pixels = 100;
    EXPECT_FALSE(JpegAnew(jpeg, small));
    for (size_t size = 0; size < 100; ++size) EXPECT_FALSE(JpegAnew(jpeg.substr(0, size), {})) << size;
  }
}

}  // namespace
}  // namespace strongroom::pdf
