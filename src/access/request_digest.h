// What an approval is bound to: who asks, and every byte of what is asked.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "policy/principal.h"

namespace strongroom {

// SHA-256 over four parts, each behind its length (docs/formats/approval.md): the principal's id in 16 hexadecimal
// digits, the method, the target (path and query as sent), the body.
Digest DigestOfRequest(PrincipalId principal, std::string_view method, std::string_view target, ByteView body);

}  // namespace strongroom
