// Proposes a catalogue for a file about to be imported: what each column holds, how much harm it can do, how it might
// be searched.  A proposal for a person to confirm, never an action; it looks at the header and a sample of rows.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "policy/sensitivity.h"
#include "vault/field_type.h"

namespace strongroom {

struct ColumnGuess {
  std::string column;      // as the file calls it
  std::string field_name;  // [a-z][a-z0-9_]{0,47}, unique among the columns
  FieldType type = FieldType::kText;
  TypeOptions options;  // national_id_country and default_region, where the type asks for them
  Sensitivity sensitivity = Sensitivity::kPersonal;
  std::string_view search = "none";  // "none", "exact" or "prefix"
  bool external_id = false;          // the application's own id of the customer; at most one column
  size_t values = 0;                 // of the sample, not empty
  size_t refused = 0;                // of those, how many the type would refuse as they are written
  // One sentence for the person who confirms: "98 % of 200 values pass the Luhn check".  Carries no value.
  std::string reason;
};

struct GuessOptions {
  std::string default_region;  // ISO 3166-1 alpha-2, for phone numbers without a country code; may be empty
};

// `rows` are the sample (about 200 are enough); a row may be shorter than the header.  Values need not be valid UTF-8.
std::vector<ColumnGuess> GuessColumns(std::span<const std::string> header,
                                      std::span<const std::vector<std::string>> rows, const GuessOptions& options,
                                      const Clock& clock);

}  // namespace strongroom
