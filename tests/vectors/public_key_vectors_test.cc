// Other people's signatures and key agreement against the vectors of Project Wycheproof.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "crypto/ecdh.h"
#include "crypto/public_key.h"
#include "tests/vectors/vector_file.h"

namespace strongroom {
namespace {

using vectors::Hex;
using vectors::Json;
using vectors::Outcome;

Outcome Verdict(bool accepted) { return accepted ? Outcome::kAcceptedAndEqual : Outcome::kRefused; }

Json PublicKeyOf(Json group) { return group["publicKey"]; }

// 04 || x || y.
Result<PublicKey> P256KeyOf(Json group) {
  const Bytes point = Hex(PublicKeyOf(group), "uncompressed");
  return PublicKey::FromEcPoint(SignatureAlgorithm::kEs256, ByteView(point).substr(1, 32), ByteView(point).substr(33));
}

void RunEcdsa(const char* file, EcdsaForm form) {
  const auto tally = vectors::RunWycheproof(file, [form](Json group, Json test) {
    const Result<PublicKey> key = P256KeyOf(group);
    return Verdict(key.ok() && key->Verify(Hex(test, "msg"), Hex(test, "sig"), form));
  });
  if (!tally) GTEST_SKIP() << "no shared vectors";
}

TEST(Wycheproof, EcdsaP256Der) { RunEcdsa("ecdsa_secp256r1_sha256_test.json", EcdsaForm::kDer); }
TEST(Wycheproof, EcdsaP256FixedWidth) { RunEcdsa("ecdsa_secp256r1_sha256_p1363_test.json", EcdsaForm::kFixedWidth); }

TEST(Wycheproof, RsaPkcs1Sha256) {
  const auto tally = vectors::RunWycheproof("rsa_signature_2048_sha256_test.json", [](Json group, Json test) {
    const Result<PublicKey> key =
        PublicKey::FromRsa(Hex(PublicKeyOf(group), "modulus"), Hex(PublicKeyOf(group), "publicExponent"));
    // "acceptable" there: a signature whose encoding leaves out the NULL, which some verifiers took.
    if (vectors::Text(test, "result") == "acceptable") return Outcome::kNotTried;
    return Verdict(key.ok() && key->Verify(Hex(test, "msg"), Hex(test, "sig")));
  });
  if (!tally) GTEST_SKIP() << "no shared vectors";
}

TEST(Wycheproof, Ed25519AsSomebodyElsesKey) {
  const auto tally = vectors::RunWycheproof("ed25519_test.json", [](Json group, Json test) {
    const Result<PublicKey> key = PublicKey::FromEdwards(SignatureAlgorithm::kEd25519, Hex(PublicKeyOf(group), "pk"));
    return Verdict(key.ok() && key->Verify(Hex(test, "msg"), Hex(test, "sig")));
  });
  if (!tally) GTEST_SKIP() << "no shared vectors";
}

// Wycheproof writes the point inside a SubjectPublicKeyInfo; cases whose wrapping is what is wrong are not ours to
// read.
Outcome RunEcdh(Json, Json test) {
  static const Bytes kPrefix = *HexDecode("3059301306072a8648ce3d020106082a8648ce3d030107034200");
  const Bytes wrapped = Hex(test, "public");
  // "acceptable" there: the point is damaged together with its wrapping, and some readers repair it.
  if (vectors::Text(test, "result") == "acceptable") return Outcome::kNotTried;
  if (!wrapped.starts_with(kPrefix)) return Outcome::kNotTried;
  Bytes scalar = Hex(test, "private");
  while (scalar.size() > 32 && scalar[0] == '\0') scalar.erase(0, 1);
  scalar.insert(0, 32 - std::min<size_t>(scalar.size(), 32), '\0');
  const Result<EcdhP256> pair = EcdhP256::FromPrivate(SecretBytes::CopyOf(scalar));
  if (!pair.ok()) return Outcome::kNotTried;
  const Result<SecretBytes> shared = pair->Agree(ByteView(wrapped).substr(kPrefix.size()));
  if (!shared.ok()) return Outcome::kRefused;
  return ExposeSecret(*shared) == Hex(test, "shared") ? Outcome::kAcceptedAndEqual : Outcome::kAcceptedButDifferent;
}

TEST(Wycheproof, EcdhP256) {
  const auto tally = vectors::RunWycheproof("ecdh_secp256r1_test.json", RunEcdh);
  if (!tally) GTEST_SKIP() << "no shared vectors";
}

}  // namespace
}  // namespace strongroom
