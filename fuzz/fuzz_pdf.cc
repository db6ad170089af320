// PDFs from a stranger: the bytes as they are, as the content of a page, and as changes to a file that hides something.
#include <cstdlib>

#include "pdf/check_pdf.h"
#include "pdf/redact_pdf.h"
#include "pdf/testing/pdf_maker.h"
#include "redact/testing/fake_finder.h"

namespace {

using namespace strongroom;  // NOLINT: a program of one function

void Check(std::string_view bytes) {
  static const redact::FakeFinder finder;
  redact::Replacer replacer(redact::Mode::kLabel, &redact::TestStandIns(), nullptr);
  redact::Job job;
  job.finder = &finder;
  job.replacer = &replacer;
  paper::PaperOptions options;
  options.keep_unread = true;
  options.limits.inflated_bytes = uint64_t{16} << 20;
  options.limits.pixels = uint64_t{1} << 20;
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
    Check(bytes);
  } else if (data[0] < 128) {
    pdf::PdfMaker maker;
    const int form = maker.AddStream("/Type /XObject /Subtype /Form /BBox [0 0 99 99]", bytes);
    maker.AddPage(bytes, "", "/XObject << /Fm1 " + std::to_string(form) + " 0 R >>");
    Check(maker.Finish());
  } else {
    std::string file = places[data[1] % places.size()].file;
    for (size_t i = 0; i + 2 < bytes.size(); i += 3) {
      const size_t at = static_cast<unsigned char>(bytes[i]) * size_t{256} + static_cast<unsigned char>(bytes[i + 1]);
      file[at % file.size()] = bytes[i + 2];
    }
    Check(file);
  }
  return 0;
}
