// What people type and what is stored of it: secrets of authenticator apps, codes, answers, proofs.
#include <cstdint>
#include <cstdlib>

#include "base/encoding.h"
#include "factors/recovery_codes.h"
#include "factors/security_answer.h"
#include "factors/session_proof.h"
#include "factors/totp.h"

using namespace strongroom;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView input(reinterpret_cast<const char*>(data), size);
  const auto secret = ParseTotpSecretText(input);
  if (secret.ok()) {
    const auto again = ParseTotpSecretText(ExposeSecret(TotpSecretText(*secret)));
    if (!again.ok() || ExposeSecret(*again) != ExposeSecret(*secret)) abort();
    VerifyTotp(*secret, input, 1'790'000'000'000, kNoTotpStep).status().IgnoreError();
  }
  static_cast<void>(IsWellFormedRecoveryCode(input));
  const auto set = RecoveryCodeSet::Decode(input);
  if (set.ok() && set->Encode() != input) abort();
  const auto answer = NormaliseAnswer(input);
  if (answer.ok()) {
    const auto again = NormaliseAnswer(ExposeSecret(*answer));
    if (again.ok() && ExposeSecret(*again) != ExposeSecret(*answer)) abort();
  }
  static const SessionProofKey& key = *new SessionProofKey(SecretBytes::CopyOf(Bytes(32, 'k')));
  if (key.VerifyProof("GET", "/fuzz", input, 1'790'000'000'000).ok()) abort();
  return 0;
}
