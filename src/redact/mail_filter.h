// E-mail messages (RFC 5322) with all their parts (MIME).
#pragma once

#include <string>

#include "redact/filters.h"

namespace strongroom::redact {

// A message is read whole, up to 64 MiB (kBodyTooLarge).  Headers are decoded and searched, but for those that carry
// no person: types, encodings, the date of sending.  Text and HTML are decoded, searched as such, and written in UTF-8
// when something was found; attachments are redacted by their own kind.  What cannot be searched (pictures, archives,
// encrypted data, signatures, unknown charsets) is taken out, and a notice stands in its place.  Parts in which nothing
// is found stay byte for byte.
class MailFilter : public Filter {
 public:
  MailFilter(const Job& job, const FormatOptions& options) : job_(job), options_(options) {}
  Status Feed(std::string_view bytes) override;
  Status Finish() override;

 private:
  const Job job_;
  const FormatOptions options_;
  std::string message_;
};

}  // namespace strongroom::redact
