// What the browser says about a ceremony (WebAuthn Level 3, 5.8.1): collected client data, in JSON.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "factors/webauthn.h"

namespace strongroom {

// Steps 7 to 12 of registration, 11 to 16 of authentication: that `json` is of this `type` ("webauthn.create",
// "webauthn.get"), answers this challenge, and comes from an origin, and a place in the page, that the party allows.
// `failure` is the reason of every refusal.
Status CheckClientData(const RelyingParty& party, std::string_view type, ByteView challenge, ByteView json,
                       Reason failure);

}  // namespace strongroom
