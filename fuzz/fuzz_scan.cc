// Pictures from a stranger: PNG, JPEG and TIFF as they come, redacted without being read.
#include <cstdlib>

#include "scans/pages.h"
#include "scans/picture_file.h"
#include "scans/redact_scan.h"

namespace {

using namespace strongroom;  // NOLINT: a program of one function

// Small enough that a run is fast, whatever a header says.
paper::PaperLimits Limits() {
  paper::PaperLimits limits;
  limits.pixels = 1U << 18;
  limits.pages = 8;
  return limits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = [] {
    setMsgSeverity(L_SEVERITY_NONE);
    return true;
  }();
  if (!quiet || size < 2) return 0;
  // Where the box lies comes from the input as well.
  const double at = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  redact::Replacer replacer(redact::Mode::kBlock, nullptr, nullptr);
  redact::Job job;
  job.replacer = &replacer;
  paper::PaperOptions options;
  options.search = false;
  options.limits = Limits();
  options.boxes = {{1, {at / 4, at / 8, at / 4 + 20, at / 8 + 10}}, {2, {-5, -5, at, at}}};
  const Result<paper::PaperResult> once = scans::RedactScan(bytes, job, options);
  // The box is there, in a file that can be read: kInternal would say that it is not.
  if (!once.ok() && once.reason() == Reason::kInternal) std::abort();
  if (once.ok()) {
    const Result<paper::PaperResult> twice = scans::RedactScan(once->bytes, job, options);
    if (!twice.ok() || twice->pages.size() != once->pages.size()) std::abort();
  }
  const Result<std::vector<std::string>> parts = scans::SplitPages(bytes, options.limits);
  if (parts.ok() && once.ok()) scans::JoinPages(*parts).status().IgnoreError();
  return 0;
}
