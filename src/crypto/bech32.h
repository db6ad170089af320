// Bech32 (BIP 173) of whole bytes, without its limit of 90 characters: the spelling of age's recipients and identities.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"

namespace strongroom {

// Lower case.  Precondition: `prefix` is lower-case ASCII without spaces.
std::string Bech32Encode(std::string_view prefix, ByteView bytes);
// All upper or all lower case, with exactly this prefix (given in lower case).  kInvalidArgument; the message never
// repeats the text, which may be a secret.
Result<SecretBytes> Bech32Decode(std::string_view prefix, std::string_view text);

}  // namespace strongroom
