// The proof that a request comes from the browser that signed in (docs/formats/session-proof.md): a cookie alone can be
// stolen, or sent by somebody else's page.
//
// At sign-in the browser makes an ephemeral P-256 key pair and sends its public half; Agree answers ours and the
// 32-byte HMAC key that both sides derive.  The browser keeps its copy non-extractable, the server stores its copy with
// the session.  Each request by cookie then carries `X-Session-Proof: <unix millis>.<base64url HMAC>` over the method,
// the target as sent, and the time.  The proof ties a request to a browser; it is not a defence against repeating a
// request within the skew, which takes somebody inside of TLS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/ecdh.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace strongroom {

constexpr int64_t kSessionProofSkewMillis = 120'000;

// The HMAC key of one session, set up once and used for each of its requests.  Any thread.
class SessionProofKey {
 public:
  struct Agreement {
    Bytes server_public;  // 65 bytes: 04 || x || y
    SecretBytes key;      // 32 bytes
  };
  // `client_public`: 65 bytes, as WebCrypto exports "raw".  `session_id`: its text, which the browser is told too.
  // kFactorInvalid when the point is not one of the curve.  About 100 microseconds.
  static Result<Agreement> Agree(ByteView client_public, std::string_view session_id, Random& random);
  // With a given key pair, for the worked example.
  static Result<Agreement> AgreeWith(const EcdhP256& pair, ByteView client_public, std::string_view session_id);

  // 32 bytes, otherwise every proof is refused.
  explicit SessionProofKey(const SecretBytes& key);

  // `method` and `target` as they stand in the request line ("GET", "/v1/customers?limit=5"), `header` the value of
  // X-Session-Proof.  kSessionUnproved when it is missing, malformed, further than `max_skew_millis` from `now` on
  // either side, or wrong.  Under a microsecond, and the same time whichever byte is wrong.
  Status VerifyProof(std::string_view method, std::string_view target, std::string_view header, UnixMillis now,
                     int64_t max_skew_millis = kSessionProofSkewMillis) const;

  // The header's value, as a browser makes it: for clients of ours and for tests.
  std::string MakeProof(std::string_view method, std::string_view target, UnixMillis now) const;

 private:
  Mac mac_;
  bool usable_;
};

}  // namespace strongroom
