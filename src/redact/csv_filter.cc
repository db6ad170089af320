#include "redact/csv_filter.h"

#include <array>

#include "redact/text.h"
#include "redact/text_filter.h"

namespace strongroom::redact {
namespace {

using detect::Finding;

constexpr size_t kSampleLines = 200;
constexpr size_t kSampleBytes = size_t{1} << 20;
constexpr size_t kMostColumns = 4096;  // that get a heading and statistics; more are searched without
constexpr float kHintShare = 0.6F;
constexpr size_t kHintCells = 3;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The delimiter that stands most often in the first line, outside quotes.
char FindDelimiter(std::string_view sample) {
  constexpr std::string_view kCandidates = ",;\t|";
  std::array<size_t, 4> counts{};
  bool quoted = false;
  for (char c : sample) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n') break;
    const size_t index = kCandidates.find(c);
    if (index != std::string_view::npos) ++counts[index];
  }
  const auto* best = std::max_element(counts.begin(), counts.end());
  return kCandidates[static_cast<size_t>(best - counts.begin())];
}

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// Names of columns are short and not numbers.
bool LooksLikeHeading(std::string_view cell) {
  const auto digits = static_cast<size_t>(std::count_if(cell.begin(), cell.end(), IsDigit));
  return cell.size() <= 100 && digits <= 4 && digits < cell.size();
}

bool HasMark(std::string_view value) {
  std::vector<Span> marks;
  FindMarks(value, marks);
  return !marks.empty();
}

}  // namespace

CsvFilter::CsvFilter(const Job& job, char delimiter) : job_(job), delimiter_(delimiter), pipeline_(job) {}

Status CsvFilter::Feed(std::string_view bytes) {
  if (begun_) return Parse(bytes);
  const size_t before = held_.size();
  held_.append(bytes);
  for (size_t at = before; sample_size_ == 0 && (at = held_.find('\n', at)) != std::string::npos; ++at) {
    if (++held_lines_ == kSampleLines && at < kSampleBytes) sample_size_ = at + 1;
  }
  if (sample_size_ == 0 && held_.size() >= kSampleBytes) sample_size_ = kSampleBytes;
  return sample_size_ == 0 ? Status::Ok() : Begin();
}

Status CsvFilter::Begin() {
  begun_ = true;
  sample_size_ = std::min(sample_size_, kSampleBytes);
  const std::string held = std::move(held_);
  held_.clear();
  RETURN_IF_ERROR(RefuseWideText(std::string_view(held).substr(0, 64)));
  std::string_view text = held;
  std::string_view sample = text.substr(0, sample_size_);
  if (text.starts_with(kByteOrderMark)) {
    pipeline_.raw().append(kByteOrderMark);
    segment_begin_ = pipeline_.position();
    text.remove_prefix(kByteOrderMark.size());
    sample.remove_prefix(std::min(sample.size(), kByteOrderMark.size()));
  }
  if (delimiter_ == '\0') delimiter_ = FindDelimiter(sample);
  Learn(sample);
  return Parse(text);
}

// The cells of the sample, decoded.  A simple reader of its own: it never decides what is written.
CsvFilter::Sampled CsvFilter::ReadSample(std::string_view sample) const {
  Sampled read;
  read.rows.emplace_back();
  std::string cell;
  bool quoted = false;
  const auto end_cell = [&] {
    if (read.rows.back().size() < kMostColumns) read.rows.back().push_back(cell);
    cell.clear();
  };
  for (size_t i = 0; i < sample.size(); ++i) {
    const char c = sample[i];
    if (quoted) {
      if (c != '"') {
        cell.push_back(c);
      } else if (i + 1 < sample.size() && sample[i + 1] == '"') {
        cell.push_back(sample[++i]);
      } else {
        quoted = false;
      }
    } else if (c == '"' && cell.empty()) {
      quoted = true;
    } else if (c == delimiter_) {
      end_cell();
    } else if (c == '\n') {
      end_cell();
      read.rows.emplace_back();
    } else {
      cell.push_back(c);
    }
  }
  end_cell();
  return read;
}

void CsvFilter::Learn(std::string_view sample) {
  const Sampled read = ReadSample(sample);
  std::vector<Finding> findings;
  // A first row in which something is found is data.  It still is once that has been replaced, hence the look for
  // marks.
  Decider decider(*job_.finder, job_.selection, nullptr, true);
  bool named = false;
  size_t columns = 0;
  has_header_ = read.rows.size() > 1;
  for (const std::string& cell : read.rows[0]) {
    const std::string_view name = TrimBlanks(cell);
    named = named || !name.empty();
    if (!has_header_ || name.empty()) continue;
    decider.Decide(name, {}, nullptr, findings);
    has_header_ = findings.empty() && !HasMark(name) && LooksLikeHeading(name);
  }
  has_header_ = has_header_ && named;
  for (const std::string& cell : read.rows[0]) {
    headings_.emplace_back(has_header_ ? TrimBlanks(cell) : std::string_view());
  }
  for (const auto& row : read.rows) columns = std::max(columns, row.size());
  hints_.assign(columns, nullptr);
  for (size_t column = 0; column < columns; ++column) LearnColumn(read, column);
}

