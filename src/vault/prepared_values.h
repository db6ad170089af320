// PreparedValues: the values of a create or change, checked against the catalogue and in canonical form.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "vault/catalogue.h"
#include "vault/password_field.h"

namespace strongroom {

struct ValueIn;

class PreparedValues {
 public:
  // kCollectionPointUnknown, kFieldUnknown, kFieldNotCollected, kValueInvalid, kValueTooLong, kTooManyValues.
  static Result<PreparedValues> Check(const Catalogue& catalogue, std::string_view collection_point,
                                      std::span<const ValueIn> values, const Clock& clock,
                                      const PasswordField& passwords);

  const std::vector<std::pair<FieldId, std::string>>& all() const { return values_; }
  const std::vector<FieldId>& fields() const { return fields_; }  // each once, in the order first named
  bool Sets(FieldId field) const;
  std::vector<ByteView> TextsOf(FieldId field) const;

 private:
  std::vector<std::pair<FieldId, std::string>> values_;
  std::vector<FieldId> fields_;
};

}  // namespace strongroom
