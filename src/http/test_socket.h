// For tests: a raw client socket, so that requests can be as wrong as they like.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace strongroom {

class TestSocket {
 public:
  explicit TestSocket(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) std::abort();
  }
  ~TestSocket() { close(fd_); }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  int fd() const { return fd_; }

  // False when the server has gone.
  bool Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(sent);
    }
    return true;
  }

  // One whole answer with Content-Length (or none, for HEAD and 1xx/204); "" when the connection ended first.
  std::string ReadAnswer(bool has_body = true) {
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!ReadMore()) return "";
    }
    size_t end = buffer_.find("\r\n\r\n") + 4;
    const size_t length = buffer_.find("Content-Length: ");
    if (has_body && length != std::string::npos && length < end)
      end += std::strtoul(buffer_.c_str() + length + 16, nullptr, 10);
    while (buffer_.size() < end) {
      if (!ReadMore()) return "";
    }
    std::string answer = buffer_.substr(0, end);
    buffer_.erase(0, end);
    return answer;
  }

  // Everything until the server closes.
  std::string ReadAll() {
    while (ReadMore()) {
    }
    return buffer_;
  }

  // The server has closed, and had nothing more to say.
  bool IsClosed() {
    buffer_.clear();
    return !ReadMore();
  }

 private:
  bool ReadMore() {
    pollfd waiting{fd_, POLLIN, 0};
    constexpr int kPatienceMillis = 20'000;
    if (poll(&waiting, 1, kPatienceMillis) != 1) return false;
    char data[16384];
    const ssize_t got = recv(fd_, data, sizeof data, 0);
    if (got <= 0) return false;
    buffer_.append(data, got);
    return true;
  }
  int fd_;
  std::string buffer_;
};

inline int StatusOf(const std::string& answer) { return answer.size() < 12 ? 0 : std::atoi(answer.c_str() + 9); }
inline std::string BodyOf(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

}  // namespace strongroom
