#include "vault/importer.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "vault/guess.h"
#include "vault/import_rows.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

constexpr size_t kGroup = 500;  // rows that are stored together
constexpr size_t kSampleRows = 200;
constexpr std::string_view kCsv = "csv";
constexpr std::string_view kNdjson = "ndjson";

struct Sample {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  char delimiter = ',';
};

Result<Sample> SampleCsv(std::string_view text) {
  CsvReader reader(SourceOf(text));
  Sample sample;
  CsvRow row;
  while (sample.rows.size() <= kSampleRows) {
    ASSIGN_OR_RETURN(const bool found, reader.Next(&row));
    if (!found) break;
    if (sample.header.empty()) {
      RETURN_IF_ERROR(row.error);
      sample.header.assign(row.fields.begin(), row.fields.end());
    } else if (row.error.ok()) {
      sample.rows.emplace_back(row.fields.begin(), row.fields.end());
    }
  }
  sample.delimiter = reader.delimiter();
  // The beginning of a file may end anywhere: a last row without its end is not judged, unless it is all there is.
  if (!text.ends_with('\n') && sample.rows.size() > 1) sample.rows.pop_back();
  return sample;
}

Result<Sample> SampleNdjson(std::string_view text) {
  NdjsonReader reader(SourceOf(text));
  Sample sample;
  std::map<std::string, size_t, std::less<>> columns;
  NdjsonRow row;
  while (sample.rows.size() < kSampleRows) {
    ASSIGN_OR_RETURN(const bool found, reader.Next(&row));
    if (!found) break;
    if (!row.error.ok()) continue;
    std::vector<std::string>& cells = sample.rows.emplace_back(sample.header.size());
    for (const JsonValue member : row.document->root()) {
      auto column = columns.find(member.key());
      if (column == columns.end()) {
        column = columns.emplace(std::string(member.key()), sample.header.size()).first;
        sample.header.emplace_back(member.key());
        cells.emplace_back();
      }
      if (member.IsNull()) continue;
      cells[column->second] = std::string(member.kind() == JsonKind::kString ? *member.AsString() : member.RawText());
    }
  }
  if (sample.rows.empty()) return Status(Reason::kImportInvalid, "none of the lines is a JSON object");
  return sample;
}

ColumnProposal ProposalOf(const ColumnGuess& guess, const Catalogue& catalogue) {
  ColumnProposal proposal;
  proposal.column = guess.column;
  proposal.external_id = guess.external_id;
  proposal.why = guess.reason;
  FieldDef& definition = proposal.definition;
  definition.name = guess.field_name;
  definition.type = guess.type;
  definition.options = guess.options;
  definition.sensitivity = guess.sensitivity;
  definition.search = SearchKindFromName(guess.search).value_or(SearchKind::kNone);
  definition.purposes = {"customer-service"};
  definition.legal_basis = guess.sensitivity == Sensitivity::kSensitive ? "consent" : "contract";
  // Passwords cannot be imported (they are hashed one by one, slowly), nor is the external id a field.
  if (!guess.external_id && guess.type != FieldType::kPassword) proposal.field = guess.field_name;
  if (guess.type == FieldType::kPassword) proposal.why += "; passwords are not imported";
  if (const FieldDef* existing = catalogue.FindField(guess.field_name)) {
    proposal.definition = *existing;
    proposal.field_exists = true;
  }
  return proposal;
}

// A mapping that fits the catalogue: what each column goes into.
struct Target {
  const FieldDef* field = nullptr;  // null: left out
  bool external_id = false;
};

