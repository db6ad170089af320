// What columns are called in English, Swedish and Chinese files.  Internal to guess.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/sensitivity.h"
#include "vault/field_type.h"

namespace strongroom {

struct HeaderHint {
  std::string_view field_name = {};  // the catalogue's usual name for it; empty: made from the header
  FieldType type = FieldType::kText;
  Sensitivity sensitivity = Sensitivity::kPersonal;
  std::string_view national_id = {};  // the choice for national_id_country; empty: any
  bool external_id = false;
};

// The header as words with underscores: "E-mail Address" and "emailAddress" give "e_mail_address" and "email_address".
std::string HeaderWords(std::string_view header);

// What a column of these words usually holds.
std::optional<HeaderHint> HintOfHeader(std::string_view words);

// An ASCII name for a field: "Kundens ålder" gives "kundens_alder", "客户年龄" gives "ke_hu_nian_ling".
std::string FieldNameOf(std::string_view header);

}  // namespace strongroom
