#include "store/testing/postgres_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "store/testing/postgres_cluster.h"

namespace strongroom {
namespace {

constexpr int kPauseMillis = 20;
constexpr int kSaidAllMillis = 60;

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

bool WriteAll(int to, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = ::send(to, bytes, size, MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

}  // namespace

PostgresProxy::PostgresProxy(std::string socket_path) : to_(std::move(socket_path)) {
  const sockaddr_un address = AddressOf(dir_.Path(PostgresCluster::kSocketName));
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  listening_ = ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
               ::listen(listener_, 64) == 0;
  acceptor_ = std::thread([this] { Accept(); });
}

PostgresProxy::~PostgresProxy() {
  stopping_ = true;
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

void PostgresProxy::FailNext(Mode mode, int passing) {
  std::lock_guard lock(mutex_);
  planned_.push_back({mode, passing, false});
}

void PostgresProxy::FailNextAndRefuse(Mode mode, int passing) {
  std::lock_guard lock(mutex_);
  planned_.push_back({mode, passing, true});
}

void PostgresProxy::ClearPlan() {
  std::lock_guard lock(mutex_);
  planned_.clear();
  chance_ = 0;
}

void PostgresProxy::FailByChance(uint64_t seed, double chance) {
  std::lock_guard lock(mutex_);
  random_.seed(seed);
  chance_ = chance;
}

PostgresProxy::Mode PostgresProxy::OfThisRequest() {
  std::lock_guard lock(mutex_);
  if (!planned_.empty()) {
    if (planned_.front().passing-- > 0) return Mode::kPass;
    const Mode mode = planned_.front().mode;
    if (planned_.front().then_refuse) refusing_ = true;
    planned_.pop_front();
    return mode;
  }
  if (chance_ <= 0 || std::uniform_real_distribution<double>(0, 1)(random_) >= chance_) return Mode::kPass;
  return random_() % 2 == 0 ? Mode::kLoseAnswers : Mode::kLoseRequests;
}

void PostgresProxy::Accept() {
  while (!stopping_) {
    pollfd ready{listener_, POLLIN, 0};
    if (holding_ || silent_) {
      ::poll(nullptr, 0, kPauseMillis);
      continue;
    }
    if (::poll(&ready, 1, kPauseMillis) != 1) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    if (refusing_) {
      ::close(client);
    } else {
      threads_.emplace_back([this, client] { Carry(client); });
    }
  }
}

void PostgresProxy::Carry(int client) {
  const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(to_);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) CarryBoth(client, server);
  ::close(server);
  ::close(client);
}

void PostgresProxy::CarryBoth(int client, int server) {
  bool losing = false;
  bool answered = true;
  std::array<char, 65536> buffer{};
  while (!stopping_) {
    if (silent_) {
      ::poll(nullptr, 0, kPauseMillis);
      continue;
    }
    pollfd ready[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(ready, 2, losing ? kSaidAllMillis : kPauseMillis) == 0) {
      if (losing || refusing_) return;  // the server said all it had to say
      continue;
    }
    if (silent_) continue;
    if (refusing_ && !losing) return;
    if (ready[0].revents != 0) {
      const ssize_t size = ::read(client, buffer.data(), buffer.size());
      if (size <= 0) return;
      if (answered) ++trips_;
      answered = false;
      const Mode mode = OfThisRequest();
      if (mode != Mode::kPass) ++failures_;
      if (mode == Mode::kLoseRequests) return;
      losing = losing || mode == Mode::kLoseAnswers;
      if (!WriteAll(server, buffer.data(), static_cast<size_t>(size))) return;
    }
    if (ready[1].revents != 0) {
      const ssize_t size = ::read(server, buffer.data(), buffer.size());
      if (size <= 0) return;
      answered = true;
      if (!losing && !WriteAll(client, buffer.data(), static_cast<size_t>(size))) return;
    }
  }
}

}  // namespace strongroom
