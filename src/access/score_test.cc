// The score moves with what is so, and with nothing else.
#include "access/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "access/testing/test_vault.h"
#include "base/json.h"

namespace strongroom {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::SizeIs;

class ScoreTest : public testing::Test {
 protected:
  ScoreReport Read(const HouseFacts& facts = {}) {
    Result<ScoreReport> report = vault_->score().Read(vault_.As("operator"), facts).Wait();
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return *std::move(report);
  }
  ScoreCheck Of(const std::string& id, const HouseFacts& facts = {}) {
    const ScoreReport report = Read(facts);
    for (const ScoreCheck& check : report.checks) {
      if (check.id == id) return check;
    }
    ADD_FAILURE() << id;
    return {};
  }
  PrincipalId Active(const std::string& name, const std::string& role, bool factor) {
    StaffMember member;
    member.id = ++last_id_;
    member.name = name;
    member.state = StaffState::kActive;
    member.roles = {{role, std::nullopt, 0}};
    member.phone_confirmed = factor;
    Permit permit = vault_->gate().Authorise(vault_.As("everything"), Action::kStaffInvite);
    EXPECT_TRUE(vault_->staff_directory().Add(std::move(permit), member).Wait().ok());
    return member.id;
  }

  TestVault vault_;
  PrincipalId last_id_ = 3000;
};

TEST_F(ScoreTest, PointsAddUpToAHundred) {
  int of = 0;
  std::set<std::string> ids;
  const ScoreReport report = Read();
  for (const ScoreCheck& check : report.checks) {
    of += check.of;
    EXPECT_TRUE(ids.insert(check.id).second);
    EXPECT_TRUE(check.link.starts_with("/console/")) << check.id;
    EXPECT_GE(check.points, 0);
    EXPECT_LE(check.points, check.of);
  }
  EXPECT_EQ(of, 100);
  EXPECT_EQ(vault_->score().Read(vault_.As("support"), {}).Wait().reason(), Reason::kDenied);
}

TEST_F(ScoreTest, TheInstallationCounts) {
  HouseFacts good;
  good.keys_apart = good.checkpoints_leave = true;
  HouseFacts bad;
  bad.development_lock = true;
  EXPECT_EQ(Read(good).score - Read(bad).score, 15 + 6 + 12);
  EXPECT_EQ(Read(bad).next.front().id, "lock") << "what gains most comes first";
  EXPECT_THAT(Read(bad).next, SizeIs(3));
}

TEST_F(ScoreTest, PeopleCount) {
  EXPECT_EQ(Of("two-administrators").points, 0);
  EXPECT_EQ(Of("setup-keys").points, 9) << "until people can take over, keys are what there is";
  Active("first", "administrator", true);
  EXPECT_EQ(Of("two-administrators").points, 5);
  EXPECT_EQ(Of("setup-keys").points, 0) << "keys made for people";
  const PrincipalId second = Active("second", "administrator", false);
  EXPECT_EQ(Of("two-administrators").points, 10);
  EXPECT_EQ(Of("second-factors").points, 3);
  EXPECT_EQ(Of("registers").points, 0);
  EXPECT_THAT(Of("registers").names, Contains("training"));
  for (const char* name : {"training", "agreement", "acceptable-use"}) {
    RegisterMark mark;
    mark.name = name;
    mark.version = "1";
    ASSERT_TRUE(vault_->registers().Record(vault_.As("administrator"), second, mark).Wait().ok());
  }
  EXPECT_EQ(Of("registers").points, 4) << "one of two";
  for (const std::string_view role : TestVault::kRoles) {
    const bool counts = role == "administrator" || vault_.As(role).principal->kind == PrincipalKind::kStaff;
    if (counts && role != "everything") {
      ASSERT_TRUE(vault_->api_keys().Revoke(vault_.As("everything"), vault_.IdOf(role)).Wait().ok());
    }
  }
  EXPECT_EQ(Of("setup-keys").points, 0) << "one is left";
  ASSERT_TRUE(vault_->api_keys().Revoke(vault_.As("everything"), vault_.IdOf("everything")).Wait().ok());
  EXPECT_EQ(Of("setup-keys").points, 9);
}

TEST_F(ScoreTest, TheCeilingAndTheReviewCount) {
  EXPECT_EQ(Of("sees-everything").points, 8);
  AccessSettings settings;
  settings.most_who_see_everything = 0;
  ASSERT_TRUE(vault_->access_settings().Change(vault_.As("administrator"), settings, "*").Wait().ok());
  EXPECT_EQ(Of("sees-everything").points, 0);
  EXPECT_EQ(Of("review").points, 0);
  vault_.SequenceAll();
  ASSERT_TRUE(vault_->review().Sign(vault_.As("administrator")).Wait().ok());
  EXPECT_EQ(Of("review").points, 6);
  vault_.clock().AdvanceMillis(91 * kMillisOfDay);
  EXPECT_EQ(Of("review").points, 0);
}

TEST_F(ScoreTest, TheCatalogueCounts) {
  const ScoreCheck before = Of("retention");
  EXPECT_EQ(before.points, 0);
  EXPECT_THAT(before.names, Contains("email"));
  EXPECT_THAT(before.names, Not(Contains("newsletter"))) << "public data is nobody's secret";
  const size_t fields = before.names.size();
  const CataloguePtr catalogue = vault_->catalogue().Current();
  for (const FieldDef& field : catalogue->fields()) {
    FieldDef kept = field;
    kept.retention_days = 365;
    kept.notice["en"] = "What it is for.";
    ASSERT_TRUE(vault_->catalogue().PutField(vault_.As("privacy-officer"), kept).Wait().ok()) << field.name;
  }
  EXPECT_EQ(Of("retention").points, 5) << fields;
  EXPECT_EQ(Of("notices").points, 5);
}

TEST_F(ScoreTest, FieldsThatNobodyReadAreNamedOnceItCanBeTold) {
  EXPECT_EQ(Of("unread-fields").points, 4) << "a vault of today cannot tell";
  const std::string code = vault_.CreateCustomer({{"email", "ada@example.com"}});
  vault_.clock().AdvanceMillis(80 * kMillisOfDay);
  RevealRequest request;
  request.code = code;
  request.fields = {"email"};
  ASSERT_TRUE(vault_->customers().Reveal(vault_.As("support", "customer-service"), request).Wait().ok());
  vault_.clock().AdvanceMillis(20 * kMillisOfDay);
  vault_.SequenceAll();
  const ScoreCheck unread = Of("unread-fields");
  EXPECT_LT(unread.points, 4);
  EXPECT_THAT(unread.names, Contains("phone"));
  EXPECT_THAT(unread.names, Not(Contains("email"))) << "control: it was shown 20 days ago";
}

}  // namespace
}  // namespace strongroom
