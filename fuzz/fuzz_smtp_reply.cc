// Whatever a mail server replies: the parser answers, bounds what it keeps, and says the same of the same bytes in
// pieces.
#include <cstdint>
#include <cstdlib>

#include "outbox/smtp_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using strongroom::SmtpReplyParser;
  const strongroom::ByteView text(reinterpret_cast<const char*>(data), size);
  SmtpReplyParser whole;
  SmtpReplyParser pieces;
  auto ready = whole.Feed(text);
  size_t at = 0;
  while (ready.ok() && *ready) {
    const strongroom::SmtpReply reply = whole.Take();
    if (reply.code < 200 || reply.code > 599 || reply.lines.empty() || reply.lines.size() > SmtpReplyParser::kMaxLines)
      abort();
    for (const std::string& line : reply.lines) {
      if (line.size() > SmtpReplyParser::kMaxLineBytes || line.find('\n') != std::string::npos) abort();
    }
    for (const char c : reply.EnhancedCode()) {
      if ((c < '0' || c > '9') && c != '.') abort();
    }
    std::string parameters;
    reply.Offers("AUTH", &parameters);
    auto piece = pieces.Feed({});
    while (piece.ok() && !*piece && at < size) piece = pieces.Feed(text.substr(at++, 1));
    if (!piece.ok() || !*piece) abort();
    if (const strongroom::SmtpReply other = pieces.Take(); other.code != reply.code || other.lines != reply.lines)
      abort();
    ready = whole.Feed({});
  }
  return 0;
}
