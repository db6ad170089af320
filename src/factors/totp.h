// One-time codes of authenticator apps: TOTP (RFC 6238) over HOTP (RFC 4226) with what every app supports: SHA-1, six
// digits, steps of 30 seconds.  Pure functions of their arguments; any thread.
//
// The caller keeps, beside the secret, the step of the last code that was right, and stores what VerifyTotp answers in
// the same commit that lets the person in: that makes each code work once (RFC 6238, 5.2).  The caller also counts the
// failures: three codes of a million are right at any moment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace strongroom {

constexpr size_t kTotpSecretSizeBytes = 20;  // RFC 4226, 4 (R6): 160 bits
constexpr int kTotpDigits = 6;
constexpr int64_t kTotpStepMillis = 30'000;
// No code was used yet.
constexpr int64_t kNoTotpStep = -1;

SecretBytes GenerateTotpSecret(Random& random);

// The step that `now` lies in.
int64_t TotpStepAt(UnixMillis now);

// Six digits: what the app shows at this step.
std::string TotpCodeAt(const SecretBytes& secret, int64_t step);

// The step of the code, when `code` (six digits; spaces between are ignored) is that of the step of `now` or of a
// neighbour and the step is later than `last_step_used`.  kFactorRefused otherwise, with a message of its own for a
// code that was right but used.  Takes the same time whichever digit is wrong.
Result<int64_t> VerifyTotp(const SecretBytes& secret, std::string_view code, UnixMillis now, int64_t last_step_used);

// The secret as people type it into an app: base32 (RFC 4648), no padding, 32 characters.
SecretBytes TotpSecretText(const SecretBytes& secret);
// The opposite; spaces, hyphens and lower case are forgiven.  kInvalidArgument for other characters, stray bits, and
// secrets under 14 bytes (SP 800-63B-4, 3.1.4.1: 112 bits) or over 64.
Result<SecretBytes> ParseTotpSecretText(std::string_view text);

// otpauth://totp/Issuer:account?secret=…&issuer=Issuer&algorithm=SHA1&digits=6&period=30, percent-encoded.
// kInvalidArgument when issuer or account is empty, holds a colon (apps split the label there), is not UTF-8, or is
// longer than 64 bytes (issuer) or 128 bytes (account).
Result<SecretBytes> TotpUri(std::string_view issuer, std::string_view account, const SecretBytes& secret);

namespace internal {
// RFC 4226, 5.3, for published vectors: 6 to 8 digits.
std::string HotpCode(const SecretBytes& secret, uint64_t counter, int digits);
}  // namespace internal

}  // namespace strongroom
