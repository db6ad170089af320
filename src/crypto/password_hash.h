// Argon2id (RFC 9106) by libsodium.  Slow on purpose: 64 MiB and 3 passes take about 90 ms.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"

namespace strongroom {

struct Argon2Cost {
  uint32_t memory_kib = 64 * 1024;
  uint32_t passes = 3;
};

constexpr size_t kArgon2SaltSizeBytes = 16;

// Any thread.  kInternal when the memory cannot be had.  kInvalidArgument for costs below 8 MiB or one pass, above 4
// GiB or 1,000 passes; for a salt that is not kArgon2SaltSizeBytes long; and for sizes outside 16 to 1024 bytes.
Result<SecretBytes> Argon2id(const SecretBytes& password, ByteView salt, Argon2Cost cost, size_t size_bytes = 32);

}  // namespace strongroom
