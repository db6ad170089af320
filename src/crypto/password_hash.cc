#include "crypto/password_hash.h"

#include <sodium.h>

namespace strongroom {
namespace {

constexpr uint32_t kLeastMemoryKib = 8 * 1024;
constexpr uint32_t kMostMemoryKib = 4 * 1024 * 1024;
// Costs are read from stored headers: without a limit, a forged one would occupy a core for hours.
constexpr uint32_t kMostPasses = 1000;
constexpr size_t kLeastSizeBytes = crypto_pwhash_BYTES_MIN;
constexpr size_t kMostSizeBytes = 1024;
static_assert(kArgon2SaltSizeBytes == crypto_pwhash_SALTBYTES);

}  // namespace

Result<SecretBytes> Argon2id(const SecretBytes& password, ByteView salt, Argon2Cost cost, size_t size_bytes) {
  if (cost.memory_kib < kLeastMemoryKib || cost.memory_kib > kMostMemoryKib) {
    return Status(Reason::kInvalidArgument, "Argon2id takes between 8 MiB and 4 GiB of memory");
  }
  if (cost.passes < 1 || cost.passes > kMostPasses) {
    return Status(Reason::kInvalidArgument, "Argon2id takes between 1 and 1,000 passes");
  }
  if (salt.size() != kArgon2SaltSizeBytes) {
    return Status(Reason::kInvalidArgument, "an Argon2id salt is 16 bytes");
  }
  if (size_bytes < kLeastSizeBytes || size_bytes > kMostSizeBytes) {
    return Status(Reason::kInvalidArgument, "Argon2id gives between 16 and 1024 bytes");
  }
  // Negative means that libsodium must not be used; 1 that it was ready before.
  if (sodium_init() < 0) return Status(Reason::kInternal, "libsodium cannot be initialised");
  SecretBytes out(size_bytes);
  // libsodium must not be given a null pointer, which is what an empty secret has.
  const ByteView bytes = password.empty() ? ByteView("") : ExposeSecret(password);
  if (crypto_pwhash(out.MutableData(), out.size(), bytes.data(), bytes.size(), AsU8(salt), cost.passes,
                    size_t{cost.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Status(Reason::kInternal, "there is not enough memory to check a password");
  }
  return out;
}

}  // namespace strongroom
