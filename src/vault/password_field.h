// Field type `password`: set and verify, never readable.  What is stored is Argon2id of the password, sealed under the
// pepper (a key of the office, NIST SP 800-63B-4 section 3.1.1.2), so that a record alone allows no guessing.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "keys/key_ring.h"

namespace strongroom {

// Any thread.  Setting and verifying take about 90 ms on purpose.
class PasswordField {
 public:
  PasswordField(const KeyRing& office, Random& random);
  Result<std::string> Seal(std::string_view password) const;
  // False for a wrong password.  `stored` empty: the same work against nothing, and false.
  Result<bool> Verify(std::string_view stored, std::string_view password) const;

 private:
  Aead pepper_;
  Random& random_;
};

}  // namespace strongroom
