// Pages from a stranger.
#include "fuzz/redact_check.h"
#include "redact/html_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::redact;  // NOLINT: a program of one function
  CheckFilter(data, size, [](const Job& job) -> std::unique_ptr<Filter> { return std::make_unique<HtmlFilter>(job); });
  return 0;
}
