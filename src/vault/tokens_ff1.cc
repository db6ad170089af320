// Stateless format-preserving tokens: FF1 (NIST SP 800-38G) over digits.  Not erasable, and encrypted card numbers stay
// in PCI scope: a domain opts in.
//
// The last `keep_last` digits stay.  A card number's token is never itself a valid card number: of the digits that
// vary, all but the last are encrypted, and the last is set five away from the digit that would make the check digit
// right.  The way back sets it right again; so exactly the valid card numbers have tokens.
#include <algorithm>
#include <map>
#include <utility>

#include "detect/validators.h"
#include "vault/tokens.h"

namespace strongroom {
namespace {

constexpr uint8_t kFromValid = 5;

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The digit at `place` that makes `digits` pass the Luhn check.
char ValidDigitAt(std::string& digits, size_t place) {
  for (char candidate = '0'; candidate <= '9'; ++candidate) {
    digits[place] = candidate;
    if (detect::LuhnValid(digits)) return candidate;
  }
  return '0';  // not reached: each position has exactly one right digit
}

Numerals ToNumerals(std::string_view digits) {
  Numerals numerals;
  numerals.reserve(digits.size());
  for (char c : digits) numerals.push_back(static_cast<uint8_t>(c - '0'));
  return numerals;
}

}  // namespace

Receipted<std::vector<Result<std::string>>> Tokens::TransformFf1(const Caller& caller, std::string_view domain_name,
                                                                 std::string_view field_name,
                                                                 std::span<const std::string_view> values,
                                                                 bool encrypt) {
  using Answers = std::vector<Result<std::string>>;
  Permit permit =
      gate_.AuthoriseFields(caller, encrypt ? Action::kTokenCreate : Action::kTokenResolve, /*needs_purpose=*/!encrypt);
  if (!permit.granted()) return permit.Refuse<Answers>();
  const Result<DomainPtr> domain = FindDomain(caller, domain_name);
  if (!domain.ok()) {
    permit.Deny(domain.status());
    return permit.Refuse<Answers>();
  }
  const TokenDomain& definition = (*domain)->definition;
  const CataloguePtr catalogue = catalogue_.Current();
  const Result<const FieldDef*> field = catalogue->Field(field_name);
  if (!field.ok()) return permit.Fail<Answers>(field.status());
  permit.DecideField(**field, 0, encrypt ? Decision::kToken : Decision::kPlain, /*required=*/true);
  if (!permit.granted()) return permit.Refuse<Answers>();
  if (!definition.stateless_ff1) {
    return permit.Fail<Answers>(
        Status(Reason::kTokenFormatRefused, "this token domain has not opted in to stateless tokens"));
  }
  if (values.size() > kMaxBatch)
    return permit.Fail<Answers>(Status(Reason::kBatchTooLarge, "a batch has at most 10,000 values"));

  const bool card = (*field)->type == FieldType::kCard && !definition.luhn_valid;
  Answers answers(values.size(), Result<std::string>(Status(Reason::kInternal)));
  std::map<size_t, std::vector<size_t>> by_length;  // FF1 runs in lockstep over equal lengths
  for (size_t i = 0; i < values.size(); ++i) {
    const bool card_fits = !card || detect::LuhnValid(values[i]) == encrypt;
    if (!AllDigits(values[i]) || !card_fits) {
      answers[i] = Status(Reason::kTokenFormatRefused,
                          "stateless tokens stand for digits alone, and for valid card numbers in card fields");
    } else {
      by_length[values[i].size()].push_back(i);
    }
  }
  for (const auto& [length, indices] : by_length) {
    const size_t varying = length - std::min<size_t>(definition.keep_last, length);
    const size_t encrypted = varying - (card && varying > 0 ? 1 : 0);
    std::vector<Numerals> batch;
    batch.reserve(indices.size());
    for (const size_t i : indices) batch.push_back(ToNumerals(values[i].substr(0, encrypted)));
    // The tweak is the field: equal digits in two fields give unrelated tokens.
    const Status done = encrypt ? (*domain)->ff1->EncryptBatch((*field)->name, batch)
                                : (*domain)->ff1->DecryptBatch((*field)->name, batch);
    for (size_t k = 0; k < indices.size(); ++k) {
      if (!done.ok()) {
        answers[indices[k]] = Status(Reason::kTokenFormatRefused,
                                     "fewer than 1,000,000 values of this length remain; use a stored token");
        continue;
      }
      std::string out(values[indices[k]]);
      for (size_t d = 0; d < encrypted; ++d) out[d] = static_cast<char>('0' + batch[k][d]);
      if (card && varying > 0) {
        const char valid = ValidDigitAt(out, encrypted);
        out[encrypted] = encrypt ? static_cast<char>('0' + (valid - '0' + kFromValid) % 10) : valid;
      }
      answers[indices[k]] = std::move(out);
    }
  }
  permit.entry().count = static_cast<uint32_t>(values.size());
  permit.entry().detail = "stateless, token domain " + definition.name;
  return permit.Finish(std::move(answers));
}

}  // namespace strongroom
