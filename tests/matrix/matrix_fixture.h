// The matrix's stage: a vault with people of every role, and one request at a time, asked under given conditions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/front_door.h"
#include "access/testing/test_vault.h"
#include "http/api_authenticator.h"
#include "http/api_routes.h"
#include "http/exchange.h"
#include "http/router.h"

namespace strongroom::matrix {

struct Example {
  std::string name;       // "POST /v1/customers/{code}/reveal of a vip"
  std::string operation;  // without what follows the pattern
  std::string target;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// kInvalidArgument names the line.
Result<std::vector<Example>> ReadExamples(const std::string& text);
std::string ReadFile(const std::string& name);  // of tests/matrix

enum class Condition : uint8_t {
  kAll,
  kOverdue,
  kNoFactor,
  kStaleFactor,
  kNoPurpose,
  kNoCase,
  kNoDevice,
  kApproved,
  kOffHours,
  kGuestNetwork
};
// Those that have a column; the last two decide everywhere alike and have a test of their own.
constexpr Condition kColumns[] = {Condition::kAll,         Condition::kOverdue,   Condition::kNoFactor,
                                  Condition::kStaleFactor, Condition::kNoPurpose, Condition::kNoCase,
                                  Condition::kNoDevice,    Condition::kApproved};
std::string_view NameOf(Condition condition);

// Credentials that open nothing, whatever is asked.
struct BadCredential {
  const char* name;
  const char* refusal;
};
const std::vector<BadCredential>& BadCredentials();

// The default policy, the role "everything", and what a careful company adds: devices that were checked for whatever
// shows customers in clear, nothing on Sundays, nothing from the guests' network.
std::string MatrixPolicy();

class Stage {
 public:
  // Roles of people with accounts, then programs ("application", "key:administrator"), then "nobody", who has none.
  static const std::vector<std::string>& Callers();

  Stage();
  Router& router() { return router_; }
  bool IsPublic(const Example& example) const;
  bool IsPerson(const std::string& caller) const { return accounts_.contains(caller); }

  // "+" or the code of the refusal.  `unrecorded`: whether the answer left no entry in any log.
  std::string Ask(const Example& example, const std::string& caller, Condition condition, bool* unrecorded = nullptr);
  // "let in" or the code of the refusal.
  std::string AskWith(const Example& example, std::string_view bad_credential);
  // Draws what the next Ask() may name beforehand.
  void Prepare(const std::string& caller);
  // Everything that gives rights: keys that are good and people who are active, with their roles, and the policy.
  std::set<std::string> Rights();

 private:
  struct Sent {
    std::unique_ptr<std::string> query;  // views of the request point into it
    std::unique_ptr<TestRequest> request;
    const Route* route = nullptr;
  };
  // A browser of somebody who is signed in.
  struct Signed {
    uint64_t id = 0;
    std::string cookie;
    std::shared_ptr<const SessionProofKey> key;
  };
  // --- matrix_people.cc ---
  void AddPeople();
  PrincipalId AddAccount(const std::string& name, const std::string& role,
                         const std::function<void(StaffMember&)>& how = {});
  // As sign_in.cc begins a session, without what comes before.
  Signed SignIn(PrincipalId person, FactorKind factor = FactorKind::kTotp);
  void Show(const Signed& session, TestRequest& request);
  const std::string& AccountFor(const std::string& who, Condition condition) const;
  Result<Authenticated> PersonAsks(const std::string& who, Condition condition, TestRequest& request);
  Caller PersonNow(const std::string& who);
  Caller ProgramOf(const std::string& who, Condition condition);
  void Change(PrincipalId person, const std::function<void(StaffMember&)>& how);
  Signed BadSession(std::string_view bad);
  void ShowBad(std::string_view bad, TestRequest& request);
  void WaitForSunday();

  Sent Prepare(const Example& example, std::string target, std::string body);
  std::string Fill(std::string text);
  void Draw(const std::string& name);
  void Renew();
  std::string Run(const Sent& sent, Authenticated who);
  std::string Approved(const Example& example, const std::string& who);
  uint64_t Entries();

  TestVault vault_;
  Router router_;
  ApiAuthenticator authenticator_{vault_, vault_.clock()};
  std::map<std::string, PrincipalId> accounts_;      // by role; more of it as "role 2", "role overdue", ...
  std::map<std::string, std::string> placeholders_;  // renewed before each request
  std::map<std::string, std::string> keys_;          // by what is wrong with them
  std::string review_;                               // that was signed
  std::string caller_;                               // who asks next
  bool prepared_ = false;                            // what the next request names has been drawn
  uint64_t unique_ = 0;
};

}  // namespace strongroom::matrix
