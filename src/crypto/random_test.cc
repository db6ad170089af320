#include "crypto/random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

namespace strongroom {
namespace {

TEST(SystemRandom, NeverRepeatsAcrossManyDraws) {
  SystemRandom random;
  std::set<Bytes> drawn;
  for (int i = 0; i < 10'000; ++i) drawn.insert(random.Take(16));
  EXPECT_EQ(drawn.size(), 10'000u);
}

TEST(SystemRandom, FillsEverySizeWholly) {
  SystemRandom random;
  // A byte position that stayed untouched would stay zero in all of 64 draws; chance: 2^-512 per position.
  for (const size_t size : {1u, 15u, 1024u, 1025u, 4096u, 100'000u}) {
    std::vector<uint8_t> seen(size, 0);
    for (int i = 0; i < 64; ++i) {
      const Bytes bytes = random.Take(size);
      for (size_t k = 0; k < size; ++k) seen[k] |= static_cast<uint8_t>(bytes[k]);
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 0), 0) << size;
  }
}

TEST(SystemRandom, ForkedChildDrawsOtherBytes) {
  SystemRandom random;
  random.Take(16);  // both would draw from this buffer
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Bytes bytes = SystemRandom().Take(32);
    _exit(write(pipe_ends[1], bytes.data(), bytes.size()) == 32 ? 0 : 1);
  }
  const Bytes mine = random.Take(32);
  Bytes theirs(32, '\0');
  ASSERT_EQ(read(pipe_ends[0], theirs.data(), theirs.size()), 32);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_NE(mine, theirs);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST(SystemRandom, ThreadsDrawTheirOwn) {
  Bytes a, b;
  std::thread first([&] { a = SystemRandom().Take(32); });
  std::thread second([&] { b = SystemRandom().Take(32); });
  first.join();
  second.join();
  EXPECT_NE(a, b);
}

TEST(Random, BelowStaysBelowAndReachesEverything) {
  SeededRandom random(7);
  std::vector<int> counts(10, 0);
  for (int i = 0; i < 10'000; ++i) ++counts.at(random.Below(10));
  for (const int count : counts) EXPECT_NEAR(count, 1000, 200);
  EXPECT_EQ(random.Below(1), 0u);
  for (int i = 0; i < 100; ++i) EXPECT_LT(random.Below(UINT64_MAX - 1), UINT64_MAX - 1);
}

TEST(SeededRandom, RepeatsItselfForOneSeedOnly) {
  SeededRandom a(5), b(5), c(6);
  const Bytes bytes = a.Take(1000);
  EXPECT_EQ(bytes.substr(0, 7), b.Take(7));
  EXPECT_EQ(bytes.substr(7), b.Take(993));
  EXPECT_NE(bytes, c.Take(1000));
}

}  // namespace
}  // namespace strongroom
