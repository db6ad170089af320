#include "cli/redaction_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace strongroom {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPieceBytes = size_t{1} << 20;
constexpr std::string_view kPartMark = ".part-";
constexpr size_t kPartLetters = 6;

Status Unreadable(const std::string& path) {
  return Status(Reason::kFileUnreadable, path + " cannot be read: " + std::strerror(errno) + ".");
}

Status Unwritable(const std::string& path) {
  return Status(Reason::kFileUnreadable, path + " cannot be written: " + std::strerror(errno) + ".");
}

int64_t NanosOf(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

Status AddFolder(const fs::path& folder, const fs::path& leave_out, std::vector<Target>& targets) {
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::file_status status = entry->symlink_status(error);
    if (error) break;
    if (fs::is_directory(status) && !leave_out.empty() && IsSameFile(entry->path(), leave_out)) {
      entry.disable_recursion_pending();
      continue;
    }
    if (!fs::is_regular_file(status)) continue;
    targets.push_back({entry->path(), entry->path().lexically_relative(folder), entry->file_size(error)});
  }
  if (!error) return Status::Ok();
  return Status(Reason::kFileUnreadable, folder.string() + " cannot be read: " + error.message() + ".");
}

}  // namespace

Result<std::vector<Target>> FindTargets(const std::vector<std::string>& named, const std::string& leave_out) {
  std::vector<Target> targets;
  if (named.empty() || (named.size() == 1 && named[0] == "-")) {
    targets.emplace_back();
    return targets;
  }
  for (const std::string& name : named) {
    struct stat facts = {};
    if (stat(name.c_str(), &facts) != 0) return Unreadable(name);
    if (S_ISDIR(facts.st_mode)) {
      RETURN_IF_ERROR(AddFolder(name, leave_out, targets));
    } else {
      targets.push_back({name, fs::path(name).filename(), static_cast<uint64_t>(facts.st_size)});
    }
  }
  std::sort(targets.begin(), targets.end(), [](const Target& a, const Target& b) { return a.path < b.path; });
  const auto same = [](const Target& a, const Target& b) { return a.path == b.path; };
  targets.erase(std::unique(targets.begin(), targets.end(), same), targets.end());
  return targets;
}

Result<InputFile> InputFile::Open(const Target& target, Terminal& terminal) {
  if (target.path.empty()) return InputFile(-1, terminal);
  const int fd = open(target.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Unreadable(target.path);
  InputFile file(fd, terminal);
  file.path_ = target.path;
  struct stat facts = {};
  if (fstat(fd, &facts) != 0) return Unreadable(target.path);
  file.modified_nanos_ = NanosOf(facts.st_mtim);
  file.mode_ = facts.st_mode & 0777;
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);  // only advice: nothing hangs on it
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : fd_(other.fd_),
      terminal_(other.terminal_),
      buffer_(std::move(other.buffer_)),
      path_(std::move(other.path_)),
      modified_nanos_(other.modified_nanos_),
      mode_(other.mode_) {
  other.fd_ = -1;
}

InputFile::~InputFile() {
  if (fd_ >= 0) close(fd_);
}

Result<std::string_view> InputFile::Next() {
  if (fd_ < 0) {
    ASSIGN_OR_RETURN(buffer_, terminal_.ReadBlock(kPieceBytes));
    return std::string_view(buffer_);
  }
  buffer_.resize(kPieceBytes);
  while (true) {
    const ssize_t got = read(fd_, buffer_.data(), buffer_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unreadable(path_);
    return std::string_view(buffer_).substr(0, static_cast<size_t>(got));
  }
}

Result<OutputFile> OutputFile::Create(const std::string& path, unsigned mode) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) return Status(Reason::kFileUnreadable, folder.string() + " cannot be made: " + error.message() + ".");
  std::string temporary = path + std::string(kPartMark) + std::string(kPartLetters, 'X');
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return Unwritable(path);
  flock(fd, LOCK_EX | LOCK_NB);  // nobody else can hold it; where there are no locks, nothing hangs on it
  return OutputFile(fd, std::move(temporary), path, mode);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(other.fd_), temporary_(std::move(other.temporary_)), path_(std::move(other.path_)), mode_(other.mode_) {
  other.fd_ = -1;
  other.temporary_.clear();
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) close(fd_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Status OutputFile::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Unwritable(path_);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return Status::Ok();
}

Status OutputFile::Commit() {
  if (fchmod(fd_, mode_) != 0 || fsync(fd_) != 0) return Unwritable(path_);
  const int closed = close(fd_);
  fd_ = -1;
  if (closed != 0 || rename(temporary_.c_str(), path_.c_str()) != 0) return Unwritable(path_);
  temporary_.clear();
  return Status::Ok();
}

bool IsSameFile(const std::string& a, const std::string& b) {
  struct stat one = {};
  struct stat other = {};
  return stat(a.c_str(), &one) == 0 && stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

bool IsUpToDate(const std::string& done, int64_t source_modified_nanos) {
  struct stat facts = {};
  return stat(done.c_str(), &facts) == 0 && NanosOf(facts.st_mtim) >= source_modified_nanos;
}

Result<int64_t> NoteKindOfRun(const std::string& directory, std::string_view digest) {
  const std::string path = directory + "/.strongroom-redaction";
  const std::string line = std::string(digest) + "\n";
  struct stat facts = {};
  std::string before(line.size() + 1, '\0');
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t got = fd < 0 ? -1 : read(fd, before.data(), before.size());
  if (fd >= 0) close(fd);
  before.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  if (before != line) {
    ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(path, 0600));
    RETURN_IF_ERROR(file.Write(line));
    RETURN_IF_ERROR(file.Commit());
  }
  if (stat(path.c_str(), &facts) != 0) return Unreadable(path);
  return NanosOf(facts.st_mtim) + 1;
}

void RemoveLeftParts(const std::string& directory) {
  std::error_code error;
  fs::recursive_directory_iterator entry(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    const size_t mark = name.rfind(kPartMark);
    if (mark == std::string::npos || name.size() - mark != kPartMark.size() + kPartLetters) continue;
    const int fd = open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) continue;
    struct stat facts = {};
    const bool ours = fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && (facts.st_mode & 0777) == 0600;
    // A run holds a lock on the part it writes; one that was killed does not.
    if (ours && flock(fd, LOCK_EX | LOCK_NB) == 0) unlink(entry->path().c_str());
    close(fd);
  }
}

const char* KindOfBinary(std::string_view beginning) {
  beginning = beginning.substr(0, 4096);
  if (beginning.starts_with("%PDF-")) return "a PDF";
  if (beginning.starts_with("PK\x03\x04")) return "a zip archive or an office document";
  if (beginning.starts_with("\xD0\xCF\x11\xE0")) return "an old office document";
  if (beginning.starts_with("\x1F\x8B")) return "compressed";
  if (beginning.starts_with("\x89PNG") || beginning.starts_with("\xFF\xD8\xFF") || beginning.starts_with("GIF8")) {
    return "a picture";
  }
  return beginning.find('\0') != std::string_view::npos ? "no text" : nullptr;
}

}  // namespace strongroom
