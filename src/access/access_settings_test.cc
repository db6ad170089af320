// The company's clock and limits: what can be, what is in force, and who may change it.
#include "access/access_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/testing/test_vault.h"

namespace strongroom {
namespace {

constexpr UnixMillis kMonday = 1'767'571'200'000;  // 2026-01-05T00:00:00Z
constexpr int64_t kHour = 3'600'000;

TEST(MinuteOfWeek, FollowsTheZoneAndItsDaylightSaving) {
  EXPECT_EQ(MinuteOfWeek("UTC", kMonday), 0);
  EXPECT_EQ(MinuteOfWeek("UTC", kMonday - 60'000), 7 * 24 * 60 - 1);
  EXPECT_EQ(MinuteOfWeek("Europe/Stockholm", kMonday), 60);
  EXPECT_EQ(MinuteOfWeek("America/New_York", kMonday), (7 * 24 - 5) * 60);
  EXPECT_EQ(MinuteOfWeek("Asia/Kolkata", kMonday), 330);
  // Sunday 2026-03-29: clocks go from 02:00 to 03:00 at 01:00 UTC.
  constexpr UnixMillis kSpring = 1'774'746'000'000;
  EXPECT_EQ(MinuteOfWeek("Europe/Stockholm", kSpring - 60'000), 6 * 1440 + 119);
  EXPECT_EQ(MinuteOfWeek("Europe/Stockholm", kSpring), 6 * 1440 + 180);
  for (const char* wrong : {"", "Mars/Olympus", "GMT+3", "Europe/Stockholm ", "../etc/passwd"}) {
    EXPECT_FALSE(MinuteOfWeek(wrong, kMonday).has_value()) << wrong;
  }
}

Result<AccessSettings> Parse(std::string_view text) {
  const Result<JsonDocument> json = JsonDocument::ParseObject(text);
  if (!json.ok()) return json.status();
  return AccessSettingsFromJson(json->root());
}

TEST(AccessSettings, AreReadAsTheyAreWritten) {
  const Result<AccessSettings> settings =
      Parse(R"({"time_zone":"Europe/Stockholm","networks":{"support":["10.0.0.0/8","2001:db8::/32"],"operator":[]},)"
            R"("session_idle_minutes":5,"session_longest_minutes":60,"question_on_new_place":false,"allow_sms":false,)"
            R"("most_who_see_everything":2,"review_interval_days":30,"unused_days":20})");
  ASSERT_TRUE(settings.ok()) << settings.status().ToString();
  EXPECT_EQ(settings->networks.size(), 1u) << "an empty list says nothing";
  Bytes text;
  JsonWriter json(text);
  json.BeginObject();
  AppendAccessSettings(json, *settings);
  json.EndObject();
  EXPECT_EQ(*Parse(text), *settings);
  EXPECT_EQ(*Parse("{}"), AccessSettings());
}

TEST(AccessSettings, RefuseWhatCannotBe) {
  const auto policy = *PolicySet::Parse(PolicySet::DefaultToml());
  const auto reason = [&](auto change) {
    AccessSettings settings;
    change(settings);
    return CheckAccessSettings(settings, *policy).reason();
  };
  EXPECT_EQ(reason([](AccessSettings&) {}), Reason::kOk);
  EXPECT_EQ(reason([](AccessSettings& s) { s.time_zone = "Mars/Olympus"; }), Reason::kInvalidArgument);
  for (const char* origin : {"https://vault.example.com", "https://vault.example.com:8443", "https://10.0.0.7"}) {
    EXPECT_EQ(reason([&](AccessSettings& s) { s.origin = origin; }), Reason::kOk) << origin;
  }
  for (const char* origin :
       {"http://vault.example.com", "https://", "https://vault.example.com/", "https://Vault.example",
        "https://vault.example.com:", "https://a b", "https://x:443", "https://x:08", "*"}) {
    EXPECT_EQ(reason([&](AccessSettings& s) { s.origin = origin; }), Reason::kInvalidArgument) << origin;
  }
  EXPECT_EQ(reason([](AccessSettings& s) { s.session_longest_minutes = 5; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](AccessSettings& s) { s.networks["king"] = {IpNetwork()}; }), Reason::kRoleUnknown);
  EXPECT_EQ(reason([](AccessSettings& s) { s.networks["support"].assign(101, IpNetwork()); }),
            Reason::kInvalidArgument);
  for (const char* wrong :
       {R"({"session_idle_minutes":0})", R"({"unused_days":367})", R"({"networks":{"support":["10.0.0.1/8"]}})"}) {
    EXPECT_EQ(Parse(wrong).reason(), Reason::kInvalidArgument) << wrong;
  }
  EXPECT_EQ(Parse(R"({"surprise":1})").reason(), Reason::kUnknownMember);
}

class AccessSettingsTest : public testing::Test {
 protected:
  AccessSettingsService& service() { return vault_->access_settings(); }
  Caller Administrator() {
    Caller caller = vault_.As("administrator");
    auto person = std::make_shared<Principal>(*caller.principal);
    person->kind = PrincipalKind::kStaff;
    caller.principal = std::move(person);
    return caller;
  }
  TestVault vault_;
};

TEST_F(AccessSettingsTest, AChangeHoldsOnlyForWhatItWasDecidedOn) {
  const Result<AccessSettingsView> first = service().Read(vault_.As("administrator")).Wait();
  ASSERT_TRUE(first.ok());
  AccessSettings changed = first->settings;
  changed.time_zone = "Europe/Stockholm";
  EXPECT_EQ(service().Change(vault_.As("administrator"), changed, "").Wait().reason(), Reason::kPreconditionRequired);
  const Result<AccessSettingsView> second = service().Change(vault_.As("administrator"), changed, first->etag).Wait();
  ASSERT_TRUE(second.ok()) << second.status().ToString();
  EXPECT_NE(second->etag, first->etag);
  EXPECT_EQ(service().Change(vault_.As("administrator"), changed, first->etag).Wait().reason(),
            Reason::kPreconditionFailed);
  EXPECT_TRUE(service().Change(vault_.As("administrator"), changed, second->etag).Wait().ok()) << "control";
  const auto again = *AccessSettingsService::Open(vault_->gate());
  EXPECT_EQ(again->Current()->time_zone, "Europe/Stockholm");
}

TEST_F(AccessSettingsTest, APersonNeedsAColleagueAndOthersMayNot) {
  const AccessSettings settings;
  EXPECT_EQ(service().Change(Administrator(), settings, "*").Wait().reason(), Reason::kApprovalNeeded);
  EXPECT_EQ(service().Change(vault_.As("support"), settings, "*").Wait().reason(), Reason::kDenied);
  EXPECT_EQ(service().Read(vault_.As("support")).Wait().reason(), Reason::kDenied);
  EXPECT_TRUE(service().Read(vault_.As("auditor")).Wait().ok());
  EXPECT_TRUE(service().Change(vault_.As("administrator"), settings, "*").Wait().ok())
      << "control: a key for setting up";
}

TEST_F(AccessSettingsTest, TheClockChangesWithTheZoneAndIsTold) {
  int told = 0;
  service().AddListener([&](const AccessSettings&) { ++told; });
  EXPECT_EQ(told, 1);
  const uint16_t before = service().MinuteOfWeekNow();
  AccessSettings settings;
  settings.time_zone = "Asia/Kolkata";
  ASSERT_TRUE(service().Change(vault_.As("administrator"), settings, "*").Wait().ok());
  EXPECT_EQ(told, 2);
  EXPECT_EQ(service().MinuteOfWeekNow(), (before + 330) % (7 * 24 * 60));
  vault_.clock().AdvanceMillis(kHour);
  EXPECT_EQ(service().MinuteOfWeekNow(), (before + 390) % (7 * 24 * 60));
}

}  // namespace
}  // namespace strongroom
