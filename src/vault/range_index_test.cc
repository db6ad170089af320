#include "vault/range_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace strongroom {
namespace {

// Every place the node stands for.
std::pair<uint64_t, uint64_t> PlacesOf(const RangeNode& node) {
  const uint64_t width = uint64_t{1} << (2 * node.level);
  return {node.node * width, node.node * width + width - 1};
}

TEST(RangeIndex, ACoverHoldsWhatIsAskedForOnceAndNothingElse) {
  std::mt19937_64 random(1);
  size_t most = 0;
  int tried = 0;
  for (const char* max : {"3", "4", "16", "17", "99", "1000", "65535"}) {
    const auto scale = RangeScale::Of(FieldType::kNumber, {"0", max, "1"});
    ASSERT_TRUE(scale.ok()) << scale.status().ToString();
    const uint32_t last = scale->last_place();
    EXPECT_EQ(last, static_cast<uint32_t>(std::stoul(max)));
    for (int i = 0; i < 400; ++i, ++tried) {
      uint32_t from = static_cast<uint32_t>(random() % (last + 1));
      uint32_t to = static_cast<uint32_t>(random() % (last + 1));
      if (from > to) std::swap(from, to);
      if (i == 0) std::tie(from, to) = std::pair(0u, last);
      const std::vector<RangeNode> cover = scale->Cover(from, to);
      most = std::max(most, cover.size());
      EXPECT_LE(cover.size(), 6u * static_cast<size_t>(scale->levels()));
      std::vector<std::pair<uint64_t, uint64_t>> parts;
      for (const RangeNode& node : cover) {
        EXPECT_LT(node.level, scale->levels());
        parts.push_back(PlacesOf(node));
      }
      std::sort(parts.begin(), parts.end());
      uint64_t next = from;
      for (const auto& [begin, end] : parts) {
        EXPECT_EQ(begin, next);
        next = end + 1;
      }
      if (to == last) {
        EXPECT_GT(next, to);  // the last node may reach beyond the last place, where nobody is
      } else {
        EXPECT_EQ(next, uint64_t{to} + 1);
      }
    }
  }
  std::printf("%d covers, at most %zu nodes\n", tried, most);
  EXPECT_GT(most, 20u) << "control: the hard ones were among them";
}

TEST(RangeIndex, AValueIsFoundUnderTheCoverOfEveryRangeItIsIn) {
  std::mt19937_64 random(2);
  const auto number = [&] {
    const int64_t whole = static_cast<int64_t>(random() % 3'000) - 1'500;
    return std::to_string(whole) + "." + std::to_string(random() % 1'000);
  };
  const auto scale = RangeScale::Of(FieldType::kNumber, {"-1000", "1000", "0.25"});
  ASSERT_TRUE(scale.ok());
  int inside = 0;
  int apart = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string value = number();  // a third lies beyond the bounds
    std::string from = number();
    std::string to = number();
    if (*CompareInOrder(FieldType::kNumber, from, to) > 0) std::swap(from, to);
    const bool is_in = std::stod(from) <= std::stod(value) && std::stod(value) <= std::stod(to);
    const bool says_in =
        *CompareInOrder(FieldType::kNumber, from, value) <= 0 && *CompareInOrder(FieldType::kNumber, value, to) <= 0;
    EXPECT_EQ(says_in, is_in) << from << ' ' << value << ' ' << to;
    const auto cover = scale->Cover(*scale->PlaceOf(from), *scale->PlaceOf(to));
    bool found = false;
    for (const RangeNode& node : scale->NodesOf(*scale->PlaceOf(value))) {
      found = found || std::find(cover.begin(), cover.end(), node) != cover.end();
    }
    EXPECT_TRUE(found || !is_in) << from << ' ' << value << ' ' << to;
    inside += is_in ? 1 : 0;
    apart += found ? 0 : 1;
  }
  EXPECT_GT(inside, 3'000);
  EXPECT_GT(apart, 3'000) << "control: an index that finds everybody finds nothing out";
}

TEST(RangeIndex, LongDecimalsAreComparedExactly) {
  const std::string a = "123456789012345678901234567890.000000000000000000000000000001";
  const std::string b = "123456789012345678901234567890.000000000000000000000000000002";
  EXPECT_LT(*CompareInOrder(FieldType::kNumber, a, b), 0);
  EXPECT_GT(*CompareInOrder(FieldType::kNumber, "-" + a, "-" + b), 0);
  EXPECT_EQ(*CompareInOrder(FieldType::kNumber, "1.50", "01.5"), 0);
  EXPECT_FALSE(CompareInOrder(FieldType::kNumber, "1", "one").has_value());
  EXPECT_LT(*CompareInOrder(FieldType::kDate, "1999-12-31", "2000-01-01"), 0);
  EXPECT_FALSE(CompareInOrder(FieldType::kDate, "1999-12-32", "2000-01-01").has_value());
  const auto scale = RangeScale::Of(FieldType::kNumber, {"0", "1000", "1"});
  EXPECT_EQ(*scale->PlaceOf(a), 1'000u);
  EXPECT_EQ(*scale->PlaceOf("-" + a), 0u);
}

TEST(RangeIndex, BoundsThatDoNotFitAreRefusedAndSayWhich) {
  const auto refused = [](FieldType type, RangeBounds bounds) {
    const auto scale = RangeScale::Of(type, bounds);
    EXPECT_EQ(scale.reason(), Reason::kFieldInvalid);
    return scale.status().ToString();
  };
  EXPECT_TRUE(RangeScale::Of(FieldType::kNumber, {"0", "1048575", "1"}).ok());  // controls
  EXPECT_TRUE(RangeScale::Of(FieldType::kDate, {}).ok());
  EXPECT_NE(refused(FieldType::kNumber, {"0", "1048576", "1"}).find("step"), std::string::npos);
  EXPECT_NE(refused(FieldType::kNumber, {"0", "", "1"}).find("max"), std::string::npos);
  EXPECT_NE(refused(FieldType::kNumber, {"5", "4", "1"}).find("min"), std::string::npos);
  EXPECT_NE(refused(FieldType::kNumber, {"0", "9", "0"}).find("step"), std::string::npos);
  EXPECT_NE(refused(FieldType::kNumber, {"0", "9999999999999", "9999999"}).find("4,000,000,000,000"),
            std::string::npos);
  EXPECT_NE(refused(FieldType::kDate, {"1900-02-30", "", ""}).find("yyyy-mm-dd"), std::string::npos);
  EXPECT_NE(refused(FieldType::kDate, {"", "", "0.5"}).find("days"), std::string::npos);
  EXPECT_NE(refused(FieldType::kText, {}).find("dates and numbers"), std::string::npos);
}

TEST(RangeIndex, RowsOfOtherBoundsAreOtherRows) {
  const auto one = RangeScale::Of(FieldType::kNumber, {"0", "99", "1"});
  const auto moved = RangeScale::Of(FieldType::kNumber, {"1", "99", "1"});
  const auto wider = RangeScale::Of(FieldType::kNumber, {"0", "99", "2"});
  EXPECT_NE(one->RowValue(7), moved->RowValue(7));
  EXPECT_NE(one->RowValue(7), wider->RowValue(7));
  EXPECT_EQ(one->RowValue(7), RangeScale::Of(FieldType::kNumber, {"0", "50", "1"})->RowValue(7))
      << "more room at the end moves nothing";
}

}  // namespace
}  // namespace strongroom
