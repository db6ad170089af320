// SHA-1 (FIPS 180-4) and HMAC-SHA-1, for two protocols that allow nothing else: the one-time codes of authenticator
// apps (RFC 6238) and the public lists of breached passwords.  Collisions in SHA-1 are cheap: use it for neither
// signatures nor identifiers.  Everything else takes crypto/hash.h.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace strongroom {

using Sha1Digest = std::array<uint8_t, 20>;

// Of the concatenation of `parts`.  Any thread.
Sha1Digest Sha1(std::initializer_list<ByteView> parts);
// RFC 2104.  Any key length; an empty key is a programming error and ends the process.  Any thread.
Sha1Digest HmacSha1(const SecretBytes& key, ByteView message);

}  // namespace strongroom
