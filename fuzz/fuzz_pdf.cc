// PDFs from a stranger: the bytes as they are, as the content of a page, and as changes to a file that hides something;
// with boxes to take out, and with somebody who reads pictures and draws pages.
#include <cstdlib>

#include "pdf/check_pdf.h"
#include "pdf/redact_pdf.h"
#include "pdf/testing/pdf_maker.h"
#include "redact/testing/fake_finder.h"

namespace {

using namespace strongroom;  // NOLINT: a program of one function

// A word in every picture that is not black at its place, so that what was burnt reads no more.
Result<paper::PageText> Read(const paper::Picture& picture) {
  paper::PageText text;
  text.width = picture.width;
  text.height = picture.height;
  if (picture.samples.size() != size_t{picture.width} * picture.height * picture.channels) std::abort();
  const size_t middle = (size_t{picture.height / 2} * picture.width + picture.width / 2) * picture.channels;
  if (picture.samples.empty() || picture.samples[middle] == '\0') return text;
  const double width = picture.width;
  const double height = picture.height;
  text.Add("ann@secret.example", {width / 4, height / 4, width * 3 / 4 + 1, height * 3 / 4 + 1});
  return text;
}

Result<paper::Picture> Draw(std::string_view, uint32_t page, uint32_t) {
  paper::Picture picture;
  picture.width = 60;
  picture.height = 80;
  picture.channels = page % 2 == 0 ? 1 : 3;
  picture.samples.assign(size_t{60} * 80 * picture.channels, '\x55');
  return picture;
}

void Check(std::string_view bytes, uint8_t choice) {
  static const redact::FakeFinder finder;
  redact::Replacer replacer(choice % 2 == 0 ? redact::Mode::kLabel : redact::Mode::kBlock, &redact::TestStandIns(),
                            nullptr);
  redact::Job job;
  job.finder = &finder;
  job.replacer = &replacer;
  paper::PaperOptions options;
  options.keep_unread = true;
  options.limits.inflated_bytes = uint64_t{16} << 20;
  options.limits.pixels = uint64_t{1} << 20;
  if ((choice & 4) != 0) options.read = Read;
  if ((choice & 8) != 0) options.render = Draw;
  if ((choice & 16) != 0) options.boxes = {{1, {5, 100, 300, 842}}, {2, {-5, -5, 60, 70}}};
  if ((choice & 32) != 0) options.lifted = {{1, {0, 0, 400, 400}}};
  const Result<paper::PaperResult> once = pdf::RedactPdf(bytes, job, options);
  pdf::CheckPdf(bytes, options).status().IgnoreError();
  // What was written must open, whatever it was made from; that nothing is left in it was verified.
  if (once.ok() && !pdf::CheckPdf(once->bytes, options).ok()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<pdf::HidingPlace> places = pdf::HidingPlaces();
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (data[0] < 64) {
    Check(bytes, data[1]);
  } else if (data[0] < 128) {
    pdf::PdfMaker maker;
    const int form = maker.AddStream("/Type /XObject /Subtype /Form /BBox [0 0 99 99]", bytes);
    maker.AddPage(bytes, "", "/XObject << /Fm1 " + std::to_string(form) + " 0 R >>");
    Check(maker.Finish(), data[1]);
  } else {
    std::string file = places[data[1] % places.size()].file;
    for (size_t i = 0; i + 2 < bytes.size(); i += 3) {
      const size_t at = static_cast<unsigned char>(bytes[i]) * size_t{256} + static_cast<unsigned char>(bytes[i + 1]);
      file[at % file.size()] = bytes[i + 2];
    }
    Check(file, data[0]);
  }
  return 0;
}
