// Answers to security questions: an extra hurdle when somebody signs in from a new place, never a factor and never a
// way to recover (SP 800-63B-4, 3.1.1.2 forbids both).  The caller stores what comes back like a password, with
// crypto/password_hash.h, and throttles.
#pragma once

#include <string_view>

#include "base/status.h"
#include "crypto/secret.h"

namespace strongroom {

// The answer as it is hashed and compared: NFKC, case folded, spaces, punctuation and signs left out, so that
// "St. Petersburg" and "st petersburg" are one answer.  kFactorInvalid when it is no text or longer than 1,000 bytes.
Result<SecretBytes> NormaliseAnswer(std::string_view answer);

// The same for a new answer.  kFactorInvalid, too, when less than four letters or digits are left (ideographs, kana and
// hangul count twice), when it is one character or a sequence, when it says that there is none, and when it stands in
// the question itself.
Result<SecretBytes> AcceptAnswer(std::string_view answer, std::string_view question);

}  // namespace strongroom
