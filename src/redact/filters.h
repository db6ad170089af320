// The filter of a format.
#pragma once

#include <memory>

#include "redact/filter.h"

namespace strongroom::redact {

// Documents (DOCX and the like, PDF, scans) are redacted whole: given the bytes, answers the redacted bytes.  Whoever
// calls MakeFilter decides in which process that is done.
using RedactDocument = std::function<Result<std::string>(std::string_view bytes, const Job& job)>;

struct FormatOptions {
  // Empty: documents are refused, also those in messages.
  RedactDocument document = {};
  RedactDocument pdf = {};   // likewise
  RedactDocument scan = {};  // pictures of paper
  bool Can(Format format) const {
    return format == Format::kDocument ? document != nullptr
           : format == Format::kPdf    ? pdf != nullptr
           : format == Format::kScan   ? scan != nullptr
                                       : true;
  }
  // Attachments of kinds that cannot be redacted stay in their message instead of a notice.
  bool keep_unknown_attachments = false;
};

// kUnsupportedMediaType when the format cannot be done here.
Result<std::unique_ptr<Filter>> MakeFilter(Format format, const Job& job, const FormatOptions& options);

}  // namespace strongroom::redact
