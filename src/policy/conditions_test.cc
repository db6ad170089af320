#include "policy/conditions.h"

#include <gtest/gtest.h>

namespace strongroom {
namespace {

constexpr uint16_t At(int day, int hour, int minute) { return static_cast<uint16_t>((day * 24 + hour) * 60 + minute); }

TEST(WeekHours, ContainsItsFirstMinuteAndNotItsEnd) {
  const auto hours = WeekHours::Parse("mon-fri 07:00-19:00");
  ASSERT_TRUE(hours.has_value());
  EXPECT_TRUE(hours->Contains(At(0, 7, 0)));
  EXPECT_TRUE(hours->Contains(At(4, 18, 59)));
  EXPECT_FALSE(hours->Contains(At(0, 6, 59)));
  EXPECT_FALSE(hours->Contains(At(4, 19, 0)));
  EXPECT_FALSE(hours->Contains(At(5, 12, 0)));
  EXPECT_EQ(hours->ToString(), "mon-fri 07:00-19:00");
}

TEST(WeekHours, EndsADayAtMidnight) {
  const auto hours = WeekHours::Parse("sun 00:00-24:00");
  ASSERT_TRUE(hours.has_value());
  EXPECT_TRUE(hours->Contains(At(6, 23, 59)));
  EXPECT_FALSE(hours->Contains(At(5, 23, 59)));
}

TEST(WeekHours, RefusesWhatCanBeReadTwoWays) {
  for (const char* text : {"", "mon", "mon 7:00-19:00", "fri-mon 07:00-19:00", "mon 19:00-07:00", "mon 07:00-07:00",
                           "mon 07:00-24:01", "mon 07:60-19:00", "Mon 07:00-19:00", "mon  07:00-19:00",
                           "mon-fri-sun 07:00-19:00", "mon 07:00-19:00 ", "mon 0a:00-19:00"}) {
    EXPECT_FALSE(WeekHours::Parse(text).has_value()) << text;
  }
}

TEST(Need, IsMetByWhatIsKnownAndByNothingElse) {
  Caller caller;
  for (int i = 0; i < kNeedCount; ++i) EXPECT_FALSE(IsMet(static_cast<Need>(i), caller)) << i;
  EXPECT_FALSE(IsMet(static_cast<Need>(kNeedCount), caller));
  caller.standing.device = DeviceState::kEnrolled;
  EXPECT_TRUE(IsMet(Need::kDevice, caller));
  EXPECT_FALSE(IsMet(Need::kHealthyDevice, caller));
  caller.standing.device = DeviceState::kHealthy;
  EXPECT_TRUE(IsMet(Need::kDevice, caller) && IsMet(Need::kHealthyDevice, caller));
  caller.standing.training_current = caller.standing.agreement_signed = caller.standing.acceptable_use_accepted = true;
  caller.case_reference = "T-1";
  for (int i = 0; i < kNeedCount; ++i) {
    const auto need = static_cast<Need>(i);
    EXPECT_TRUE(IsMet(need, caller)) << i;
    EXPECT_EQ(NeedFromName(NameOf(need)), need);
  }
}

}  // namespace
}  // namespace strongroom
