// Tables in files: the columns of CSV and TSV.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "survey/columns.h"

namespace strongroom::survey {

// Reads RFC 4180 and what calls itself so.  Memory is bounded by one cell and the columns.  One thread.
class TableFile {
 public:
  // `delimiter` '\0': the one that stands most often in the first line.  `headings`: names of the columns that do not
  // stand in the file; empty: the first row may hold them.
  TableFile(const Search& search, char delimiter, const std::vector<std::string>& headings = {});

  // kValueTooLong for a cell over 16 MiB; kUnsupportedMediaType for UTF-16.
  Status Feed(std::string_view bytes);
  // The columns, in order.
  Result<std::vector<Field>> Finish();
  uint64_t rows() const { return rows_; }

 private:
  Status Parse(std::string_view bytes);
  Status Begin();
  void EndCell();
  void EndRow();
  void TakeFirstRow();

  const Search search_;
  char delimiter_;
  std::string held_;  // until the first line is there
  bool begun_ = false;
  enum class State : uint8_t { kBegin, kBare, kQuoted, kQuoteInQuoted } state_ = State::kBegin;
  std::string cell_;
  size_t column_ = 0;
  uint64_t rows_ = 0;
  bool first_row_ = true;
  std::vector<std::string> first_cells_;
  std::vector<ColumnTally> columns_;
};

// "A", "B", … "AA"
std::string ColumnLetters(size_t index);

}  // namespace strongroom::survey
