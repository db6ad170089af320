// The register of backups over the API; what a set holds is tested in src/backup and through a server in tests/cli.
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApiBackupsTest : public ApiTest {};

TEST_F(ApiBackupsTest, ABackupIsMadeListedAndConfirmedDestroyed) {
  EXPECT_EQ(Call("operator", "GET /v1/backups").body, R"({"backups":[]})");
  const ApiAnswer data = Call("operator", "POST /v1/backups", R"({"kind":"data"})");
  EXPECT_EQ(data.status, 201) << data.body;
  EXPECT_THAT(data.body, HasSubstr(R"("state":"made")"));
  EXPECT_THAT(data.body, Not(HasSubstr("expires_at")));
  vault_.clock().AdvanceMillis(1000);
  const ApiAnswer keys = Call("operator", "POST /v1/backups", R"({"kind":"keys"})");
  EXPECT_EQ(keys.status, 201) << keys.body;
  EXPECT_THAT(keys.body, HasSubstr("expires_at"));
  const std::string id = keys.TextOf("id");
  const std::string list = Call("auditor", "GET /v1/backups").body;
  EXPECT_LT(list.find(id), list.find(data.TextOf("id"))) << "newest first";
  const ApiAnswer destroyed = Call("operator", "POST /v1/backups/" + id + "/destroyed");
  EXPECT_EQ(destroyed.status, 200) << destroyed.body;
  EXPECT_THAT(destroyed.TextOf("destroyed_by"), FormatPrincipalId(vault_.IdOf("operator")));
  vault_.clock().AdvanceMillis(1000);
  EXPECT_EQ(Call("operator", "POST /v1/backups/" + id + "/destroyed").body, destroyed.body) << "again changes nothing";
  vault_.Restart();
  EXPECT_THAT(Call("auditor", "GET /v1/backups").body, HasSubstr(destroyed.body)) << "it is on the disk";
}

TEST_F(ApiBackupsTest, OthersAndWrongRequestsAreRefused) {
  for (const char* who : {"support", "application", "administrator", "privacy-officer", "auditor"}) {
    EXPECT_EQ(Outcome(who, "POST /v1/backups", R"({"kind":"data"})"), "403 denied") << who;
    EXPECT_EQ(Outcome(who, "POST /v1/backups/00112233445566778899aabbccddeeff/destroyed"), "403 denied") << who;
  }
  EXPECT_EQ(Outcome("support", "GET /v1/backups"), "403 denied");
  EXPECT_EQ(Outcome("operator", "POST /v1/backups", R"({"kind":"all"})"), "400 invalid-argument");
  EXPECT_EQ(Outcome("operator", "POST /v1/backups", R"({"kind":"data","directory":"/tmp"})"), "400 unknown-member")
      << "no caller names a place";
  EXPECT_EQ(Outcome("operator", "POST /v1/backups", R"({"kind":"data","incremental":true})"), "404 backup-not-found");
  EXPECT_EQ(Outcome("operator", "POST /v1/backups/00112233445566778899aabbccddeeff/destroyed"), "404 backup-not-found");
  EXPECT_EQ(Outcome("operator", "POST /v1/backups/zz/destroyed"), "404 backup-not-found");
  EXPECT_EQ(Outcome("operator", "POST /v1/backups", R"({"kind":"data"})"), "201") << "control";
}

TEST_F(ApiBackupsTest, TheLogSaysThatOneWasBegunAndWhatBecameOfIt) {
  const std::string id = Call("operator", "POST /v1/backups", R"({"kind":"keys"})").TextOf("id");
  Call("operator", "POST /v1/backups/" + id + "/destroyed");
  vault_.SequenceAll();
  const std::string log = Call("auditor", "GET /v1/audit/entries?log=office&action=backup.make").body;
  EXPECT_THAT(log, HasSubstr("keys set " + id + " begun"));
  EXPECT_THAT(log, HasSubstr("keys set " + id + " made"));
  EXPECT_THAT(Call("auditor", "GET /v1/audit/entries?log=office&action=backup.change").body,
              HasSubstr("keys set " + id + " confirmed destroyed"));
}

TEST_F(ApiBackupsTest, WhatACrashLeftCountsAsFailed) {
  BackupRecord record;
  record.id = Bytes(16, '\x21');
  record.file = "test.set";
  record.made_at = vault_.clock().NowMillis();
  {
    Result<BackupMaking> making = vault_->backups().Begin(vault_.As("operator"), record);
    ASSERT_TRUE(making.ok());
    making->permit.Close();  // as if the process had ended
  }
  EXPECT_THAT(Call("operator", "GET /v1/backups").body, HasSubstr(R"("state":"making")")) << "control";
  ASSERT_TRUE(vault_->backups().FailInterrupted().ok());
  EXPECT_THAT(Call("operator", "GET /v1/backups").body, HasSubstr(R"("state":"failed")"));
}

}  // namespace
}  // namespace strongroom
