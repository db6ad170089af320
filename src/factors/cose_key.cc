#include "factors/cose_key.h"

#include <optional>
#include <utility>

#include "factors/cbor.h"

namespace strongroom {
namespace {

// RFC 9052, 7.1 and RFC 9053, 7.1, 7.2; RFC 8230, 4.
constexpr int64_t kLabelKeyType = 1, kLabelAlgorithm = 3, kLabelFirst = -1, kLabelSecond = -2, kLabelThird = -3;
constexpr int64_t kTypeOctetPair = 1, kTypeEc2 = 2, kTypeRsa = 3;
constexpr int64_t kCurveP256 = 1, kCurveP384 = 2, kCurveP521 = 3, kCurveEd25519 = 6, kCurveEd448 = 7;

Status Refused(std::string message) { return {Reason::kFactorInvalid, std::move(message)}; }

// The members as they came.  -1 is the curve of EC2 and OKP keys but the modulus of RSA keys.
struct Members {
  int64_t key_type = 0;
  int64_t algorithm = 0;
  int64_t curve = 0;
  ByteView first;   // n of RSA
  ByteView second;  // x, or e of RSA
  ByteView third;   // y
  bool unknown = false;
};

Members ReadMembers(CborReader& cbor) {
  Members members;
  for (CborMap map(cbor); map.Next();) {
    if (map.IsInt(kLabelKeyType)) {
      members.key_type = cbor.Int();
    } else if (map.IsInt(kLabelAlgorithm)) {
      members.algorithm = cbor.Int();
    } else if (map.IsInt(kLabelFirst)) {
      // Canonical order puts the key type first; a key that says it later is read as an EC key and then refused.
      if (members.key_type == kTypeRsa)
        members.first = cbor.ByteString();
      else
        members.curve = cbor.Int();
    } else if (map.IsInt(kLabelSecond)) {
      members.second = cbor.ByteString();
    } else if (map.IsInt(kLabelThird)) {
      members.third = cbor.ByteString();
    } else {
      members.unknown = true;
      cbor.Skip();
    }
  }
  return members;
}

struct Kind {
  CoseAlgorithm algorithm;
  SignatureAlgorithm signature;
  int64_t key_type;
  int64_t curve;
};

std::optional<Kind> KindOf(int64_t algorithm) {
  static constexpr Kind kKinds[] = {
      {CoseAlgorithm::kEs256, SignatureAlgorithm::kEs256, kTypeEc2, kCurveP256},
      {CoseAlgorithm::kEs384, SignatureAlgorithm::kEs384, kTypeEc2, kCurveP384},
      {CoseAlgorithm::kEs512, SignatureAlgorithm::kEs512, kTypeEc2, kCurveP521},
      {CoseAlgorithm::kEdDsa, SignatureAlgorithm::kEd25519, kTypeOctetPair, kCurveEd25519},
      {CoseAlgorithm::kEd448, SignatureAlgorithm::kEd448, kTypeOctetPair, kCurveEd448},
      {CoseAlgorithm::kRs256, SignatureAlgorithm::kRs256, kTypeRsa, 0},
  };
  for (const Kind& kind : kKinds) {
    if (static_cast<int64_t>(kind.algorithm) == algorithm) return kind;
  }
  return std::nullopt;
}

Result<PublicKey> KeyOf(const Kind& kind, const Members& members) {
  if (kind.key_type == kTypeRsa) return PublicKey::FromRsa(members.first, members.second);
  if (kind.key_type == kTypeEc2) return PublicKey::FromEcPoint(kind.signature, members.second, members.third);
  return PublicKey::FromEdwards(kind.signature, members.second);
}

}  // namespace

Result<CoseKey> ParseCoseKey(ByteView bytes, size_t* size_bytes) {
  CborReader cbor(bytes);
  const Members members = ReadMembers(cbor);
  if (cbor.failed()) return Refused("the public key is not a COSE key in canonical CBOR");
  *size_bytes = cbor.position();
  const std::optional<Kind> kind = KindOf(members.algorithm);
  if (!kind) return Refused("the public key is for an algorithm that is not supported here");
  if (members.key_type != kind->key_type || members.curve != kind->curve || members.unknown ||
      (kind->key_type != kTypeEc2 && !members.third.empty())) {
    return Refused("the members of the public key do not fit its algorithm");
  }
  Result<PublicKey> key = KeyOf(*kind, members);
  if (!key.ok()) {
    return key.reason() == Reason::kInvalidArgument ? Refused(key.status().message()) : key.status();
  }
  return CoseKey{kind->algorithm, std::move(*key)};
}

}  // namespace strongroom
