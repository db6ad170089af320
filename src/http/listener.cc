#include "http/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "http/connection.h"
#include "http/io_loop.h"
#include "http/worker_pool.h"

namespace strongroom {
namespace {

Status SystemFailure(const std::string& what) {
  return Status(Reason::kConfigInvalid, what + ": " + std::strerror(errno) + ".");
}

IpAddress FromSocket(const sockaddr_storage& from) {
  IpAddress address;
  if (from.ss_family == AF_INET6) {
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, 16);
  } else {
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(address.bytes.data() + 12, &reinterpret_cast<const sockaddr_in&>(from).sin_addr, 4);
  }
  return address;
}

struct LoopSlot {
  std::unique_ptr<IoLoop> loop;
  LoopCounters counters;
};

// Takes new connections and spreads them over the loops in turn.
class Acceptor final : public IoTarget {
 public:
  Acceptor(int fd, ListenerCore& core, std::vector<std::unique_ptr<LoopSlot>>& slots)
      : fd_(fd), reserve_fd_(open("/dev/null", O_RDONLY | O_CLOEXEC)), core_(core), slots_(slots) {}
  ~Acceptor() override {
    Shut();
    if (reserve_fd_ >= 0) close(reserve_fd_);
  }

  void OnEvents(uint32_t) override {
    for (int i = 0; i < kAcceptsPerEvent && fd_ >= 0; ++i) {
      sockaddr_storage from{};
      socklen_t from_size = sizeof from;
      const int fd = accept4(fd_, reinterpret_cast<sockaddr*>(&from), &from_size, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE) DropOne();
        return;
      }
      Take(fd, FromSocket(from));
    }
  }

  // On its loop's thread, or when that has ended.
  void Shut() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  static constexpr int kAcceptsPerEvent = 64;

