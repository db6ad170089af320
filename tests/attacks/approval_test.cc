// What two people must agree on, tried with an approval that is over, and by two threads with one that is good once.
#include <atomic>
#include <thread>

#include "access/approvals.h"
#include "base/json_writer.h"
#include "tests/attacks/attack_fixture.h"

namespace strongroom::attacks {
namespace {

class ApprovalAttack : public AttackTest {
 protected:
  ApprovalAttack() : bo_(MakePerson(vault_, colleagues_, "bo")) {
    KeepRegisters(ada_);
    KeepRegisters(bo_);
    vip_ = vault_.CreateCustomer({{"email", "vip@example.com"}}, {}, "main", 1);
  }
  std::string Target() const { return "/v1/customers/" + vip_ + "/reveal"; }
  // Ada asks, Bo agrees.
  std::string Agreed() {
    SignIn(victims_, ada_);
    SignIn(colleagues_, bo_);
    Bytes question;
    JsonWriter json(question);
    json.BeginObject().String("method", "POST").String("target", Target()).String("body", kBody);
    json.String("reason", "she called").EndObject();
    const Answer asked = Ask(victims_, "POST /v1/approvals", question);
    EXPECT_EQ(asked.status, 201) << asked.body;
    const std::string id = asked.TextOf("id");
    EXPECT_EQ(Ask(victims_, "POST /v1/approvals/" + id + "/grant").Outcome(), "403 own-case-refused");
    EXPECT_EQ(Ask(colleagues_, "POST /v1/approvals/" + id + "/grant").Outcome(), "200");
    return id;
  }
  std::string ShowWith(const std::string& approval) {
    return Ask(victims_, "POST " + Target(), kBody, {{"X-Approval", approval}}).Outcome();
  }
  // The session is kept in use while time goes by.
  void WorkFor(int minutes) {
    for (int i = 0; i < minutes; i += 5) {
      vault_.clock().AdvanceMillis(5 * 60'000);
      EXPECT_EQ(Ask(victims_, "GET /v1/session").Outcome(), "200");
    }
  }

  const std::string kBody = R"({"purpose":"delivery","fields":["email"]})";
  TestBrowser colleagues_{vault_};
  TestPerson bo_;
  std::string vip_;
};

TEST_F(ApprovalAttack, AnApprovalEndsWithinAnHour) {
  const std::string late = Agreed();
  WorkFor(60);
  EXPECT_EQ(ShowWith(late), "403 approval-unusable");
  const std::string in_time = Agreed();
  WorkFor(55);
  EXPECT_EQ(ShowWith(in_time), "200") << "the control: within its hour";
}

TEST_F(ApprovalAttack, OfTwoThreadsThatSpendOneExactlyOneSucceeds) {
  for (int round = 0; round < 10; ++round) {
    const std::string id = Agreed();
    std::atomic<int> waiting{0}, shown{0}, unusable{0};
    // The proofs are made before: a browser is not for two threads.
    const std::string proof = victims_.Proof("POST", Target());
    Headers headers = CookiesOf(victims_);
    headers.emplace_back("X-Session-Proof", proof);
    headers.emplace_back("X-Approval", id);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        ++waiting;
        while (waiting < 4) std::this_thread::yield();
        const std::string outcome = Send("192.0.2.7", "POST " + Target(), kBody, headers).Outcome();
        shown += outcome == "200" ? 1 : 0;
        unusable += outcome == "403 approval-unusable" ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(shown, 1) << round;
    EXPECT_EQ(unusable, 3) << round;
    vault_.clock().AdvanceMillis(60'000);
  }
}

}  // namespace
}  // namespace strongroom::attacks
