// As much of JSON Schema (2020-12, as OpenAPI 3.1 uses it) as docs/reference/openapi.json is written in: type,
// properties, required, additionalProperties, items, enum, oneOf, minimum, maximum, $ref within the document.  What it
// does not know and is not mere description is a fault, so that no word of the document goes unheeded.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace strongroom {

class SchemaChecker {
 public:
  // `document` holds what $ref leads to, and must outlive this.
  explicit SchemaChecker(const JsonDocument& document) : document_(document) {}

  // What is wrong with `value`, one line each; empty when it fits.
  std::vector<std::string> Check(JsonValue schema, JsonValue value, const std::string& path = "$") const {
    std::vector<std::string> faults;
    CheckInto(schema, value, path, faults);
    return faults;
  }

  // "#/components/schemas/Status"
  JsonValue Resolve(std::string_view reference) const {
    JsonValue at = document_.root();
    reference.remove_prefix(2);
    while (!reference.empty()) {
      const size_t slash = reference.find('/');
      const auto next = at.Find(reference.substr(0, slash));
      if (!next.has_value()) return at;  // the caller finds that nothing fits
      at = *next;
      reference = slash == std::string_view::npos ? std::string_view() : reference.substr(slash + 1);
    }
    return at;
  }

 private:
  static std::string_view NameOfKind(JsonValue value) {
    switch (value.kind()) {
      case JsonKind::kNull:
        return "null";
      case JsonKind::kBool:
        return "boolean";
      case JsonKind::kNumber:
        return value.AsInt().ok() ? "integer" : "number";
      case JsonKind::kString:
        return "string";
      case JsonKind::kArray:
        return "array";
      case JsonKind::kObject:
        return "object";
    }
    return "";
  }

  static bool HasType(JsonValue value, std::string_view type) {
    const std::string_view name = NameOfKind(value);
    return name == type || (name == "integer" && type == "number");
  }

  void CheckInto(JsonValue schema, JsonValue value, const std::string& path, std::vector<std::string>& faults) const {
    if (const auto reference = schema.Find("$ref"))
      return CheckInto(Resolve(*reference->AsString()), value, path, faults);
    static const std::set<std::string_view> kKnown = {"type",     "properties",  "required", "additionalProperties",
                                                      "items",    "enum",        "oneOf",    "minimum",
                                                      "maximum",  "description", "examples", "format",
                                                      "minItems", "maxItems",    "maxLength"};
    for (const JsonValue word : schema) {
      if (!kKnown.contains(word.key()))
        faults.push_back(path + ": the checker does not know " + std::string(word.key()));
    }
    if (const auto choices = schema.Find("oneOf")) CheckOneOf(*choices, value, path, faults);
    if (const auto type = schema.Find("type")) CheckType(*type, value, path, faults);
    if (const auto allowed = schema.Find("enum")) {
      bool found = false;
      for (const JsonValue one : *allowed) found = found || one.RawText() == value.RawText();
      if (!found) faults.push_back(path + ": not one of the listed values");
    }
    if (const auto minimum = schema.Find("minimum"); minimum && value.AsDouble().ok()) {
      if (*value.AsDouble() < *minimum->AsDouble()) faults.push_back(path + ": below the minimum");
    }
    if (const auto maximum = schema.Find("maximum"); maximum && value.AsDouble().ok()) {
      if (*value.AsDouble() > *maximum->AsDouble()) faults.push_back(path + ": above the maximum");
    }
    if (const auto most = schema.Find("maxLength"); most && value.AsString().ok()) {
      // In bytes, which is no less than the characters that the word counts.
      if (static_cast<int64_t>(value.AsString()->size()) > *most->AsInt()) faults.push_back(path + ": too long");
    }
    if (value.IsArray()) {
      const auto count = static_cast<int64_t>(value.size());
      if (const auto fewest = schema.Find("minItems"); fewest && count < *fewest->AsInt()) {
        faults.push_back(path + ": too few items");
      }
      if (const auto most = schema.Find("maxItems"); most && count > *most->AsInt()) {
        faults.push_back(path + ": too many items");
      }
      if (const auto items = schema.Find("items")) {
        size_t i = 0;
        for (const JsonValue item : value) CheckInto(*items, item, path + "[" + std::to_string(i++) + "]", faults);
      }
    }
    if (value.IsObject()) CheckMembers(schema, value, path, faults);
  }

  void CheckOneOf(JsonValue choices, JsonValue value, const std::string& path, std::vector<std::string>& faults) const {
    size_t fitting = 0;
    std::string why;
    for (const JsonValue choice : choices) {
      const std::vector<std::string> not_this = Check(choice, value, path);
      if (not_this.empty()) ++fitting;
      for (const std::string& fault : not_this) why += " | " + fault;
    }
    if (fitting != 1) faults.push_back(path + ": fits " + std::to_string(fitting) + " of oneOf" + why);
  }

  static void CheckType(JsonValue type, JsonValue value, const std::string& path, std::vector<std::string>& faults) {
    bool fits = false;
    if (type.IsArray()) {
      for (const JsonValue one : type) fits = fits || HasType(value, *one.AsString());
    } else {
      fits = HasType(value, *type.AsString());
    }
    if (!fits)
      faults.push_back(path + ": is " + std::string(NameOfKind(value)) + ", not " + std::string(type.RawText()));
  }

  void CheckMembers(JsonValue schema, JsonValue value, const std::string& path,
                    std::vector<std::string>& faults) const {
    if (const auto required = schema.Find("required")) {
      for (const JsonValue name : *required) {
        if (!value.Find(*name.AsString())) faults.push_back(path + ": lacks " + std::string(*name.AsString()));
      }
    }
    const auto properties = schema.Find("properties");
    const auto additional = schema.Find("additionalProperties");
    for (const JsonValue member : value) {
      const std::string at = path + "." + std::string(member.key());
      const auto known = properties ? properties->Find(member.key()) : std::nullopt;
      if (known) {
        CheckInto(*known, member, at, faults);
      } else if (additional && additional->kind() == JsonKind::kBool) {
        if (!*additional->AsBool()) faults.push_back(at + ": is not in the schema");
      } else if (additional) {
        CheckInto(*additional, member, at, faults);
      }
    }
  }

  const JsonDocument& document_;
};

}  // namespace strongroom
