#include "server/test_gateway.h"

#include <charconv>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "cli/terminal.h"
#include "crypto/secret.h"
#include "http/exchange.h"
#include "outbox/webhook.h"

namespace strongroom {
namespace {

constexpr int64_t kReplaySeconds = 300;

class NobodySignsIn : public Authenticator {
 public:
  std::optional<Result<Authenticated>> AuthenticateQuickly(const RequestHead&) override { return std::nullopt; }
  Result<Authenticated> Authenticate(const RequestHead&) override { return Status(Reason::kCredentialMissing); }
};

class TestGatewayImpl final : public TestGateway {
 public:
  TestGatewayImpl(std::string secret, const Clock& clock, std::function<void(std::string_view)> print)
      : secret_(secret.empty() ? SecretBytes() : SecretBytes::CopyOf(secret)), clock_(clock), print_(std::move(print)) {
    WipeString(secret);
  }
  ~TestGatewayImpl() override { listener_.reset(); }
  uint16_t port() const override { return listener_->port(); }

  Status Listen(uint16_t port) {
    for (const char* method : {"POST", "PUT"}) {
      for (const char* path : {"/", "/{a}", "/{a}/{b}", "/{a}/{b}/{c}"}) {
        RETURN_IF_ERROR(router_.Add(method, path,
                                    {.lane = Lane::kWorker, .is_public = true, .max_body_bytes = 64u << 10},
                                    [this](Exchange& exchange) { Take(exchange); }));
      }
    }
    ListenerConfig config;
    config.port = port;
    config.plaintext_on_loopback = true;
    config.io_threads = 1;
    config.worker_threads = 2;
    ASSIGN_OR_RETURN(listener_, Listener::Start(config, router_, nobody_));
    return Status::Ok();
  }

 private:
  void Take(Exchange& exchange) {
    const Request& request = exchange.request();
    const std::lock_guard lock(mutex_);  // the lines of one request together
    print_(Printable(std::string(request.method()) + " " + std::string(request.path())));
    for (const char* name : {"Content-Type", "Strongroom-Notice-Id", "Strongroom-Timestamp"}) {
      if (const std::string_view value = request.Header(name); !value.empty())
        print_("  " + std::string(name) + ": " + Printable(value));
    }
    if (!request.Header("Authorization").empty()) print_("  Authorization: (given)");
    if (!secret_.empty()) print_("  signature: " + std::string(Verdict(request)));
    print_("  " + Printable(request.body()));
    exchange.Respond(Response::Json(R"({"taken":true})"));
  }

  // What every receiver has to do (docs/formats/outbox.md).
  std::string_view Verdict(const Request& request) const {
    const std::string_view timestamp = request.Header("Strongroom-Timestamp");
    int64_t seconds = 0;
    const auto [end, error] = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
    if (timestamp.empty() || error != std::errc() || end != timestamp.data() + timestamp.size()) return "missing";
    if (!EqualInConstantTime(WebhookSignature(secret_, timestamp, request.body()),
                             request.Header("Strongroom-Signature")))
      return "wrong";
    return std::abs(clock_.NowMillis() / 1000 - seconds) > kReplaySeconds ? "right, but too old: refuse it" : "right";
  }

  const SecretBytes secret_;
  const Clock& clock_;
  const std::function<void(std::string_view)> print_;
  std::mutex mutex_;
  Router router_;
  NobodySignsIn nobody_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace

Result<std::unique_ptr<TestGateway>> TestGateway::Start(uint16_t port, std::string secret, const Clock& clock,
                                                        std::function<void(std::string_view line)> print) {
  auto gateway = std::make_unique<TestGatewayImpl>(std::move(secret), clock, std::move(print));
  RETURN_IF_ERROR(gateway->Listen(port));
  return std::unique_ptr<TestGateway>(std::move(gateway));
}

}  // namespace strongroom
