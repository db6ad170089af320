#include "crypto/random.h"

#include <openssl/rand.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "crypto/internal/die.h"
#include "crypto/secret.h"

namespace strongroom {
namespace {

constexpr size_t kPoolSizeBytes = 4096;
constexpr size_t kMappingSizeBytes = 2 * 4096;

// What one thread has drawn ahead.  The mapping is wiped by the kernel in a forked child (MADV_WIPEONFORK, Linux
// 4.14), so a child finds `filled` false and draws afresh instead of repeating its parent's bytes.  That costs
// nothing per call, where asking for the process id is a system call.
struct Pool {
  bool filled;
  size_t used;
  uint8_t bytes[kPoolSizeBytes];
};
static_assert(sizeof(Pool) <= kMappingSizeBytes);

void DrawFromOpenSsl(void* out, size_t size_bytes) {
  auto* at = static_cast<uint8_t*>(out);
  while (size_bytes > 0) {
    const size_t piece = std::min<size_t>(size_bytes, 1 << 20);
    internal::Require(RAND_priv_bytes(at, static_cast<int>(piece)) == 1, "the random number generator failed");
    at += piece;
    size_bytes -= piece;
  }
}

class ThreadPool {
 public:
  ThreadPool() {
    void* mapping = mmap(nullptr, kMappingSizeBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    internal::Require(mapping != MAP_FAILED, "no memory for randomness");
    pool_ = static_cast<Pool*>(mapping);
    kernel_wipes_on_fork_ = madvise(mapping, kMappingSizeBytes, MADV_WIPEONFORK) == 0;
    owner_ = getpid();
    // Unlocked or dumpable pages only weaken the protection of bytes that are about to be handed out anyway.
    static_cast<void>(mlock(mapping, kMappingSizeBytes));
    static_cast<void>(madvise(mapping, kMappingSizeBytes, MADV_DONTDUMP));
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() {
    explicit_bzero(pool_, sizeof(Pool));
    munmap(pool_, kMappingSizeBytes);
  }

  void Fill(uint8_t* out, size_t size_bytes) {
    if (!kernel_wipes_on_fork_ && owner_ != getpid()) {
      pool_->filled = false;
      owner_ = getpid();
    }
    if (!pool_->filled || kPoolSizeBytes - pool_->used < size_bytes) Refill();
    uint8_t* drawn = pool_->bytes + pool_->used;
    memcpy(out, drawn, size_bytes);
    explicit_bzero(drawn, size_bytes);
    pool_->used += size_bytes;
  }

 private:
  void Refill() {
    DrawFromOpenSsl(pool_->bytes, kPoolSizeBytes);
    pool_->used = 0;
    pool_->filled = true;
  }

  Pool* pool_ = nullptr;
  bool kernel_wipes_on_fork_ = false;
  pid_t owner_ = 0;
};

}  // namespace

Bytes Random::Take(size_t size_bytes) {
  Bytes bytes(size_bytes, '\0');
  if (size_bytes > 0) Fill(bytes.data(), size_bytes);
  return bytes;
}

uint64_t Random::NextU64() {
  uint64_t value = 0;
  Fill(&value, sizeof(value));
  return value;
}

uint64_t Random::Below(uint64_t bound) {
  internal::Require(bound > 0, "Random::Below needs a bound above zero");
  // Values under 2^64 mod bound would make small results likelier: draw again.
  const uint64_t first_fair = (0 - bound) % bound;
  for (;;) {
    const uint64_t value = NextU64();
    if (value >= first_fair) return value % bound;
  }
}

void SystemRandom::Fill(void* out, size_t size_bytes) {
  if (size_bytes == 0) return;
  if (size_bytes > kPoolSizeBytes / 4) return DrawFromOpenSsl(out, size_bytes);
  thread_local ThreadPool pool;
  pool.Fill(static_cast<uint8_t*>(out), size_bytes);
}

SeededRandom::SeededRandom(uint64_t seed) : seed_(seed) {}

void SeededRandom::Fill(void* out, size_t size_bytes) {
  auto* at = static_cast<uint8_t*>(out);
  while (size_bytes > 0) {
    if (used_ == sizeof(buffer_)) {
      uint8_t key[crypto_stream_chacha20_KEYBYTES] = {};
      for (size_t i = 0; i < 8; ++i) key[i] = static_cast<uint8_t>(seed_ >> (8 * i));
      const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {};
      const uint8_t zeros[sizeof(buffer_)] = {};
      internal::Require(crypto_stream_chacha20_xor_ic(buffer_, zeros, sizeof(buffer_), nonce, block_++, key) == 0,
                        "ChaCha20 failed");
      used_ = 0;
    }
    const size_t piece = std::min(size_bytes, sizeof(buffer_) - used_);
    memcpy(at, buffer_ + used_, piece);
    used_ += piece;
    at += piece;
    size_bytes -= piece;
  }
}

}  // namespace strongroom
