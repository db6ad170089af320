// Which passwords may be set: NIST SP 800-63B-4, 3.1.1.  Length and not being known; no composition, no expiry, no
// hints.
//
// Length counts Unicode code points after NFC.  The whole password is compared with a list of common ones, with words
// of the context (service, user name, e-mail, company) and with plain patterns (sequences, repetitions, rows of keys),
// each also in disguise: other case, leet spelling, digits and signs around it, said twice.  Breached passwords are a
// filter of their own (breach_filter.h).  Pure; any thread; time linear in the length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"

namespace strongroom {

enum class PasswordUse : uint8_t { kAlone, kWithSecondFactor };

constexpr size_t kPasswordLeastAlone = 15;  // code points
constexpr size_t kPasswordLeastWithSecondFactor = 8;
constexpr size_t kPasswordMost = 256;

// What a person would be tempted to put in.  Words under three characters are ignored.
struct PasswordContext {
  std::vector<std::string> words;  // service, user name, given and family name, company

  // The part before the @, what stands between its dots, hyphens and plus signs, and the domain's first label.
  void AddEmail(std::string_view email);
};

enum class PasswordFault : uint8_t {
  kNone,
  kTooShort,
  kTooLong,
  kNotText,   // not UTF-8, control characters, or code points that Unicode has not assigned
  kCommon,    // on the list, perhaps in disguise
  kPattern,   // a sequence, a repetition, keys in a row
  kContext,   // little but words of the context
  kBreached,  // known from a breach: for callers that also ask the breach filter
};
// "too-short", "common", …: stable, for interfaces that speak other languages.
std::string_view NameOf(PasswordFault fault);
// kPasswordRefused with a sentence for a person; ok for kNone.
Status StatusOf(PasswordFault fault, PasswordUse use);

// NFC of `password`, which is what is hashed: the same password typed on two systems may arrive in two forms.
// kPasswordRefused (too long, not text) in the words of StatusOf.  Use for checking too: what this refuses was never
// set.
Result<SecretBytes> NormalisePassword(std::string_view password);

// The first fault found; kNone when the password may be set.  `normalised` is what NormalisePassword answered.
PasswordFault FindPasswordFault(const SecretBytes& normalised, PasswordUse use, const PasswordContext& context);

// NormalisePassword and FindPasswordFault in one: the password to hash, or why not.
Result<SecretBytes> AcceptPassword(std::string_view password, PasswordUse use, const PasswordContext& context);

}  // namespace strongroom
