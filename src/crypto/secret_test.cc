#include "crypto/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "crypto/random.h"

namespace strongroom {
namespace {

bool AllZero(const uint8_t* data, size_t size_bytes) {
  return std::all_of(data, data + size_bytes, [](uint8_t byte) { return byte == 0; });
}

TEST(SecretBytes, HoldsWhatItWasGivenAtEverySize) {
  SeededRandom random(1);
  for (const size_t size : {0u, 1u, 31u, 32u, 33u, 63u, 64u, 65u, 1000u}) {
    const Bytes bytes = random.Take(size);
    const SecretBytes secret = SecretBytes::CopyOf(bytes);
    EXPECT_EQ(secret.size(), size);
    EXPECT_EQ(ExposeSecret(secret), bytes);
    EXPECT_EQ(ExposeSecret(secret.Clone()), bytes);
  }
}

TEST(SecretBytes, BeginsAsZeros) {
  for (const size_t size : {1u, 32u, 64u, 65u}) {
    SecretBytes secret(size);
    EXPECT_TRUE(AllZero(secret.MutableData(), size)) << size;
  }
}

TEST(SecretBytes, IsWipedWhenDropped) {
  for (const size_t size : {1u, 32u, 33u, 64u}) {
    const uint8_t* memory = nullptr;
    {
      SecretBytes secret = SecretBytes::CopyOf(Bytes(size, 'x'));
      memory = secret.MutableData();
      ASSERT_FALSE(AllZero(memory, size)) << "control";
    }
    EXPECT_TRUE(AllZero(memory, size)) << size;  // arena pages stay mapped, so this may be read
  }
}

TEST(SecretBytes, IsWipedWhenAssignedOver) {
  SecretBytes secret = SecretBytes::CopyOf(Bytes(32, 'x'));
  const uint8_t* memory = secret.MutableData();
  secret = SecretBytes::CopyOf(Bytes(32, 'y'));
  EXPECT_TRUE(AllZero(memory, 32));
  EXPECT_EQ(ExposeSecret(secret), Bytes(32, 'y'));
}

TEST(SecretBytes, MovesWithoutCopying) {
  SecretBytes from = SecretBytes::CopyOf("secret");
  const uint8_t* memory = from.MutableData();
  SecretBytes to = std::move(from);
  EXPECT_EQ(to.MutableData(), memory);
  EXPECT_TRUE(from.empty());  // NOLINT: a moved-from secret is empty by promise
  SecretBytes& alias = to;
  to = std::move(alias);
  EXPECT_EQ(ExposeSecret(to), "secret");
}

TEST(SecretBytes, SlotsNeverOverlapAndTheArenaGrows) {
  std::vector<SecretBytes> secrets;
  std::set<const uint8_t*> slots;
  for (size_t i = 0; i < 20'000; ++i) {
    secrets.push_back(SecretBytes::CopyOf(Bytes(32, static_cast<char>(i))));
    slots.insert(secrets.back().MutableData());
  }
  EXPECT_EQ(slots.size(), secrets.size());
  for (auto it = slots.begin(); std::next(it) != slots.end(); ++it) ASSERT_GE(*std::next(it) - *it, 32);
  for (size_t i = 0; i < secrets.size(); ++i) ASSERT_EQ(ExposeSecret(secrets[i]), Bytes(32, static_cast<char>(i)));
}

TEST(SecretBytes, ThreadsMayTakeAndReturnFreely) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t, &wrong] {
      std::vector<SecretBytes> held;
      for (int i = 0; i < 5'000; ++i) {
        held.push_back(SecretBytes::CopyOf(Bytes(i % 2 ? 32 : 64, static_cast<char>('a' + t))));
        if (held.size() > 50) held.erase(held.begin(), held.begin() + 25);
        if (ExposeSecret(held.back())[0] != 'a' + t) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(SecretBytes, PagesAreLockedWhereTheLimitAllows) {
  // The answer depends on RLIMIT_MEMLOCK; asking must work either way.
  std::printf("locked pages: %s\n", LockedPagesWork() ? "yes" : "no");
}

TEST(WipeString, OverwritesTheWholeCapacity) {
  Bytes bytes(100, 'x');
  bytes.reserve(200);
  const char* memory = bytes.data();
  WipeString(bytes);
  EXPECT_TRUE(bytes.empty());
  EXPECT_GE(bytes.capacity(), 200u);
  EXPECT_EQ(bytes.data(), memory);
  bytes.resize(bytes.capacity());
  EXPECT_EQ(bytes, Bytes(bytes.size(), '\0'));
}

TEST(EqualInConstantTime, IsEquality) {
  EXPECT_TRUE(EqualInConstantTime("", ""));
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualInConstantTime("abc", "ab"));
}

}  // namespace
}  // namespace strongroom
