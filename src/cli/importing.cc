#include "cli/importing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/encoding.h"
#include "cli/progress.h"
#include "cli/table.h"

namespace strongroom {
namespace {

// How long to wait before the same piece is sent again; together about a minute: a restart of the server, not an
// outage.
constexpr int64_t kWaitMillis[] = {500, 1000, 2000, 4000, 8000, 15'000, 30'000};

volatile std::sig_atomic_t interrupt_requested = 0;
struct sigaction interrupt_before = {};

bool MayPass(Reason reason) {
  return reason == Reason::kServerUnreachable || reason == Reason::kOverloaded || reason == Reason::kRateLimited ||
         reason == Reason::kTooManyConnections || reason == Reason::kShuttingDown || reason == Reason::kServerLocked;
}

Status Unwritable(const std::string& path) {
  return Status(Reason::kFileUnreadable, path + " cannot be written: " + std::strerror(errno) + ".");
}

// RFC 4180: quoted, quotes doubled.
std::string CsvCell(std::string_view text) {
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell.push_back('"');
    cell.push_back(c);
  }
  return cell + "\"";
}

// Cuts the file to where the recorded progress ends, then appends: a piece that is sent again reports its rows once.
Status AppendBadRows(const std::string& path, const JsonValue& rows, ImportState& state) {
  if (rows.size() == 0) return Status::Ok();
  std::string text = state.bad_file_bytes == 0 ? "line,reason\r\n" : "";
  for (const JsonValue& row : rows) text += CellOf(row, "line") + "," + CsvCell(CellOf(row, "reason")) + "\r\n";
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Unwritable(path);
  Status status;
  if (ftruncate(fd, static_cast<off_t>(state.bad_file_bytes)) != 0) status = Unwritable(path);
  for (size_t at = 0; status.ok() && at < text.size();) {
    const ssize_t written =
        pwrite(fd, text.data() + at, text.size() - at, static_cast<off_t>(state.bad_file_bytes + at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      status = Unwritable(path);
    } else {
      at += static_cast<size_t>(written);
    }
  }
  if (close(fd) != 0 && status.ok()) status = Unwritable(path);
  RETURN_IF_ERROR(status);
  state.bad_file_bytes += text.size();
  state.bad += rows.size();
  return Status::Ok();
}

Result<Answer> SendPiece(Session& session, const ImportState& state, ByteView piece, bool last) {
  const std::string first_line = std::to_string(state.line);
  const std::string path = "/v1/imports:piece" + UrlQuery({{"first_line", first_line},
                                                           {"first", state.offset == 0 ? "true" : "false"},
                                                           {"last", last ? "true" : "false"}});
  const bool ndjson = state.mapping.find("\"ndjson\"") != std::string::npos;
  const ClientHeaders headers = {{"Content-Type", ndjson ? "application/x-ndjson" : "text/csv"},
                                 {"X-Import-Mapping", Base64UrlEncode(state.mapping)}};
  for (const int64_t wait_millis : kWaitMillis) {
    Result<Answer> answer = session.Call("POST", path, piece, headers);
    if (answer.ok() || !MayPass(answer.reason()) || InterruptRequested()) return answer;
    session.SleepMillis(wait_millis);
  }
  return session.Call("POST", path, piece, headers);
}

struct PieceResult {
  uint64_t consumed_bytes = 0;
  uint64_t next_line = 0;
};

// Adds the answer's counts to the state, and bad rows to their file.
Result<PieceResult> TakeAnswer(const Answer& answer, size_t piece_bytes, const std::string& bad_rows_path,
                               ImportState& state) {
  const JsonValue root = answer.root();
  PieceResult result;
  ASSIGN_OR_RETURN(result.consumed_bytes, root.GetInt("consumed_bytes", 0, static_cast<int64_t>(piece_bytes)));
  ASSIGN_OR_RETURN(result.next_line, root.GetInt("next_line", static_cast<int64_t>(state.line)));
  ASSIGN_OR_RETURN(const int64_t created, root.GetInt("created", 0));
  ASSIGN_OR_RETURN(const int64_t changed, root.GetInt("changed", 0));
  ASSIGN_OR_RETURN(const int64_t unchanged, root.GetInt("unchanged", 0));
  ASSIGN_OR_RETURN(const JsonValue bad_rows, root.GetArray("bad_rows"));
  if (result.consumed_bytes == 0) return result;
  RETURN_IF_ERROR(AppendBadRows(bad_rows_path, bad_rows, state));
  state.created += static_cast<uint64_t>(created);
  state.changed += static_cast<uint64_t>(changed);
  state.unchanged += static_cast<uint64_t>(unchanged);
  return result;
}

}  // namespace

Result<ImportFile> ImportFile::Open(const std::string& path) {
  ImportFile file(path, open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info = {};
  if (file.fd_ < 0 || fstat(file.fd_, &info) != 0) {
    return Status(Reason::kFileUnreadable, path + " cannot be read: " + std::strerror(errno) + ".");
  }
  if (!S_ISREG(info.st_mode)) {
    return Status(Reason::kFileUnreadable, path + " is not a file. An import can be continued only from a file.");
  }
  file.size_bytes_ = static_cast<uint64_t>(info.st_size);
  file.modified_nanos_ = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  return file;
}

ImportFile::ImportFile(ImportFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      size_bytes_(other.size_bytes_),
      modified_nanos_(other.modified_nanos_) {}

ImportFile::~ImportFile() {
  if (fd_ >= 0) close(fd_);
}

Result<std::string> ImportFile::ReadAt(uint64_t offset, size_t limit) const {
  std::string bytes(static_cast<size_t>(std::min<uint64_t>(limit, size_bytes_ - std::min(offset, size_bytes_))), '\0');
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t got = pread(fd_, bytes.data() + at, bytes.size() - at, static_cast<off_t>(offset + at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Status(Reason::kFileUnreadable, path_ + " became shorter while it was imported.");
    at += static_cast<size_t>(got);
  }
  return bytes;
}

InterruptWatch::InterruptWatch() {
  interrupt_requested = 0;
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupt_requested = 1; };
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  sigaction(SIGINT, &action, &interrupt_before);
}
InterruptWatch::~InterruptWatch() { sigaction(SIGINT, &interrupt_before, nullptr); }
bool InterruptRequested() { return interrupt_requested != 0; }

Result<ImportEnd> SendPieces(Session& session, const ImportFile& file, const std::string& bad_rows_path,
                             ImportState& state, const PieceSizes& sizes) {
  ProgressBar bar(session.terminal());
  const int64_t started = session.clock().MonotonicMillis();
  const ImportState before = state;
  size_t piece_bytes = sizes.usual_bytes;
  while (state.offset < file.size_bytes()) {
    if (InterruptRequested()) return ImportEnd::kInterrupted;
    bar.Show({state.offset, file.size_bytes(), state.rows(), state.rows() - before.rows(), state.offset - before.offset,
              session.clock().MonotonicMillis() - started});
    ASSIGN_OR_RETURN(const std::string piece, file.ReadAt(state.offset, piece_bytes));
    const bool last = state.offset + piece.size() == file.size_bytes();
    ASSIGN_OR_RETURN(const Answer answer, SendPiece(session, state, piece, last));
    ASSIGN_OR_RETURN(const PieceResult taken, TakeAnswer(answer, piece.size(), bad_rows_path, state));
    if (taken.consumed_bytes == 0) {  // not one whole row in it
      if (last || piece_bytes >= sizes.max_bytes) {
        return Status(Reason::kImportInvalid, "The row at line " + std::to_string(state.line) + " is longer than " +
                                                  std::to_string(sizes.max_bytes) +
                                                  " bytes; a quotation mark that is never closed looks like this.");
      }
      piece_bytes = std::min(piece_bytes * 2, sizes.max_bytes);
      continue;
    }
    piece_bytes = sizes.usual_bytes;
    state.offset += taken.consumed_bytes;
    state.line = taken.next_line;
    RETURN_IF_ERROR(SaveImportState(file.path(), state));
  }
  return ImportEnd::kDone;
}

}  // namespace strongroom
