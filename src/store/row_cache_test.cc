#include "store/row_cache.h"

#include <gtest/gtest.h>

namespace strongroom {
namespace {

StoreValue Row(StoreVersion version) { return {"row " + std::to_string(version), version}; }

}  // namespace

TEST(RowCacheTest, RemembersWhatWasReadAndWritten) {
  RowCache cache(1024);
  EXPECT_FALSE(cache.FindVersion("a").has_value());
  cache.EndRead(cache.BeginRead("a"), "a", Row(7));
  EXPECT_EQ(cache.FindVersion("a"), 7U);
  cache.BeginWrite("a");
  EXPECT_FALSE(cache.FindVersion("a").has_value());
  cache.EndWrite("a", 8);
  EXPECT_EQ(cache.FindVersion("a"), 8U);
  cache.EndRead(cache.BeginRead("gone"), "gone", std::nullopt);
  EXPECT_EQ(cache.FindVersion("gone"), kAbsent);
}

TEST(RowCacheTest, AReadThatAWriteOvertookIsForgotten) {
  RowCache cache(1024);
  const auto before = cache.BeginRead("a");
  cache.BeginWrite("a");
  const auto during = cache.BeginRead("a");
  cache.EndRead(before, "a", Row(1));
  EXPECT_FALSE(cache.FindVersion("a").has_value());
  cache.EndWrite("a", 2);
  cache.EndRead(before, "a", Row(1));
  cache.EndRead(during, "a", Row(1));
  EXPECT_EQ(cache.FindVersion("a"), 2U);
  cache.EndRead(cache.BeginRead("a"), "a", Row(2));
  EXPECT_EQ(cache.FindVersion("a"), 2U);
}

TEST(RowCacheTest, AKeyIsNeverAnsweredWithAnothersVersion) {
  RowCache cache(64);  // far fewer slots than keys
  for (uint64_t i = 0; i < 5000; ++i) {
    const Bytes key = "k" + std::to_string(i);
    cache.BeginWrite(key);
    cache.EndWrite(key, i + 1);
  }
  int found = 0;
  for (uint64_t i = 0; i < 5000; ++i) {
    const auto version = cache.FindVersion("k" + std::to_string(i));
    if (!version.has_value()) continue;
    EXPECT_EQ(*version, i + 1);
    ++found;
  }
  EXPECT_GT(found, 0);
}

TEST(RowCacheTest, AfterAFailedWriteItsSlotAnswersNothing) {
  RowCache cache(1024);
  cache.EndRead(cache.BeginRead("a"), "a", Row(7));
  cache.BeginWrite("a");
  cache.EndRead(cache.BeginRead("a"), "a", Row(7));
  EXPECT_FALSE(cache.FindVersion("a").has_value());
}

TEST(RowCacheTest, ARowIsAnsweredUntilItIsWritten) {
  RowCache cache(1024);
  EXPECT_FALSE(cache.Find("a").has_value()) << "nothing is known yet";
  cache.EndRead(cache.BeginRead("a"), "a", Row(7));
  ASSERT_TRUE(cache.Find("a").has_value());
  EXPECT_EQ(cache.Find("a")->value().bytes, "row 7");
  EXPECT_EQ(cache.Find("a")->value().version, 7U);
  cache.BeginWrite("a");
  EXPECT_FALSE(cache.Find("a").has_value()) << "a write is under way: only the database knows";
  cache.EndWrite("a", 8);
  EXPECT_FALSE(cache.Find("a").has_value()) << "control: the old row would be a lie";
  EXPECT_EQ(cache.FindVersion("a"), 8U);
  cache.EndRead(cache.BeginRead("a"), "a", Row(8));
  EXPECT_EQ(cache.Find("a")->value().bytes, "row 8");
}

TEST(RowCacheTest, AbsenceIsKnownAndLongRowsAreNot) {
  RowCache cache(1024);
  cache.EndRead(cache.BeginRead("gone"), "gone", std::nullopt);
  ASSERT_TRUE(cache.Find("gone").has_value());
  EXPECT_FALSE(cache.Find("gone")->has_value());
  cache.EndRead(cache.BeginRead("long"), "long", StoreValue{Bytes(RowCache::kMaxRowBytes + 1, 'x'), 9});
  EXPECT_FALSE(cache.Find("long").has_value());
  EXPECT_EQ(cache.FindVersion("long"), 9U);
  cache.BeginWrite("gone");
  cache.EndWrite("gone", 3);
  EXPECT_FALSE(cache.Find("gone").has_value());
}

}  // namespace strongroom
