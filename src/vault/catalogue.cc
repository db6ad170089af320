#include "vault/catalogue.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "vault/normalise.h"

namespace strongroom {
namespace {

constexpr std::string_view kLegalBases[] = {"consent",         "contract",    "legal_obligation",
                                            "vital_interests", "public_task", "legitimate_interests"};

bool IsName(std::string_view text, char separator) {
  if (text.empty() || text.size() > 48 || text[0] < 'a' || text[0] > 'z') return false;
  return std::all_of(text.begin(), text.end(), [separator](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == separator;
  });
}

Result<std::vector<std::string>> ReadStrings(const JsonValue& json, std::string_view member) {
  std::vector<std::string> strings;
  ASSIGN_OR_RETURN(const std::optional<JsonValue> array, json.OptArray(member));
  if (!array.has_value()) return strings;
  for (const JsonValue item : *array) {
    ASSIGN_OR_RETURN(const std::string_view text, item.AsString());
    if (text.empty() || text.size() > 64) {
      return Status(Reason::kFieldInvalid, "entries of '" + std::string(member) + "' are 1 to 64 characters long");
    }
    strings.emplace_back(text);
  }
  return strings;
}

void WriteStrings(JsonWriter& json, std::string_view member, const std::vector<std::string>& strings) {
  json.Key(member).BeginArray();
  for (const std::string& text : strings) json.String(text);
  json.EndArray();
}

Result<SearchKind> ReadSearch(const JsonValue& json) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> text, json.OptString("search"));
  const std::optional<SearchKind> kind = SearchKindFromName(text.value_or("none"));
  if (!kind.has_value()) return Status(Reason::kFieldInvalid, "'search' is none, exact, prefix, range or fuzzy");
  return *kind;
}

Result<RangeBounds> ReadRange(const JsonValue& json) {
  RangeBounds bounds;
  ASSIGN_OR_RETURN(const std::optional<JsonValue> range, json.OptObject("range"));
  if (!range.has_value()) return bounds;
  for (auto [member, text] : {std::pair("min", &bounds.min), {"max", &bounds.max}, {"step", &bounds.step}}) {
    ASSIGN_OR_RETURN(const std::optional<std::string_view> value, range->OptString(member));
    *text = std::string(value.value_or(""));
  }
  RETURN_IF_ERROR(range->RefuseUnknown());
  return bounds;
}

void WriteRange(const RangeBounds& range, JsonWriter& json) {
  if (range.empty()) return;
  json.Key("range").BeginObject();
  if (!range.min.empty()) json.String("min", range.min);
  if (!range.max.empty()) json.String("max", range.max);
  if (!range.step.empty()) json.String("step", range.step);
  json.EndObject();
}

// The catalogue's own note of the rule before; what a caller sends of it is dropped by the service.
Result<std::optional<ReplacedRule>> ReadReplaced(const JsonValue& json) {
  ASSIGN_OR_RETURN(const std::optional<JsonValue> note, json.OptObject("rebuilding"));
  if (!note.has_value()) return std::optional<ReplacedRule>();
  ReplacedRule replaced;
  ASSIGN_OR_RETURN(replaced.rule.search, ReadSearch(*note));
  ASSIGN_OR_RETURN(replaced.rule.range, ReadRange(*note));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> region, note->OptString("region"));
  replaced.rule.default_region = std::string(region.value_or(""));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> national_id, note->OptString("national_id"));
  replaced.rule.national_id_country = std::string(national_id.value_or(""));
  ASSIGN_OR_RETURN(const std::optional<int64_t> change, note->OptInt("change", 0, INT64_MAX));
  replaced.change = static_cast<uint64_t>(change.value_or(0));
  RETURN_IF_ERROR(note->OptInt("percent", 0, 100).status());
  RETURN_IF_ERROR(note->RefuseUnknown());
  return std::optional(std::move(replaced));
}

