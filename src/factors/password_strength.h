// A meter for people who choose a password: an estimate of the guesses it withstands, and what would help.  A help, not
// a rule: password_rules.h decides.
//
// Looks at the first 100 characters only and takes time linear in them: estimators that search for the best of all
// explanations have been made to hang by long input.
#pragma once

#include <cstdint>
#include <string_view>

#include "crypto/secret.h"
#include "factors/password_rules.h"

namespace strongroom {

constexpr size_t kStrengthCapCharacters = 100;

enum class StrengthHint : uint8_t {
  kNone,
  kAddWords,      // longer helps most: add a word or two that have nothing to do with the rest
  kAvoidCommon,   // a common password or word makes up much of it
  kAvoidContext,  // your name, the service's …
  kAvoidPattern,  // sequences, repetitions, rows of keys, years
};
std::string_view NameOf(StrengthHint hint);
// One sentence for a person; empty for kNone.
std::string_view SentenceOf(StrengthHint hint);

struct PasswordStrength {
  int score = 0;             // 0 (falls at once) to 4 (withstands an offline attack on a slow hash)
  double guesses_log10 = 0;  // estimated
  StrengthHint hint = StrengthHint::kNone;
};

// Any text: what is not valid UTF-8 is weighed byte by byte.  Any thread.
PasswordStrength MeasurePassword(std::string_view password, const PasswordContext& context);

}  // namespace strongroom
