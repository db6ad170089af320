#include "vault/index_rows.h"

#include <algorithm>

#include "vault/normalise.h"

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

size_t CountCodePoints(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += (static_cast<uint8_t>(c) & 0xc0) != 0x80;
  return count;
}

IndexLabel Label(uint8_t kind, FieldId field, uint8_t length = 0) { return {kind, field, kNormaliserVersion, length}; }

}  // namespace

IndexLabel ExternalIdLabel() { return {kLabelExternalId, kExternalIdField, 0, 0}; }
IndexLabel AuditIdLabel() { return {kLabelAuditId, 0, 0, 0}; }
IndexLabel DeterministicTokenLabel(FieldId field) { return {kLabelDeterministicToken, field, kNormaliserVersion, 0}; }
IndexLabel TokenOwnerLabel() { return {kLabelTokenOwner, 0, 0, 0}; }

std::set<IndexRow> IndexRowsOf(const Catalogue& catalogue, const Record& record, const Clock& clock) {
  std::set<IndexRow> rows;
  for (const RecordValue& value : record.values) {
    const FieldDef* field = catalogue.FindField(value.field);
    if (field == nullptr || field->search == SearchKind::kNone) continue;
    std::string normalised = NormaliseForSearch(field->type, value.text, field->options, clock);
    if (normalised.empty()) continue;
    if (field->search == SearchKind::kPrefix) {
      for (uint8_t length = kShortestPrefix; length <= kLongestPrefix; ++length) {
        const std::string_view prefix = FirstCodePoints(normalised, length);
        if (prefix.empty()) break;
        rows.insert({Label(kLabelPrefix, field->id, length), std::string(prefix)});
      }
    }
    rows.insert({Label(kLabelExact, field->id), std::move(normalised)});
  }
  return rows;
}

Result<IndexRow> IndexRowOfQuery(const FieldDef& field, std::string_view value, bool prefix, const Clock& clock) {
  if (field.search == SearchKind::kNone || (prefix && field.search != SearchKind::kPrefix)) {
    return Status(Reason::kFieldNotSearchable, "field '" + field.name + "' has no " + (prefix ? "prefix" : "exact") + " index");
  }
  std::string normalised = NormaliseForSearch(field.type, value, field.options, clock);
  if (normalised.empty()) return Status(Reason::kInvalidArgument, "there is nothing to search for");
  if (!prefix) return IndexRow{Label(kLabelExact, field.id), std::move(normalised)};
  const size_t length = std::min<size_t>(CountCodePoints(normalised), kLongestPrefix);
  if (length < kShortestPrefix) {
    return Status(Reason::kInvalidArgument, "a search by beginning needs at least 3 characters");
  }
  return IndexRow{Label(kLabelPrefix, field.id, static_cast<uint8_t>(length)), std::string(FirstCodePoints(normalised, length))};
}

}  // namespace strongroom
