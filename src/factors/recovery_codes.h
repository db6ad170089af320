// Recovery codes (SP 800-63B-4, 3.1.2: look-up secrets): ten codes on paper, each of which stands in once for a lost
// second factor.  docs/formats/recovery-codes.md has code, check character and record.
//
// Hashed with Argon2id rather than with a keyed hash: 70 bits are short of the 112 below which NIST asks for a salted
// slow one, and codes that people can copy by hand are worth that.  The cost is a fifth of a password's, because 70
// random bits need no more; making a set takes ten times that.  Run both on a thread that may wait.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/password_hash.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace strongroom {

constexpr size_t kRecoveryCodeCount = 10;
constexpr Argon2Cost kRecoveryCodeCost = {.memory_kib = 19 * 1024, .passes = 2};

// What is stored, sealed, with the account.
class RecoveryCodeSet {
 public:
  size_t made() const { return made_; }
  size_t left() const { return hashes_.size(); }

  // Ok when `typed` is a code of the set, which is taken out: store Encode() in the commit that lets the person in, and
  // let that commit fail if the stored set changed since it was read.  kFactorRefused otherwise, and nothing changes.
  // About 20 ms, unless the code is mistyped.
  Status Redeem(std::string_view typed);

  Bytes Encode() const;
  // kDataCorrupt for anything that Encode cannot have written.
  static Result<RecoveryCodeSet> Decode(ByteView bytes);

 private:
  friend Result<struct NewRecoveryCodes> MakeRecoveryCodes(Random& random, size_t count, Argon2Cost cost);
  using Hash = std::array<uint8_t, 32>;
  Result<Hash> HashOf(const SecretBytes& plain) const;

  Argon2Cost cost_ = kRecoveryCodeCost;
  size_t made_ = 0;
  std::array<uint8_t, kArgon2SaltSizeBytes> salt_ = {};
  std::vector<Hash> hashes_;
};

struct NewRecoveryCodes {
  std::vector<SecretBytes> texts;  // to be shown once: "a0b1c-2d3e4-f5g69"
  RecoveryCodeSet set;
};
// `count` between 1 and 32, otherwise kInvalidArgument.  kInternal when there is no memory for Argon2id.
Result<NewRecoveryCodes> MakeRecoveryCodes(Random& random, size_t count = kRecoveryCodeCount,
                                           Argon2Cost cost = kRecoveryCodeCost);

// Whether the check character is right.  What is mistyped was no attempt at guessing: callers need not count it.
bool IsWellFormedRecoveryCode(std::string_view typed);

}  // namespace strongroom