Result<std::vector<Target>> TargetsOf(const ImportMapping& mapping, const Catalogue& catalogue) {
  if (mapping.format != kCsv && mapping.format != kNdjson) {
    return Status(Reason::kImportInvalid, "'format' is csv or ndjson");
  }
  if (mapping.columns.empty() || mapping.columns.size() > Importer::kMaxColumns) {
    return Status(Reason::kImportInvalid, "a mapping names 1 to 1,000 columns");
  }
  const CollectionPoint* point = catalogue.FindPoint(mapping.collection_point);
  if (point == nullptr) return Status(Reason::kCollectionPointUnknown);
  std::vector<Target> targets;
  std::set<FieldId> used;
  bool external_id = false;
  for (const ColumnMapping& column : mapping.columns) {
    Target target;
    target.external_id = column.external_id;
    if (column.external_id && std::exchange(external_id, true)) {
      return Status(Reason::kImportInvalid, "at most one column is the external id");
    }
    if (!column.field.empty()) {
      ASSIGN_OR_RETURN(target.field, catalogue.Field(column.field));
      const std::string named = "field '" + target.field->name + "'";
      if (!used.insert(target.field->id).second && !target.field->repeated) {
        return Status(Reason::kImportInvalid, named + " takes one value, but several columns go into it");
      }
      if (!catalogue.Collects(*point, *target.field)) {
        return Status(Reason::kFieldNotCollected, "collection point '" + point->name + "' may not gather " + named);
      }
      if (target.field->type == FieldType::kPassword || target.field->type == FieldType::kFile) {
        return Status(Reason::kImportInvalid,
                      named + " cannot be imported: passwords are set and files uploaded one by one");
      }
    }
    targets.push_back(target);
  }
  return targets;
}

// "true" and "false" for what people write in tables.
std::string_view BooleanOf(std::string_view text) {
  const std::string word = AsciiLower(TrimSpace(text));
  if (word == "yes" || word == "y" || word == "1") return "true";
  if (word == "no" || word == "n" || word == "0") return "false";
  return text;
}

// True for what is wrong with the vault, not with a row.
bool StopsImport(const Status& status) {
  return status.code() == Code::kUnavailable || status.code() == Code::kCorrupt || status.code() == Code::kInternal;
}

// Gathers rows, a group at a time, in one buffer that is wiped, and has them stored.
class Group {
 public:
  Group(Customers& customers, const Caller& caller, const ImportMapping& mapping, const std::vector<Target>& targets,
        const KeyRing& office)
      : customers_(customers),
        caller_(caller),
        mapping_(mapping),
        targets_(targets),
        row_ids_(office.Derive("import row")) {
    has_external_id_ =
        std::any_of(targets.begin(), targets.end(), [](const Target& target) { return target.external_id; });
  }
  ~Group() { WipeString(texts_); }

  bool full() const { return rows_.size() >= kGroup; }

  Status Add(const ImportRow& row) {
    const size_t texts_before = texts_.size();
    const size_t cells_before = cells_.size();
    Row added{row.line, {}, cells_before, 0};
    for (const ImportCell& cell : row.cells) {
      const Target& target = targets_[cell.column];
      if (target.external_id) added.external_id = Keep(TrimSpace(cell.text));
      if (target.field == nullptr) continue;
      const std::string_view text = target.field->type == FieldType::kBoolean ? BooleanOf(cell.text) : cell.text;
      cells_.push_back({target.field, Keep(text)});
    }
    if (!has_external_id_) {
      const Digest digest = row_ids_.Compute({row.identity});
      added.external_id = Keep("row:" + HexEncode(View(digest).substr(0, 8)));
    }
    added.cell_count = cells_.size() - cells_before;
    if (added.external_id.size == 0 || added.cell_count == 0) {
      texts_.resize(texts_before);
      cells_.resize(cells_before);
      return Status(Reason::kImportInvalid,
                    added.cell_count == 0 ? "the row has no values" : "the external id is empty");
    }
    rows_.push_back(added);
    return Status::Ok();
  }

