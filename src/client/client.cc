#include "client/client.h"

#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/json.h"
#include "base/wipe.h"
#include "client/tls_socket.h"
#include "client/url.h"

namespace strongroom {
namespace {

constexpr size_t kMaxHeadBytes = 64u << 10;
constexpr size_t kReadBytes = 64u << 10;

Status Odd(const std::string& what) {
  return Status(Reason::kInternal, "The answer is not one of a Strongroom server: " + what + ".");
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsCleanHeaderText(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

Result<WebUrl> ParseBaseUrl(std::string_view url) {
  ASSIGN_OR_RETURN(WebUrl target, ParseWebUrl(url));
  if (target.target != "/") {
    return Status(Reason::kInvalidArgument, "The server's address must be https://host or https://host:port.");
  }
  return target;
}

// Where a body goes: into memory, or to a file descriptor.
struct Drain {
  Bytes* body = nullptr;
  size_t max_body_bytes = 0;
  int fd = -1;
  void (*progress)(uint64_t) = nullptr;
  uint64_t total = 0;

  Status Take(ByteView piece) {
    total += piece.size();
    if (body != nullptr) {
      if (total > max_body_bytes) return Odd("its body is too large");
      body->append(piece);
      return Status::Ok();
    }
    while (!piece.empty()) {
      const ssize_t written = write(fd, piece.data(), piece.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        return Status(Reason::kFileUnreadable,
                      std::string("The download cannot be written: ") + std::strerror(errno) + ".");
      }
      piece.remove_prefix(written);
    }
    if (progress != nullptr) progress(total);
    return Status::Ok();
  }
};

class ClientImpl final : public Client {
 public:
  ClientImpl(ClientConfig config, WebUrl target) : config_(std::move(config)), target_(std::move(target)) {
    input_.reserve(kReadBytes);
  }
  ~ClientImpl() override {
    WipeText(api_key_);
    WipeText(input_);
  }

  void SetApiKey(std::string_view key) override {
    WipeText(api_key_);
    api_key_ = key;
  }

  Result<ClientResponse> Call(std::string_view method, std::string_view path, const ClientHeaders& headers,
                              ByteView body) override {
    return Exchange(method, path, headers, body, -1, nullptr);
  }
  Result<ClientResponse> Download(std::string_view method, std::string_view path, const ClientHeaders& headers,
                                  ByteView body, int fd, void (*progress)(uint64_t)) override {
    return Exchange(method, path, headers, body, fd, progress);
  }

 private:
  Result<ClientResponse> Exchange(std::string_view method, std::string_view path, const ClientHeaders& headers,
                                  ByteView body, int fd, void (*progress)(uint64_t));
  Status Compose(std::string_view method, std::string_view path, const ClientHeaders& headers, ByteView body,
                 Bytes& request) const;
  Status Send(const Bytes& request);
  Status ReadHead(ClientResponse& response);
  Status ParseHead(std::string_view head, ClientResponse& response) const;
  Status ReadBody(const ClientResponse& response, bool expects_body, Drain& drain);
  Status ReadChunked(Drain& drain);
  Status ReadMore();
  Result<std::string> ReadLine();
  void Consume(size_t size) { input_.erase(0, size); }
  void Disconnect() {
    socket_.reset();
    WipeText(input_);
  }

  const ClientConfig config_;
  const WebUrl target_;
  std::string api_key_;
  std::unique_ptr<TlsSocket> socket_;
  Bytes input_;  // arrived, not yet used
  bool got_any_ = false;
};

Status ClientImpl::Compose(std::string_view method, std::string_view path, const ClientHeaders& headers, ByteView body,
                           Bytes& request) const {
  const bool clean_path =
      path.starts_with('/') && std::all_of(path.begin(), path.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!clean_path) return Status(Reason::kInvalidArgument, "The path must begin with '/' and be percent-encoded.");
  request.reserve(512 + api_key_.size() + body.size());  // in one piece, so that no copy of the key is left behind
  request.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(target_.authority);
  request.append("\r\nUser-Agent: strongroom\r\nAccept: */*\r\n");
  if (!api_key_.empty()) {
    if (!IsCleanHeaderText(api_key_)) return Status(Reason::kInvalidArgument, "The API key has a line break in it.");
    request.append("Authorization: Bearer ").append(api_key_).append("\r\n");
  }
  bool has_type = false;
  for (const auto& [name, value] : headers) {
    if (!IsCleanHeaderText(name) || !IsCleanHeaderText(value)) {
      return Status(Reason::kInvalidArgument, "The header " + name + " has a line break in it.");
    }
    has_type = has_type || strcasecmp(name.c_str(), "Content-Type") == 0;
    request.append(name).append(": ").append(value).append("\r\n");
  }
  if (!body.empty() && !has_type) request.append("Content-Type: application/json\r\n");
  if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  request.append("\r\n").append(body);
  return Status::Ok();
}

Status ClientImpl::Send(const Bytes& request) {
  got_any_ = false;
  if (!socket_) {
    ASSIGN_OR_RETURN(socket_,
                     TlsSocket::Connect(
                         target_.host, target_.port, target_.tls,
                         {config_.ca_file, config_.pinned_certificate, config_.client_certificate, config_.client_key},
                         {.connect_millis = config_.connect_millis, .io_millis = config_.io_millis}));
  }
  return socket_->WriteAll(request);
}

Status ClientImpl::ReadMore() {
  char buffer[kReadBytes];
  ASSIGN_OR_RETURN(const size_t got, socket_->Read(buffer, sizeof buffer));
  if (got == 0) return Status(Reason::kServerUnreachable, "The server closed the connection before its answer ended.");
  got_any_ = true;
  input_.append(buffer, got);
  WipeRange(buffer, got);
  return Status::Ok();
}

Status ClientImpl::ReadHead(ClientResponse& response) {
  while (true) {
    size_t end = input_.find("\r\n\r\n");
    while (end == std::string::npos) {
      if (input_.size() > kMaxHeadBytes) return Odd("its header is too long");
      RETURN_IF_ERROR(ReadMore());
      end = input_.find("\r\n\r\n");
    }
    response = {};
    RETURN_IF_ERROR(ParseHead(std::string_view(input_).substr(0, end + 2), response));
    Consume(end + 4);
    if (response.status >= 200) return Status::Ok();  // 100 Continue and the like come before the answer
  }
}

Status ClientImpl::ParseHead(std::string_view head, ClientResponse& response) const {
  if (!head.starts_with("HTTP/1.") || head.size() < 14) return Odd("it does not begin with HTTP/1.1");
  const std::string_view number = head.substr(9, 3);
  if (std::from_chars(number.data(), number.data() + 3, response.status).ptr != number.data() + 3) {
    return Odd("it has no status");
  }
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return Odd("a header line has no name");
    std::string name(line.substr(0, colon));
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    response.headers.emplace_back(std::move(name), Trim(line.substr(colon + 1)));
  }
  return Status::Ok();
}

Result<std::string> ClientImpl::ReadLine() {
  size_t end = input_.find("\r\n");
  while (end == std::string::npos) {
    if (input_.size() > kMaxHeadBytes) return Odd("a line is too long");
    RETURN_IF_ERROR(ReadMore());
    end = input_.find("\r\n");
  }
  std::string line = input_.substr(0, end);
  Consume(end + 2);
  return line;
}

Status ClientImpl::ReadChunked(Drain& drain) {
  while (true) {
    ASSIGN_OR_RETURN(const std::string line, ReadLine());
    uint64_t left = 0;
    const size_t digits = line.find_first_of("; ");
    const char* end = line.data() + std::min(digits, line.size());
    const auto [stopped, error] = std::from_chars(line.data(), end, left, 16);
    if (error != std::errc{} || stopped != end) return Odd("a chunk has no size");
    if (left == 0) break;
    while (left > 0) {
      if (input_.empty()) RETURN_IF_ERROR(ReadMore());
      const size_t part = static_cast<size_t>(std::min<uint64_t>(left, input_.size()));
      RETURN_IF_ERROR(drain.Take(ByteView(input_).substr(0, part)));
      Consume(part);
      left -= part;
    }
    ASSIGN_OR_RETURN(const std::string empty, ReadLine());
    if (!empty.empty()) return Odd("a chunk is longer than it says");
  }
  while (true) {  // trailers
    ASSIGN_OR_RETURN(const std::string line, ReadLine());
    if (line.empty()) return Status::Ok();
  }
}

Status ClientImpl::ReadBody(const ClientResponse& response, bool expects_body, Drain& drain) {
  if (!expects_body || response.status == 204 || response.status == 304) return Status::Ok();
  if (strcasecmp(std::string(response.Header("transfer-encoding")).c_str(), "chunked") == 0) return ReadChunked(drain);
  const std::string_view text = response.Header("content-length");
  uint64_t left = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), left);
  if (text.empty() || error != std::errc{} || stopped != text.data() + text.size()) return Odd("it has no length");
  while (left > 0) {
    if (input_.empty()) RETURN_IF_ERROR(ReadMore());
    const size_t part = static_cast<size_t>(std::min<uint64_t>(left, input_.size()));
    RETURN_IF_ERROR(drain.Take(ByteView(input_).substr(0, part)));
    Consume(part);
    left -= part;
  }
  return Status::Ok();
}

// The Status a problem answer was made of (RFC 9457).
Status FromProblem(const ClientResponse& response, ByteView body) {
  const std::string number = std::to_string(response.status);
  if (response.Header("content-type").starts_with("application/problem+json")) {
    auto document = JsonDocument::ParseObject(body);
    if (!document.ok()) return Odd("status " + number + " with an unreadable problem");
    const auto code = document->root().OptString("code");
    const auto detail = document->root().OptString("detail");
    const auto reason = code.ok() && *code ? ReasonFromWire(**code) : std::nullopt;
    std::string message = detail.ok() && *detail ? std::string(**detail) : std::string();
    if (reason) return message.empty() ? Status(*reason) : Status(*reason, std::move(message));
    if (!message.empty()) return Status(Reason::kInternal, std::move(message));
  }
  return Odd("status " + number);
}

Result<ClientResponse> ClientImpl::Exchange(std::string_view method, std::string_view path,
                                            const ClientHeaders& headers, ByteView body, int fd,
                                            void (*progress)(uint64_t)) {
  Bytes request;
  struct Wiper {
    Bytes& text;
    ~Wiper() { WipeText(text); }
  } wiper{request};
  RETURN_IF_ERROR(Compose(method, path, headers, body, request));
  const bool may_repeat =
      method == "GET" || method == "HEAD" || std::any_of(headers.begin(), headers.end(), [](const auto& header) {
        return strcasecmp(header.first.c_str(), "Idempotency-Key") == 0;
      });
  ClientResponse response;
  for (int attempt = 0;; ++attempt) {
    const bool was_open = socket_ != nullptr;
    Status status = Send(request);
    if (status.ok()) status = ReadHead(response);
    if (status.ok()) break;
    const bool stale = was_open && !got_any_;  // a kept connection that the server has closed meanwhile
    Disconnect();
    if (!(attempt == 0 && stale && may_repeat)) return status;
  }
  const bool is_success = response.status < 400;
  Bytes refusal;
  Drain drain;
  if (!is_success) {
    drain.body = &refusal;
    drain.max_body_bytes = 1u << 20;
  } else if (fd >= 0) {
    drain.fd = fd;
    drain.progress = progress;
  } else {
    drain.body = &response.body;
    drain.max_body_bytes = config_.max_body_bytes;
  }
  const Status status = ReadBody(response, method != "HEAD", drain);
  const bool closes = strcasecmp(std::string(response.Header("connection")).c_str(), "close") == 0;
  if (!status.ok() || closes) Disconnect();
  RETURN_IF_ERROR(status);
  if (!is_success) return FromProblem(response, refusal);
  return response;
}

}  // namespace

std::string_view ClientResponse::Header(std::string_view name) const {
  for (const auto& [own, value] : headers) {
    if (own == name) return value;
  }
  return {};
}

Result<std::unique_ptr<Client>> Client::Create(ClientConfig config) {
  ASSIGN_OR_RETURN(WebUrl target, ParseBaseUrl(config.base_url));
  return std::unique_ptr<Client>(new ClientImpl(std::move(config), std::move(target)));
}

}  // namespace strongroom
