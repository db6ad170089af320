// Addresses of HTTP servers, as configurations name them.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace strongroom {

struct WebUrl {
  std::string host;       // without brackets
  std::string port;       // "443" and "80" when none was given
  std::string authority;  // for the header Host
  std::string target;     // path and query, at least "/"
  bool tls = true;
};

// "https://host[:port][/path][?query]".  Plain http:// is for loopback addresses alone.  Refused: names of users,
// fragments, spaces, and whatever is not printable ASCII.  kInvalidArgument; the message does not repeat the address,
// which may hold a secret.
Result<WebUrl> ParseWebUrl(std::string_view url);

// "localhost", ::1, 127.0.0.0/8.  "127.evil.example" is not: the digits must be an address.
bool IsLoopbackHost(const std::string& host);

// A host's name or address, and a port of digits; what may stand in a URL and in a call of getaddrinfo().
bool IsHostText(std::string_view host);
bool IsPortText(std::string_view port);

}  // namespace strongroom
