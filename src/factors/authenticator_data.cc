#include "factors/authenticator_data.h"

#include <algorithm>

#include "base/encoding.h"
#include "factors/cbor.h"
#include "factors/cose_key.h"
#include "factors/webauthn.h"

namespace strongroom {
namespace {

// Bits 1 and 5 are reserved and ignored, as the standard asks.
constexpr uint8_t kUserPresent = 0x01, kUserVerified = 0x04, kBackupEligible = 0x08, kBackedUp = 0x10,
                  kHasCredential = 0x40, kHasExtensions = 0x80;
constexpr size_t kHashSizeBytes = 32;
constexpr size_t kAaguidSizeBytes = 16;

Status Malformed(const char* message) { return {Reason::kMalformedRequest, message}; }

// Level 3, 6.5.2: AAGUID, length of the id, id, COSE_Key, whose length only its own CBOR tells.
Result<AttestedCredential> ReadCredential(ByteReader& in) {
  AttestedCredential credential;
  const ByteView aaguid = in.Raw(kAaguidSizeBytes);
  credential.id = in.Raw(in.U16());
  if (in.failed()) return Malformed("the authenticator data ends inside of the credential");
  if (credential.id.empty() || credential.id.size() > kPasskeyIdMaxBytes) {
    return Malformed("a credential id must have 1 to 1023 bytes");
  }
  std::copy(aaguid.begin(), aaguid.end(), credential.aaguid.begin());
  return credential;
}

}  // namespace

Result<AuthenticatorData> ParseAuthenticatorData(ByteView bytes) {
  ByteReader in(bytes);
  AuthenticatorData data;
  data.rp_id_hash = in.Raw(kHashSizeBytes);
  const uint8_t flags = in.U8();
  data.sign_count = in.U32();
  if (in.failed()) return Malformed("the authenticator data is shorter than 37 bytes");
  data.user_present = (flags & kUserPresent) != 0;
  data.user_verified = (flags & kUserVerified) != 0;
  data.backup_eligible = (flags & kBackupEligible) != 0;
  data.backed_up = (flags & kBackedUp) != 0;
  ByteView rest;
  if ((flags & kHasCredential) != 0) {
    ASSIGN_OR_RETURN(data.credential, ReadCredential(in));
    rest = in.Rest();
    size_t key_size_bytes = 0;
    const Result<CoseKey> key = ParseCoseKey(rest, &key_size_bytes);
    if (!key.ok()) return key.status();
    data.credential->public_key = rest.substr(0, key_size_bytes);
    rest.remove_prefix(key_size_bytes);
  } else {
    rest = in.Rest();
  }
  CborReader extensions(rest);
  if ((flags & kHasExtensions) != 0) {
    if (!extensions.NextIsMap()) return Malformed("the authenticator data has no extensions where it says so");
    extensions.Skip();
  }
  RETURN_IF_ERROR(extensions.Finish("the authenticator data"));
  return data;
}

}  // namespace strongroom
