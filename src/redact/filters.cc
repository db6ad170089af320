#include "redact/filters.h"

#include "redact/csv_filter.h"
#include "redact/html_filter.h"
#include "redact/json_filter.h"
#include "redact/mail_filter.h"
#include "redact/text_filter.h"

namespace strongroom::redact {
namespace {

constexpr size_t kLargestDocument = size_t{64} << 20;
constexpr size_t kLargestPaper = size_t{512} << 20;

// Gathers a document and hands it over whole.
class DocumentFilter : public Filter {
 public:
  DocumentFilter(const Job& job, const RedactDocument& redact, size_t largest)
      : job_(job), redact_(redact), largest_(largest) {}
  Status Feed(std::string_view bytes) override {
    if (document_.size() + bytes.size() > largest_) {
      return Status(Reason::kBodyTooLarge, "The document is larger than " + std::to_string(largest_ >> 20) + " MiB.");
    }
    document_.append(bytes);
    return Status::Ok();
  }
  Status Finish() override {
    ASSIGN_OR_RETURN(const std::string out, redact_(document_, job_));
    return job_.replacer == nullptr ? Status::Ok() : job_.write(out);
  }

 private:
  const Job job_;
  const RedactDocument redact_;
  const size_t largest_;
  std::string document_;
};

Result<std::unique_ptr<Filter>> Whole(const Job& job, const RedactDocument& redact, size_t largest) {
  if (!redact) return Status(Reason::kUnsupportedMediaType, "This format cannot be redacted here.");
  return std::unique_ptr<Filter>(std::make_unique<DocumentFilter>(job, redact, largest));
}

}  // namespace

Result<std::unique_ptr<Filter>> MakeFilter(Format format, const Job& job, const FormatOptions& options) {
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
      return std::unique_ptr<Filter>(std::make_unique<HtmlFilter>(job));
    case Format::kMail:
      return std::unique_ptr<Filter>(std::make_unique<MailFilter>(job, options));
    case Format::kDocument:
      return Whole(job, options.document, kLargestDocument);
    case Format::kPdf:
      return Whole(job, options.pdf, kLargestPaper);
    case Format::kScan:
      return Whole(job, options.scan, kLargestPaper);
  }
  return Status(Reason::kInternal, "no such format");
}

}  // namespace strongroom::redact
