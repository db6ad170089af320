// The one-time code that an invited person begins with: 130 random bits in 26 characters and 4 that tell a mistyped
// code from a wrong one, in groups of five ("a0b1c-2d3e4-...").  Read aloud or copied by hand, so that case, spaces and
// hyphens do not matter and o, i and l are read as the digits they look like.  Only its HMAC is kept.
#pragma once

#include <optional>
#include <string_view>

#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "keys/key_ring.h"

namespace strongroom {

SecretBytes DrawInvitationCode(Random& random);
// The one spelling that is hashed; nothing when it is mistyped.
std::optional<SecretBytes> CanonicalInvitationCode(std::string_view typed);
// `canonical`: as the above two answer it.
Digest InvitationMac(const KeyRing& office, const SecretBytes& canonical);

}  // namespace strongroom