  void Take(int fd, const IpAddress& peer) {
    if (core_.counters.open.load() >= core_.config.max_connections) {
      core_.counters.refused.fetch_add(1);
      static constexpr std::string_view kFull =
          "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
          "Content-Type: application/problem+json\r\nContent-Length: 156\r\n\r\n"
          R"({"type":"/docs/errors/too-many-connections","title":"The server holds as many connections as it may",)"
          R"("status":503,"code":"too-many-connections","detail":""})";
      // One try; a TLS client has not said hello yet and could not read it.
      if (!core_.config.tls) static_cast<void>(send(fd, kFull.data(), kFull.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
      close(fd);
      return;
    }
    core_.counters.accepted.fetch_add(1);
    core_.counters.open.fetch_add(1);
    LoopSlot& slot = *slots_[next_++ % slots_.size()];
    slot.loop->Push(new Connection(fd, peer, core_, *slot.loop, slot.counters));  // deletes itself when closed
  }

  // Out of descriptors: without this the waiting connection would be reported for ever.
  void DropOne() {
    close(reserve_fd_);
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) close(fd);
    core_.counters.refused.fetch_add(1);
    reserve_fd_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

  int fd_;
  int reserve_fd_;
  ListenerCore& core_;
  std::vector<std::unique_ptr<LoopSlot>>& slots_;
  size_t next_ = 0;
};

// Asks all connections of one loop to end.
class DrainTask final : public LoopTask {
 public:
  DrainTask(LoopSlot& slot, Acceptor* acceptor) : slot_(slot), acceptor_(acceptor) {}
  void Post(bool by_force) {
    by_force_ = by_force;
    done_.store(false);
    slot_.loop->Push(this);
    done_.wait(false);
  }

 private:
  void RunOnLoop() override {
    if (acceptor_ != nullptr) acceptor_->Shut();
    const std::vector<IoMember*> members = slot_.loop->members();  // a copy: Drain() changes the list
    for (IoMember* member : members) static_cast<Connection*>(member)->Drain(by_force_);
    done_.store(true);
    done_.notify_all();
  }

  LoopSlot& slot_;
  Acceptor* const acceptor_;
  bool by_force_ = false;
  std::atomic<bool> done_{false};
};

// A function on one loop's thread.  Kept by what it does: it may outlive the wait for it.
class LoopCall final : public LoopTask {
 public:
  explicit LoopCall(std::function<void()> call) : call_(std::move(call)) {}

 private:
  void RunOnLoop() override {
    call_();
    delete this;
  }
  const std::function<void()> call_;
};

// Counts down as the loops run what they were asked to.
struct Countdown {
  std::mutex mutex;
  std::condition_variable done;
  size_t left = 0;
};

Result<int> OpenSocket(const ListenerConfig& config, uint16_t* port) {
  const std::optional<IpAddress> address = IpAddress::Parse(config.address);
  if (!address) return Status(Reason::kConfigInvalid, "The address to listen on must be an IPv4 or IPv6 address.");
  if (!config.tls && !(config.plaintext_on_loopback && address->IsLoopback())) {
    return Status(Reason::kConfigInvalid,
                  "Without TLS the server listens on a loopback address only, and only when plaintext is asked for.");
  }
  sockaddr_storage name{};
  socklen_t name_size = 0;
  if (address->IsV4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(name);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(config.port);
    std::memcpy(&v4.sin_addr, address->bytes.data() + 12, 4);
    name_size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(name);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(config.port);
    std::memcpy(&v6.sin6_addr, address->bytes.data(), 16);
    name_size = sizeof v6;
  }
  const int fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return SystemFailure("No socket");
  const int one = 1;
  socklen_t size = name_size;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
      bind(fd, reinterpret_cast<sockaddr*>(&name), name_size) != 0 || listen(fd, 1024) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    const Status status = SystemFailure("Cannot listen on " + config.address + " port " + std::to_string(config.port));
    close(fd);
    return status;
  }
  *port = ntohs(address->IsV4() ? reinterpret_cast<sockaddr_in&>(name).sin_port
                                : reinterpret_cast<sockaddr_in6&>(name).sin6_port);
  return fd;
}

// Everything a connection may still touch while a handler holds it.
struct Machinery {
  ListenerCore core;
  std::vector<std::unique_ptr<LoopSlot>> slots;
  std::unique_ptr<WorkerPool> workers;
  std::unique_ptr<Acceptor> acceptor;
};

class ListenerImpl final : public Listener {
 public:
  ListenerImpl(std::unique_ptr<Machinery> machinery, uint16_t port) : machinery_(std::move(machinery)), port_(port) {}
  ~ListenerImpl() override { Stop(0); }

  uint16_t port() const override { return port_; }
  ListenerStats stats() const override;
  void Stop(int64_t deadline_millis) override;
  void CutConnections(bool and_answers) override;
  void RunOnEveryThread(std::function<void()> task, int64_t patience_millis) override;

