// What a device asks a certificate with: a PKCS#10 request (RFC 2986), of which only the public key is taken.
#pragma once

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

constexpr size_t kMaxCertificateRequestBytes = 16u << 10;

// The request's public key (SubjectPublicKeyInfo, DER), once it is shown that whoever made the request holds the
// private one.  Names, extensions and attributes the request asks for are ignored.  `pem`: one block "CERTIFICATE
// REQUEST" (or "NEW CERTIFICATE REQUEST").  kInvalidArgument: malformed, not signed by its own key with SHA-256 or
// better, or a key that PublicKey::FromSubjectPublicKeyInfo (public_key.h) does not take.  Any thread.
Result<Bytes> PublicKeyOfRequest(ByteView pem);

}  // namespace strongroom
