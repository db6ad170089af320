// Epochs of keys over the API: begun, finished, proved, destroyed; and the same answers to everything else all the
// while.
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kDay = 86'400'000;

class ApiEpochsTest : public ApiTest {};

TEST_F(ApiEpochsTest, ARotationIsBegunFinishedAndItsKeysDestroyed) {
  const std::string code =
      vault_.CreateCustomer({{"full_name", "Ada Lovelace"}, {"email", "ada@example.com"}}, "ext-1");
  const std::string search = R"({"field":"email","value":"ada@example.com"})";
  EXPECT_THAT(
      Call("operator", "GET /v1/epochs").body,
      HasSubstr(R"({"epoch":1,"state":"open","moved_keys":0,"moved_rows":0,"scanned_keys":0,"scanned_rows":0})"));
  const ApiAnswer begun = Call("operator", "POST /v1/epochs:rotate");
  EXPECT_EQ(begun.status, 200) << begun.body;
  EXPECT_THAT(begun.body, HasSubstr(R"("state":"closed")"));
  EXPECT_EQ(Outcome("operator", "POST /v1/epochs:rotate"), "409 rotation-under-way");
  EXPECT_THAT(Call("everything", "POST /v1/customers:search", search).body, HasSubstr(code));
  ASSERT_TRUE(vault_->key_rotation().RunDue().ok());
  const ApiAnswer done = Call("auditor", "GET /v1/epochs");
  EXPECT_THAT(done.body, HasSubstr(R"("state":"empty")"));
  EXPECT_THAT(done.body, HasSubstr(R"("scanned_keys":1)"));
  EXPECT_THAT(done.body, HasSubstr(R"("destroy_at":)"));
  EXPECT_THAT(done.body, Not(HasSubstr("closed\"")));
  EXPECT_THAT(Call("operator", "POST /v1/epochs:destroy-due").body, HasSubstr(R"({"destroyed":[]})"));
  vault_.clock().AdvanceMillis(35 * kDay);
  EXPECT_THAT(Call("operator", "POST /v1/epochs:destroy-due").body, HasSubstr(R"({"room":"main","epoch":1})"));
  EXPECT_THAT(Call("operator", "GET /v1/epochs").body, HasSubstr(R"("state":"destroyed")"));
  EXPECT_THAT(Call("everything", "POST /v1/customers:search", search).body, HasSubstr(code));
  vault_.Restart();
  EXPECT_THAT(Call("everything", "POST /v1/customers:search", search).body, HasSubstr(code));
}

TEST_F(ApiEpochsTest, OnlyWhoRunsTheSystemRotates) {
  for (const char* role :
       {"application", "support", "partner", "importer", "auditor", "privacy-officer", "administrator"}) {
    EXPECT_EQ(Outcome(role, "POST /v1/epochs:rotate"), "403 denied") << role;
    EXPECT_EQ(Outcome(role, "POST /v1/epochs:destroy-due"), "403 denied") << role;
    EXPECT_EQ(Outcome(role, "POST /v1/lock:change", R"({"present":["x"],"rotate_root_key":true})"), "403 denied")
        << role;
  }
  EXPECT_EQ(Outcome("support", "GET /v1/epochs"), "403 denied");
  EXPECT_EQ(Outcome("", "GET /v1/epochs"), "401 credential-missing");
  EXPECT_EQ(Outcome("operator", "POST /v1/epochs:rotate", "{}"), "400 invalid-argument");
}

TEST_F(ApiEpochsTest, ACustomerGetsANewKeyAndAnotherEtag) {
  const std::string code =
      vault_.CreateCustomer({{"full_name", "Ada Lovelace"}, {"email", "ada@example.com"}}, "ext-1");
  const std::string before = Call("everything", "GET /v1/customers/" + code).TextOf("etag");
  const ApiAnswer rekeyed = Call("privacy-officer", "POST /v1/customers/" + code + "/rekey");
  EXPECT_EQ(rekeyed.status, 200) << rekeyed.body;
  EXPECT_THAT(rekeyed.body, HasSubstr(R"("generation":2)"));
  EXPECT_NE(Call("everything", "GET /v1/customers/" + code).body.find(code), std::string::npos);
  EXPECT_EQ(Outcome("privacy-officer", "POST /v1/customers/" + code + "/rekey", "{}"), "400 invalid-argument");
  EXPECT_EQ(Outcome("operator", "POST /v1/customers/" + code + "/rekey"), "403 denied");
}

TEST_F(ApiEpochsTest, ACustomerMovesAndTheCodeLeadsThere) {
  const std::string code =
      vault_.CreateCustomer({{"full_name", "Ada Lovelace"}, {"email", "ada@example.com"}}, "ext-1");
  const std::string move = "POST /v1/customers/" + code + "/move";
  const std::string to_vip = R"({"compartment":"vip"})";
  EXPECT_THAT(Call("everything", "GET /v1/customers/" + code).body, HasSubstr(R"("compartment":"main")"));
  const ApiAnswer moved = Call("everything", move, to_vip);
  EXPECT_EQ(moved.status, 200) << moved.body;
  EXPECT_THAT(moved.body, HasSubstr(R"("from":"main","to":"vip","moved":true)"));
  EXPECT_THAT(Call("everything", "GET /v1/customers/" + code).body, HasSubstr(R"("compartment":"vip")"));
  EXPECT_THAT(Call("everything", move, to_vip).body, HasSubstr(R"("moved":false)"));
  EXPECT_EQ(Outcome("everything", move, R"({"compartment":"nowhere"})"), "400 compartment-unknown");
  EXPECT_EQ(Outcome("everything", move, R"({"compartment":""})"), "400 compartment-unknown");
  EXPECT_EQ(Outcome("everything", move, "{}"), "400 missing-member");
  for (const char* role : {"application", "support", "operator", "administrator", "auditor"}) {
    EXPECT_EQ(Outcome(role, move, to_vip), "403 denied") << role;
  }
}

TEST_F(ApiEpochsTest, AChangeOfTheLockSaysWhatItIsTo) {
  const auto change = [&](const std::string& body) { return Outcome("operator", "POST /v1/lock:change", body); };
  EXPECT_EQ(change(R"({"present":["x"],"passphrase":"a new passphrase","shares":3,"threshold":2})"),
            "400 invalid-argument");
  EXPECT_EQ(change(R"({"present":["x"],"shares":1,"threshold":2})"), "400 invalid-argument");
  EXPECT_EQ(change(R"({"present":["x"],"shares":3,"threshold":1})"), "400 invalid-argument");
  EXPECT_EQ(change(R"({"present":["x"],"hardware":"tpm","passphrase":"a new passphrase"})"), "400 invalid-argument");
  EXPECT_EQ(change(R"({"present":["x"],"hardware":"tpm","shares":3,"threshold":2})"), "400 invalid-argument");
  EXPECT_EQ(change(R"({"present":["x"],"hardware":"abacus"})"), "400 invalid-argument");
  EXPECT_EQ(change(R"({"present":["x"],"pin":"246810"})"), "400 invalid-argument");
  EXPECT_EQ(change(R"({"present":["x"],"hardware":"pkcs11","pin":"246810"})"), "403 unlock-failed");
  EXPECT_EQ(change(R"({"passphrase":"a new passphrase"})"), "400 missing-member");
  EXPECT_EQ(change(R"({"present":["x"],"passphrase":"a new passphrase"})"), "403 unlock-failed");
}

}  // namespace
}  // namespace strongroom
