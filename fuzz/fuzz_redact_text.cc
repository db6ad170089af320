// Plain text from a stranger, in blocks so small that finds lie across their borders.
#include "fuzz/redact_check.h"
#include "redact/text_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::redact;  // NOLINT: a program of one function
  CheckFilter(data, size, [](const Job& job) -> std::unique_ptr<Filter> {
    return std::make_unique<TextFilter>(
        job, strongroom::detect::BlockLimits{.soft = 4096, .hard = 8192, .before = 256, .after = 512});
  });
  return 0;
}
