#include "client/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace strongroom {
namespace {

Status Refused(const char* what) { return Status(Reason::kInvalidArgument, what); }

}  // namespace

bool IsLoopbackHost(const std::string& host) {
  unsigned char address[4];
  return host == "localhost" || host == "::1" || (inet_pton(AF_INET, host.c_str(), address) == 1 && address[0] == 127);
}

bool IsHostText(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == ':';
  });
}

bool IsPortText(std::string_view port) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number >= 1 && number <= 65535;
}

Result<WebUrl> ParseWebUrl(std::string_view url) {
  WebUrl parsed;
  if (url.starts_with("https://")) {
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
    parsed.tls = false;
  } else {
    return Refused("The server's address must begin with https://.");
  }
  const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!printable) return Refused("The server's address has a space, a '#' or a character beyond ASCII in it.");
  const size_t path = std::min(url.find_first_of("/?"), url.size());
  parsed.target = path == url.size() || url[path] == '?' ? "/" : "";
  parsed.target += url.substr(path);
  url = url.substr(0, path);
  parsed.authority = url;
  const bool bracketed = url.starts_with('[');
  const size_t bracket = bracketed ? url.find(']') : std::string_view::npos;
  if (bracketed && bracket == std::string_view::npos) return Refused("The server's address has an open bracket.");
  const std::string_view behind = bracketed ? url.substr(bracket + 1) : url.substr(std::min(url.find(':'), url.size()));
  parsed.host = bracketed ? url.substr(1, bracket - 1) : url.substr(0, url.size() - behind.size());
  parsed.port = behind.empty() ? (parsed.tls ? "443" : "80") : behind.substr(1);
  const bool good_port = (behind.empty() || behind.starts_with(':')) && IsPortText(parsed.port);
  if (!good_port || !IsHostText(parsed.host)) {
    return Refused("The server's address must be https://host or https://host:port.");
  }
  if (!parsed.tls && !IsLoopbackHost(parsed.host)) {
    return Refused("Plain http:// is for loopback addresses only; use https://.");
  }
  return parsed;
}

}  // namespace strongroom