void WriteReplaced(const ReplacedRule& replaced, std::optional<int> percent, JsonWriter& json) {
  json.Key("rebuilding").BeginObject();
  json.String("search", NameOf(replaced.rule.search));
  WriteRange(replaced.rule.range, json);
  if (!replaced.rule.default_region.empty()) json.String("region", replaced.rule.default_region);
  if (!replaced.rule.national_id_country.empty()) json.String("national_id", replaced.rule.national_id_country);
  if (percent.has_value()) {
    json.Int("percent", *percent);
  } else {
    json.Int("change", static_cast<int64_t>(replaced.change));
  }
  json.EndObject();
}

// Which searches a field may have.  A field of few values refuses whatever shows each of them; a range shows less of
// each the wider its step, and is asked for by name.
Status CheckSearch(const FieldDef& field) {
  const std::string name = "field '" + field.name + "' ";
  if (field.search != SearchKind::kRange && !field.range.empty()) {
    return Status(Reason::kFieldInvalid, name + "has a 'range' without the search 'range'");
  }
  switch (field.search) {
    case SearchKind::kNone:
      return Status::Ok();
    case SearchKind::kRange: {
      if (!RangeIndexAllowed(field.type)) {
        return Status(Reason::kFieldInvalid,
                      name + "is of a type without an order; 'range' is for date, date_of_birth and number");
      }
      RETURN_IF_ERROR(RangeScale::Of(field.type, field.range).status());
      break;
    }
    case SearchKind::kFuzzy:
      if (field.type != FieldType::kPersonName && field.type != FieldType::kText) {
        return Status(Reason::kFieldInvalid,
                      name + "is of a type people do not misspell as a name; 'fuzzy' is for person_name and text");
      }
      if (field.repeated)
        return Status(Reason::kFieldInvalid, name + "is repeated; use exact or prefix, or one field a name");
      break;
    case SearchKind::kExact:
    case SearchKind::kPrefix:
      if (!ExactIndexAllowed(field.type)) {
        return Status(Reason::kFieldLowEntropy,
                      name + "has too few possible values for an index: whoever stole it could guess them all");
      }
      if (field.search == SearchKind::kPrefix && !PrefixIndexAllowed(field.type)) {
        return Status(Reason::kFieldInvalid, name + "is of a type nobody types the beginning of; use an exact index");
      }
      return Status::Ok();
  }
  // Both show much of many values at once, to whoever steals the index.
  if (field.sensitivity >= Sensitivity::kSensitive) {
    return Status(
        Reason::kFieldLowEntropy,
        name +
            "is too sensitive for this search: its index would show a thief of the store roughly what the values are");
  }
  return Status::Ok();
}

}  // namespace

// What a definition says must fit together.
Status CheckField(const FieldDef& field) {
  if (!IsName(field.name, '_')) {
    return Status(Reason::kFieldInvalid, "a field's name is 1 to 48 of a-z, 0-9 and _, beginning with a letter");
  }
  if (field.purposes.empty()) {
    return Status(Reason::kFieldPurposeless,
                  "field '" + field.name + "' names no purpose: what has no purpose may not be gathered");
  }
  // "*" means any purpose in a credential; a field is held for purposes that can be told to the customer.
  if (std::find(field.purposes.begin(), field.purposes.end(), "*") != field.purposes.end()) {
    return Status(Reason::kFieldPurposeless, "field '" + field.name + "' must name its purposes; '*' is not one");
  }
  if (std::find(std::begin(kLegalBases), std::end(kLegalBases), field.legal_basis) == std::end(kLegalBases)) {
    return Status(Reason::kFieldInvalid,
                  "'legal_basis' is one of consent, contract, legal_obligation, vital_interests, public_task, "
                  "legitimate_interests");
  }
  RETURN_IF_ERROR(CheckSearch(field));
  RETURN_IF_ERROR(CheckTypeOptions(field.type, field.options));
  if (field.type == FieldType::kPassword && field.sensitivity != Sensitivity::kCredential) {
    return Status(Reason::kFieldInvalid, "a password field has the sensitivity 'credential'");
  }
  return Status::Ok();
}

