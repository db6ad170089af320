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
  if (!text.has_value() || *text == "none") return SearchKind::kNone;
  if (*text == "exact") return SearchKind::kExact;
  if (*text == "prefix") return SearchKind::kPrefix;
  return Status(Reason::kFieldInvalid, "'search' is none, exact or prefix");
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
  if (field.search != SearchKind::kNone && !ExactIndexAllowed(field.type)) {
    return Status(
        Reason::kFieldLowEntropy,
        "field '" + field.name + "' has too few possible values for an index: whoever stole it could guess them all");
  }
  if (field.search == SearchKind::kPrefix && !PrefixIndexAllowed(field.type)) {
    return Status(Reason::kFieldInvalid,
                  "field '" + field.name + "' is of a type nobody types the beginning of; use an exact index");
  }
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

std::string_view NameOf(SearchKind kind) {
  switch (kind) {
    case SearchKind::kExact:
      return "exact";
    case SearchKind::kPrefix:
      return "prefix";
    default:
      return "none";
  }
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

void FieldToJson(const FieldDef& field, JsonWriter& json) {
  json.BeginObject();
  if (field.id != 0) json.Int("id", field.id);
  json.String("name", field.name);
  json.String("type", NameOf(field.type));
  json.String("sensitivity", NameOf(field.sensitivity));
  WriteStrings(json, "purposes", field.purposes);
  json.String("legal_basis", field.legal_basis);
  json.Int("retention_days", field.retention_days);
  json.String("search", NameOf(field.search));
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
