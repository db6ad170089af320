#include "vault/index_rows.h"

#include <algorithm>

#include "vault/fuzzy_text.h"
#include "vault/normalise.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

// The first `code_points` of valid UTF-8, or empty when there are fewer.
std::string_view FirstCodePoints(std::string_view text, size_t code_points) {
  size_t at = 0;
  for (size_t i = 0; i < code_points; ++i) {
    if (at >= text.size()) return {};
    ++at;
    while (at < text.size() && (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80) ++at;
  }
  return text.substr(0, at);
}

IndexLabel Label(uint8_t kind, FieldId field, uint8_t length = 0) { return {kind, field, kNormaliserVersion, length}; }
IndexLabel RangeLabel(FieldId field, uint8_t level) { return {kLabelRange, field, kRangeVersion, level}; }
IndexLabel FuzzyLabel(FieldId field, uint8_t length) { return {kLabelFuzzy, field, kFuzzyVersion, length}; }

bool HasEqualityRows(SearchKind kind) {
  return kind == SearchKind::kExact || kind == SearchKind::kPrefix || kind == SearchKind::kFuzzy;
}

bool Answers(SearchKind kind, SearchBy by) {
  switch (by) {
    case SearchBy::kEqual:
      return HasEqualityRows(kind);
    case SearchBy::kBeginning:
      return kind == SearchKind::kPrefix;
    case SearchBy::kBetween:
      return kind == SearchKind::kRange;
    case SearchBy::kLike:
      return kind == SearchKind::kFuzzy;
  }
  return false;
}

std::string_view WordFor(SearchBy by) {
  constexpr std::string_view kWords[] = {"exact", "prefix", "range", "fuzzy"};
  return kWords[static_cast<size_t>(by)];
}

void AddRangeRows(const FieldDef& field, const RangeScale& scale, std::string_view text, std::set<IndexRow>& rows) {
  const auto place = scale.PlaceOf(text);
  if (!place) return;
  for (const RangeNode& one : scale.NodesOf(*place))
    rows.insert({RangeLabel(field.id, one.level), scale.RowValue(one.node)});
}

void AddTextRows(const FieldDef& field, SearchKind kind, std::string normalised, std::set<IndexRow>& rows) {
  if (normalised.empty()) return;
  if (kind == SearchKind::kPrefix) {
    for (uint8_t length = kShortestPrefix; length <= kLongestPrefix; ++length) {
      const std::string_view prefix = FirstCodePoints(normalised, length);
      if (prefix.empty()) break;
      rows.insert({Label(kLabelPrefix, field.id, length), std::string(prefix)});
    }
  }
  rows.insert({Label(kLabelExact, field.id), std::move(normalised)});
}

Result<std::vector<IndexRow>> RowsBetween(const FieldDef& field, const SearchQuery& query) {
  ASSIGN_OR_RETURN(const RangeScale scale, RangeScale::Of(field.type, field.range));
  if (query.from.empty() && query.to.empty()) return Status(Reason::kInvalidArgument, "name 'from', 'to' or both");
  const std::string_view first = query.from.empty() ? query.to : query.from;
  const std::string_view last = query.to.empty() ? query.from : query.to;
  const auto order = CompareInOrder(field.type, first, last);
  if (!order) {
    return Status(Reason::kInvalidArgument, field.type == FieldType::kNumber
                                                ? "'from' and 'to' are numbers"
                                                : "'from' and 'to' are dates as yyyy-mm-dd");
  }
  if (*order > 0) return Status(Reason::kInvalidArgument, "'from' is above 'to'");
  const uint32_t from = query.from.empty() ? 0 : *scale.PlaceOf(query.from);
  const uint32_t to = query.to.empty() ? scale.last_place() : *scale.PlaceOf(query.to);
  std::vector<IndexRow> rows;
  for (const RangeNode& one : scale.Cover(from, to))
    rows.push_back({RangeLabel(field.id, one.level), scale.RowValue(one.node)});
  return rows;
}

Result<std::vector<IndexRow>> RowsLike(const FieldDef& field, std::string_view value) {
  const FuzzyWords words = FuzzyWordsOf(value);
  size_t letters = 0;
  for (const std::string& word : words.words) letters += word.size();
  if (letters < 2) return Status(Reason::kInvalidArgument, "a search by likeness needs at least 2 letters");
  std::vector<IndexRow> rows;
  for (const FuzzyKey& key : FuzzyKeysOfQuery(words)) rows.push_back({FuzzyLabel(field.id, key.length), key.text});
  return rows;
}

}  // namespace

