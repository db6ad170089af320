// Imports one file: sends it in pieces, keeps count, keeps the way back.
#pragma once

#include <cstdint>
#include <string>

#include "cli/import_state.h"
#include "cli/session.h"

namespace strongroom {

// The file being imported.  Its descriptor stays open: what is sent is one file, also when its name is given to
// another.
class ImportFile {
 public:
  static Result<ImportFile> Open(const std::string& path);
  ~ImportFile();
  ImportFile(ImportFile&& other) noexcept;
  ImportFile(const ImportFile&) = delete;
  ImportFile& operator=(const ImportFile&) = delete;
  ImportFile& operator=(ImportFile&&) = delete;

  const std::string& path() const { return path_; }
  uint64_t size_bytes() const { return size_bytes_; }
  int64_t modified_nanos() const { return modified_nanos_; }
  // At most `limit` bytes from `offset`; fewer at the end.
  Result<std::string> ReadAt(uint64_t offset, size_t limit) const;

 private:
  ImportFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_ = -1;
  uint64_t size_bytes_ = 0;
  int64_t modified_nanos_ = 0;
};

// Sizes of the pieces.  Tests take small ones.
struct PieceSizes {
  size_t usual_bytes = 1u << 20;  // small enough for the progress to move, large enough to keep the server busy
  size_t max_bytes = 8u << 20;    // of the server; a row longer than the usual piece is tried with more
};

enum class ImportEnd : uint8_t { kDone, kInterrupted };

// Sends pieces from state.offset to the end of the file.  After each piece the bad rows are appended to `bad_rows_path`
// and `state` is saved.  An unreachable or overloaded server is waited for, a minute in all, before the call fails.
// Returns early with kInterrupted when InterruptRequested() turns true.  The progress file stays until the caller
// removes it.
Result<ImportEnd> SendPieces(Session& session, const ImportFile& file, const std::string& bad_rows_path,
                             ImportState& state, const PieceSizes& sizes = {});

// Catches ctrl-C for as long as it lives: the first one asks for an end after the current piece, the second one kills.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
};
bool InterruptRequested();

}  // namespace strongroom
