// SmtpReplyParser: a mail server's replies from the bytes of a connection (RFC 5321 section 4.2).  Total and bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

struct SmtpReply {
  int code = 0;                    // 200 to 599
  std::vector<std::string> lines;  // without code and separator; what a stranger wrote
  // The first line's enhanced status code (RFC 3463), "5.1.1"; empty when there is none.
  std::string EnhancedCode() const;
  // Whether a line of an EHLO reply is this keyword, in whatever case; its parameters, if wanted.
  bool Offers(std::string_view keyword, std::string* parameters = nullptr) const;
};

// One thread.  After a failure it is of no more use.
class SmtpReplyParser {
 public:
  static constexpr size_t kMaxLineBytes = 2000;  // RFC 5321 allows 512; real servers write more
  static constexpr size_t kMaxLines = 100;

  // True: a reply is whole, Take() it.  kServerUnreachable: this is no SMTP.
  Result<bool> Feed(ByteView piece);
  // Precondition: Feed() answered true.  Then Feed({}) tells whether the next one is there already.
  SmtpReply Take();
  // Something arrived behind the reply.  Before TLS begins nothing may: it would be believed afterwards although
  // anybody on the way could have written it.
  bool HasMore() const { return !input_.empty(); }

 private:
  Status TakeLine(std::string_view line);
  Bytes input_;
  SmtpReply reply_;
  bool whole_ = false;
};

}  // namespace strongroom
