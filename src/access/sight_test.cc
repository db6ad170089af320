// What somebody could see at their best: asked of policy, whatever its conditions.
#include "access/sight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/testing/test_vault.h"
#include "base/json.h"

namespace strongroom {
namespace {

Catalogue FieldsOfTheTests() {
  std::vector<FieldDef> fields;
  for (const std::string& text : DefaultFields()) {
    const Result<JsonDocument> json = JsonDocument::ParseObject(text);
    Result<FieldDef> field = FieldFromJson(json->root());
    EXPECT_TRUE(field.ok());
    field->id = static_cast<FieldId>(fields.size() + 1);
    fields.push_back(*std::move(field));
  }
  return Catalogue(std::move(fields), {});
}

Sight SightWith(std::string_view toml, const SightOf& whom, const Catalogue& catalogue) {
  const auto policy = PolicySet::Parse(toml);
  EXPECT_TRUE(policy.ok()) << policy.status().ToString();
  return SightFinder(*policy, catalogue, {"main", "vip"}).Find(whom);
}

Sight Default(const std::vector<std::string>& roles, const std::vector<std::string>& purposes = {"*"}) {
  return SightWith(PolicySet::DefaultToml(), {PrincipalKind::kStaff, roles, purposes, {}}, FieldsOfTheTests());
}

TEST(Sight, OfTheDefaultRoles) {
  const Sight support = Default({"support"});
  EXPECT_EQ(support.Best(Sensitivity::kPersonal), Reach::kAlone);
  EXPECT_EQ(support.Best(Sensitivity::kFinancial), Reach::kAlone) << "with a fresh second factor";
  EXPECT_EQ(support.Best(Sensitivity::kSensitive), Reach::kMasked);
  EXPECT_EQ(support.Best(Sensitivity::kCredential), Reach::kNothing);
  EXPECT_FALSE(support.Everything());
  const Sight officer = Default({"privacy-officer"});
  EXPECT_FALSE(officer.Everything()) << "exports need a colleague";
  EXPECT_EQ(officer.Best(Sensitivity::kSensitive), Reach::kWithColleague);
  const SightOf program{PrincipalKind::kApplication, {"privacy-officer"}, {"*"}, {}};
  EXPECT_TRUE(SightWith(PolicySet::DefaultToml(), program, FieldsOfTheTests()).Everything())
      << "a program exports alone";
  for (const char* role : {"administrator", "operator"}) {
    for (int i = 0; i < kSensitivityCount; ++i) {
      EXPECT_EQ(Default({role}).Best(static_cast<Sensitivity>(i)), Reach::kNothing) << role;
    }
  }
}

TEST(Sight, WithoutAPurposeOneSeesMasks) {
  EXPECT_EQ(Default({"support"}, {}).Best(Sensitivity::kPersonal), Reach::kMasked);
  EXPECT_EQ(Default({"support"}, {"marketing"}).Best(Sensitivity::kPersonal), Reach::kMasked)
      << "no field is held for it";
  EXPECT_EQ(Default({"support"}, {"delivery"}).Best(Sensitivity::kPersonal), Reach::kAlone);
}

constexpr std::string_view kHead =
    "format = 1\nroles = [\"a\"]\n[[rule]]\nname = \"x\"\nroles = [\"a\"]\n"
    "actions = [\"customer.reveal\"]\n";

Reach Reached(const std::string& rule, const SightOf& whom = {PrincipalKind::kStaff, {"a"}, {"*"}, {}}) {
  return SightWith(std::string(kHead) + rule, whom, FieldsOfTheTests()).Best(Sensitivity::kSensitive);
}

TEST(Sight, ConditionsAreTakenAtTheirBest) {
  EXPECT_EQ(Reached("decision = \"plain\"\n"), Reach::kAlone);
  EXPECT_EQ(Reached("decision = \"needs_approval\"\n"), Reach::kWithColleague);
  EXPECT_EQ(Reached("decision = \"deny\"\n"), Reach::kNothing);
  EXPECT_EQ(Reached("hours = [\"sat 09:00-13:00\"]\ndecision = \"plain\"\n"), Reach::kAlone);
  EXPECT_EQ(Reached("networks = [\"10.9.0.0/16\"]\ndecision = \"plain\"\n"), Reach::kAlone);
  EXPECT_EQ(Reached("needs = [\"healthy-device\", \"case\", \"training\"]\ndecision = \"plain\"\n"), Reach::kAlone);
  EXPECT_EQ(Reached("compartments = [\"vip\"]\ndecision = \"plain\"\n"), Reach::kAlone);
  EXPECT_EQ(Reached("fields = [\"diagnosis\"]\ndecision = \"plain\"\n"), Reach::kAlone);
  EXPECT_EQ(Reached("fields = [\"email\"]\ndecision = \"plain\"\n"), Reach::kNothing) << "another kind of data";
  EXPECT_EQ(Reached("tier_at_most = 0\ndecision = \"plain\"\n"), Reach::kAlone);
  EXPECT_EQ(Reached("second_factor_max_age_seconds = 1\ndecision = \"plain\"\n"), Reach::kAlone);
  const SightOf inside{PrincipalKind::kStaff, {"a"}, {"*"}, {*IpNetwork::Parse("192.168.0.0/16")}};
  EXPECT_EQ(Reached("networks = [\"10.9.0.0/16\"]\ndecision = \"plain\"\n", inside), Reach::kNothing)
      << "never comes from there";
  EXPECT_EQ(Reached("networks = [\"192.168.4.0/24\"]\ndecision = \"plain\"\n", inside), Reach::kAlone);
  EXPECT_EQ(Reached("decision = \"plain\"\n", {PrincipalKind::kStaff, {"b"}, {"*"}, {}}), Reach::kNothing);
}

TEST(Sight, KindsThatNoFieldHoldsYetAreDecidedAllTheSame) {
  const Sight sight = SightWith(PolicySet::DefaultToml(), {PrincipalKind::kApplication, {"privacy-officer"}, {"*"}, {}},
                                Catalogue({}, {}));
  EXPECT_TRUE(sight.Everything());
}

}  // namespace
}  // namespace strongroom
