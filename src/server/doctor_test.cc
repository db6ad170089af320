// What doctor says of the people who run the house.
#include "server/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace strongroom {
namespace {

std::string Findings(LockKind kind, size_t administrators, size_t keys) {
  ServerConfig config;
  config.data_dir = "/nowhere";
  LockInfo lock;
  lock.kind = kind;
  PeopleState people{true, administrators, keys};
  std::string all;
  for (const std::string& finding : Diagnose(config, lock, {}, {}, {}, people)) all += finding + "\n";
  return all;
}

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Doctor, SaysWhenOneAdministratorIsAlone) {
  EXPECT_THAT(Findings(LockKind::kPassphrase, 0, 1), HasSubstr("solo mode: 0 administrators"));
  EXPECT_THAT(Findings(LockKind::kPassphrase, 1, 1), HasSubstr("solo mode: 1 administrators"));
  EXPECT_THAT(Findings(LockKind::kPassphrase, 2, 0), Not(HasSubstr("solo mode")));
}

TEST(Doctor, SaysWhichIndexIsBeingBuiltAndWhyItIsNot) {
  const auto findings = [](const IndexState& indexes) { return Diagnose({}, {}, {}, {}, {}, {}, indexes); };
  EXPECT_THAT(findings({{"born (37 %)"}, {}}), testing::Contains(HasSubstr("yellow: the index of field born (37 %) is being built")));
  EXPECT_THAT(findings({{}, Status(Reason::kStorageFull)}), testing::Contains(HasSubstr("red: the index of a field cannot be built")));
  EXPECT_THAT(findings({}), testing::Not(testing::Contains(HasSubstr("index of"))));
}

TEST(Doctor, SaysWhetherPasswordsAreComparedWithBreaches) {
  EXPECT_THAT(Findings(LockKind::kPassphrase, 2, 0), HasSubstr("yellow: new passwords are not compared"));
  ServerConfig config;
  config.breach_filter = "breaches.srb";
  EXPECT_THAT(Diagnose(config, {}, {}), testing::Contains(HasSubstr("green: new passwords are compared")));
}

TEST(Doctor, AsksForTheSetupKeyOnceTwoAdministratorsSignIn) {
  EXPECT_THAT(Findings(LockKind::kPassphrase, 1, 1), Not(HasSubstr("API keys have an administrator's role")));
  EXPECT_THAT(Findings(LockKind::kPassphrase, 2, 1), HasSubstr("1 API keys have an administrator's role"));
  EXPECT_THAT(Findings(LockKind::kPassphrase, 2, 0), Not(HasSubstr("API keys have an administrator's role")));
  EXPECT_THAT(Findings(LockKind::kDevelopment, 2, 1), Not(HasSubstr("API keys have an administrator's role")))
      << "a development vault's tools use it";
}

}  // namespace
}  // namespace strongroom
