// StaffSecrets: how a person's secrets are kept inside their document (docs/formats/session.md, "Secrets of a person").
//
// Password and answer are verifiers: Argon2id of the normalised text, sealed under the pepper (NIST SP 800-63B-4,
// 3.1.1.2).  The authenticator secret must be read again, so it is sealed under the pepper as it is.  Each seal names
// its use and its person: what is moved to another place or another person does not open.
#pragma once

#include <string_view>

#include "access/slow_work.h"
#include "base/bytes.h"
#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/password_hash.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "keys/key_ring.h"
#include "policy/principal.h"

namespace strongroom {

// Any thread.
class StaffSecrets {
 public:
  static constexpr std::string_view kStaffPepper = "strongroom staff pepper v1";
  static constexpr std::string_view kCustomerPepper = "strongroom customer sign-in pepper v1";

  enum class Use : uint8_t { kPassword = 1, kAnswer = 2, kTotp = 3 };

  // `random` and `work` must outlive this.  `cost` is of new verifiers; old ones name theirs.
  // `pepper`: whose secrets they are; of one kind of people do not open as another's.
  StaffSecrets(const KeyRing& office, Random& random, SlowWork& work, Argon2Cost cost = {},
               std::string_view pepper = kStaffPepper);

  // `normalised`: of factors/password_rules.h or factors/security_answer.h.  Slow; kOverloaded.
  Result<Bytes> MakeVerifier(Use use, PrincipalId person, const SecretBytes& normalised);
  // False when it is another text.  With an empty `verifier` the same work is done against nothing, and the answer is
  // false: whoever asks about nobody waits as long.
  Result<bool> Verify(Use use, PrincipalId person, ByteView verifier, const SecretBytes& normalised);

  Result<Bytes> SealTotp(PrincipalId person, const SecretBytes& secret) const;
  Result<SecretBytes> OpenTotp(PrincipalId person, ByteView sealed) const;

 private:
  static Bytes AssociatedData(Use use, PrincipalId person);
  Result<SecretBytes> Hash(const SecretBytes& text, ByteView salt, Argon2Cost cost);

  const Aead pepper_;
  Random& random_;
  SlowWork& work_;
  const Argon2Cost cost_;
};

}  // namespace strongroom
