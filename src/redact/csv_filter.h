// Tables in CSV and TSV (RFC 4180), as they come: quotes, line ends, a byte order mark, ragged rows all stay.
#pragma once

#include <deque>
#include <vector>

#include "redact/batches.h"
#include "redact/filter.h"

namespace strongroom::redact {

// The beginning of the table (200 lines, at most 1 MiB) is read first: it says which delimiter is used, whether the
// first row names the columns, and what the columns hold.  The name of a column is the heading its cells are searched
// under; in a column most of whose cells are finds of one kind, doubtful finds of this kind count (ColumnHint).
// Cells are searched each for itself.  Places: "B7" is the second cell of the seventh row.
class CsvFilter : public Filter {
 public:
  // `delimiter` '\0': found by looking.
  CsvFilter(const Job& job, char delimiter);
  Status Feed(std::string_view bytes) override;
  Status Finish() override;

 private:
  enum class State : uint8_t { kCellBegin, kBare, kQuoted, kQuoteInQuoted, kAfterQuoted };
  struct Sampled {
    std::vector<std::vector<std::string>> rows;  // decoded
  };
  Status Begin();
  Sampled ReadSample(std::string_view sample) const;
  void Learn(std::string_view sample);
  void LearnColumn(const Sampled& sample, size_t column);
  Status Parse(std::string_view bytes);
  void Step(char c);
  void EndCell(size_t end, Coding coding);
  std::string CellName() const;

  const Job job_;
  char delimiter_;
  std::string held_;  // until the sample is complete
  size_t held_lines_ = 0;
  size_t sample_size_ = 0;  // 0: not known yet
  bool begun_ = false;
  bool has_header_ = false;
  std::vector<std::string> headings_;
  std::deque<ColumnHint> hint_store_;  // a deque: hints_ points into it
  std::vector<const ColumnHint*> hints_;
  BatchPipeline pipeline_;
  State state_ = State::kCellBegin;
  size_t segment_begin_ = 0;
  uint64_t row_ = 1;
  size_t column_ = 0;
};

}  // namespace strongroom::redact
