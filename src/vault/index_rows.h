// Which index rows a record has: computed from its values, never stored, so that a change is the difference of two sets.
#pragma once

#include <set>
#include <string>

#include "keys/sealed_store.h"
#include "vault/catalogue.h"
#include "vault/record.h"

namespace strongroom {

constexpr uint8_t kLabelExact = 'e';
constexpr uint8_t kLabelPrefix = 'p';
constexpr uint8_t kLabelExternalId = 'x';
constexpr uint8_t kLabelAuditId = 'u';
constexpr uint8_t kLabelDeterministicToken = 't';
constexpr uint8_t kLabelTokenOwner = 'o';
constexpr uint8_t kShortestPrefix = 3;  // code points
constexpr uint8_t kLongestPrefix = 8;

struct IndexRow {
  IndexLabel label;
  std::string value;  // normalised, or its prefix
  auto operator<=>(const IndexRow&) const = default;
};

IndexLabel ExternalIdLabel();
IndexLabel AuditIdLabel();
IndexLabel DeterministicTokenLabel(FieldId field);
IndexLabel TokenOwnerLabel();
// Every row `record` should have.  Fields the catalogue no longer has are left out.
std::set<IndexRow> IndexRowsOf(const Catalogue& catalogue, const Record& record, const Clock& clock);
// The row a search for `value` looks under.  kFieldNotSearchable; kInvalidArgument for a prefix shorter than 3 characters.
Result<IndexRow> IndexRowOfQuery(const FieldDef& field, std::string_view value, bool prefix, const Clock& clock);

}  // namespace strongroom
