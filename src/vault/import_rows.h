// The rows of one piece of a file to be imported, CSV or NDJSON alike: cells by column.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "vault/csv.h"
#include "vault/importer.h"
#include "vault/ndjson.h"

namespace strongroom {

struct ImportCell {
  size_t column = 0;  // of the mapping
  std::string_view text;
};

struct ImportRow {
  uint64_t line = 0;
  Status error;                   // why the row cannot be read; no value inside
  std::vector<ImportCell> cells;  // in the order of the row, empty ones left out; gone at the next Next()
  std::string_view identity;      // what makes the row itself, whatever columns are mapped; likewise
};

// One thread.
class ImportRows {
 public:
  // `mapping` and `piece` must outlive this.
  ImportRows(const ImportMapping& mapping, std::string_view piece, uint64_t first_line, bool first, bool last);
  ~ImportRows();

  // False at the end of the whole rows.  kImportInvalid when the header is another than the mapping's.
  Result<bool> Next(ImportRow* row);

  // Where the next row begins: bytes of the piece that were taken, and the line after them.
  uint64_t consumed_bytes() const { return consumed_bytes_; }
  uint64_t next_line() const { return next_line_; }

 private:
  Result<bool> NextCsv(ImportRow* row);
  Result<bool> NextNdjson(ImportRow* row);
  Status CheckHeader(const CsvRow& header) const;
  void AddJsonCell(size_t column, const JsonValue& value, ImportRow* row);

  const ImportMapping& mapping_;
  std::optional<CsvReader> csv_;
  std::optional<NdjsonReader> ndjson_;
  std::map<std::string_view, size_t> columns_;  // ndjson: by member name
  bool header_pending_ = false;
  bool more_to_come_ = false;  // the source met the end of a piece that is not the last
  uint64_t base_offset_ = 0;   // what the readers count from
  uint64_t consumed_bytes_ = 0;
  uint64_t next_line_ = 0;
  CsvRow csv_row_;
  NdjsonRow ndjson_row_;
  Bytes identity_;
};

}  // namespace strongroom
