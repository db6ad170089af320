#include "store/version_cache.h"

#include <gtest/gtest.h>

namespace strongroom {

TEST(VersionCacheTest, RemembersWhatWasReadAndWritten) {
  VersionCache cache(1024);
  EXPECT_FALSE(cache.Find("a").has_value());
  cache.EndRead(cache.BeginRead("a"), "a", 7);
  EXPECT_EQ(cache.Find("a"), 7U);
  cache.BeginWrite("a");
  EXPECT_FALSE(cache.Find("a").has_value());
  cache.EndWrite("a", 8);
  EXPECT_EQ(cache.Find("a"), 8U);
  cache.EndRead(cache.BeginRead("gone"), "gone", kAbsent);
  EXPECT_EQ(cache.Find("gone"), kAbsent);
}

TEST(VersionCacheTest, AReadThatAWriteOvertookIsForgotten) {
  VersionCache cache(1024);
  const auto before = cache.BeginRead("a");
  cache.BeginWrite("a");
  const auto during = cache.BeginRead("a");
  cache.EndRead(before, "a", 1);
  EXPECT_FALSE(cache.Find("a").has_value());
  cache.EndWrite("a", 2);
  cache.EndRead(before, "a", 1);
  cache.EndRead(during, "a", 1);
  EXPECT_EQ(cache.Find("a"), 2U);
  cache.EndRead(cache.BeginRead("a"), "a", 2);
  EXPECT_EQ(cache.Find("a"), 2U);
}

TEST(VersionCacheTest, AKeyIsNeverAnsweredWithAnothersVersion) {
  VersionCache cache(64);  // far fewer slots than keys
  for (uint64_t i = 0; i < 5000; ++i) {
    const Bytes key = "k" + std::to_string(i);
    cache.BeginWrite(key);
    cache.EndWrite(key, i + 1);
  }
  int found = 0;
  for (uint64_t i = 0; i < 5000; ++i) {
    const auto version = cache.Find("k" + std::to_string(i));
    if (!version.has_value()) continue;
    EXPECT_EQ(*version, i + 1);
    ++found;
  }
  EXPECT_GT(found, 0);
}

TEST(VersionCacheTest, AfterAFailedWriteItsSlotAnswersNothing) {
  VersionCache cache(1024);
  cache.EndRead(cache.BeginRead("a"), "a", 7);
  cache.BeginWrite("a");
  cache.EndRead(cache.BeginRead("a"), "a", 7);
  EXPECT_FALSE(cache.Find("a").has_value());
}

}  // namespace strongroom
