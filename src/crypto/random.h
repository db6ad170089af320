// Randomness is passed in.  SystemRandom is the only one a server may be wired with.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace strongroom {

class Random {
 public:
  virtual ~Random() = default;
  // Fills `size_bytes` bytes.  Never fails: an operating system that cannot give randomness ends the process.
  virtual void Fill(void* out, size_t size_bytes) = 0;

  Bytes Take(size_t size_bytes);
  uint64_t NextU64();
  // Uniform in [0, bound), without modulo bias.  Precondition: bound > 0.
  uint64_t Below(uint64_t bound);
};

// OpenSSL's CSPRNG, drawn 4 KiB at a time into a buffer per thread; bytes handed out are wiped from the buffer.
// Any thread.  A forked child must exec.
class SystemRandom : public Random {
 public:
  void Fill(void* out, size_t size_bytes) override;
};

// For tests and generators only: ChaCha20 keystream of a seed.  One thread.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed);
  void Fill(void* out, size_t size_bytes) override;

 private:
  uint64_t seed_;
  uint64_t block_ = 0;
  uint8_t buffer_[64] = {};
  size_t used_ = 64;
};

}  // namespace strongroom