IndexLabel ExternalIdLabel() { return {kLabelExternalId, kExternalIdField, 0, 0}; }
IndexLabel AuditIdLabel() { return {kLabelAuditId, 0, 0, 0}; }
IndexLabel DeterministicTokenLabel(FieldId field) { return {kLabelDeterministicToken, field, kNormaliserVersion, 0}; }
IndexLabel TokenOwnerLabel() { return {kLabelTokenOwner, 0, 0, 0}; }

std::set<IndexRow> IndexRowsByRule(const FieldDef& field, const IndexRule& rule, const Record& record,
                                   const Clock& clock) {
  std::set<IndexRow> rows;
  if (rule.search == SearchKind::kNone) return rows;
  TypeOptions options = field.options;
  options.default_region = rule.default_region;
  options.national_id_country = rule.national_id_country;
  // A rule that is in a catalogue was checked when it came there.
  const auto scale =
      rule.search == SearchKind::kRange ? RangeScale::Of(field.type, rule.range) : Status(Reason::kFieldNotSearchable);
  for (const RecordValue& value : record.values) {
    if (value.field != field.id) continue;
    if (rule.search == SearchKind::kRange) {
      if (scale.ok()) AddRangeRows(field, *scale, value.text, rows);
      continue;
    }
    if (rule.search == SearchKind::kFuzzy) {
      for (const FuzzyKey& key : FuzzyKeysOfValue(FuzzyWordsOf(value.text)))
        rows.insert({FuzzyLabel(field.id, key.length), key.text});
    }
    AddTextRows(field, rule.search, NormaliseForSearch(field.type, value.text, options, clock), rows);
  }
  return rows;
}

std::set<IndexRow> IndexRowsOf(const Catalogue& catalogue, const Record& record, const Clock& clock, RowsOf which) {
  std::set<IndexRow> rows;
  std::set<FieldId> fields;
  for (const RecordValue& value : record.values) fields.insert(value.field);
  for (const FieldId id : fields) {
    const FieldDef* field = catalogue.FindField(id);
    if (field == nullptr) continue;
    if (field->replaced.has_value() && which == RowsOf::kFinishedIndexes) continue;
    rows.merge(IndexRowsByRule(*field, field->Rule(), record, clock));
    if (field->replaced.has_value() && which == RowsOf::kEveryRule) {
      rows.merge(IndexRowsByRule(*field, field->replaced->rule, record, clock));
    }
  }
  return rows;
}

Result<std::vector<IndexRow>> IndexRowsOfQuery(const FieldDef& field, const SearchQuery& query, const Clock& clock) {
  if (!Answers(field.search, query.by)) {
    return Status(Reason::kFieldNotSearchable,
                  "field '" + field.name + "' has no " + std::string(WordFor(query.by)) + " index");
  }
  if (query.by == SearchBy::kBetween) return RowsBetween(field, query);
  if (query.by == SearchBy::kLike) return RowsLike(field, query.value);
  std::string normalised = NormaliseForSearch(field.type, query.value, field.options, clock);
  if (normalised.empty()) return Status(Reason::kInvalidArgument, "there is nothing to search for");
  if (query.by == SearchBy::kEqual) return std::vector<IndexRow>{{Label(kLabelExact, field.id), std::move(normalised)}};
  const size_t length = std::min<size_t>(CountCodePoints(normalised), kLongestPrefix);
  if (length < kShortestPrefix) {
    return Status(Reason::kInvalidArgument, "a search by beginning needs at least 3 characters");
  }
  return std::vector<IndexRow>{
      {Label(kLabelPrefix, field.id, static_cast<uint8_t>(length)), std::string(FirstCodePoints(normalised, length))}};
}

bool SearchableMeanwhile(const FieldDef& field, SearchBy by) {
  if (!field.replaced.has_value()) return true;
  IndexRule before = field.replaced->rule;
  const bool answered = Answers(before.search, by);
  before.search = field.search;  // whatever else the rows are made from is the same
  if (by != SearchBy::kBetween) before.range = field.range;
  return answered && before == field.Rule();
}

}  // namespace strongroom
