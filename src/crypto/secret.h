// Secrets have a type: wiped when dropped, never copied by accident, never printed.
//
// Memory: up to 64 bytes a secret lives in a process-wide arena of locked pages that core dumps leave out
// (mlock, MADV_DONTDUMP); longer ones live on the heap.  Both are overwritten when dropped.  If the pages cannot be
// locked (RLIMIT_MEMLOCK) the secret is still held and LockedPagesWork() says so, for `doctor` to report.
//
// The bytes are read through ExposeSecret() alone, so that every use can be found with one grep.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

class Random;

class SecretBytes {
 public:
  SecretBytes() = default;
  // A zeroed secret of this size, to be filled through MutableData().
  explicit SecretBytes(size_t size_bytes);
  // Copies `bytes`; the caller still owns (and should wipe) the original.
  static SecretBytes CopyOf(ByteView bytes);
  static SecretBytes Generate(size_t size_bytes, Random& random);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  // A copy asked for by name.
  SecretBytes Clone() const;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  uint8_t* MutableData() { return data_; }

 private:
  friend ByteView ExposeSecret(const SecretBytes& secret);
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

// The one way to the bytes.  The view lives as long as `secret`.
inline ByteView ExposeSecret(const SecretBytes& secret) {
  return {reinterpret_cast<const char*>(secret.data_), secret.size_};
}

// Overwrites memory in a way the optimiser may not remove.
void WipeMemory(void* data, size_t size_bytes);
void WipeString(Bytes& bytes);  // overwrites the whole capacity, then clears

// True when equal; time depends on the sizes alone.
bool EqualInConstantTime(ByteView a, ByteView b);

bool LockedPagesWork();

// Overwrites what the calling thread keeps of the last keys it used: cipher contexts stay set up between uses
// (internal/aes.h).  For every thread of a server that locks.
void ForgetThreadKeys();

}  // namespace strongroom
