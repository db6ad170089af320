#include "vault/csv.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"

namespace strongroom {
CsvReader::CsvReader(ByteSource source, CsvOptions options)
    : window_(std::move(source)), options_(options), position_(options.resume) {
  if (options_.delimiter != '\0') position_.delimiter = options_.delimiter;
}

Status CsvReader::Begin() {
  begun_ = true;
  // To find the delimiter a good deal of text is needed; to find a byte order mark, three bytes.
  const size_t wanted = position_.delimiter == '\0' ? 64 * 1024 : 3;
  while (window_.Pending().size() < wanted && !window_.ended()) RETURN_IF_ERROR(window_.Fill());
  if (position_.byte_offset == 0) {
    if (window_.Pending().starts_with("\xFF\xFE") || window_.Pending().starts_with("\xFE\xFF")) {
      return Status(Reason::kFileUnreadable, "the file is UTF-16; save it as CSV UTF-8");
    }
    if (window_.Pending().starts_with("\xEF\xBB\xBF")) {
      window_.Pass(3);
      position_.byte_offset = 3;
    }
  }
  if (position_.delimiter == '\0') position_.delimiter = FindDelimiter();
  return Status::Ok();
}

// The candidate that cuts the first rows into the most, equally many, fields.
char CsvReader::FindDelimiter() const {
  constexpr size_t kRows = 20;
  char best = ',';
  size_t best_score = 0;
  for (char candidate : {',', ';', '\t', '|'}) {
    std::vector<size_t> counts;
    size_t count = 1;
    bool quoted = false;
    bool blank = true;
    for (char c : window_.Pending()) {
      if (c == '"') quoted = !quoted;
      if (!quoted && c == candidate) ++count;
      if (!quoted && c == '\n') {
        if (!blank) counts.push_back(count);
        if (counts.size() == kRows) break;
        count = 1;
        blank = true;
        continue;
      }
      blank = blank && c == '\r';
    }
    if (!blank && window_.ended()) counts.push_back(count);
    if (counts.empty() && !blank) counts.push_back(count);
    if (counts.empty() || counts[0] < 2) continue;
    const auto agreeing = static_cast<size_t>(std::count(counts.begin(), counts.end(), counts[0]));
    // A separator that cuts all rows alike beats one that cuts into more but unequal pieces.
    const size_t score = agreeing * 1000 / counts.size() * 100 + std::min<size_t>(counts[0], 99);
    if (score > best_score) {
      best_score = score;
      best = candidate;
    }
  }
  return best;
}

// Finds the end of the row that begins where the pending text does, noting its fields.  kBad sets the problem; for an
// unbalanced quote the row ends with its first line.
CsvReader::Scan CsvReader::ScanRow(size_t* row_end, uint64_t* lines, std::string_view* problem) {
  const std::string_view text = window_.Pending();
  const char delimiter = position_.delimiter;
  pieces_.clear();
  *lines = 0;
  size_t at = 0;
  while (true) {
    Piece piece;
    if (at < text.size() && text[at] == '"') {
      piece.from = ++at;
      while (true) {
        const size_t quote = text.find('"', at);
        if (quote == std::string_view::npos || (quote + 1 == text.size() && !window_.ended())) {
          if (!window_.ended() && text.size() <= options_.max_row_bytes) return Scan::kNeedMore;
          if (quote == std::string_view::npos) {
            *problem = "a quote is opened and not closed";
            return Scan::kBad;
          }
        }
        if (quote + 1 < text.size() && text[quote + 1] == '"') {
          piece.unescape = true;
          at = quote + 2;
          continue;
        }
        piece.size = quote - piece.from;
        at = quote + 1;
        break;
      }
      *lines +=
          static_cast<uint64_t>(std::count(text.begin() + piece.from, text.begin() + piece.from + piece.size, '\n'));
    } else {
      piece.from = at;
      while (at < text.size() && text[at] != delimiter && text[at] != '\n' && text[at] != '"') ++at;
      piece.size = at - piece.from;
      if (at < text.size() && text[at] == '"') {
        *problem = "a quote stands inside a field that does not begin with one";
        return Scan::kBad;
      }
    }
    if (at >= text.size()) {
      if (!window_.ended()) return Scan::kNeedMore;
      pieces_.push_back(piece);
      *row_end = text.size();
      return Scan::kRow;
    }
    if (text[at] == delimiter) {
      pieces_.push_back(piece);
      ++at;
      continue;
    }
    size_t end = at;
    if (text[end] == '\r' && piece.from + piece.size <= end) {  // after a closing quote
      if (end + 1 >= text.size() && !window_.ended()) return Scan::kNeedMore;
      if (end + 1 >= text.size() || text[end + 1] == '\n') ++end;
    }
    if (end < text.size() && text[end] != '\n') {
      *problem = "something follows a closing quote";
      return Scan::kBad;
    }
    if (piece.size != 0 && end == piece.from + piece.size && text[end - 1] == '\r') --piece.size;  // CRLF
    pieces_.push_back(piece);
    *row_end = std::min(end + 1, text.size());
    ++*lines;
    return Scan::kRow;
  }
}

// The first line of a row that cannot be read.
CsvReader::Scan CsvReader::SkipLine(size_t* row_end, uint64_t* lines) {
  const size_t newline = window_.Pending().find('\n');
  if (newline == std::string_view::npos && !window_.ended()) return Scan::kNeedMore;
  *row_end = newline == std::string_view::npos ? window_.Pending().size() : newline + 1;
  *lines = 1;
  return Scan::kRow;
}

void CsvReader::Emit(CsvRow* row) {
  const std::string_view text = window_.Pending();
  size_t used = 0;
  for (const Piece& piece : pieces_) {
    std::string_view field = text.substr(piece.from, piece.size);
    if (piece.unescape) {
      if (used == unescaped_.size()) unescaped_.emplace_back();
      std::string& plain = unescaped_[used++];
      plain.clear();
      for (size_t i = 0; i < field.size(); ++i) {
        plain.push_back(field[i]);
        if (field[i] == '"') ++i;  // the second of a pair
      }
      field = plain;
    }
    row->fields.push_back(field);
  }
}

Result<bool> CsvReader::Next(CsvRow* row) {
  if (!begun_) RETURN_IF_ERROR(Begin());
  row->fields.clear();
  row->error = Status::Ok();
  // The last row's fields lay in the buffer; from here on they are gone.
  size_t scanned = 0;
  while (true) {
    window_.Pass(scanned);
    scanned = 0;
    row->line = position_.line;
    row->byte_offset = position_.byte_offset;
    size_t end = 0;
    uint64_t lines = 0;
    std::string_view problem;
    if (window_.Pending().empty()) {
      if (window_.ended()) return false;
      RETURN_IF_ERROR(window_.Fill());
      continue;
    }
    Scan scan = skipping_ ? SkipLine(&end, &lines) : ScanRow(&end, &lines, &problem);
    if (scan == Scan::kNeedMore) {
      if (window_.Pending().size() <= options_.max_row_bytes && !skipping_) {
        RETURN_IF_ERROR(window_.Fill());
        continue;
      }
      // Too long, and its end is not in sight: pass over what is here and report once.
      const bool first = !skipping_;
      skipping_ = true;
      scanned = window_.Pending().size();
      position_.byte_offset += scanned;
      if (!first) continue;
      window_.Pass(scanned);
      row->error =
          Status(Reason::kValueTooLong, "the row is longer than " + std::to_string(options_.max_row_bytes) + " bytes");
      return true;
    }
    if (scan == Scan::kBad) {
      if (SkipLine(&end, &lines) == Scan::kNeedMore) {
        if (window_.Pending().size() <= options_.max_row_bytes) {
          RETURN_IF_ERROR(window_.Fill());
          continue;
        }
        skipping_ = true;
        end = window_.Pending().size();
        lines = 0;
      }
      row->error = Status(Reason::kImportInvalid, std::string(problem));
    } else if (skipping_) {  // the rest of a row that was reported
      skipping_ = false;
      position_.byte_offset += end;
      position_.line += lines;
      scanned = end;
      continue;
    } else if (pieces_.size() == 1 && pieces_[0].size == 0 && window_.Pending()[0] != '"') {  // an empty line
      position_.byte_offset += end;
      position_.line += lines;
      scanned = end;
      continue;
    } else if (end > options_.max_row_bytes) {
      row->error =
          Status(Reason::kValueTooLong, "the row is longer than " + std::to_string(options_.max_row_bytes) + " bytes");
    } else if (!IsValidUtf8(window_.Pending().substr(0, end))) {
      row->error = Status(Reason::kInvalidUtf8, "the row is not UTF-8; save the file as CSV UTF-8");
    } else {
      Emit(row);
    }
    position_.byte_offset += end;
    position_.line += lines;
    window_.Pass(end);
    return true;
  }
}

}  // namespace strongroom
