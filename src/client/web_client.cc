#include "client/web_client.h"

#include <strings.h>

#include <algorithm>

#include "base/wipe.h"
#include "client/tls_socket.h"
#include "client/url.h"

namespace strongroom {
namespace {

constexpr size_t kReadBytes = 16u << 10;
constexpr const char* kOwnHeaders[] = {"Host", "Connection", "Content-Length", "Transfer-Encoding", "User-Agent"};

Status Refused(std::string what) { return Status(Reason::kInvalidArgument, std::move(what)); }

bool IsHeaderName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

bool IsHeaderValue(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

Status CheckRequest(const WebRequest& request) {
  const bool method_good = !request.method.empty() && std::all_of(request.method.begin(), request.method.end(),
                                                                  [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!method_good) return Refused("A method is capital letters.");
  for (const auto& [name, value] : request.headers) {
    if (!IsHeaderName(name)) return Refused("A header has a name that cannot be sent.");
    if (!IsHeaderValue(value)) return Refused("The header " + name + " has control characters in it.");
    for (const char* own : kOwnHeaders) {
      if (strcasecmp(name.c_str(), own) == 0) return Refused(std::string("The header ") + own + " is set here.");
    }
  }
  return Status::Ok();
}

// Holds whatever secrets headers and body hold.
struct WipedBytes {
  Bytes text;
  ~WipedBytes() { WipeText(text); }
};

void Compose(const WebRequest& request, const WebUrl& url, Bytes& out) {
  size_t size = 256 + url.target.size() + url.authority.size() + request.body.size();
  for (const auto& [name, value] : request.headers) size += name.size() + value.size() + 4;
  out.reserve(size);  // in one piece, so that no copy is left behind
  out.append(request.method).append(" ").append(url.target).append(" HTTP/1.1\r\nHost: ").append(url.authority);
  out.append("\r\nUser-Agent: strongroom\r\nConnection: close\r\n");
  for (const auto& [name, value] : request.headers) out.append(name).append(": ").append(value).append("\r\n");
  if (!request.body.empty() || request.method != "GET") {
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  out.append("\r\n").append(request.body);
}

}  // namespace

Result<WebAnswer> WebClient::Send(const WebRequest& request) const {
  ASSIGN_OR_RETURN(const WebUrl url, ParseWebUrl(request.url));
  RETURN_IF_ERROR(CheckRequest(request));
  WipedBytes bytes;
  Compose(request, url, bytes.text);
  ASSIGN_OR_RETURN(const std::unique_ptr<TlsSocket> socket,
                   TlsSocket::Connect(url.host, url.port, url.tls, {config_.ca_file, {}},
                                      {.connect_millis = config_.connect_millis,
                                       .io_millis = config_.io_millis,
                                       .total_millis = config_.total_millis,
                                       .stop = config_.stop}));
  RETURN_IF_ERROR(socket->WriteAll(bytes.text));
  HttpAnswerParser parser(config_.limits, request.wants_body && request.method != "HEAD");
  char buffer[kReadBytes];
  while (true) {
    ASSIGN_OR_RETURN(const size_t got, socket->Read(buffer, sizeof buffer));
    if (got == 0) {
      RETURN_IF_ERROR(parser.End());
      return parser.Take();
    }
    const Result<HttpAnswerParser::Progress> progress = parser.Feed({buffer, got});
    WipeRange(buffer, got);
    RETURN_IF_ERROR(progress.status());
    if (*progress == HttpAnswerParser::Progress::kComplete) return parser.Take();
  }
}

}  // namespace strongroom
