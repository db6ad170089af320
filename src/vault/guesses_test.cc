// Wrong answers: counted for each customer, field and network; what waits, for how long, and whom it does not touch.
#include "vault/guesses.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr UnixMillis kNow = 1'767'225'600'000;
constexpr int64_t kMinute = 60'000;
constexpr int64_t kDay = 24 * 60 * kMinute;

Guesses::NetworkMark Mark(uint8_t number) {
  Guesses::NetworkMark mark{};
  mark.fill(number);
  return mark;
}

TEST(Guesses, TenAreFreeAndThenTheWaitDoubles) {
  Guesses guesses;
  UnixMillis now = kNow;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(guesses.WaitsUntil(Mark(1), now), 0) << i;
    guesses.AddWrong(Mark(1), now);
  }
  EXPECT_EQ(guesses.WaitsUntil(Mark(1), now), 0);
  for (const int64_t minutes : {1, 2, 4, 8, 16, 32, 60, 60}) {
    guesses.AddWrong(Mark(1), now);
    EXPECT_EQ(guesses.WaitsUntil(Mark(1), now), now + minutes * kMinute);
    EXPECT_EQ(guesses.WaitsUntil(Mark(2), now), 0) << "another network";
    now += minutes * kMinute;
    EXPECT_EQ(guesses.WaitsUntil(Mark(1), now), 0);
  }
  EXPECT_TRUE(guesses.AddRight(Mark(1), now));
  guesses.AddWrong(Mark(1), now);
  EXPECT_EQ(guesses.WaitsUntil(Mark(1), now), 0) << "a right answer begins anew";
}

TEST(Guesses, ManyNetworksTogetherWaitAndTheCustomersOwnDoesNot) {
  Guesses guesses;
  guesses.AddRight(Mark(200), kNow);
  for (uint8_t i = 0; i < 50; ++i) guesses.AddWrong(Mark(i), kNow);
  EXPECT_EQ(guesses.WaitsUntil(Mark(100), kNow), 0);
  guesses.AddWrong(Mark(50), kNow);
  EXPECT_EQ(guesses.WaitsUntil(Mark(100), kNow), kNow + kMinute) << "a network nobody has seen";
  EXPECT_EQ(guesses.WaitsUntil(Mark(200), kNow), 0) << "where the customer has been right before";
  for (int i = 0; i < 40; ++i) guesses.AddWrong(Mark(51), kNow);
  EXPECT_EQ(guesses.WaitsUntil(Mark(100), kNow + 1), kNow + kDay) << "no more than a day";
  EXPECT_EQ(guesses.WaitsUntil(Mark(100), kNow + kDay), 0) << "a quiet day ends it";
  guesses.AddWrong(Mark(100), kNow + kDay);
  EXPECT_EQ(guesses.strange, 1u);
}

TEST(Guesses, TheListIsBoundedAndKeepsWhereTheCustomerIs) {
  Guesses guesses;
  guesses.AddRight(Mark(200), kNow);
  for (int i = 0; i < 100; ++i) guesses.AddWrong(Mark(static_cast<uint8_t>(i)), kNow);
  EXPECT_EQ(guesses.networks.size(), Guesses::kMaxNetworks);
  EXPECT_EQ(guesses.WaitsUntil(Mark(200), kNow), 0);
}

TEST(Guesses, WhereTheCustomerIsUsuallyRightNothingIsWritten) {
  Guesses guesses;
  EXPECT_TRUE(guesses.AddRight(Mark(1), kNow));
  EXPECT_FALSE(guesses.AddRight(Mark(1), kNow + kDay));
  EXPECT_TRUE(guesses.AddRight(Mark(1), kNow + 31 * kDay));
  guesses.AddWrong(Mark(1), kNow + 31 * kDay);
  EXPECT_TRUE(guesses.AddRight(Mark(1), kNow + 31 * kDay));
}

TEST(Guesses, TheFormIsWhatItsPageSays) {
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/guesses.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const size_t begin = page.find("```hex\n") + 7;
  std::istringstream lines(page.substr(begin, page.find("```", begin) - begin));
  std::string hex;
  for (std::string line; std::getline(lines, line);) hex += line.substr(0, line.find(' '));
  const Bytes good = *HexDecode(hex);
  const Result<Guesses> guesses = Guesses::Decode(good);
  ASSERT_TRUE(guesses.ok()) << guesses.status().ToString();
  EXPECT_EQ(guesses->strange, 3u);
  ASSERT_EQ(guesses->networks.size(), 2u);
  EXPECT_EQ(FormatTime(guesses->networks[1].last_right), "2026-11-22T06:05:24.864Z");
  EXPECT_EQ(HexEncode(guesses->Encode()), hex);
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(Guesses::Decode(good.substr(0, size)).ok()) << size;
  EXPECT_FALSE(Guesses::Decode(good + '\0').ok());
}

TEST(Guesses, NetworksAreWhatAHouseholdHas) {
  EXPECT_EQ(IpNetwork::Around(*IpAddress::Parse("192.0.2.77")).ToString(), "192.0.2.0/24");
  EXPECT_EQ(IpNetwork::Around(*IpAddress::Parse("2001:db8:1:2::3")).ToString(), "2001:db8:1::/48");
}

TEST(NobodysGuesses, WaitLikeAnybodys) {
  NobodysGuesses nobody;
  const IpAddress from = IpAddress::Loopback();
  for (int i = 0; i < 11; ++i) EXPECT_TRUE(nobody.Count(7, 3, from, kNow).ok()) << i;
  EXPECT_EQ(nobody.Count(7, 3, from, kNow).reason(), Reason::kRateLimited);
  EXPECT_TRUE(nobody.Count(8, 3, from, kNow).ok()) << "another one";
  EXPECT_TRUE(nobody.Count(7, 3, from, kNow + kMinute).ok());
}

}  // namespace
}  // namespace strongroom
