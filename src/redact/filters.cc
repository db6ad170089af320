#include "redact/filters.h"

#include "redact/csv_filter.h"
#include "redact/json_filter.h"
#include "redact/text_filter.h"

namespace strongroom::redact {

Result<std::unique_ptr<Filter>> MakeFilter(Format format, const Job& job, const FormatOptions& options) {
  (void)options;
  switch (format) {
    case Format::kText:
      return std::unique_ptr<Filter>(std::make_unique<TextFilter>(job));
    case Format::kCsv:
      return std::unique_ptr<Filter>(std::make_unique<CsvFilter>(job, '\0'));
    case Format::kTsv:
      return std::unique_ptr<Filter>(std::make_unique<CsvFilter>(job, '\t'));
    case Format::kJson:
      return std::unique_ptr<Filter>(std::make_unique<JsonFilter>(job));
    case Format::kHtml:
    case Format::kMail:
    case Format::kDocument:
      break;
  }
  return Status(Reason::kUnsupportedMediaType, "This format cannot be redacted here.");
}

}  // namespace strongroom::redact
