// Files that commands read and write, and the addresses they call.
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/encoding.h"
#include "cli/session.h"

namespace strongroom {
namespace {

Status Unwritable(const std::string& path) {
  return Status(Reason::kFileUnreadable, path + " cannot be written: " + std::strerror(errno) + ".");
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void AppendEncoded(std::string& out, std::string_view text, bool colon_is_plain) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (IsUnreserved(c) || (colon_is_plain && c == ':')) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out.push_back('%');
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 0xf]);
    }
  }
}

}  // namespace

std::string UrlPath(const std::vector<std::string_view>& segments) {
  std::string path;
  for (const std::string_view segment : segments) {
    path.push_back('/');
    AppendEncoded(path, segment, true);
  }
  return path;
}

std::string UrlQuery(const std::vector<std::pair<std::string_view, std::string_view>>& members) {
  std::string query;
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    query.push_back(query.empty() ? '?' : '&');
    AppendEncoded(query, name, false);
    query.push_back('=');
    AppendEncoded(query, value, false);
  }
  return query;
}

ClientHeaders WithIdempotencyKey(ClientHeaders headers) {
  char random[16];
  // Without randomness there is no key, and the client then repeats nothing: slower to recover, never wrong.
  if (getentropy(random, sizeof random) == 0) {
    headers.emplace_back("Idempotency-Key", HexEncode(ByteView(random, sizeof random)));
  }
  return headers;
}

Result<std::string> ReadWholeFile(const std::string& path, size_t limit_bytes) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string contents;
  bool readable = file.get() >= 0;
  while (readable) {
    char buffer[64 << 10];
    const ssize_t got = read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) readable = false;
    if (got <= 0) break;
    if (contents.size() + static_cast<size_t>(got) > limit_bytes) {
      return Status(Reason::kBodyTooLarge,
                    path + " is larger than the " + std::to_string(limit_bytes) + " bytes that are taken.");
    }
    contents.append(buffer, static_cast<size_t>(got));
  }
  if (!readable) return Status(Reason::kFileUnreadable, path + " cannot be read: " + std::strerror(errno) + ".");
  return contents;
}

Status WriteWholeFile(const std::string& path, ByteView contents) {
  std::string temporary = path + ".XXXXXX";
  {
    const FileDescriptor file(mkstemp(temporary.data()));  // mode 0600
    if (file.get() < 0) return Unwritable(path);
    bool whole = true;
    while (whole && !contents.empty()) {
      const ssize_t written = write(file.get(), contents.data(), contents.size());
      if (written < 0 && errno == EINTR) continue;
      whole = written > 0;
      if (whole) contents.remove_prefix(written);
    }
    whole = whole && fdatasync(file.get()) == 0;
    if (!whole) {
      const Status failure = Unwritable(path);
      unlink(temporary.c_str());
      return failure;
    }
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const Status failure = Unwritable(path);
    unlink(temporary.c_str());
    return failure;
  }
  return Status::Ok();
}

}  // namespace strongroom
