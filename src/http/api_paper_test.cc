// PDF over the API: what is personal on its pages, a page as it looks, the file without it, and nothing kept.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/encoding.h"
#include "base/testing/hanging_paper.h"
#include "base/testing/processes.h"
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

// A call on a thread of its own, at a file that is worked at for ever.
class ApiPaperLeavingTest : public ApiPaperTest {
 protected:
  class Waiting {
   public:
    Waiting(ApiPaperLeavingTest& test, const std::string& path, const std::string& document)
        : request_("POST", path, Body(document, path.ends_with("draw") ? R"(,"page":1)" : "")) {
      request_.Set("Content-Type", "application/json").Set("Authorization", "Bearer " + test.vault_.Key("support"));
      Router::Reserve(request_, path.size());
      const Result<RouteMatch> match = test.router_.Match(request_);
      Result<Authenticated> who = test.authenticator_.Authenticate(request_);
      exchange_ = std::make_unique<TestExchange>(request_, *std::move(who));
      thread_ = std::jthread([this, &handler = match->route->handler] {
        handler(*exchange_);
        answered_ = true;
      });
    }
    void Leave() { exchange_->Leave(); }
    bool answered() const { return answered_; }
    // Once it is answered.
    std::string Outcome() {
      const Response& response = exchange_->Wait();
      const Result<JsonDocument> json = JsonDocument::Parse(response.body);
      const auto code = json.ok() ? json->root().Find("code") : std::nullopt;
      return std::to_string(response.status) + (code ? " " + std::string(*code->AsString()) : "");
    }

   private:
    TestRequest request_;
    std::unique_ptr<TestExchange> exchange_;
    std::atomic<bool> answered_ = false;
    std::jthread thread_;  // last: goes first
  };

  static void UntilWorkersRun(size_t count) {
    while (ChildrenOf(getpid()).size() != count) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
};

TEST_F(ApiPaperLeavingTest, ACallerThatLeavesFreesItsPlace) {
  for (const char* path : {"/v1/paper/look", "/v1/paper/redact", "/v1/paper/draw"}) {
    Waiting first(*this, path, HangingPdf());
    Waiting second(*this, path, HangingPdf());
    UntilWorkersRun(2);
    Waiting next(*this, "/v1/paper/look", Letter());
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    EXPECT_FALSE(next.answered()) << "the control: there are two places, and two who stay have them: " << path;
    first.Leave();
    EXPECT_EQ(next.Outcome(), "200") << path;
    EXPECT_EQ(first.Outcome(), "408 request-timeout") << path;
    EXPECT_FALSE(second.answered()) << "the control: the other caller stays " << path;
    second.Leave();
    EXPECT_EQ(second.Outcome(), "408 request-timeout") << path;
  }
  vault_.SequenceAll();
  const ApiAnswer log = Call("auditor", "GET /v1/audit/entries?log=office&action=paper.redact");
  EXPECT_THAT(log.body, HasSubstr("request-timeout"));
}

TEST_F(ApiPaperLeavingTest, AVaultThatClosesDoesNotWaitForPaper) {
  Waiting working(*this, "/v1/paper/redact", HangingPdf());
  Waiting also_working(*this, "/v1/paper/look", HangingPdf());
  UntilWorkersRun(2);
  Waiting waiting(*this, "/v1/paper/look", Letter());
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  EXPECT_FALSE(working.answered() || also_working.answered() || waiting.answered())
      << "the control: nothing ends by itself";
  vault_->paper_filters().LetGo();
  EXPECT_EQ(working.Outcome(), "503 shutting-down");
  EXPECT_EQ(also_working.Outcome(), "503 shutting-down");
  EXPECT_EQ(waiting.Outcome(), "503 shutting-down");
  EXPECT_TRUE(ChildrenOf(getpid()).empty());
  EXPECT_EQ(Outcome("support", "POST /v1/paper/look", Body(Letter())), "503 shutting-down");
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