void CsvFilter::LearnColumn(const Sampled& sample, size_t column) {
  std::array<size_t, detect::kKindCount> counts{};
  std::array<std::string_view, detect::kKindCount> subtypes{};
  size_t filled = 0;
  std::vector<Finding> findings;
  const std::string_view heading = column < headings_.size() ? std::string_view(headings_[column]) : std::string_view();
  for (size_t row = has_header_ ? 1 : 0; row < sample.rows.size(); ++row) {
    if (column >= sample.rows[row].size()) continue;
    const std::string_view cell = TrimBlanks(sample.rows[row][column]);
    if (cell.empty()) continue;
    ++filled;
    job_.finder->Find(cell, heading, findings);
    // The find is the cell, near enough; and not one of a run before this.
    if (findings.size() != 1 || (findings[0].end - findings[0].begin) * 5 < cell.size() * 3) continue;
    if (findings[0].score < job_.selection.min_score || HasMark(cell) || StandIns::Is(findings[0].kind, cell)) continue;
    const auto kind = static_cast<size_t>(findings[0].kind);
    ++counts[kind];
    subtypes[kind] = findings[0].subtype;
  }
  const auto* most = std::max_element(counts.begin(), counts.end());
  const float share = filled == 0 ? 0 : static_cast<float>(*most) / static_cast<float>(filled);
  if (*most < kHintCells || share < kHintShare) return;
  const auto kind = static_cast<size_t>(most - counts.begin());
  hint_store_.push_back({static_cast<detect::Kind>(kind), subtypes[kind], share});
  hints_[column] = &hint_store_.back();
}

std::string CsvFilter::CellName() const {
  std::string letters;
  for (size_t number = column_ + 1; number > 0; number = (number - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (number - 1) % 26));
  }
  return letters + std::to_string(row_);
}

void CsvFilter::EndCell(size_t end, Coding coding) {
  const bool header = has_header_ && row_ == 1;
  const std::string_view heading =
      column_ < headings_.size() && !header ? std::string_view(headings_[column_]) : std::string_view();
  const ColumnHint* hint = column_ < hints_.size() && !header ? hints_[column_] : nullptr;
  pipeline_.AddValue(segment_begin_, end, coding, heading, pipeline_.wants_paths() ? CellName() : std::string(), hint);
}

// One byte, which has just been appended to the batch.
void CsvFilter::Step(char c) {
  const size_t after = pipeline_.position();
  switch (state_) {
    case State::kCellBegin:
      if (c == '"') {
        state_ = State::kQuoted;
        segment_begin_ = after;
        return;
      }
      state_ = State::kBare;
      break;
    case State::kQuoted:
      if (c == '"') state_ = State::kQuoteInQuoted;
      return;
    case State::kQuoteInQuoted:
      if (c == '"') {
        state_ = State::kQuoted;
        return;
      }
      // What follows the closing quote of a malformed cell is searched by itself: a find across the quote, taken out,
      // could leave two quotes side by side, which mean something else.
      EndCell(after - 2, Coding::kCsvQuoted);
      segment_begin_ = after - 1;
      state_ = State::kAfterQuoted;
      break;
    case State::kBare:
    case State::kAfterQuoted:
      break;
  }
  if (c != delimiter_ && c != '\n') return;
  size_t end = after - 1;
  if (c == '\n' && end > segment_begin_ && pipeline_.raw()[end - 1] == '\r') --end;
  EndCell(end, Coding::kPlain);
  state_ = State::kCellBegin;
  segment_begin_ = after;
  ++column_;
  if (c == '\n') {
    ++row_;
    column_ = 0;
  }
}

Status CsvFilter::Parse(std::string_view bytes) {
  while (!bytes.empty()) {
    // Inside a cell only a few bytes mean something; the rest is taken in one piece.
    size_t plain = 0;
    if (state_ == State::kQuoted) {
      plain = std::min(bytes.find('"'), bytes.size());
    } else if (state_ == State::kBare || state_ == State::kAfterQuoted) {
      while (plain < bytes.size() && bytes[plain] != delimiter_ && bytes[plain] != '\n') ++plain;
    }
    pipeline_.raw().append(bytes.substr(0, plain));
    bytes.remove_prefix(plain);
    if (pipeline_.position() - segment_begin_ > kLongestValue) return RefuseLongValue("Row " + std::to_string(row_));
    if (bytes.empty()) break;
    pipeline_.raw().push_back(bytes[0]);
    Step(bytes[0]);
    bytes.remove_prefix(1);
    if (state_ == State::kCellBegin) {
      RETURN_IF_ERROR(pipeline_.PushIfLarge());
      segment_begin_ = pipeline_.position();
    }
  }
  return Status::Ok();
}

Status CsvFilter::Finish() {
  if (!begun_) {
    sample_size_ = held_.size();
    RETURN_IF_ERROR(Begin());
  }
  const size_t end = pipeline_.position();
  if (state_ == State::kQuoted || state_ == State::kQuoteInQuoted) {
    EndCell(state_ == State::kQuoted ? end : end - 1, Coding::kCsvQuoted);
  } else if (state_ != State::kCellBegin) {
    EndCell(end, Coding::kPlain);
  }
  return pipeline_.Finish();
}

}  // namespace strongroom::redact
