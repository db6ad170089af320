// Files that are gone through: found in folders, read in large pieces, written beside their place and moved there
// whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/terminal.h"

namespace strongroom {

// One thing to go through.
struct Target {
  std::string path;      // empty: standard input
  std::string relative;  // where it lies below what was named: "a/b.txt" of "in", or its own name
  uint64_t size_bytes = 0;
};

// The files named, and all regular files below the folders named, sorted; links are not followed.  What lies in
// `leave_out` (a folder, may be empty) is left out.  None: standard input.  kFileUnreadable.
Result<std::vector<Target>> FindTargets(const std::vector<std::string>& named, const std::string& leave_out);

// A file or standard input.  One thread.
class InputFile {
 public:
  // kFileUnreadable.
  static Result<InputFile> Open(const Target& target, Terminal& terminal);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();
  // The next bytes, at least one; empty at the end.  The view lives until the next call.
  Result<std::string_view> Next();
  int64_t modified_nanos() const { return modified_nanos_; }
  unsigned mode() const { return mode_; }

 private:
  InputFile(int fd, Terminal& terminal) : fd_(fd), terminal_(terminal) {}
  int fd_;  // -1: standard input
  Terminal& terminal_;
  std::string buffer_;
  std::string path_;
  int64_t modified_nanos_ = 0;
  unsigned mode_ = 0600;
};

// A file that appears under its name when it is whole.  One thread.
class OutputFile {
 public:
  // `mode` is that of the file it is made from; nobody else may read it before it is whole.  Makes missing folders.
  static Result<OutputFile> Create(const std::string& path, unsigned mode);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  // Removes what was not committed.
  ~OutputFile();
  Status Write(std::string_view bytes);
  // Flushed to the disk and moved to its name.
  Status Commit();

 private:
  OutputFile(int fd, std::string temporary, std::string path, unsigned mode)
      : fd_(fd), temporary_(std::move(temporary)), path_(std::move(path)), mode_(mode) {}
  int fd_;
  std::string temporary_;
  std::string path_;
  unsigned mode_;
};

// Whether both name the same file.
bool IsSameFile(const std::string& a, const std::string& b);
// Whether `done` exists and is no older than this: made from the file by an earlier run.
bool IsUpToDate(const std::string& done, int64_t source_modified_nanos);
// Notes in the folder of outputs what kind of run makes them (a digest of its options), and answers when that was
// noted: outputs older than that are of another kind.  Nanoseconds; kFileUnreadable.
Result<int64_t> NoteKindOfRun(const std::string& directory, std::string_view digest);
// Removes below a folder of outputs what runs that were killed left half written.
void RemoveLeftParts(const std::string& directory);
// What the first bytes say a file is, when that is nothing a filter for text can go through ("a PDF"); else nullptr.
const char* KindOfBinary(std::string_view beginning);

}  // namespace strongroom