  // Fails only when the vault does.
  Status Store(ImportProgress* progress) {
    if (rows_.empty()) return Status::Ok();
    requests_.resize(rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) {
      CreateRequest& request = requests_[i];
      request.compartment = mapping_.compartment;
      request.collection_point = mapping_.collection_point;
      request.external_id = TextOf(rows_[i].external_id);
      request.upsert = true;
      request.values.clear();
      for (size_t c = 0; c < rows_[i].cell_count; ++c) {
        const Cell& cell = cells_[rows_[i].first_cell + c];
        request.values.push_back({cell.field->name, TextOf(cell.text)});
      }
    }
    const auto answers = customers_.CreateMany(caller_, requests_).Wait();
    if (!answers.ok()) return answers.status();
    for (size_t i = 0; i < rows_.size(); ++i) {
      const Result<CreateAnswer>& answer = (*answers)[i];
      if (!answer.ok()) {
        if (StopsImport(answer.status())) return answer.status();
        progress->bad_rows.push_back({rows_[i].line, answer.status().message()});
      } else if (answer->created) {
        ++progress->created;
      } else {
        ++(answer->changed ? progress->changed : progress->unchanged);
      }
    }
    rows_.clear();
    cells_.clear();
    WipeString(texts_);
    return Status::Ok();
  }

 private:
  struct Span {
    size_t at = 0;
    size_t size = 0;
  };
  struct Cell {
    const FieldDef* field = nullptr;
    Span text;
  };
  struct Row {
    uint64_t line = 0;
    Span external_id;
    size_t first_cell = 0;
    size_t cell_count = 0;
  };

  Span Keep(std::string_view text) {
    const Span span{texts_.size(), text.size()};
    texts_.append(text);
    return span;
  }
  std::string_view TextOf(const Span& span) const { return std::string_view(texts_).substr(span.at, span.size); }

  Customers& customers_;
  const Caller& caller_;
  const ImportMapping& mapping_;
  const std::vector<Target>& targets_;
  const Mac row_ids_;
  bool has_external_id_ = false;
  Bytes texts_;
  std::vector<Cell> cells_;
  std::vector<Row> rows_;
  std::vector<CreateRequest> requests_;
};

}  // namespace

Receipted<ImportProposal> Importer::Propose(const Caller& caller, std::string_view beginning) {
  Permit permit = gate_.Authorise(caller, Action::kCustomerImport);
  if (!permit.granted()) return permit.Refuse<ImportProposal>();
  permit.entry().detail = "proposal";
  beginning = beginning.substr(0, kMaxBeginningBytes);
  const bool ndjson = TrimSpace(beginning.substr(0, 64)).starts_with('{');
  const Result<Sample> sample = ndjson ? SampleNdjson(beginning) : SampleCsv(beginning);
  if (!sample.ok()) return permit.Fail<ImportProposal>(sample.status());
  if (sample->header.empty() || sample->header.size() > kMaxColumns) {
    return permit.Fail<ImportProposal>(
        Status(Reason::kImportInvalid, "the file begins with no header of 1 to 1,000 columns"));
  }
  ImportProposal proposal;
  proposal.format = std::string(ndjson ? kNdjson : kCsv);
  proposal.delimiter = sample->delimiter;
  const CataloguePtr catalogue = catalogue_.Current();
  for (const ColumnGuess& guess : GuessColumns(sample->header, sample->rows, {}, gate_.house().clock())) {
    proposal.columns.push_back(ProposalOf(guess, *catalogue));
  }
  return permit.Finish(std::move(proposal));
}