Status CheckCollectionPoint(const CollectionPoint& point) {
  if (IsName(point.name, '-')) return Status::Ok();
  return Status(Reason::kFieldInvalid,
                "a collection point's name is 1 to 48 of a-z, 0-9 and -, beginning with a letter");
}

namespace {
constexpr std::string_view kSearchNames[] = {"none", "exact", "prefix", "range", "fuzzy"};
}  // namespace

std::string_view NameOf(SearchKind kind) { return kSearchNames[static_cast<size_t>(kind)]; }

std::optional<SearchKind> SearchKindFromName(std::string_view name) {
  const auto* const found = std::find(std::begin(kSearchNames), std::end(kSearchNames), name);
  if (found == std::end(kSearchNames)) return std::nullopt;
  return static_cast<SearchKind>(found - std::begin(kSearchNames));
}

Catalogue::Catalogue(std::vector<FieldDef> fields, std::vector<CollectionPoint> points)
    : fields_(std::move(fields)), points_(std::move(points)) {
  std::sort(fields_.begin(), fields_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::sort(points_.begin(), points_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (size_t i = 0; i < fields_.size(); ++i) {
    by_name_[fields_[i].name] = i;
    if (by_id_.size() <= fields_[i].id) by_id_.resize(fields_[i].id + 1u, nullptr);
    by_id_[fields_[i].id] = &fields_[i];
  }
}

const FieldDef* Catalogue::FindField(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &fields_[found->second];
}

const FieldDef* Catalogue::FindField(FieldId id) const { return id < by_id_.size() ? by_id_[id] : nullptr; }

const CollectionPoint* Catalogue::FindPoint(std::string_view name) const {
  for (const CollectionPoint& point : points_) {
    if (point.name == name) return &point;
  }
  return nullptr;
}

Result<const FieldDef*> Catalogue::Field(std::string_view name) const {
  const FieldDef* field = FindField(name);
  // The name is the caller's text and might be a value put in the wrong place: it is not repeated.
  if (field == nullptr)
    return Status(Reason::kFieldUnknown,
                  "a field of the request is not in the catalogue; 'strongroom catalogue list' shows what is");
  return field;
}

bool Catalogue::Collects(const CollectionPoint& point, const FieldDef& field) const {
  return std::find(point.fields.begin(), point.fields.end(), field.name) != point.fields.end();
}

Result<FieldDef> FieldFromJson(const JsonValue& json) {
  RETURN_IF_ERROR(json.ExpectObject());
  FieldDef field;
  ASSIGN_OR_RETURN(const std::optional<int64_t> id, json.OptInt("id", 1, UINT16_MAX));
  field.id = static_cast<FieldId>(id.value_or(0));
  ASSIGN_OR_RETURN(field.name, json.GetString("name"));
  ASSIGN_OR_RETURN(const std::string_view type, json.GetString("type"));
  const std::optional<FieldType> known_type = FieldTypeFromName(type);
  if (!known_type.has_value())
    return Status(Reason::kFieldInvalid, "'type' is not a field type; see docs/reference/catalogue.md");
  field.type = *known_type;
  ASSIGN_OR_RETURN(const std::string_view sensitivity, json.GetString("sensitivity"));
  const std::optional<Sensitivity> known_sensitivity = SensitivityFromName(sensitivity);
  if (!known_sensitivity.has_value()) {
    return Status(Reason::kFieldInvalid,
                  "'sensitivity' is public, internal, personal, sensitive, financial or credential");
  }
  field.sensitivity = *known_sensitivity;
  ASSIGN_OR_RETURN(field.purposes, ReadStrings(json, "purposes"));
  ASSIGN_OR_RETURN(field.legal_basis, json.GetString("legal_basis"));
  ASSIGN_OR_RETURN(const std::optional<int64_t> retention, json.OptInt("retention_days", 0, 36'525));
  field.retention_days = static_cast<uint32_t>(retention.value_or(0));
  ASSIGN_OR_RETURN(field.search, ReadSearch(json));
  ASSIGN_OR_RETURN(field.range, ReadRange(json));
  ASSIGN_OR_RETURN(field.replaced, ReadReplaced(json));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> mask, json.OptString("mask"));
  const std::optional<MaskStyle> style = MaskStyleFromName(mask.value_or("standard"));
  if (!style.has_value())
    return Status(Reason::kFieldInvalid, "'mask' is not a mask style; see docs/reference/catalogue.md");
  field.mask = *style;
  ASSIGN_OR_RETURN(const std::optional<bool> repeated, json.OptBool("repeated"));
  field.repeated = repeated.value_or(false);
  ASSIGN_OR_RETURN(const std::optional<JsonValue> notice, json.OptObject("notice"));
  if (notice.has_value()) {
    for (const JsonValue text : *notice) {
      ASSIGN_OR_RETURN(field.notice[std::string(text.key())], text.AsString());
    }
  }
  ASSIGN_OR_RETURN(field.recipients, ReadStrings(json, "recipients"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> region, json.OptString("region"));
  if (region.has_value()) field.options.default_region = std::string(*region);
  ASSIGN_OR_RETURN(const std::optional<std::string_view> national_id, json.OptString("national_id"));
  if (national_id.has_value()) field.options.national_id_country = std::string(*national_id);
  ASSIGN_OR_RETURN(const std::optional<int64_t> max_length, json.OptInt("max_length", 1, 512 * 1024));
  if (max_length.has_value()) field.options.max_length_bytes = static_cast<size_t>(*max_length);
  ASSIGN_OR_RETURN(const std::optional<int64_t> least, json.OptInt("password_min_length", 8, 64));
  if (least.has_value()) field.options.password_min_code_points = static_cast<size_t>(*least);
  RETURN_IF_ERROR(json.RefuseUnknown());
  RETURN_IF_ERROR(CheckField(field));
  return field;
}

void FieldToJson(const FieldDef& field, JsonWriter& json, std::optional<int> percent) {
  json.BeginObject();
  if (field.id != 0) json.Int("id", field.id);
  json.String("name", field.name);
  json.String("type", NameOf(field.type));
  json.String("sensitivity", NameOf(field.sensitivity));
  WriteStrings(json, "purposes", field.purposes);
  json.String("legal_basis", field.legal_basis);
  json.Int("retention_days", field.retention_days);
  json.String("search", NameOf(field.search));
  WriteRange(field.range, json);
  if (field.replaced.has_value()) WriteReplaced(*field.replaced, percent, json);
  json.String("mask", NameOf(field.mask));
  json.Bool("repeated", field.repeated);
  json.Key("notice").BeginObject();
  for (const auto& [language, text] : field.notice) json.String(language, text);
  json.EndObject();
  WriteStrings(json, "recipients", field.recipients);
  if (!field.options.default_region.empty()) json.String("region", field.options.default_region);
  if (!field.options.national_id_country.empty()) json.String("national_id", field.options.national_id_country);
  if (field.options.max_length_bytes != 0) json.Int("max_length", static_cast<int64_t>(field.options.max_length_bytes));
  if (field.options.password_min_code_points != TypeOptions().password_min_code_points) {
    json.Int("password_min_length", static_cast<int64_t>(field.options.password_min_code_points));
  }
  json.EndObject();
}

Result<CollectionPoint> CollectionPointFromJson(const JsonValue& json) {
  RETURN_IF_ERROR(json.ExpectObject());
  CollectionPoint point;
  ASSIGN_OR_RETURN(point.name, json.GetString("name"));
  RETURN_IF_ERROR(CheckCollectionPoint(point));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> description, json.OptString("description"));
  point.description = std::string(description.value_or(""));
  ASSIGN_OR_RETURN(point.fields, ReadStrings(json, "fields"));
  RETURN_IF_ERROR(json.RefuseUnknown());
  return point;
}

void CollectionPointToJson(const CollectionPoint& point, JsonWriter& json) {
  json.BeginObject();
  json.String("name", point.name);
  json.String("description", point.description);
  WriteStrings(json, "fields", point.fields);
  json.EndObject();
}

}  // namespace strongroom
