#include "confined/frames.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/encoding.h"

namespace strongroom {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kHeader = 5;
constexpr size_t kMostMessageBytes = 1000;
constexpr milliseconds kLook{200};  // how often `gone` is asked

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool ReadAll(int fd, char* out, size_t size) {
  while (size > 0) {
    const ssize_t got = read(fd, out, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

Bytes Header(char kind, size_t size) {
  Bytes header(1, kind);
  ByteWriter(header).U32(static_cast<uint32_t>(size));
  return header;
}

uint32_t SizeIn(const char* header) {
  ByteReader reader(std::string_view(header + 1, kHeader - 1));
  return reader.U32();
}

}  // namespace

bool WriteFrame(int fd, char kind, std::string_view payload) {
  return payload.size() <= kMostFrameBytes && WriteAll(fd, Header(kind, payload.size())) && WriteAll(fd, payload);
}

bool ReadFrame(int fd, char& kind, std::string& payload) {
  char header[kHeader];
  if (!ReadAll(fd, header, kHeader)) return false;
  const uint32_t size = SizeIn(header);
  if (size > kMostFrameBytes) return false;
  kind = header[0];
  payload.resize(size);
  return ReadAll(fd, payload.data(), size);
}

Bytes PackStatus(const Status& status) {
  Bytes packed(1, static_cast<char>(status.reason()));
  packed += status.message();
  return packed;
}

Status UnpackStatus(std::string_view bytes, const Status& otherwise) {
  size_t count = 0;
  const ReasonInfo* const table = ReasonTable(&count);
  for (size_t i = 0; i < count && !bytes.empty(); ++i) {
    if (static_cast<char>(table[i].reason) == bytes[0])
      return Status(table[i].reason, std::string(bytes.substr(1, kMostMessageBytes)));
  }
  return otherwise;
}

bool Channel::Wait(short what) {
  const steady_clock::time_point silent_end =
      std::min(limits_.end, steady_clock::now() + milliseconds(limits_.silent_millis));
  while (true) {
    const steady_clock::time_point now = steady_clock::now();
    if (now >= silent_end || (limits_.gone && limits_.gone())) return false;
    auto patience = std::chrono::duration_cast<milliseconds>(silent_end - now) + milliseconds(1);
    if (limits_.gone) patience = std::min(patience, kLook);
    pollfd waiting = {fd_, what, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(patience.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool Channel::SendBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN ? !Wait(POLLOUT) : errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool Channel::ReceiveBytes(char* out, size_t size) {
  while (size > 0) {
    if (!Wait(POLLIN)) return false;
    const ssize_t got = recv(fd_, out, size, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return false;
    out += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

bool Channel::Send(char kind, std::string_view payload) {
  return payload.size() <= kMostFrameBytes && SendBytes(Header(kind, payload.size())) && SendBytes(payload);
}

bool Channel::SendLong(char more, char last, std::string_view payload) {
  while (payload.size() > kMostFrameBytes) {
    if (!Send(more, payload.substr(0, kMostFrameBytes))) return false;
    payload.remove_prefix(kMostFrameBytes);
  }
  return Send(last, payload);
}

bool Channel::Receive(char& kind, std::string& payload) {
  char header[kHeader];
  if (!ReceiveBytes(header, kHeader)) return false;
  const uint32_t size = SizeIn(header);
  heard_bytes_ += size;
  if (size > kMostFrameBytes || heard_bytes_ > limits_.bytes) return false;
  kind = header[0];
  payload.resize(size);
  return ReceiveBytes(payload.data(), size);
}

}  // namespace strongroom
