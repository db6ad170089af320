// The text of a mail (RFC 5322, MIME): headers that nobody can end early, a plain body in quoted-printable.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"

namespace strongroom {

struct MailParts {
  std::string id;    // of the notice; becomes the Message-ID, the same at every try
  std::string from;  // an address
  std::string to;    // an address
  std::string subject;
  std::string body;  // UTF-8, lines ended by '\n'
  std::string language;
  UnixMillis created_at = 0;
};

// kInvalidArgument: an address is none, or a part has a control character that could begin a header of its own.
Status CheckMailParts(const MailParts& parts);

// Headers and body, lines ended by CRLF, ASCII, no line over 78 characters.  Precondition: CheckMailParts().
std::string ComposeMail(const MailParts& parts);

// As SMTP's DATA takes it (RFC 5321 section 4.5.2): dots at the beginning of lines doubled, and the closing line.
std::string DotStuffed(std::string_view message);

// RFC 2047: as it is when it is plain ASCII, else encoded words, folded.
std::string EncodeHeaderText(std::string_view text);
// RFC 2045 section 6.7.  '\n' becomes CRLF.
std::string QuotedPrintable(std::string_view text);
// RFC 5322 section 3.3, in UTC: "Sun, 22 Nov 2026 06:05:53 +0000".
std::string MailDate(UnixMillis time);

}  // namespace strongroom
