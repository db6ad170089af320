// The same test program is built twice: as shipped, and as a test build in which the environment can switch wiping
// off.  The search finds a marker in freed memory then, which shows that the search works.
#include "crypto/heap/wiping_heap.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace strongroom {
namespace {

const bool kOpenSslWipes = InstallWipingOpenSslHeap();

// Built at run time, so that the marker stands nowhere in the program's own constants.
void WriteMarker(char* at, int which) {
  for (int i = 0; i < 32; ++i) at[i] = static_cast<char>(0x80 | ((i * 37 + which * 11 + 5) & 0x7f));
}

// Searches every writable page of the process for the marker; answers how often it stands there, apart from `except`.
[[gnu::noinline]] int CountInMemory(int which) {
  // Compared byte by byte against the formula: no copy of the marker exists while searching.
  int found = 0;
  FILE* maps = fopen("/proc/self/maps", "r");
  if (maps == nullptr) return -1;
  FILE* memory = fopen("/proc/self/mem", "r");
  if (memory == nullptr) {
    fclose(maps);
    return -1;
  }
  static char line[512];
  static char page[4096 + 32];
  while (fgets(line, sizeof(line), maps) != nullptr) {
    unsigned long start = 0, end = 0;
    char mode[5] = {};
    if (sscanf(line, "%lx-%lx %4s", &start, &end, mode) != 3 || mode[0] != 'r' || mode[1] != 'w') continue;
    for (unsigned long at = start; at < end; at += 4096) {
      const auto own = reinterpret_cast<unsigned long>(page);
      if (at + 4096 > own && at < own + sizeof(page)) continue;  // the search's own window
      if (fseek(memory, static_cast<long>(at), SEEK_SET) != 0) break;
      const size_t got = fread(page, 1, sizeof(page), memory);
      for (size_t i = 0; i + 32 <= got && i < 4096; ++i) {
        bool same = true;
        for (int k = 0; same && k < 32; ++k) {
          same = page[i + static_cast<size_t>(k)] == static_cast<char>(0x80 | ((k * 37 + which * 11 + 5) & 0x7f));
        }
        found += same;
      }
    }
  }
  memset(page, 0, sizeof(page));
  fclose(memory);
  fclose(maps);
  return found;
}

// Blocks of many sizes, in every way memory is asked for; the marker stands in the middle, where a free list's
// pointers do not reach.
template <typename Take, typename Give>
[[gnu::noinline]] void FillAndFree(int which, Take take, Give give) {
  for (const size_t size : {128u, 200u, 1000u, 5000u, 100'000u}) {
    char* block = take(size);
    WriteMarker(block + size / 2, which);
    asm volatile("" : : "r"(block) : "memory");
    give(block);
  }
}

[[gnu::noinline]] void UseTheHeap(int which) {
  FillAndFree(
      which, [](size_t size) { return new char[size]; }, [](char* block) { delete[] block; });
  FillAndFree(
      which, [](size_t size) { return static_cast<char*>(operator new(size, std::align_val_t(64))); },
      [](char* block) { operator delete(block, std::align_val_t(64)); });
  FillAndFree(
      which, [](size_t size) { return static_cast<char*>(operator new(size, std::nothrow)); },
      [](char* block) { operator delete(block, std::nothrow); });
  std::string text(200, 'x');
  WriteMarker(text.data() + 100, which);
  for (int i = 0; i < 10; ++i) text += text.substr(0, 100);  // grows: old blocks are freed
  std::vector<std::string> many(100, text);
}

TEST(WipingHeap, FreedMemoryHoldsNothing) {
  // A live block is found: the search works.
  {
    const auto live = std::make_unique<char[]>(200);
    WriteMarker(live.get() + 100, 1);
    ASSERT_GE(CountInMemory(1), 1) << "control";
  }
  UseTheHeap(2);
  std::thread([] { UseTheHeap(3); }).join();
  const int found = CountInMemory(2) + CountInMemory(3);
  std::printf("heap %s: marker found %d times in freed memory\n", HeapWipes() ? "wipes" : "keeps", found);
  if (HeapWipes()) {
    EXPECT_EQ(CountInMemory(1), 0);
    EXPECT_EQ(found, 0);
  } else {
    EXPECT_GT(found, 0) << "positive control";
  }
}

TEST(WipingHeap, OpenSslHeapHoldsNothing) {
  if (!kOpenSslWipes) GTEST_SKIP() << "a sanitizer's heap";
  FillAndFree(
      4, [](size_t size) { return static_cast<char*>(OPENSSL_malloc(size)); },
      [](char* block) { OPENSSL_free(block); });
  char* block = static_cast<char*>(OPENSSL_malloc(200));
  WriteMarker(block + 50, 4);
  block = static_cast<char*>(OPENSSL_realloc(block, 20'000));
  ASSERT_GE(CountInMemory(4), 1) << "control: realloc keeps the contents";
  OPENSSL_free(block);
  EXPECT_EQ(CountInMemory(4) == 0, HeapWipes());
  EXPECT_EQ(OPENSSL_malloc(0), nullptr);
  EXPECT_EQ(OPENSSL_realloc(OPENSSL_malloc(10), 0), nullptr);
}

TEST(WipingHeap, AnswersLikeTheStandardOne) {
  EXPECT_THROW(static_cast<void>(operator new(SIZE_MAX / 2)), std::bad_alloc);
  EXPECT_EQ(operator new(SIZE_MAX / 2, std::nothrow), nullptr);
  EXPECT_THROW(static_cast<void>(operator new(SIZE_MAX / 2, std::align_val_t(64))), std::bad_alloc);
  void* empty = operator new(0);
  EXPECT_NE(empty, nullptr);
  operator delete(empty);
  operator delete(nullptr);
  void* aligned = operator new(100, std::align_val_t(4096));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(aligned) % 4096, 0u);
  operator delete(aligned, std::align_val_t(4096));
}

[[gnu::noinline]] void LeaveMarkersOnTheStack(int which) {
  char frame[100 * 1024];
  for (size_t at = 0; at + 32 <= sizeof(frame); at += 1024) WriteMarker(frame + at, which);
  asm volatile("" : : "r"(frame) : "memory");
}

TEST(ScrubStack, ReturnedFramesHoldNothing) {
  int before = 0, after = 0;
  std::thread([&] {
    LeaveMarkersOnTheStack(5);
    before = CountInMemory(5);
    LeaveMarkersOnTheStack(5);
    ScrubStack();
    after = CountInMemory(5);
  }).join();
  EXPECT_GT(before, 0) << "control";
  EXPECT_EQ(after, 0);
}

TEST(ScrubStack, SparesASmallStack) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 128 * 1024), 0);
  pthread_t thread;
  const auto body = [](void*) -> void* {
    ScrubStack();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, body, nullptr), 0);
  EXPECT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

}  // namespace
}  // namespace strongroom
