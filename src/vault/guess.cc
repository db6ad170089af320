#include "vault/guess.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/json.h"
#include "detect/validators.h"
#include "vault/guess_words.h"
#include "vault/normalise_text.h"
#include "vault/value_phone.h"

namespace strongroom {
namespace {

// A check digit lets one number in ten or eleven pass by chance: ten of them that all pass are no chance.
constexpr size_t kEnoughValues = 10;

struct Sample {
  std::vector<std::string_view> values;  // trimmed, not empty, valid UTF-8
  size_t rows = 0;
  size_t distinct = 0;
  bool unique = false;
};

Sample SampleOf(std::span<const std::vector<std::string>> rows, size_t column) {
  Sample sample;
  std::set<std::string_view> distinct;
  for (const auto& row : rows) {
    ++sample.rows;
    if (column >= row.size() || !IsValidUtf8(row[column])) continue;
    const std::string_view value = TrimSpace(row[column]);
    if (value.empty()) continue;
    sample.values.push_back(value);
    distinct.insert(value);
  }
  sample.distinct = distinct.size();
  sample.unique = distinct.size() == sample.rows;
  return sample;
}

template <typename Test>
int PercentOf(const Sample& sample, Test test) {
  if (sample.values.empty()) return 0;
  return static_cast<int>(std::count_if(sample.values.begin(), sample.values.end(), test) * 100 /
                          static_cast<std::ptrdiff_t>(sample.values.size()));
}

bool HasSeparators(std::string_view value) { return value.find_first_of(" -+()./") != std::string_view::npos; }

bool LooksLikeCard(std::string_view value) {
  const std::string digits = CompactCode(value);
  return detect::CardValid(digits) && detect::CardNetworkOf(digits) != detect::CardNetwork::kUnknown;
}

bool LooksLikeJson(std::string_view value) {
  return (value.starts_with('{') || value.starts_with('[')) && JsonDocument::Parse(value).ok();
}

// Dates in the orders people write; told apart from IP addresses and versions by their year.
bool LooksLikeOtherDate(std::string_view value) {
  if (value.size() < 8 || value.size() > 10) return false;
  int numbers[3] = {};
  size_t sizes[3] = {};
  size_t part = 0;
  for (char c : value) {
    if (c == '/' || c == '.' || c == '-') {
      if (++part == 3) return false;
    } else if (c >= '0' && c <= '9') {
      if (++sizes[part] > 4) return false;
      numbers[part] = numbers[part] * 10 + (c - '0');
    } else {
      return false;
    }
  }
  if (part != 2) return false;
  const int year = sizes[0] == 4 ? numbers[0] : numbers[2];
  const int one = sizes[0] == 4 ? numbers[2] : numbers[0];
  return (sizes[0] == 4 || sizes[2] == 4) && year >= 1800 && year <= 2200 && one >= 1 && one <= 31 && numbers[1] >= 1 &&
         numbers[1] <= 31 && (one <= 12 || numbers[1] <= 12);
}

struct Finding {
  FieldType type = FieldType::kText;
  std::string reason;
  std::string_view national_id;
};

std::string Share(int percent, size_t count, std::string_view what) {
  return std::to_string(percent) + " % of " + std::to_string(count) + " values " + std::string(what);
}

std::optional<Finding> FindNationalId(const Sample& sample, const std::optional<HeaderHint>& hint,
                                      const detect::CivilDate& today) {
  const detect::NationalIdType* best = nullptr;
  int best_percent = 0;
  for (const detect::NationalIdType& type : detect::NationalIdTypes()) {
    const bool hinted =
        hint && hint->type == FieldType::kNationalId && (hint->national_id.empty() || hint->national_id == type.name);
    const int percent = PercentOf(sample, [&](std::string_view value) { return type.parse(value, today).has_value(); });
    if (percent < (hinted ? 60 : 90)) continue;
    const bool strong = type.strength == detect::IdStrength::kCheck && sample.distinct >= kEnoughValues;
    if (!hinted && !(strong && type.natural_person)) continue;
    // A shape without a check digit says little against a check digit that agrees.
    const bool better = best == nullptr || (type.strength > best->strength) ||
                        (type.strength == best->strength && percent > best_percent) ||
                        (hint && hint->national_id == type.name);
    if (!better) continue;
    best = &type;
    best_percent = percent;
  }
  if (best == nullptr) return std::nullopt;
  return Finding{FieldType::kNationalId,
                 Share(best_percent, sample.values.size(), "are well-formed numbers of the kind ") +
                     std::string(best->name) + " (" + std::string(best->meaning) + ")",
                 best->name};
}

// What the values say by themselves, whatever the column is called.
std::optional<Finding> FindByValues(const Sample& sample, const std::optional<HeaderHint>& hint,
                                    const GuessOptions& options, const Clock& clock) {
  const size_t count = sample.values.size();
  if (count == 0) return std::nullopt;
  const auto hinted = [&](FieldType type) { return hint && hint->type == type; };
  const auto validates = [&](FieldType type) {
    TypeOptions type_options;
    type_options.default_region = options.default_region;
    return PercentOf(sample, [&](std::string_view v) { return ValidateValue(type, v, type_options, clock).ok(); });
  };
  const bool enough = sample.distinct >= kEnoughValues;
  int percent = validates(FieldType::kEmail);
  if (percent >= 80) return Finding{FieldType::kEmail, Share(percent, count, "are e-mail addresses"), {}};
  percent = PercentOf(sample, LooksLikeCard);
  if (percent >= (hinted(FieldType::kCard) ? 50 : 90) && (enough || hinted(FieldType::kCard))) {
    return Finding{FieldType::kCard, Share(percent, count, "pass the Luhn check and fit a card network"), {}};
  }
  percent = PercentOf(sample, [](std::string_view v) { return detect::IbanValid(CompactCode(v)); });
  if (percent >= 80)
    return Finding{FieldType::kBankAccount, Share(percent, count, "are IBANs with right check digits"), {}};
  if (auto id = FindNationalId(sample, hint, detect::CivilDateOf(clock.NowMillis()))) return id;
  percent = PercentOf(sample, [](std::string_view v) { return ParseIsoDate(v).has_value(); });
  if (percent >= 80) {
    const FieldType type = hinted(FieldType::kDateOfBirth) ? FieldType::kDateOfBirth : FieldType::kDate;
    return Finding{type, Share(percent, count, "are dates as yyyy-mm-dd"), {}};
  }
  percent = PercentOf(sample, LooksLikeOtherDate);
  if (percent >= 80) {
    const FieldType type = hinted(FieldType::kDateOfBirth) ? FieldType::kDateOfBirth : FieldType::kDate;
    return Finding{
        type, Share(percent, count, "are dates, to be rewritten as yyyy-mm-dd before they are imported"), {}};
  }
  percent = PercentOf(sample, LooksLikeJson);
  if (percent >= 90 && !hinted(FieldType::kPostalAddress)) {
    return Finding{FieldType::kJson, Share(percent, count, "are JSON objects or arrays"), {}};
  }
  percent = validates(FieldType::kBoolean);
  if (percent >= 95) return Finding{FieldType::kBoolean, Share(percent, count, "are true or false"), {}};
  return std::nullopt;
}

// What the header says, as long as the values do not speak against it.
std::optional<Finding> FindByHeader(const Sample& sample, const HeaderHint& hint, const GuessOptions& options,
                                    const Clock& clock) {
  if (sample.values.empty())
    return Finding{hint.type, "the column's name says so; the sample has no values", hint.national_id};
  TypeOptions type_options;
  type_options.default_region = options.default_region;
  type_options.national_id_country = std::string(hint.national_id);
  type_options.password_min_code_points = 1;
  const int percent =
      PercentOf(sample, [&](std::string_view v) { return ValidateValue(hint.type, v, type_options, clock).ok(); });
  if (percent < 60) return std::nullopt;
  return Finding{hint.type, "the column's name says so, and " + Share(percent, sample.values.size(), "fit"),
                 hint.national_id};
}

// What is left: phone numbers, numbers, text.
Finding FindByShape(const Sample& sample, const GuessOptions& options) {
  const size_t count = sample.values.size();
  if (count == 0) return {FieldType::kText, "the sample has no values", {}};
  int percent = PercentOf(sample, [&](std::string_view v) {
    return v.size() >= 7 && HasSeparators(v) && !CanonicalNumber(v.substr(v.starts_with('+') ? 1 : 0)).has_value() &&
           CanonicalPhone(v, options.default_region).has_value();
  });
  const int plus = PercentOf(sample, [](std::string_view v) {
    return v.size() >= 8 && v.starts_with('+') && CanonicalPhone(v, "").has_value();
  });
  if (std::max(percent, plus) >= 90) {
    return {FieldType::kPhone, Share(std::max(percent, plus), count, "are written as phone numbers"), {}};
  }
  percent = PercentOf(sample, [](std::string_view v) {  // a leading zero is a code's, not a number's
    return CanonicalNumber(v).has_value() && !(v.size() > 1 && v[0] == '0' && v[1] != '.') && !v.starts_with('+');
  });
  if (percent >= 95) return {FieldType::kNumber, Share(percent, count, "are decimal numbers"), {}};
  return {FieldType::kText, "neither the column's name nor its values are of a narrower type", {}};
}

Sensitivity SensitivityOf(FieldType type, const std::optional<HeaderHint>& hint) {
  switch (type) {
    case FieldType::kPassword:
      return Sensitivity::kCredential;
    case FieldType::kCard:
    case FieldType::kBankAccount:
      return Sensitivity::kFinancial;
    case FieldType::kNationalId:
      return hint && hint->type == type ? hint->sensitivity : Sensitivity::kSensitive;
    case FieldType::kText:
    case FieldType::kNumber:
    case FieldType::kBoolean:
    case FieldType::kDate:
    case FieldType::kJson:
      return hint ? hint->sensitivity : Sensitivity::kPersonal;
    default:
      return Sensitivity::kPersonal;
  }
}

std::string_view SearchOf(FieldType type) {
  switch (type) {
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kPersonName:
    case FieldType::kNationalId:
      return "exact";
    default:
      return "none";
  }
}

}  // namespace

std::vector<ColumnGuess> GuessColumns(std::span<const std::string> header,
                                      std::span<const std::vector<std::string>> rows, const GuessOptions& options,
                                      const Clock& clock) {
  std::vector<ColumnGuess> guesses;
  std::set<std::string> names;
  bool external_id_found = false;
  for (size_t column = 0; column < header.size(); ++column) {
    const Sample sample = SampleOf(rows, column);
    const std::string words = HeaderWords(header[column]);
    const std::optional<HeaderHint> hint = HintOfHeader(words);
    ColumnGuess guess;
    guess.column = header[column];
    guess.values = sample.values.size();
    std::optional<Finding> finding;
    // A password may look like anything; its column's name is believed.
    if (hint && hint->type == FieldType::kPassword) {
      finding = Finding{hint->type, "the column's name says so; values are set and verified, never shown", {}};
    }
    if (!finding) finding = FindByValues(sample, hint, options, clock);
    const bool personal = finding.has_value();
    if (!finding && hint && !hint->external_id) finding = FindByHeader(sample, *hint, options, clock);
    if (!finding) finding = FindByShape(sample, options);
    guess.type = finding->type;
    guess.reason = finding->reason;
    if (hint && hint->external_id && !personal && !external_id_found && sample.unique && !sample.values.empty()) {
      external_id_found = guess.external_id = true;
      guess.type = FieldType::kText;
      guess.reason = "the column's name says so, and all " + std::to_string(sample.values.size()) + " values differ";
    }
    if (guess.type == FieldType::kPhone) guess.options.default_region = options.default_region;
    if (guess.type == FieldType::kNationalId) guess.options.national_id_country = std::string(finding->national_id);
    guess.sensitivity = guess.external_id ? Sensitivity::kInternal : SensitivityOf(guess.type, hint);
    guess.search = guess.external_id ? "none" : SearchOf(guess.type);
    guess.refused =
        static_cast<size_t>(std::count_if(sample.values.begin(), sample.values.end(), [&](std::string_view value) {
          return !ValidateValue(guess.type, value, guess.options, clock).ok();
        }));
    const bool named_by_hint = hint && !hint->field_name.empty() && hint->external_id == guess.external_id;
    const std::string base = named_by_hint ? std::string(hint->field_name) : FieldNameOf(header[column]);
    guess.field_name = base;
    for (int n = 2; !names.insert(guess.field_name).second; ++n) guess.field_name = base + "_" + std::to_string(n);
    guesses.push_back(std::move(guess));
  }
  return guesses;
}

}  // namespace strongroom