 private:
  void RunOnLoops(const std::function<void(LoopSlot&)>& task, int64_t patience_millis);
  bool WaitUntilClosed(int64_t millis) const;
  std::unique_ptr<Machinery> machinery_;
  const uint16_t port_;
  bool stopped_ = false;
};

ListenerStats ListenerImpl::stats() const {
  const SharedCounters& shared = machinery_->core.counters;
  ListenerStats stats;
  stats.accepted = shared.accepted.load();
  stats.open = shared.open.load();
  stats.refused_connections = shared.refused.load();
  for (const auto& slot : machinery_->slots) {
    stats.requests += slot->counters.requests.load();
    stats.client_errors += slot->counters.client_errors.load();
    stats.server_errors += slot->counters.server_errors.load();
    stats.timeouts += slot->counters.timeouts.load();
  }
  return stats;
}

bool ListenerImpl::WaitUntilClosed(int64_t millis) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(millis);
  while (machinery_->core.counters.open.load() > 0) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void ListenerImpl::RunOnLoops(const std::function<void(LoopSlot&)>& task, int64_t patience_millis) {
  const auto countdown = std::make_shared<Countdown>();
  countdown->left = machinery_->slots.size();
  for (auto& slot : machinery_->slots) {
    slot->loop->Push(new LoopCall([task, countdown, raw = slot.get()] {
      task(*raw);
      std::lock_guard lock(countdown->mutex);
      if (--countdown->left == 0) countdown->done.notify_all();
    }));
  }
  std::unique_lock lock(countdown->mutex);
  countdown->done.wait_for(lock, std::chrono::milliseconds(patience_millis), [&] { return countdown->left == 0; });
}

void ListenerImpl::CutConnections(bool and_answers) {
  constexpr int64_t kPatienceMillis = 1'000;
  const auto cut = [and_answers](LoopSlot& slot) {
    const std::vector<IoMember*> members = slot.loop->members();  // a copy: Cut() changes the list
    for (IoMember* member : members) static_cast<Connection*>(member)->Cut(and_answers);
  };
  if (!stopped_) RunOnLoops(cut, kPatienceMillis);
}

void ListenerImpl::RunOnEveryThread(std::function<void()> task, int64_t patience_millis) {
  if (stopped_) return;
  RunOnLoops([task](LoopSlot&) { task(); }, patience_millis);
  machinery_->workers->RunOnEvery(std::move(task), patience_millis);
}

void ListenerImpl::Stop(int64_t deadline_millis) {
  if (stopped_) return;
  stopped_ = true;
  Machinery& machinery = *machinery_;
  machinery.core.stopping.store(true);
  std::vector<std::unique_ptr<DrainTask>> drains;
  for (size_t i = 0; i < machinery.slots.size(); ++i) {
    drains.push_back(std::make_unique<DrainTask>(*machinery.slots[i], i == 0 ? machinery.acceptor.get() : nullptr));
  }
  for (auto& drain : drains) drain->Post(false);
  if (!WaitUntilClosed(deadline_millis)) {
    for (auto& drain : drains) drain->Post(true);
  }
  machinery.workers->Stop();  // handlers on workers end; their answers still go out below
  constexpr int64_t kLastAnswersMillis = 200;
  if (!WaitUntilClosed(kLastAnswersMillis)) {
    for (auto& drain : drains) drain->Post(true);
  }
  const bool all_closed = WaitUntilClosed(kLastAnswersMillis);
  for (auto& slot : machinery.slots) slot->loop->Join();
  // A handler that never answered may still do so at any time; what it would touch stays, for the little time a
  // process has left after its listener.
  if (!all_closed) static_cast<void>(new std::unique_ptr<Machinery>(std::move(machinery_)));
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::Start(const ListenerConfig& config, const Router& router,
                                                  Authenticator& authenticator) {
  if (config.io_threads < 1 || config.worker_threads < 1) {
    return Status(Reason::kConfigInvalid, "The listener needs at least one I/O thread and one worker thread.");
  }
  auto machinery = std::make_unique<Machinery>();
  machinery->core.config = config;
  machinery->core.router = &router;
  machinery->core.authenticator = &authenticator;
  uint16_t port = 0;
  ASSIGN_OR_RETURN(const int fd, OpenSocket(config, &port));
  machinery->acceptor = std::make_unique<Acceptor>(fd, machinery->core, machinery->slots);
  for (int i = 0; i < config.io_threads; ++i) {
    auto slot = std::make_unique<LoopSlot>();
    ASSIGN_OR_RETURN(slot->loop, IoLoop::Create());
    machinery->slots.push_back(std::move(slot));
  }
  RETURN_IF_ERROR(machinery->slots[0]->loop->Watch(fd, machinery->acceptor.get(), true));
  machinery->workers = std::make_unique<WorkerPool>(config.worker_threads, config.worker_queue);
  machinery->core.workers = machinery->workers.get();
  for (auto& slot : machinery->slots) slot->loop->Start();
  return std::unique_ptr<Listener>(new ListenerImpl(std::move(machinery), port));
}

}  // namespace strongroom
