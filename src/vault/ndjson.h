// Reading newline-delimited JSON as a stream: one object a line.  Memory is bounded by the row limit.  A bad row is
// reported with its line and reason, and reading goes on.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/status.h"
#include "vault/byte_source.h"

namespace strongroom {

struct NdjsonPosition {
  uint64_t byte_offset = 0;
  uint64_t line = 1;
};

struct NdjsonOptions {
  size_t max_row_bytes = 1024 * 1024;
  NdjsonPosition resume;  // the source must begin at its byte_offset
};

struct NdjsonRow {
  std::optional<JsonDocument> document;  // an object; nothing when `error` is set
  uint64_t line = 0;
  uint64_t byte_offset = 0;
  Status error;  // Ok, or why the row cannot be read: a reason of JsonDocument::Parse, or kValueTooLong
};

// One thread at a time.
class NdjsonReader {
 public:
  explicit NdjsonReader(ByteSource source, NdjsonOptions options = {});

  // Reads the next row; false at the end.  Blank lines are skipped.  Fails only when the source fails.
  Result<bool> Next(NdjsonRow* row);

  // Where the next row begins, to resume there later.
  NdjsonPosition position() const { return position_; }

 private:
  ReadWindow window_;  // from where the next row begins
  NdjsonOptions options_;
  NdjsonPosition position_;
};

}  // namespace strongroom
