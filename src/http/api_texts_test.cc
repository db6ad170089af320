// Texts over the API: what is personal in them, the same blacked out, and nothing kept.
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApiTextsTest : public ApiTest {
 protected:
  std::string EverythingStored() {
    return *vault_.office().AllStoredBytes() + *vault_.main().AllStoredBytes() + *vault_.vip().AllStoredBytes();
  }
};

TEST_F(ApiTextsTest, SaysWhereInCodePoints) {
  const ApiAnswer found = Call("support", "POST /v1/detect", R"({"text":"卡号4111111111111111，ada@example.org"})");
  EXPECT_EQ(found.status, 200) << found.body;
  EXPECT_THAT(found.body, HasSubstr(R"("type":"CREDIT_CARD")"));
  EXPECT_THAT(found.body, HasSubstr(R"("begin":2,"end":18)"));
  EXPECT_THAT(found.body, HasSubstr(R"("type":"EMAIL")"));
  EXPECT_THAT(found.body, HasSubstr(R"("begin":19,"end":34)"));
  EXPECT_THAT(found.body, Not(HasSubstr("4111"))) << "places, never values";
}

TEST_F(ApiTextsTest, LooksForWhatIsAskedFor) {
  const std::string text = R"("text":"Anna Lindqvist, 19900101-9802, ada@example.org")";
  const ApiAnswer all = Call("support", "POST /v1/detect", "{" + text + "}");
  EXPECT_THAT(all.body, HasSubstr(R"("type":"PERSON")"));
  EXPECT_THAT(all.body, HasSubstr(R"("type":"NATIONAL_ID","subtype":"se.personnummer")"));
  const ApiAnswer mail = Call("support", "POST /v1/detect", "{" + text + R"(,"types":["EMAIL"]})");
  EXPECT_THAT(mail.body, HasSubstr(R"("type":"EMAIL")"));
  EXPECT_THAT(mail.body, Not(HasSubstr("PERSON")));
  EXPECT_EQ(Outcome("support", "POST /v1/detect", "{" + text + R"(,"types":["SHOE_SIZE"]})"), "400 invalid-argument");
  EXPECT_EQ(Outcome("support", "POST /v1/detect", "{" + text + R"(,"min_score":2})"), "400 invalid-argument");
}

TEST_F(ApiTextsTest, BlacksOutAndChangesNothingTheSecondTime) {
  const ApiAnswer once =
      Call("support", "POST /v1/redact", R"({"text":"Write to ada@example.org or 4111 1111 1111 1111."})");
  EXPECT_EQ(once.status, 200) << once.body;
  const std::string text = once.TextOf("text");
  EXPECT_EQ(text, "Write to [EMAIL] or [CREDIT_CARD].");
  EXPECT_THAT(once.body, HasSubstr(R"("count":2)"));
  const ApiAnswer twice = Call("support", "POST /v1/redact", R"({"text":")" + text + R"("})");
  EXPECT_EQ(twice.TextOf("text"), text);
  EXPECT_THAT(twice.body, HasSubstr(R"("count":0)"));
}

TEST_F(ApiTextsTest, KnowsFormatsAndRefusesWhatIsNone) {
  const ApiAnswer json = Call("support", "POST /v1/redact",
                              R"({"format":"json","mode":"block","text":"{\"mail\":\"ada@example.org\",\"n\":7}"})");
  EXPECT_EQ(json.status, 200) << json.body;
  EXPECT_THAT(json.TextOf("text"), HasSubstr(R"("n":7})"));
  EXPECT_THAT(json.body, Not(HasSubstr("ada@")));
  EXPECT_THAT(json.body, HasSubstr(R"("path":)"));
  EXPECT_EQ(Outcome("support", "POST /v1/redact", R"({"format":"json","text":"{\"mail\": ada@example.org"})"),
            "400 malformed-json");
  EXPECT_EQ(Outcome("support", "POST /v1/redact", R"({"format":"document","text":"x"})"), "400 invalid-argument");
  EXPECT_EQ(Outcome("support", "POST /v1/redact", R"({"mode":"token","text":"x"})"), "400 invalid-argument");
}

TEST_F(ApiTextsTest, OnePersonHasOneStandInInEveryAnswer) {
  const std::string ask = R"({"mode":"surrogate","text":"Anna Lindqvist rang."})";
  const std::string text = Call("support", "POST /v1/redact", ask).TextOf("text");
  EXPECT_THAT(text, Not(HasSubstr("Lindqvist")));
  EXPECT_EQ(Call("application", "POST /v1/redact", ask).TextOf("text"), text);
}

TEST_F(ApiTextsTest, KeepsNothingButThatItHappened) {
  const std::string planted = "seven.herons@example.org";
  ASSERT_EQ(Outcome("support", "POST /v1/redact", R"({"text":")" + planted + R"("})"), "200");
  EXPECT_THAT(EverythingStored(), Not(HasSubstr(planted)));
  vault_.SequenceAll();
  const ApiAnswer log = Call("auditor", "GET /v1/audit/entries?log=office&action=text.redact");
  EXPECT_THAT(log.body, HasSubstr("text: EMAIL 1"));
  EXPECT_THAT(log.body, Not(HasSubstr("herons")));
}

TEST_F(ApiTextsTest, WhoRunsTheSystemMayNot) {
  for (const char* role : {"operator", "administrator", "auditor", "partner", "importer"}) {
    EXPECT_EQ(Outcome(role, "POST /v1/detect", R"({"text":"x"})"), "403 denied") << role;
    EXPECT_EQ(Outcome(role, "POST /v1/redact", R"({"text":"x"})"), "403 denied") << role;
  }
  for (const char* role : {"application", "support", "privacy-officer"}) {
    EXPECT_EQ(Outcome(role, "POST /v1/redact", R"({"text":"x"})"), "200") << "the control";
  }
}

}  // namespace
}  // namespace strongroom
