#include "http/cookies.h"

namespace strongroom {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Without a configured origin: our name, over TLS, or in clear where this connection is.
bool NamesUs(std::string_view origin, const RequestHead& head) {
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kHttp = "http://";
  const std::string_view host = head.Header("Host");
  if (host.empty()) return false;
  if (origin.starts_with(kHttps)) return origin.substr(kHttps.size()) == host;
  return !head.tls() && origin.starts_with(kHttp) && origin.substr(kHttp.size()) == host;
}

}  // namespace

std::string_view CookieNamed(std::string_view header, std::string_view name) {
  std::string_view value;
  int found = 0;
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    const std::string_view pair = Trimmed(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    value = pair.substr(equals + 1);
    ++found;
  }
  return found == 1 ? value : std::string_view();
}

bool ComesFromOtherSite(const RequestHead& head, std::string_view origin) {
  const std::string_view site = head.Header("Sec-Fetch-Site");
  // "none": typed into the address bar, or a bookmark.
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const std::string_view sent = head.Header("Origin");
  if (sent.empty()) return false;
  return origin.empty() ? !NamesUs(sent, head) : sent != origin;
}

}  // namespace strongroom
