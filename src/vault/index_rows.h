// Which index rows a record has: computed from its values, never stored, so that a change is the difference of two
// sets.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "keys/sealed_store.h"
#include "vault/catalogue.h"
#include "vault/record.h"

namespace strongroom {

constexpr uint8_t kLabelExact = 'e';
constexpr uint8_t kLabelPrefix = 'p';
constexpr uint8_t kLabelRange = 'r';
constexpr uint8_t kLabelFuzzy = 'z';
constexpr uint8_t kLabelExternalId = 'x';
constexpr uint8_t kLabelAuditId = 'u';
constexpr uint8_t kLabelDeterministicToken = 't';
constexpr uint8_t kLabelTokenOwner = 'o';
constexpr uint8_t kShortestPrefix = 3;  // code points
constexpr uint8_t kLongestPrefix = 8;
constexpr int kRangeVersion = 1;

struct IndexRow {
  IndexLabel label;
  std::string value;  // normalised, or its prefix; a node; letters
  auto operator<=>(const IndexRow&) const = default;
};

IndexLabel ExternalIdLabel();
IndexLabel AuditIdLabel();
IndexLabel DeterministicTokenLabel(FieldId field);
IndexLabel TokenOwnerLabel();

// While the index of a field is made anew (vault/index_jobs.h), what a record should have and what is there are two
// things.
enum class RowsOf : uint8_t {
  kRuleInForce,      // every row the record should have in the end
  kEveryRule,        // every row that may be there: those, and rows by the rule before
  kFinishedIndexes,  // rows that must be there now: fields whose index is being made anew are left out
};
// Fields the catalogue no longer has are left out.
std::set<IndexRow> IndexRowsOf(const Catalogue& catalogue, const Record& record, const Clock& clock,
                               RowsOf which = RowsOf::kRuleInForce);
// Of the record's values of one field, by a rule of it.
std::set<IndexRow> IndexRowsByRule(const FieldDef& field, const IndexRule& rule, const Record& record,
                                   const Clock& clock);

// How a search compares.
enum class SearchBy : uint8_t { kEqual, kBeginning, kBetween, kLike };

struct SearchQuery {
  SearchBy by = SearchBy::kEqual;
  std::string_view value = {};  // not with kBetween
  std::string_view from = {};   // with kBetween: the least and the greatest value that fit, empty for no such bound
  std::string_view to = {};
};

// The rows a search looks under.  One for equality and a beginning; for kBetween the nodes that cover it; for kLike
// keys that values alike share some of.  kFieldNotSearchable; kInvalidArgument says what the query lacks.
Result<std::vector<IndexRow>> IndexRowsOfQuery(const FieldDef& field, const SearchQuery& query, const Clock& clock);
// Whether rows for such a search are all there although the index is being made anew: both rules make the same.
bool SearchableMeanwhile(const FieldDef& field, SearchBy by);

}  // namespace strongroom