Receipted<ImportMapping> Importer::Accept(const Caller& caller, const ImportProposal& proposal,
                                          std::string_view compartment, std::string_view collection_point) {
  const Result<Room*> room = gate_.house().RoomByName(compartment);
  Permit permit = gate_.Authorise(caller, Action::kCatalogueChange);
  if (!permit.granted()) return permit.Refuse<ImportMapping>();
  permit.entry().detail = "import accepted";
  if (!room.ok()) return permit.Fail<ImportMapping>(room.status());
  ImportMapping mapping{proposal.format, proposal.delimiter, (*room)->info.name, std::string(collection_point), {}};
  CollectionPoint point;
  point.name = mapping.collection_point;
  point.description = "import";
  if (const CollectionPoint* existing = catalogue_.Current()->FindPoint(point.name)) point = *existing;
  const size_t fields_before = point.fields.size();
  for (const ColumnProposal& column : proposal.columns) {
    mapping.columns.push_back({column.column, column.field, column.external_id});
    if (column.field.empty()) continue;
    if (catalogue_.Current()->FindField(column.field) == nullptr) {
      FieldDef definition = column.definition;
      definition.id = 0;
      definition.name = column.field;
      const Result<FieldDef> put = catalogue_.PutField(caller, std::move(definition)).Wait();
      if (!put.ok()) return permit.Fail<ImportMapping>(put.status());
    }
    if (std::find(point.fields.begin(), point.fields.end(), column.field) == point.fields.end()) {
      point.fields.push_back(column.field);
    }
  }
  const bool missing = catalogue_.Current()->FindPoint(point.name) == nullptr;
  if (missing || point.fields.size() != fields_before) {
    const Result<CollectionPoint> put = catalogue_.PutCollectionPoint(caller, std::move(point)).Wait();
    if (!put.ok()) return permit.Fail<ImportMapping>(put.status());
  }
  if (const auto fits = TargetsOf(mapping, *catalogue_.Current()); !fits.ok())
    return permit.Fail<ImportMapping>(fits.status());
  return permit.Finish(std::move(mapping));
}

Receipted<ImportProgress> Importer::ImportPiece(const Caller& caller, const ImportMapping& mapping,
                                                std::string_view piece, uint64_t first_line, bool first, bool last) {
  const Result<Room*> room = gate_.house().RoomByName(mapping.compartment);
  Permit permit = gate_.Authorise(caller, Action::kCustomerImport, room.ok() ? *room : nullptr);
  if (!permit.granted()) return permit.Refuse<ImportProgress>();
  if (!room.ok()) return permit.Fail<ImportProgress>(room.status());
  if (piece.size() > kMaxPieceBytes) {
    return permit.Fail<ImportProgress>(
        Status(Reason::kBodyTooLarge, "a piece of a file is at most 8 MiB (8,388,608 bytes)"));
  }
  const CataloguePtr catalogue = catalogue_.Current();
  const Result<std::vector<Target>> targets = TargetsOf(mapping, *catalogue);
  if (!targets.ok()) return permit.Fail<ImportProgress>(targets.status());

  ImportProgress progress;
  progress.next_line = first_line;
  ImportRows rows(mapping, piece, first_line, first, last);
  Group group(customers_, permit.caller(), mapping, *targets, gate_.house().office().sealed->ring());
  ImportRow row;
  size_t count = 0;
  while (progress.bad_rows.size() < kMaxBadRows) {
    const Result<bool> found = rows.Next(&row);
    if (!found.ok()) return permit.Fail<ImportProgress>(found.status());
    if (!*found) break;
    ++count;
    const Status added = row.error.ok() ? group.Add(row) : row.error;
    if (!added.ok()) progress.bad_rows.push_back({row.line, added.message()});
    if (!group.full()) continue;
    if (const Status stored = group.Store(&progress); !stored.ok()) return permit.Fail<ImportProgress>(stored);
  }
  if (const Status stored = group.Store(&progress); !stored.ok()) return permit.Fail<ImportProgress>(stored);
  if (rows.consumed_bytes() == 0 && piece.size() == kMaxPieceBytes) {
    return permit.Fail<ImportProgress>(Status(Reason::kImportInvalid, "a row is longer than a piece of 8 MiB"));
  }
  progress.consumed_bytes = rows.consumed_bytes();
  progress.next_line = rows.next_line();
  std::sort(progress.bad_rows.begin(), progress.bad_rows.end(),
            [](const BadRow& a, const BadRow& b) { return a.line < b.line; });
  permit.entry().count = static_cast<uint32_t>(count);
  permit.entry().detail = "import";
  return permit.Finish(std::move(progress));
}

}  // namespace strongroom
