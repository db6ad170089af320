#include "client/datagram.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace strongroom {

Status SendDatagram(const std::string& host, const std::string& port, ByteView bytes) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const char* const node = host == "localhost" ? nullptr : host.c_str();  // as tls_socket.cc
  if (const int error = getaddrinfo(node, port.c_str(), &hints, &found); error != 0) {
    return Status(Reason::kServerUnreachable, "The name " + host + " cannot be resolved: " + gai_strerror(error) + ".");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  int last_error = 0;
  for (const addrinfo* to = found; to != nullptr; to = to->ai_next) {
    const int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol);
    if (fd < 0) continue;
    const ssize_t sent = sendto(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL, to->ai_addr, to->ai_addrlen);
    last_error = errno;
    close(fd);
    if (sent == static_cast<ssize_t>(bytes.size())) return Status::Ok();
  }
  return Status(Reason::kServerUnreachable,
                "Cannot send to " + host + " port " + port + " over UDP: " + std::strerror(last_error) + ".");
}

}  // namespace strongroom
