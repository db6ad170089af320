// Servers to send to: on loopback, at free ports, with or without TLS, well- or ill-behaved.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/certificate.h"

namespace strongroom {

// A folder with a certificate for localhost and 127.0.0.1, and another one that nobody trusts.
class TestFolder {
 public:
  TestFolder() {
    char pattern[] = "/tmp/strongroom-outbox-XXXXXX";
    path_ = mkdtemp(pattern);
    EXPECT_TRUE(CreateSelfSignedCertificate(path_ + "/a.crt", path_ + "/a.key", {}).ok());
    EXPECT_TRUE(CreateSelfSignedCertificate(path_ + "/b.crt", path_ + "/b.key", {}).ok());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  // Readable by its owner alone.
  std::string Secret(const std::string& name, const std::string& text) const {
    FILE* file = fopen(File(name).c_str(), "w");
    fwrite(text.data(), 1, text.size(), file);
    fclose(file);
    std::filesystem::permissions(File(name), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return File(name);
  }

 private:
  std::string path_;
};

// One connection at the server's end.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  ~Peer() {
    if (ssl_ != nullptr) {
      SSL_shutdown(ssl_);
      SSL_free(ssl_);
    }
    if (context_ != nullptr) SSL_CTX_free(context_);
    close(fd_);
  }
  bool StartTls(const std::string& certificate, const std::string& key) {
    context_ = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_file(context_, certificate.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) != 1) {
      return false;
    }
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    return SSL_accept(ssl_) == 1;
  }
  bool tls() const { return ssl_ != nullptr; }
  void Write(const std::string& text) {
    if (ssl_ != nullptr) {
      SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
    } else if (send(fd_, text.data(), text.size(), MSG_NOSIGNAL) < 0) {
      return;
    }
  }
  // False at the end.
  bool ReadMore() {
    char data[4096];
    const auto got = ssl_ != nullptr ? SSL_read(ssl_, data, sizeof data) : recv(fd_, data, sizeof data, 0);
    if (got <= 0) return false;
    input_.append(data, static_cast<size_t>(got));
    return true;
  }
  bool ReadLine(std::string& line) {
    size_t end = input_.find("\r\n");
    while (end == std::string::npos) {
      if (!ReadMore()) return false;
      end = input_.find("\r\n");
    }
    line = input_.substr(0, end);
    input_.erase(0, end + 2);
    return true;
  }
  std::string ReadToEnd() {
    while (ReadMore()) {
    }
    return std::exchange(input_, {});
  }
  bool ReadBytes(size_t size, std::string& bytes) {
    while (input_.size() < size) {
      if (!ReadMore()) return false;
    }
    bytes = input_.substr(0, size);
    input_.erase(0, size);
    return true;
  }
  // The other end gets a reset.
  void Reset() const {
    const linger now{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  // Waits until the other end has gone, or a minute.
  void AwaitEnd() const {
    pollfd waiting{fd_, POLLRDHUP, 0};
    poll(&waiting, 1, 60'000);
  }

 private:
  int fd_;
  SSL* ssl_ = nullptr;
  SSL_CTX* context_ = nullptr;
  std::string input_;
};

class Sink {
 public:
  explicit Sink(std::function<void(Peer&)> serve, int type = SOCK_STREAM) : serve_(std::move(serve)) {
    signal(SIGPIPE, SIG_IGN);  // of a peer that hung up: OpenSSL writes without saying otherwise
    fd_ = socket(AF_INET, type, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    if (bind(fd_, reinterpret_cast<sockaddr*>(&name), size) != 0 || (type == SOCK_STREAM && listen(fd_, 16) != 0) ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(name.sin_port);
    if (type == SOCK_STREAM) thread_ = std::thread([this] { Run(); });
  }
  ~Sink() {
    shutdown(fd_, SHUT_RDWR);  // ends accept()
    if (thread_.joinable()) thread_.join();
    close(fd_);
  }
  uint16_t port() const { return port_; }
  int fd() const { return fd_; }
  int connections() const { return connections_; }

 private:
  void Run() {
    while (true) {
      const int fd = accept(fd_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections_;
      Peer peer(fd);
      serve_(peer);
    }
  }
  std::function<void(Peer&)> serve_;
  int fd_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

struct TakenMail {
  std::string from, to, data, sign_in;
  bool tls = false;
};

// A mail server.  `answers` replaces the reply to a verb ("RCPT": "550 5.1.1 no"); "cut" closes instead, "hang" says
// nothing.  "." stands for the message itself, "220" for the greeting.
class SmtpSink {
 public:
  struct Options {
    bool starttls = false;
    bool implicit_tls = false;
    std::string auth;  // "PLAIN LOGIN"
    std::string certificate, key;
    std::map<std::string, std::string> answers = {};
    std::string behind_starttls = {};  // written in clear, behind the 220
  };
  explicit SmtpSink(Options options) : options_(std::move(options)), sink_([this](Peer& peer) { Serve(peer); }) {}
  uint16_t port() const { return sink_.port(); }
  int connections() const { return sink_.connections(); }
  std::vector<TakenMail> taken() const {
    std::lock_guard lock(mutex_);
    return taken_;
  }
  std::string seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  void Answer(const std::string& verb, const std::string& answer) {
    std::lock_guard lock(mutex_);
    options_.answers[verb] = answer;
  }

 private:
  bool Reply(Peer& peer, const std::string& verb, const std::string& otherwise) {
    std::string answer = otherwise;
    {
      std::lock_guard lock(mutex_);
      const auto found = options_.answers.find(verb);
      if (found != options_.answers.end() && !found->second.empty()) answer = found->second;
    }
    if (answer == "hang") peer.AwaitEnd();
    if (answer == "cut" || answer == "hang") return false;
    peer.Write(answer + "\r\n");
    return true;
  }
  void Serve(Peer& peer) {
    if (options_.implicit_tls && !peer.StartTls(options_.certificate, options_.key)) return;
    if (!Reply(peer, "220", "220-sink\r\n220 ready")) return;
    TakenMail mail;
    std::string line;
    while (peer.ReadLine(line)) {
      {
        std::lock_guard lock(mutex_);
        seen_ += line + "\n";
      }
      if (!Turn(peer, line, mail)) return;
    }
  }
  bool Turn(Peer& peer, const std::string& line, TakenMail& mail) {
    const std::string verb = line.substr(0, 4);
    if (verb == "EHLO") {
      std::string offers = "250-sink at your service\r\n";
      if (options_.starttls && !peer.tls()) offers += "250-STARTTLS\r\n";
      if (!options_.auth.empty()) offers += "250-AUTH " + options_.auth + "\r\n";
      return Reply(peer, verb, offers + "250 8BITMIME");
    }
    if (verb == "STAR") {
      peer.Write("220 go\r\n" + options_.behind_starttls);
      return peer.StartTls(options_.certificate, options_.key);
    }
    if (line.starts_with("AUTH PLAIN")) {
      mail.sign_in = line.substr(11);
      return Reply(peer, verb, "235 2.7.0 welcome");
    }
    if (line == "AUTH LOGIN") {
      std::string user, password;
      peer.Write("334 VXNlcm5hbWU6\r\n");
      if (!peer.ReadLine(user)) return false;
      peer.Write("334 UGFzc3dvcmQ6\r\n");
      if (!peer.ReadLine(password)) return false;
      mail.sign_in = user + " " + password;
      return Reply(peer, verb, "235 2.7.0 welcome");
    }
    if (verb == "MAIL") {
      mail.from = line;
      return Reply(peer, verb, "250 2.1.0 ok");
    }
    if (verb == "RCPT") {
      mail.to = line;
      return Reply(peer, verb, "250 2.1.5 ok");
    }
    if (verb == "DATA") return Reply(peer, verb, "354 go") && TakeMessage(peer, mail);
    return verb != "QUIT" && Reply(peer, verb, "500 what?");
  }
  bool TakeMessage(Peer& peer, TakenMail& mail) {
    std::string line;
    while (peer.ReadLine(line) && line != ".") mail.data += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
    mail.tls = peer.tls();
    {
      std::lock_guard lock(mutex_);
      taken_.push_back(mail);
    }
    return Reply(peer, ".", "250 2.0.0 taken");
  }
  mutable std::mutex mutex_;
  Options options_;
  std::vector<TakenMail> taken_;
  std::string seen_;
  Sink sink_;  // last: its thread uses the rest
};

// A web server that answers every request alike; "hang" says nothing, "drip" one byte a tick for ever.
class WebSink {
 public:
  explicit WebSink(std::string answer, std::string certificate = {}, std::string key = {})
      : answer_(std::move(answer)),
        certificate_(std::move(certificate)),
        key_(std::move(key)),
        sink_([this](Peer& peer) { Serve(peer); }) {}
  std::string Url(const std::string& path = "/hook") const {
    return (certificate_.empty() ? "http://127.0.0.1:" : "https://localhost:") + std::to_string(sink_.port()) + path;
  }
  std::vector<std::pair<std::string, std::string>> requests() const {  // head and body
    std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() const { return sink_.connections(); }
  void Answer(const std::string& answer) {
    std::lock_guard lock(mutex_);
    answer_ = answer;
  }

 private:
  void Serve(Peer& peer) {
    if (!certificate_.empty() && !peer.StartTls(certificate_, key_)) return;
    std::string head, line, body;
    size_t length = 0;
    while (peer.ReadLine(line) && !line.empty()) {
      head += line + "\n";
      if (line.starts_with("Content-Length: ")) length = static_cast<size_t>(std::stoul(line.substr(16)));
    }
    if (!peer.ReadBytes(length, body)) return;
    std::string answer;
    {
      std::lock_guard lock(mutex_);
      requests_.emplace_back(head, body);
      answer = answer_;
    }
    if (answer == "hang") return peer.AwaitEnd();
    peer.Write(answer);
  }
  mutable std::mutex mutex_;
  std::string answer_;
  const std::string certificate_, key_;
  std::vector<std::pair<std::string, std::string>> requests_;
  Sink sink_;
};

}  // namespace strongroom
