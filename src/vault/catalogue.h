// Catalogue: every kind of data that may be held, and every form or process that may gather it.  What is not in the
// catalogue cannot be stored; what a collection point does not list cannot be gathered by it (P1, GDPR Art. 5(1)(c),
// 30).
//
// A Catalogue is an immutable snapshot, swapped whole when it changes.  It is stored in the office, one document an
// entry (docs/reference/catalogue.md gives the JSON form, which is also the stored form).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json_writer.h"
#include "base/status.h"
#include "keys/ids.h"
#include "policy/sensitivity.h"
#include "vault/field_type.h"
#include "vault/mask.h"
#include "vault/range_index.h"

namespace strongroom {

class JsonValue;

// How a field can be searched.  What each gives away to someone who holds the stored index of one epoch: exact: which
// rows have equal values, and how many; prefix: the same for every prefix of 3 to 8 characters, which lets frequent
// beginnings be guessed; range: how many values lie in each interval, from which roughly each value can be told; fuzzy:
// which groups of letters names have in common, from which most names can be told.  bench/attack_frequency measures
// each: docs/search-leakage.md.
enum class SearchKind : uint8_t { kNone = 0, kExact = 1, kPrefix = 2, kRange = 3, kFuzzy = 4 };
std::string_view NameOf(SearchKind kind);
std::optional<SearchKind> SearchKindFromName(std::string_view name);

// What the index rows of a field are made from, besides its type.
struct IndexRule {
  SearchKind search = SearchKind::kNone;
  RangeBounds range;           // with kRange
  std::string default_region;  // as in TypeOptions
  std::string national_id_country;
  bool operator==(const IndexRule&) const = default;
};

// The rule before the one in force, as long as rows made by it may be there (vault/index_jobs.h).
struct ReplacedRule {
  IndexRule rule;
  uint64_t change = 0;  // drawn for this change: which one a job's progress belongs to
};

struct FieldDef {
  FieldId id = 0;    // given by the catalogue, never reused
  std::string name;  // [a-z][a-z0-9_]{0,47}
  FieldType type = FieldType::kText;
  Sensitivity sensitivity = Sensitivity::kPersonal;
  std::vector<std::string> purposes;  // why it is held; never empty
  std::string legal_basis;      // GDPR Art. 6(1): consent, contract, legal_obligation, vital_interests, public_task,
                                // legitimate_interests
  uint32_t retention_days = 0;  // 0: as long as the customer
  SearchKind search = SearchKind::kNone;
  RangeBounds range;  // with SearchKind::kRange
  MaskStyle mask = MaskStyle::kStandard;
  bool repeated = false;                      // several values a customer
  std::map<std::string, std::string> notice;  // language → what customers are told of it
  std::vector<std::string> recipients;        // who outside may get it
  TypeOptions options;
  std::optional<ReplacedRule> replaced;  // the index is being made anew: kept by the catalogue, not sent by anybody

  IndexRule Rule() const { return {search, range, options.default_region, options.national_id_country}; }
};

struct CollectionPoint {
  std::string name;         // [a-z][a-z0-9-]{0,47}
  std::string description;  // the form or process, for people
  std::vector<std::string> fields;
};

class Catalogue {
 public:
  // Both sorted by name inside.  Ids and names must be unique (checked by the service).
  Catalogue(std::vector<FieldDef> fields, std::vector<CollectionPoint> points);

  const FieldDef* FindField(std::string_view name) const;  // null: unknown
  const FieldDef* FindField(FieldId id) const;
  const CollectionPoint* FindPoint(std::string_view name) const;
  // kFieldUnknown.
  Result<const FieldDef*> Field(std::string_view name) const;
  bool Collects(const CollectionPoint& point, const FieldDef& field) const;

  const std::vector<FieldDef>& fields() const { return fields_; }
  const std::vector<CollectionPoint>& points() const { return points_; }

 private:
  std::vector<FieldDef> fields_;
  std::vector<CollectionPoint> points_;
  std::unordered_map<std::string_view, size_t> by_name_;
  std::vector<const FieldDef*> by_id_;
};
using CataloguePtr = std::shared_ptr<const Catalogue>;

// The JSON forms.  Reading checks everything a definition can be checked for by itself: kFieldInvalid,
// kFieldPurposeless, kFieldLowEntropy with what to change.
Result<FieldDef> FieldFromJson(const JsonValue& json);
// The same checks of a definition that was made otherwise.
Status CheckField(const FieldDef& field);
Status CheckCollectionPoint(const CollectionPoint& point);
// `percent`: how far an index that is being made anew has come, for those who read it; what is stored goes without.
void FieldToJson(const FieldDef& field, JsonWriter& json, std::optional<int> percent = std::nullopt);
Result<CollectionPoint> CollectionPointFromJson(const JsonValue& json);
void CollectionPointToJson(const CollectionPoint& point, JsonWriter& json);

}  // namespace strongroom
