// Signatures of identity providers: JWS in compact form (RFC 7515) against a set of JSON Web Keys (RFC 7517), strictly,
// as RFC 8725 asks.  Any thread.
//
// ES256, RS256 and EdDSA with Ed25519 (RFC 7518, 8037).  The algorithm is the key's, never the token's: the header must
// name the same one.  No "none", no HMAC, no "crit", and no key from the token itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/public_key.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace strongroom {

// Failures of all functions here are kSingleSignOnFailed with a message for the operator's log; it names members, never
// their values.

// The signing keys of one provider.
class JwkSet {
 public:
  // Keys of other kinds or uses, and private ones, are left out; a set without any usable key is refused, and so is one
  // of more than 64 keys.  At most 64 KiB.
  static Result<JwkSet> Parse(ByteView json);

  size_t size() const { return keys_.size(); }
  // The keys that a header with this key id and algorithm may mean: those of the id, or, without one, the only key of
  // the algorithm.  Null when that is not exactly one.
  const PublicKey* Find(std::optional<std::string_view> key_id, SignatureAlgorithm algorithm) const;

 private:
  struct Entry {
    std::string key_id;  // empty: none
    PublicKey key;
  };
  std::vector<Entry> keys_;
};

// "ES256", "RS256", "EdDSA"; nothing for all other names.
std::optional<SignatureAlgorithm> JoseAlgorithm(std::string_view name);

// The payload of `token`, once its signature is right.  At most 16 KiB.
Result<Bytes> VerifyJws(std::string_view token, const JwkSet& keys);

// Proof Key for Code Exchange (RFC 7636) with S256.
struct Pkce {
  SecretBytes verifier;   // 43 characters
  std::string challenge;  // 43 characters
};
Pkce MakePkce(Random& random);
std::string PkceChallenge(std::string_view verifier);

}  // namespace strongroom
