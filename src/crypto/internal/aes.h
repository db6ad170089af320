// AES as OpenSSL gives it: raw blocks and raw GCM.  For the files of crypto/ and the tests of published vectors;
// nothing else may include it, because these calls take nonces and promise little on their own.
//
// Contexts are kept per thread and keyed anew for each use (about 110 ns; fetching the cipher each time costs more).
// They hold the schedule of the last key used on the thread until the next use, ForgetThreadKeys() (secret.h) or the
// thread's end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace strongroom::internal {

// AES (FIPS 197) under one key, block by block.  The object borrows the thread's context: use it at once, on one
// thread, and do not let two live at the same time.
class AesBlocks {
 public:
  enum class Direction { kEncrypt, kDecrypt };
  // `key`: 16, 24 or 32 bytes; otherwise ok() is false.
  explicit AesBlocks(ByteView key, Direction direction = Direction::kEncrypt);
  bool ok() const { return context_ != nullptr; }
  // `count` blocks of 16 bytes, each on its own; `out` may be `in`.  False when OpenSSL fails.
  [[nodiscard]] bool Apply(const uint8_t* in, uint8_t* out, size_t count) const;

 private:
  void* context_ = nullptr;
};

constexpr size_t kGcmTagSizeBytes = 16;

// AES-GCM (SP 800-38D) with a 16-byte tag.  Keys of 16, 24 or 32 bytes, nonces of 1 to 128 bytes: all but (32, 12)
// serve vectors only.  `out` takes plaintext.size() + 16 bytes: ciphertext, then tag.  False on any failure.
[[nodiscard]] bool GcmSeal(ByteView key, ByteView nonce, ByteView plaintext, ByteView associated_data, uint8_t* out);

// `sealed` is ciphertext || tag; `out` takes sealed.size() - 16 bytes and is wiped on failure.
[[nodiscard]] bool GcmOpen(ByteView key, ByteView nonce, ByteView sealed, ByteView associated_data, uint8_t* out);

}  // namespace strongroom::internal
