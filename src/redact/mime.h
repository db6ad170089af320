// The envelope of e-mail: headers, their parameters, and how bodies are written (RFC 5322, 2045, 2047, 2231).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom::redact {

// One header as it stands, its line end included.
struct MimeHeader {
  std::string raw;
  std::string name;  // in lower case; empty for a line that is no header
  // The part of raw behind the colon, without the line end.
  std::string_view value() const;
};

// A message or a part of one: headers, the empty line, the body.
struct MimeEntity {
  std::vector<MimeHeader> headers;
  std::string_view separator;  // the empty line; empty when the entity ends with its headers
  std::string_view body;
};
// The name of the header that `line` begins: letters, digits, "-", "_" and "." before a colon.  RFC 5322 section 2.2
// allows more; nobody uses it, and a line with a blank or a bracket before its colon is rather a text, searched whole.
std::string_view HeaderName(std::string_view line);
MimeEntity SplitEntity(std::string_view text);

// "text/plain; charset=utf-8; name*0=..": in lower case but for the values.  Long and encoded parameters (RFC 2231) are
// put together and decoded.
struct ContentType {
  std::string type;
  std::map<std::string, std::string> parameters;
};
ContentType ParseContentType(std::string_view value);

// The bodies between the boundary's lines, as ranges of `body`; what stands before the first and after the last line is
// no part.  At most `most`.
struct PartRange {
  size_t begin = 0;
  size_t end = 0;
};
std::vector<PartRange> SplitParts(std::string_view body, std::string_view boundary, size_t most);

// Never fail: what is no code stands for itself (quoted-printable) or is passed over (base64).
std::string DecodeQuotedPrintable(std::string_view text);
std::string DecodeBase64Body(std::string_view text);
// With CRLF or LF line ends.
std::string EncodeQuotedPrintable(std::string_view bytes, std::string_view line_end);
std::string EncodeBase64Body(std::string_view bytes, std::string_view line_end);

// To UTF-8.  Nothing for a charset that is not known here: utf-8, us-ascii, iso-8859-1 and -15, windows-1252.
std::optional<std::string> ToUtf8(std::string_view bytes, std::string_view charset);

// A header's value as people see it: unfolded, encoded words decoded; nothing when a word has an unknown charset.
std::optional<std::string> DecodeHeaderText(std::string_view raw);
// As a header's value: words that are not ASCII become encoded words, in UTF-8; long lines are folded.
std::string EncodeHeaderText(std::string_view text, std::string_view line_end);

}  // namespace strongroom::redact
