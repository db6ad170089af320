// A server with nothing behind it: what the listener itself costs.
//
//     http_bench 8080                        plain HTTP on 127.0.0.1; then e.g. wrk -t1 -c64 -d5s
//     http://127.0.0.1:8080/healthz http_bench 8443 cert.pem key.pem       TLS
//
// /healthz answers on the I/O thread, /worker from a worker, /batch from one thread that answers 64 at a time.
// On SIGINT or SIGTERM it prints requests and CPU time per request.
#include <signal.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "http/listener.h"

using namespace strongroom;  // NOLINT: a program of one file

namespace {

class NoAuthenticator : public Authenticator {
 public:
  std::optional<Result<Authenticated>> AuthenticateQuickly(const RequestHead&) override {
    return Result<Authenticated>(Status(Reason::kCredentialMissing));
  }
  Result<Authenticated> Authenticate(const RequestHead&) override { return Status(Reason::kCredentialMissing); }
};

// Stands in for a committer: collects exchanges for 300 microseconds, answers them together.
class Batcher {
 public:
  Batcher() : thread_([this] { Run(); }) {}
  void Add(Exchange& exchange) {
    std::lock_guard lock(mutex_);
    waiting_.push_back(&exchange);
  }

 private:
  void Run() {
    std::vector<Exchange*> batch;
    while (true) {
      std::this_thread::sleep_for(std::chrono::microseconds(300));
      {
        std::lock_guard lock(mutex_);
        batch.swap(waiting_);
      }
      for (Exchange* exchange : batch) exchange->Respond(Response::Json(R"({"status":"ok"})"));
      batch.clear();
    }
  }
  std::mutex mutex_;
  std::vector<Exchange*> waiting_;
  std::thread thread_;
};

int Fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

double CpuMicros() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1e6 * static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  ListenerConfig config;
  config.port = static_cast<uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8080);
  config.plaintext_on_loopback = true;
  if (argc > 3) {
    auto tls = TlsContext::Create({argv[2], argv[3]});
    if (!tls.ok()) return Fail(tls.status());
    config.tls = *tls;
  }
  static Batcher batcher;
  Router router;
  const auto health = [](Exchange& exchange) { exchange.Respond(Response::Json(R"({"status":"ok"})")); };
  const auto batch = [](Exchange& exchange) { batcher.Add(exchange); };
  Status status = router.Add("GET", "/healthz", {.lane = Lane::kInline, .is_public = true}, health);
  if (status.ok()) status = router.Add("GET", "/worker", {.lane = Lane::kWorker, .is_public = true}, health);
  if (status.ok()) status = router.Add("GET", "/batch", {.lane = Lane::kInline, .is_public = true}, batch);
  if (!status.ok()) return Fail(status);
  NoAuthenticator nobody;
  auto listener = Listener::Start(config, router, nobody);
  if (!listener.ok()) return Fail(listener.status());
  std::printf("listening on port %d\n", (*listener)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  const ListenerStats stats = (*listener)->stats();
  std::printf("%llu requests, %.2f us CPU each\n", static_cast<unsigned long long>(stats.requests),
              CpuMicros() / static_cast<double>(stats.requests == 0 ? 1 : stats.requests));
  std::fflush(stdout);
  (*listener)->Stop(1000);
  std::_Exit(0);  // the batcher's thread never ends
}
