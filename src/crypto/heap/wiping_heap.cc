#include "crypto/heap/wiping_heap.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STRONGROOM_HEAP_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define STRONGROOM_HEAP_IS_SANITIZED 1
#endif
#endif

namespace strongroom {
namespace {

#ifndef STRONGROOM_HEAP_IS_SANITIZED

#ifdef STRONGROOM_TEST_BUILD
// The positive control of tests that search freed memory: with it they must find what they look for.  Exists in test
// builds only.  Read without locks or static constructors, because the first delete may come before main().
bool KeepsFreedMemory() {
  static std::atomic<int> answer{-1};
  int known = answer.load(std::memory_order_relaxed);
  if (known < 0) {
    known = std::getenv("STRONGROOM_TEST_KEEP_FREED_MEMORY") != nullptr ? 1 : 0;
    answer.store(known, std::memory_order_relaxed);
  }
  return known == 1;
}
#else
constexpr bool KeepsFreedMemory() { return false; }
#endif

// Overwrites all of a block, the slack beyond what was asked for included.  Blocks are mostly below 100 bytes, for
// which this is a few nanoseconds.
void WipeAndFree(void* block) noexcept {
  if (block == nullptr) return;
  if (!KeepsFreedMemory()) explicit_bzero(block, malloc_usable_size(block));
  std::free(block);
}

void* OpenSslMalloc(size_t size_bytes, const char* /*file*/, int /*line*/) {
  return size_bytes == 0 ? nullptr : std::malloc(size_bytes);
}

void OpenSslFree(void* block, const char* /*file*/, int /*line*/) { WipeAndFree(block); }

// realloc() would leave the old block behind unwiped when it moves.
void* OpenSslRealloc(void* block, size_t size_bytes, const char* file, int line) {
  if (block == nullptr) return OpenSslMalloc(size_bytes, file, line);
  if (size_bytes == 0) {
    WipeAndFree(block);
    return nullptr;
  }
  void* moved = std::malloc(size_bytes);
  if (moved == nullptr) return nullptr;
  memcpy(moved, block, std::min(size_bytes, malloc_usable_size(block)));
  WipeAndFree(block);
  return moved;
}

#endif  // STRONGROOM_HEAP_IS_SANITIZED

// The lowest address of the calling thread's stack; asked once per thread, because for the main thread glibc reads
// /proc/self/maps.
uintptr_t StackFloor() {
  thread_local uintptr_t floor = 0;
  if (floor != 0) return floor;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* lowest = nullptr;
  size_t size_bytes = 0;
  if (pthread_attr_getstack(&attributes, &lowest, &size_bytes) == 0) floor = reinterpret_cast<uintptr_t>(lowest);
  pthread_attr_destroy(&attributes);
  return floor;
}

constexpr size_t kScrubStepBytes = 16 * 1024;
constexpr size_t kScrubSteps = 16;
constexpr size_t kLeftAloneBytes = 64 * 1024;

// Each call overwrites one frame of its own and goes one deeper.  The read afterwards keeps the frame alive, so that
// the recursion does not become a loop over one frame.
[[gnu::noinline]] void ScrubFrames(size_t steps, uintptr_t floor) {
  char frame[kScrubStepBytes];
  if (reinterpret_cast<uintptr_t>(frame) < floor + kLeftAloneBytes) return;
  explicit_bzero(frame, sizeof(frame));
  if (steps > 1) ScrubFrames(steps - 1, floor);
  asm volatile("" : : "r"(frame) : "memory");
}

}  // namespace

bool InstallWipingOpenSslHeap() {
#ifdef STRONGROOM_HEAP_IS_SANITIZED
  return false;
#else
  return CRYPTO_set_mem_functions(OpenSslMalloc, OpenSslRealloc, OpenSslFree) == 1;
#endif
}

bool HeapWipes() {
#ifdef STRONGROOM_HEAP_IS_SANITIZED
  return false;
#else
  return !KeepsFreedMemory();
#endif
}

void ScrubStack() {
  const uintptr_t floor = StackFloor();
  if (floor != 0) ScrubFrames(kScrubSteps, floor);
}

}  // namespace strongroom

#ifndef STRONGROOM_HEAP_IS_SANITIZED

namespace {

void* Allocate(size_t size_bytes) {
  for (;;) {
    if (void* block = std::malloc(size_bytes == 0 ? 1 : size_bytes)) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void* AllocateAligned(size_t size_bytes, std::align_val_t alignment) {
  const size_t align = std::max(static_cast<size_t>(alignment), sizeof(void*));
  for (;;) {
    void* block = nullptr;
    if (posix_memalign(&block, align, size_bytes == 0 ? 1 : size_bytes) == 0) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

}  // namespace

// The replaceable functions of [new.delete], all of them: mixing ours with the library's would be wrong.
void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  try {
    return Allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](size_t size, const std::nothrow_t& tag) noexcept { return operator new(size, tag); }
void* operator new(size_t size, std::align_val_t align) { return AllocateAligned(size, align); }
void* operator new[](size_t size, std::align_val_t align) { return AllocateAligned(size, align); }
void* operator new(size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  try {
    return AllocateAligned(size, align);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](size_t size, std::align_val_t align, const std::nothrow_t& tag) noexcept {
  return operator new(size, align, tag);
}

void operator delete(void* block) noexcept { strongroom::WipeAndFree(block); }
void operator delete[](void* block) noexcept { strongroom::WipeAndFree(block); }
void operator delete(void* block, size_t) noexcept { strongroom::WipeAndFree(block); }
void operator delete[](void* block, size_t) noexcept { strongroom::WipeAndFree(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { strongroom::WipeAndFree(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { strongroom::WipeAndFree(block); }
void operator delete(void* block, std::align_val_t) noexcept { strongroom::WipeAndFree(block); }
void operator delete[](void* block, std::align_val_t) noexcept { strongroom::WipeAndFree(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { strongroom::WipeAndFree(block); }
void operator delete[](void* block, size_t, std::align_val_t) noexcept { strongroom::WipeAndFree(block); }
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept { strongroom::WipeAndFree(block); }
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept {
  strongroom::WipeAndFree(block);
}

#endif
