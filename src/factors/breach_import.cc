// Reading public lists of breached passwords' hashes, line by line.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "factors/breach_filter_builder.h"

namespace strongroom {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadBytes = 1 << 18;
constexpr size_t kMostLineBytes = 128;
constexpr size_t kPrefixLength = 5;
constexpr size_t kHashLength = 40;

Status Unreadable(const std::string& path, int error) {
  return {Reason::kFileUnreadable, path + " cannot be read: " + std::strerror(error)};
}

bool IsHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// "21BD1" or "21BD1.txt": the prefix in upper case.
std::optional<std::string> RangePrefix(const fs::path& path) {
  std::string name = path.filename().string();
  if (name.size() == kPrefixLength + 4 && name.ends_with(".txt")) name.resize(kPrefixLength);
  if (name.size() != kPrefixLength || !std::all_of(name.begin(), name.end(), IsHex)) return std::nullopt;
  for (char& c : name) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  return name;
}

class FileOnly {
 public:
  explicit FileOnly(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  FileOnly(const FileOnly&) = delete;
  FileOnly& operator=(const FileOnly&) = delete;
  ~FileOnly() {
    if (file_ >= 0) ::close(file_);
  }
  bool open() const { return file_ >= 0; }
  // 0 at the end, -1 when reading failed.
  ssize_t Read(char* out, size_t size_bytes) const {
    ssize_t got = -1;
    do {
      got = ::read(file_, out, size_bytes);
    } while (got < 0 && errno == EINTR);
    return got;
  }

 private:
  int file_;
};

// Lines of a file, each at most kMostLineBytes long, without their ends.
Status ReadLines(const std::string& path, const std::function<Status(std::string_view line)>& take) {
  const FileOnly file(path);
  if (!file.open()) return Unreadable(path, errno);
  Bytes buffer(kReadBytes, '\0');
  size_t kept = 0;  // the beginning of a line whose end is not read yet
  for (;;) {
    const ssize_t got = file.Read(buffer.data() + kept, buffer.size() - kept);
    if (got < 0) return Unreadable(path, errno);
    ByteView left = ByteView(buffer).substr(0, kept + static_cast<size_t>(got));
    for (size_t end = left.find('\n'); end != ByteView::npos; end = left.find('\n')) {
      RETURN_IF_ERROR(take(left.substr(0, end)));
      left.remove_prefix(end + 1);
    }
    if (got == 0) return left.empty() ? Status::Ok() : take(left);
    if (left.size() > kMostLineBytes) return {Reason::kImportInvalid, path + " has a line that is no hash"};
    std::memmove(buffer.data(), left.data(), left.size());
    kept = left.size();
  }
}

Result<std::vector<std::string>> FilesOf(const std::string& source) {
  std::error_code error;
  std::vector<std::string> files;
  if (!fs::is_directory(source, error)) return std::vector<std::string>{source};
  std::vector<std::pair<std::string, std::string>> by_prefix;
  for (fs::directory_iterator at(source, error), end; !error && at != end; at.increment(error)) {
    // Other files may lie there: a note of where they came from, an archive.
    if (const auto prefix = RangePrefix(at->path())) by_prefix.emplace_back(*prefix, at->path().string());
  }
  if (error) return Unreadable(source, error.value());
  if (by_prefix.empty()) {
    return Status(Reason::kImportInvalid, source + " has no range files: they are named by five hexadecimal digits");
  }
  std::sort(by_prefix.begin(), by_prefix.end());
  files.reserve(by_prefix.size());
  for (auto& [prefix, path] : by_prefix) files.push_back(std::move(path));
  return files;
}

}  // namespace

namespace internal {

Status ParseBreachLine(std::string_view prefix, std::string_view line, Sha1Digest& hash, uint64_t& count) {
  Status invalid(Reason::kImportInvalid, "is not a hash, a colon and a count");
  if (line.ends_with('\r')) line.remove_suffix(1);
  const size_t digits = kHashLength - prefix.size();
  if (line.size() < digits + 2 || line[digits] != ':') return invalid;
  const std::string_view number = line.substr(digits + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
  if (error != std::errc() || end != number.data() + number.size()) return invalid;
  char hex[kHashLength];
  std::copy(prefix.begin(), prefix.end(), hex);
  std::copy(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(digits), hex + prefix.size());
  for (size_t i = 0; i < hash.size(); ++i) {
    const char* pair = hex + 2 * i;
    if (!IsHex(pair[0]) || !IsHex(pair[1])) return invalid;
    unsigned byte = 0;
    std::from_chars(pair, pair + 2, byte, 16);
    hash[i] = static_cast<uint8_t>(byte);
  }
  return Status::Ok();
}

}  // namespace internal

Status ReadBreachFile(const std::string& path, const std::function<Status(const Sha1Digest&, uint64_t)>& take) {
  const std::string prefix = RangePrefix(path).value_or("");
  uint64_t line_number = 0;
  return ReadLines(path, [&](std::string_view line) {
    ++line_number;
    if (line.empty() || line == "\r") return Status::Ok();
    Sha1Digest hash = {};
    uint64_t count = 0;
    const Status read = internal::ParseBreachLine(prefix, line, hash, count);
    if (!read.ok()) return Status(read.reason(), path + " line " + std::to_string(line_number) + " " + read.message());
    if (count == 0) return Status::Ok();  // padding, which hides how long the answer was
    return take(hash, count);
  });
}

Result<BreachFilterInfo> BuildBreachFilter(const std::vector<std::string>& sources, const std::string& path,
                                           const BreachFilterOptions& options) {
  std::vector<std::string> files;
  for (const std::string& source : sources) {
    ASSIGN_OR_RETURN(const std::vector<std::string> some, FilesOf(source));
    files.insert(files.end(), some.begin(), some.end());
  }
  std::stable_sort(files.begin(), files.end(), [](const std::string& a, const std::string& b) {
    return RangePrefix(a).value_or("") < RangePrefix(b).value_or("");
  });
  if (sources.empty()) return Status(Reason::kInvalidArgument, "there is nothing to import");
  uint64_t expected = 0;
  for (const std::string& file : files) {
    RETURN_IF_ERROR(ReadBreachFile(file, [&](const Sha1Digest&, uint64_t count) {
      expected += count >= options.least_count;
      return Status::Ok();
    }));
  }
  if (expected == 0) return Status(Reason::kImportInvalid, sources.front() + " has no hashes that are common enough");
  ASSIGN_OR_RETURN(BreachFilterBuilder builder, BreachFilterBuilder::Create(path, expected, options));
  for (const std::string& file : files) {
    RETURN_IF_ERROR(
        ReadBreachFile(file, [&](const Sha1Digest& hash, uint64_t count) { return builder.Add(hash, count); }));
  }
  return builder.Finish();
}

}  // namespace strongroom
