#include "crypto/secret.h"

#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "crypto/random.h"

namespace strongroom {
namespace {

// True until a chunk could not be locked.
std::atomic<bool> all_pages_locked{true};

// Slots of one size in locked pages.  A free slot is all zero; the list of free slots is kept outside the pages, so
// that nothing but secrets is ever written there.  Chunks are never given back: the arena stays as large as it was
// at its fullest, which for 32-byte keys is small.
class SlotPool {
 public:
  explicit SlotPool(size_t slot_size_bytes) : slot_size_bytes_(slot_size_bytes) {}

  uint8_t* Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) Grow();
    uint8_t* slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void Return(uint8_t* slot) {
    explicit_bzero(slot, slot_size_bytes_);
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(slot);  // Cannot allocate: Grow() reserved room for every slot there is.
  }

 private:
  static constexpr size_t kSmallestChunkBytes = 16 * 1024;
  static constexpr size_t kLargestChunkBytes = 256 * 1024;

  void Grow() {
    const size_t chunk_bytes = std::clamp(total_bytes_, kSmallestChunkBytes, kLargestChunkBytes);
    free_.reserve((total_bytes_ + chunk_bytes) / slot_size_bytes_);
    void* chunk = mmap(nullptr, chunk_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED) throw std::bad_alloc();
    if (mlock(chunk, chunk_bytes) != 0) all_pages_locked = false;
    if (madvise(chunk, chunk_bytes, MADV_DONTDUMP) != 0) all_pages_locked = false;
    total_bytes_ += chunk_bytes;
    // Lowest address on top of the stack of free slots.
    for (size_t offset = chunk_bytes; offset >= slot_size_bytes_; offset -= slot_size_bytes_) {
      free_.push_back(static_cast<uint8_t*>(chunk) + offset - slot_size_bytes_);
    }
  }

  const size_t slot_size_bytes_;
  std::mutex mutex_;
  std::vector<uint8_t*> free_;
  size_t total_bytes_ = 0;
};

// Never destroyed: secrets in static objects may outlive any order of destruction we could choose.
SlotPool& SmallSlots() {
  static SlotPool& pool = *new SlotPool(32);
  return pool;
}
SlotPool& LargeSlots() {
  static SlotPool& pool = *new SlotPool(64);
  return pool;
}

uint8_t* TakeMemory(size_t size_bytes) {
  if (size_bytes == 0) return nullptr;
  if (size_bytes <= 32) return SmallSlots().Take();
  if (size_bytes <= 64) return LargeSlots().Take();
  return new uint8_t[size_bytes]();
}

void ReturnMemory(uint8_t* data, size_t size_bytes) {
  if (size_bytes == 0) return;
  if (size_bytes <= 32) return SmallSlots().Return(data);
  if (size_bytes <= 64) return LargeSlots().Return(data);
  explicit_bzero(data, size_bytes);
  delete[] data;
}

}  // namespace

SecretBytes::SecretBytes(size_t size_bytes) : data_(TakeMemory(size_bytes)), size_(size_bytes) {}

SecretBytes SecretBytes::CopyOf(ByteView bytes) {
  SecretBytes copy(bytes.size());
  if (!bytes.empty()) memcpy(copy.data_, bytes.data(), bytes.size());
  return copy;
}

SecretBytes SecretBytes::Generate(size_t size_bytes, Random& random) {
  SecretBytes secret(size_bytes);
  if (size_bytes > 0) random.Fill(secret.data_, size_bytes);
  return secret;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    ReturnMemory(data_, size_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { ReturnMemory(data_, size_); }

SecretBytes SecretBytes::Clone() const { return CopyOf(ExposeSecret(*this)); }

void WipeMemory(void* data, size_t size_bytes) {
  if (size_bytes > 0) explicit_bzero(data, size_bytes);
}

void WipeString(Bytes& bytes) {
  bytes.resize(bytes.capacity());  // never reallocates; brings the spare room within reach
  explicit_bzero(bytes.data(), bytes.size());
  bytes.clear();
}

bool EqualInConstantTime(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool LockedPagesWork() {
  const SecretBytes small(32), large(64);  // make sure that locking was tried
  return all_pages_locked;
}

}  // namespace strongroom
