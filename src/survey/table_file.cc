#include "survey/table_file.h"

#include <algorithm>
#include <array>

#include "redact/text.h"
#include "redact/text_filter.h"

namespace strongroom::survey {
namespace {

constexpr size_t kLongestCell = size_t{16} << 20;
constexpr size_t kMostHeld = size_t{64} << 10;
constexpr size_t kMostColumns = kMostFields;  // more are not told apart
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

char DelimiterOf(std::string_view line) {
  constexpr std::string_view kCandidates = ",;\t|";
  std::array<size_t, 4> counts{};
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n') break;
    const size_t index = kCandidates.find(c);
    if (index != std::string_view::npos) ++counts[index];
  }
  return kCandidates[static_cast<size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

bool LooksLikeHeading(std::string_view cell) {
  const auto digits = static_cast<size_t>(std::count_if(cell.begin(), cell.end(), redact::IsDigit));
  return cell.size() <= 100 && digits <= 4 && (cell.empty() || digits < cell.size());
}

}  // namespace

std::string ColumnLetters(size_t index) {
  std::string letters;
  for (size_t number = index + 1; number > 0; number = (number - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (number - 1) % 26));
  }
  return letters;
}

TableFile::TableFile(const Search& search, char delimiter, const std::vector<std::string>& headings)
    : search_(search), delimiter_(delimiter), first_row_(headings.empty()) {
  for (const std::string& heading : headings) {
    if (columns_.size() < kMostColumns) columns_.emplace_back(search_, heading);
  }
}

Status TableFile::Begin() {
  begun_ = true;
  const std::string held = std::move(held_);
  held_.clear();
  RETURN_IF_ERROR(redact::RefuseWideText(std::string_view(held).substr(0, 64)));
  std::string_view text = held;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (delimiter_ == '\0') delimiter_ = DelimiterOf(text);
  return Parse(text);
}

Status TableFile::Feed(std::string_view bytes) {
  if (begun_) return Parse(bytes);
  held_.append(bytes);
  if (held_.size() < kMostHeld && held_.find('\n') == std::string::npos) return Status::Ok();
  return Begin();
}

Status TableFile::Parse(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size(); ++at) {
    const char c = bytes[at];
    if (state_ == State::kQuoted) {
      const size_t end = std::min(bytes.find('"', at), bytes.size());
      cell_.append(bytes.substr(at, end - at));
      at = end;
      if (at < bytes.size()) state_ = State::kQuoteInQuoted;
    } else if (state_ == State::kQuoteInQuoted && c == '"') {
      cell_.push_back('"');
      state_ = State::kQuoted;
    } else if (state_ == State::kBegin && c == '"') {
      state_ = State::kQuoted;
    } else if (c == delimiter_) {
      EndCell();
    } else if (c == '\n') {
      EndCell();
      EndRow();
    } else {
      cell_.push_back(c);
      state_ = State::kBare;
    }
    if (cell_.size() > kLongestCell) return Status(Reason::kValueTooLong, "A cell is longer than 16 MiB.");
  }
  return Status::Ok();
}

void TableFile::EndCell() {
  if (!cell_.empty() && cell_.back() == '\r') cell_.pop_back();
  if (first_row_) {
    if (first_cells_.size() < kMostColumns) first_cells_.push_back(cell_);
  } else {
    while (columns_.size() <= column_ && columns_.size() < kMostColumns) columns_.emplace_back(search_, std::string());
    if (!columns_.empty()) columns_[std::min(column_, columns_.size() - 1)].AddCell(cell_);
  }
  cell_.clear();
  state_ = State::kBegin;
  ++column_;
}

// Names of columns, or the first cells already.
void TableFile::TakeFirstRow() {
  first_row_ = false;
  std::vector<detect::Finding> findings;
  bool named = false;
  bool header = true;
  for (const std::string& cell : first_cells_) {
    named = named || !cell.empty();
    search_.finder->Find(cell, {}, findings);
    const bool personal = std::any_of(findings.begin(), findings.end(), [&](const detect::Finding& finding) {
      return finding.score >= search_.selection.min_score;
    });
    header = header && LooksLikeHeading(cell) && !personal;
  }
  header = header && named;
  for (const std::string& cell : first_cells_) columns_.emplace_back(search_, header ? cell : std::string());
  if (header) return;
  ++rows_;
  for (size_t i = 0; i < first_cells_.size(); ++i) columns_[i].AddCell(first_cells_[i]);
}

void TableFile::EndRow() {
  column_ = 0;
  if (first_row_) {
    TakeFirstRow();
  } else {
    ++rows_;
  }
}

Result<std::vector<Field>> TableFile::Finish() {
  if (!begun_) RETURN_IF_ERROR(Begin());
  if (!cell_.empty() || column_ > 0) {
    EndCell();
    EndRow();
  }
  std::vector<Field> fields;
  for (size_t i = 0; i < columns_.size(); ++i) {
    Field field = columns_[i].Finish();
    if (field.name.empty()) field.name = "column " + ColumnLetters(i);
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace strongroom::survey
