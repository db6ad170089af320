#include "wire.h"

#include <sys/socket.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/json.h"
#include "http/api_routes.h"
#include "http/test_socket.h"

namespace strongroom {
namespace {

constexpr int kPatienceSeconds = 60;  // for a server under load

std::string TextOf(const JsonValue& object, std::string_view member) {
  if (!object.IsObject()) return "";
  const std::optional<JsonValue> found = object.Find(member);
  if (!found.has_value()) return "";
  const Result<std::string_view> text = found->AsString();
  return text.ok() ? std::string(*text) : "";
}

}  // namespace

std::string WireAnswer::Text(std::string_view member) const {
  const Result<JsonDocument> document = JsonDocument::Parse(body);
  if (!document.ok() || !document->root().IsObject()) return "";
  if (std::string text = TextOf(document->root(), member); !text.empty()) return text;
  const std::optional<JsonValue> results = document->root().Find("results");
  if (!results.has_value()) return "";
  for (const JsonValue first : *results) {
    if (std::string text = TextOf(first, member); !text.empty()) return text;
    const std::optional<JsonValue> problem = first.Find("problem");
    return problem.has_value() ? TextOf(*problem, member) : "";
  }
  return "";
}

Result<std::unique_ptr<Wire>> Wire::Open(VaultKeeper& keeper, const Clock& clock, std::string api_key) {
  std::unique_ptr<Wire> wire(new Wire(keeper, clock, std::move(api_key)));
  RETURN_IF_ERROR(AddApiRoutes(wire->router_, keeper, {}));
  ListenerConfig config;
  config.plaintext_on_loopback = true;
  config.io_threads = 1;
  config.worker_threads = 2;
  ASSIGN_OR_RETURN(wire->listener_, Listener::Start(config, wire->router_, wire->authenticator_));
  return wire;
}

std::string Wire::Request(std::string_view method, std::string_view path, std::string_view body,
                          std::string_view headers) const {
  std::string request;
  request.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: vault\r\nConnection: close\r\n");
  request.append("Authorization: Bearer ").append(api_key_).append("\r\n").append(headers);
  if (!body.empty()) {
    request.append("Content-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
    request.append("\r\n");
  }
  return request.append("\r\n").append(body);
}

WireAnswer Wire::Ask(std::string_view request) const {
  WireAnswer answer;
  {
    TestSocket socket(listener_->port());
    socket.Send(request);
    const std::string text = socket.ReadAnswer();
    answer.status = StatusOf(text);
    answer.body = BodyOf(text);
    answer.size_bytes = text.size();
    constexpr std::string_view kEtag = "\r\nETag: ";
    if (const size_t at = text.find(kEtag); at != std::string::npos)
      answer.etag = text.substr(at + kEtag.size(), text.find("\r\n", at + 2) - at - kEtag.size());
  }
  WaitUntilAlone();
  return answer;
}

void Wire::AskAndLose(std::string_view request, size_t sent, size_t read, bool reset) const {
  {
    TestSocket socket(listener_->port());
    socket.Send(request.substr(0, sent));
    std::string data(read, '\0');
    for (size_t got = 0; sent == request.size() && got < read;) {
      const ssize_t some = recv(socket.fd(), data.data() + got, read - got, 0);
      if (some <= 0) break;
      got += static_cast<size_t>(some);
    }
    const linger now{1, 0};
    if (reset && setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now) != 0) std::abort();
  }
  WaitUntilAlone();
}

// The connection may not have been accepted yet: that, too, is waited for.
void Wire::WaitUntilAlone() const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(kPatienceSeconds);
  ++connections_;
  while (listener_->stats().accepted < connections_ || listener_->stats().open > 0) {
    if (std::chrono::steady_clock::now() > until) std::abort();
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

}  // namespace strongroom
