#include "vault/import_rows.h"

#include <cstring>
#include <utility>

#include "base/encoding.h"
#include "crypto/secret.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

// Gives the piece, and then fails instead of ending: a reader that asks for more has met a row that goes on in the next
// piece, and stops before it.
ByteSource SourceOfPart(std::string_view piece, bool* more_to_come) {
  return [piece, more_to_come](char* buffer, size_t size) mutable -> Result<size_t> {
    if (piece.empty()) {
      *more_to_come = true;
      return Status(Reason::kImportInvalid, "the piece ends inside a row");
    }
    const size_t taken = std::min(size, piece.size());
    std::memcpy(buffer, piece.data(), taken);
    piece.remove_prefix(taken);
    return taken;
  };
}

}  // namespace

ImportRows::ImportRows(const ImportMapping& mapping, std::string_view piece, uint64_t first_line, bool first, bool last)
    : mapping_(mapping), next_line_(first_line) {
  // A byte order mark stands at the beginning of a file alone: readers look for it at offset 0.
  base_offset_ = first ? 0 : 1;
  if (mapping.format == "ndjson") {
    // A line is a row: what follows the last line end belongs to the next piece.
    if (!last) piece = piece.substr(0, piece.rfind('\n') + 1);
    NdjsonOptions options;
    options.resume = {base_offset_, first_line};
    ndjson_.emplace(SourceOf(piece), options);
    for (size_t i = 0; i < mapping.columns.size(); ++i) columns_.emplace(mapping.columns[i].column, i);
    return;
  }
  header_pending_ = first;
  CsvOptions options;
  options.delimiter = mapping.delimiter;
  options.resume = {base_offset_, first_line, mapping.delimiter};
  csv_.emplace(last ? SourceOf(piece) : SourceOfPart(piece, &more_to_come_), options);
}

ImportRows::~ImportRows() { WipeString(identity_); }

Result<bool> ImportRows::Next(ImportRow* row) {
  row->cells.clear();
  row->error = Status::Ok();
  return csv_.has_value() ? NextCsv(row) : NextNdjson(row);
}

Status ImportRows::CheckHeader(const CsvRow& header) const {
  RETURN_IF_ERROR(header.error);
  bool same = header.fields.size() == mapping_.columns.size();
  for (size_t i = 0; same && i < header.fields.size(); ++i) same = header.fields[i] == mapping_.columns[i].column;
  if (same) return Status::Ok();
  return Status(Reason::kImportInvalid, "the file's header is not the one the mapping was made for");
}

Result<bool> ImportRows::NextCsv(ImportRow* row) {
  const Result<bool> found = csv_->Next(&csv_row_);
  if (!found.ok()) {
    if (more_to_come_) return false;
    return found.status();
  }
  if (header_pending_ && *found) {
    header_pending_ = false;
    RETURN_IF_ERROR(CheckHeader(csv_row_));
    consumed_bytes_ = csv_->position().byte_offset - base_offset_;
    next_line_ = csv_->position().line;
    return NextCsv(row);
  }
  if (!*found) {
    consumed_bytes_ = csv_->position().byte_offset - base_offset_;
    next_line_ = csv_->position().line;
    return false;
  }
  row->line = csv_row_.line;
  row->error = csv_row_.error;
  consumed_bytes_ = csv_->position().byte_offset - base_offset_;
  next_line_ = csv_->position().line;
  if (!row->error.ok()) return true;
  if (csv_row_.fields.size() != mapping_.columns.size()) {
    row->error = Status(Reason::kImportInvalid, "the row has " + std::to_string(csv_row_.fields.size()) +
                                                    " cells, the header " + std::to_string(mapping_.columns.size()));
    return true;
  }
  identity_.clear();
  ByteWriter identity(identity_);
  for (size_t i = 0; i < csv_row_.fields.size(); ++i) {
    identity.Prefixed(csv_row_.fields[i]);
    if (!TrimSpace(csv_row_.fields[i]).empty()) row->cells.push_back({i, csv_row_.fields[i]});
  }
  row->identity = identity_;
  return true;
}

void ImportRows::AddJsonCell(size_t column, const JsonValue& value, ImportRow* row) {
  const std::string_view text = value.kind() == JsonKind::kString ? *value.AsString() : value.RawText();
  if (!value.IsNull() && !TrimSpace(text).empty()) row->cells.push_back({column, text});
}

Result<bool> ImportRows::NextNdjson(ImportRow* row) {
  const Result<bool> found = ndjson_->Next(&ndjson_row_);
  if (!found.ok()) return found.status();
  consumed_bytes_ = ndjson_->position().byte_offset - base_offset_;
  next_line_ = ndjson_->position().line;
  if (!*found) return false;
  row->line = ndjson_row_.line;
  row->error = ndjson_row_.error;
  if (!row->error.ok()) return true;
  const JsonValue root = ndjson_row_.document->root();
  row->identity = root.RawText();
  for (const JsonValue member : root) {
    const auto column = columns_.find(member.key());
    if (column == columns_.end()) {
      row->error = Status(Reason::kImportInvalid, "the row has a member that the mapping does not name");
      return true;
    }
    // A list of plain values is several values of one field.
    bool plain_list = member.IsArray() && member.size() > 0;
    for (const JsonValue item : member) plain_list = plain_list && !item.IsArray() && !item.IsObject();
    if (plain_list) {
      for (const JsonValue item : member) AddJsonCell(column->second, item, row);
    } else {
      AddJsonCell(column->second, member, row);
    }
  }
  return true;
}

}  // namespace strongroom
