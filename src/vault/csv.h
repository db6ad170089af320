// Reading CSV as a stream (RFC 4180): quotes, quotes doubled inside quotes, line breaks inside quotes, CRLF or LF, a
// byte order mark.  Memory is bounded by the row limit.  A bad row is reported with its line and reason, and reading
// goes on.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "vault/byte_source.h"

namespace strongroom {

// Where a reader stands: at the beginning of a row.  To resume, give a source that begins at byte_offset.
struct CsvPosition {
  uint64_t byte_offset = 0;
  uint64_t line = 1;
  char delimiter = '\0';  // as found or given; '\0': to be found
};

struct CsvOptions {
  char delimiter = '\0';  // ',' ';' '\t' '|', or '\0': found from the first rows
  size_t max_row_bytes = 1024 * 1024;
  CsvPosition resume;
};

struct CsvRow {
  // Point into the reader; gone at the next Next().  Empty when `error` is set.
  std::vector<std::string_view> fields;
  uint64_t line = 0;         // of the row's first character, counted from 1
  uint64_t byte_offset = 0;  // likewise
  // Ok, or kImportInvalid / kInvalidUtf8 / kValueTooLong: why this row cannot be read.  Never repeats its content.
  Status error;
};

// One thread at a time.
class CsvReader {
 public:
  explicit CsvReader(ByteSource source, CsvOptions options = {});

  // Reads the next row; false at the end.  Empty lines are skipped.  After a row whose quotes do not match, reading
  // goes on at the next line.  Fails only when reading cannot go on: the source failed, or the text is UTF-16.
  Result<bool> Next(CsvRow* row);

  // Where the next row begins, to resume there later.
  CsvPosition position() const { return position_; }
  char delimiter() const { return position_.delimiter; }

 private:
  enum class Scan : uint8_t { kRow, kNeedMore, kBad };
  struct Piece {
    size_t from = 0;
    size_t size = 0;
    bool unescape = false;  // has doubled quotes
  };

  Status Begin();
  Scan ScanRow(size_t* row_end, uint64_t* lines, std::string_view* problem);
  Scan SkipLine(size_t* row_end, uint64_t* lines);
  void Emit(CsvRow* row);
  char FindDelimiter() const;

  ReadWindow window_;  // from where the next row begins
  CsvOptions options_;
  CsvPosition position_;
  std::vector<Piece> pieces_;
  std::deque<std::string> unescaped_;  // a deque: the fields point into its strings
  bool begun_ = false;
  bool skipping_ = false;  // inside a row that was too long
};

}  // namespace strongroom
