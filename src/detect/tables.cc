// From the rows of the table to what the search compares with.
#include <algorithm>

#include "detect/folding.h"
#include "detect/pass.h"

namespace strongroom::detect::internal {
namespace {

constexpr float kStrongCheck = 0.4F;
constexpr std::string_view kIdentityWords =
    "national_id national_identity national_number identity_number identification_number id_number id_no id_nr "
    "personal_id personal_number identity_card id_card identitetsnummer legitimation id-nummer id-kort "
    "\u8eab\u4efd \u8bc1\u4ef6 \u8bc1\u4ef6\u53f7";

void AddShapes(size_t row, DetectorTables& tables) {
  const Recogniser& rule = Recognisers()[row];
  const NationalIdType* type = FindNationalIdType(rule.subtype);
  if (type == nullptr) return;
  std::string_view forms = rule.shapes;
  while (!forms.empty()) {
    const std::string_view form = forms.substr(0, forms.find('|'));
    forms.remove_prefix(std::min(forms.size(), form.size() + 1));
    Shape shape;
    shape.row = static_cast<uint8_t>(row);
    shape.parse = type->parse;
    shape.checked = type->strength == IdStrength::kCheck;
    size_t length = 0;
    for (char c : form) {
      const uint64_t bit = uint64_t{1} << length;
      if (c == '?') {
        shape.groups |= bit;
        continue;
      }
      if (c == 'd') shape.must_digit |= bit;
      if (c == 'L') shape.must_letter |= bit;
      ++length;
    }
    if (length <= kLongestNumber) tables.shapes[length].push_back(shape);
  }
}

}  // namespace

DetectorTables::DetectorTables(const DetectorOptions& given) : options(given) {
  const std::span<const Recogniser> rows = Recognisers();
  // "happened in" and "produced in", which end like "born in".
  words.Add("\u53d1\u751f\u4e8e \u4ea7\u751f\u4e8e", kNoRow);
  for (size_t row = 0; row < rows.size(); ++row) {
    const RowSet own = RowSet{1} << row;
    words.Add(rows[row].words, own);
    // A strong check digit and a word for identity in general are enough, whatever the country.
    if (rows[row].grammar == Grammar::kShapes && rows[row].plain >= kStrongCheck) words.Add(kIdentityWords, own);
    const bool asked = options.kinds.Has(rows[row].kind);
    if (asked) wanted |= own;
    row_of_grammar[static_cast<size_t>(rows[row].grammar)] = static_cast<uint8_t>(row);
    if (rows[row].grammar == Grammar::kShapes && asked) AddShapes(row, *this);
    if (rows[row].grammar == Grammar::kContextual && asked) contextual |= own;
  }
}

}  // namespace strongroom::detect::internal
