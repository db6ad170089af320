// PDF over the API: what is personal on its pages, a page as it looks, the file without it, and nothing kept.
#include "base/encoding.h"
#include "base/testing/small_pdf.h"
#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApiPaperTest : public ApiTest {
 protected:
  static std::string Body(const std::string& document, const std::string& more = "") {
    return R"({"document":")" + Base64Encode(document) + "\"" + more + "}";
  }
  static std::string Letter() { return SmallPdf({"Dear ada@example.org,", "seven herons came."}); }
  std::string EverythingStored() {
    return *vault_.office().AllStoredBytes() + *vault_.main().AllStoredBytes() + *vault_.vip().AllStoredBytes();
  }
};

TEST_F(ApiPaperTest, SaysWhereAndNeverWhat) {
  const ApiAnswer looked = Call("support", "POST /v1/paper/look", Body(Letter()));
  EXPECT_EQ(looked.status, 200) << looked.body;
  EXPECT_THAT(looked.body, HasSubstr(R"("format":"pdf","unit":"points")"));
  EXPECT_THAT(looked.body, HasSubstr(R"("width":300)"));
  EXPECT_THAT(looked.body, HasSubstr(R"("type":"EMAIL")"));
  EXPECT_THAT(looked.body, HasSubstr(R"("boxes":[{"left":)"));
  EXPECT_THAT(looked.body, Not(HasSubstr("ada")));
  EXPECT_THAT(looked.body, Not(HasSubstr("herons")));
  const ApiAnswer cards = Call("support", "POST /v1/paper/look", Body(Letter(), R"(,"types":["CREDIT_CARD"])"));
  EXPECT_THAT(cards.body, Not(HasSubstr("EMAIL")));
}

TEST_F(ApiPaperTest, DrawsAPage) {
  const ApiAnswer drawn = Call("support", "POST /v1/paper/draw", Body(Letter(), R"(,"page":1)"));
  EXPECT_EQ(drawn.status, 200) << drawn.body;
  EXPECT_EQ(drawn.content_type, "image/png");
  EXPECT_EQ(drawn.body.substr(1, 3), "PNG");
  EXPECT_EQ(Outcome("support", "POST /v1/paper/draw", Body(Letter(), R"(,"page":2)")), "415 unsupported-media-type");
}

TEST_F(ApiPaperTest, TakesOutWhatWasFoundAndDrawnAndLeavesWhatWasLifted) {
  const auto emails = [this](const ApiAnswer& answer) {
    const Result<Bytes> document = Base64Decode(answer.TextOf("document"));
    EXPECT_TRUE(document.ok());
    const std::string again = Call("support", "POST /v1/paper/look", Body(*document)).body;
    return again.find(R"("type":"EMAIL")") != std::string::npos;
  };
  const ApiAnswer taken = Call("support", "POST /v1/paper/redact", Body(Letter()));
  EXPECT_EQ(taken.status, 200) << taken.body;
  EXPECT_FALSE(emails(taken));
  const ApiAnswer drawn = Call("support", "POST /v1/paper/redact",
                               Body(Letter(), R"(,"boxes":[{"page":1,"left":10,"top":45,"right":200,"bottom":65}])"));
  EXPECT_EQ(drawn.status, 200) << drawn.body;
  EXPECT_THAT(drawn.body, HasSubstr(R"("rule":"manual")"));
  const ApiAnswer lifted = Call("support", "POST /v1/paper/redact",
                                Body(Letter(), R"(,"lifted":[{"page":1,"left":0,"top":0,"right":300,"bottom":200}])"));
  EXPECT_EQ(lifted.status, 200) << lifted.body;
  EXPECT_TRUE(emails(lifted)) << "the control: what was lifted is still there";
  EXPECT_THAT(lifted.body, HasSubstr(R"("lifted":true)"));
}

TEST_F(ApiPaperTest, RefusesWhatDoesNotFit) {
  for (const char* path : {"POST /v1/paper/look", "POST /v1/paper/redact"}) {
    EXPECT_EQ(Outcome("support", path, Body("no paper")), "415 unsupported-media-type") << path;
    EXPECT_EQ(Outcome("support", path, R"({"document":"*"})"), "400 invalid-argument") << path;
    EXPECT_EQ(Outcome("support", path, Body(Letter(), R"(,"types":["SHOE_SIZE"])")), "400 invalid-argument") << path;
    EXPECT_EQ(
        Outcome("support", path, Body(Letter(), R"(,"boxes":[{"page":1,"left":9,"top":1,"right":2,"bottom":3}])")),
        "400 invalid-argument")
        << path;
  }
  EXPECT_EQ(Outcome("support", "POST /v1/paper/redact", Body(Letter(), R"(,"mode":"token")")), "400 invalid-argument");
  EXPECT_EQ(Outcome("support", "POST /v1/paper/look", Body(Letter().substr(0, 60))), "415 unsupported-media-type");
}

TEST_F(ApiPaperTest, KeepsNothingButThatItHappened) {
  ASSERT_EQ(Outcome("support", "POST /v1/paper/redact", Body(Letter())), "200");
  EXPECT_THAT(EverythingStored(), Not(HasSubstr("herons")));
  vault_.SequenceAll();
  const ApiAnswer log = Call("auditor", "GET /v1/audit/entries?log=office&action=paper.redact");
  EXPECT_THAT(log.body, HasSubstr("pdf, 1 page: "));
  EXPECT_THAT(log.body, HasSubstr("EMAIL 1"));
  EXPECT_THAT(log.body, Not(HasSubstr("ada")));
}

TEST_F(ApiPaperTest, WhoRunsTheSystemMayNot) {
  for (const char* role : {"operator", "administrator", "auditor", "partner", "importer"}) {
    EXPECT_EQ(Outcome(role, "POST /v1/paper/look", Body(Letter())), "403 denied") << role;
    EXPECT_EQ(Outcome(role, "POST /v1/paper/draw", Body(Letter(), R"(,"page":1)")), "403 denied") << role;
    EXPECT_EQ(Outcome(role, "POST /v1/paper/redact", Body(Letter())), "403 denied") << role;
  }
  for (const char* role : {"application", "support", "privacy-officer"}) {
    EXPECT_EQ(Outcome(role, "POST /v1/paper/look", Body(Letter())), "200") << "the control";
  }
}

}  // namespace
}  // namespace strongroom
