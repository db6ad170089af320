#include "vault/prepared_values.h"

#include <algorithm>

#include "vault/customers.h"

namespace strongroom {
namespace {
constexpr size_t kMaxValuesPerField = 100;
}

Result<PreparedValues> PreparedValues::Check(const Catalogue& catalogue, std::string_view collection_point,
                                             std::span<const ValueIn> values, const Clock& clock,
                                             const PasswordField& passwords) {
  const CollectionPoint* point = catalogue.FindPoint(collection_point);
  if (point == nullptr) {
    return Status(
        Reason::kCollectionPointUnknown,
        "every write names the collection point (form or process) that gathered it; this one is not in the catalogue");
  }
  PreparedValues prepared;
  prepared.values_.reserve(values.size());
  for (const ValueIn& value : values) {
    ASSIGN_OR_RETURN(const FieldDef* field, catalogue.Field(value.field));
    if (!catalogue.Collects(*point, *field)) {
      return Status(Reason::kFieldNotCollected,
                    "collection point '" + point->name + "' may not gather field '" + field->name + "'");
    }
    Result<std::string> canonical = ValidateValue(field->type, value.text, field->options, clock);
    if (!canonical.ok())
      return Status(canonical.reason(), "field '" + field->name + "': " + canonical.status().message());
    if (field->type == FieldType::kPassword) {
      ASSIGN_OR_RETURN(*canonical, passwords.Seal(*canonical));
    }
    if (prepared.Sets(field->id)) {
      if (!field->repeated) return Status(Reason::kTooManyValues, "field '" + field->name + "' takes one value");
      if (prepared.TextsOf(field->id).size() >= kMaxValuesPerField) {
        return Status(Reason::kTooManyValues, "field '" + field->name + "' takes at most 100 values");
      }
    } else {
      prepared.fields_.push_back(field->id);
    }
    prepared.values_.emplace_back(field->id, std::move(*canonical));
  }
  return prepared;
}

bool PreparedValues::Sets(FieldId field) const {
  return std::find(fields_.begin(), fields_.end(), field) != fields_.end();
}

std::vector<ByteView> PreparedValues::TextsOf(FieldId field) const {
  std::vector<ByteView> texts;
  for (const auto& [one, text] : values_) {
    if (one == field) texts.push_back(text);
  }
  return texts;
}

}  // namespace strongroom
