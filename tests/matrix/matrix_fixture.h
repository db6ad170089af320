// The matrix's stage: a vault with people of every role, and one request at a time, asked under given conditions.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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

enum class Condition : uint8_t { kAll, kOverdue, kNoFactor, kNoPurpose, kNoCase, kLocked, kApproved };
constexpr Condition kConditions[] = {Condition::kAll,       Condition::kOverdue, Condition::kNoFactor,
                                     Condition::kNoPurpose, Condition::kNoCase,  Condition::kLocked,
                                     Condition::kApproved};
std::string_view NameOf(Condition condition);

enum class BadCredential : uint8_t { kNone, kUnknown, kExpired, kRevoked, kElsewhere };
constexpr BadCredential kBadCredentials[] = {BadCredential::kNone, BadCredential::kUnknown, BadCredential::kExpired,
                                             BadCredential::kRevoked, BadCredential::kElsewhere};

class Stage {
 public:
  // Roles of people with accounts, then programs ("application", "key:administrator"), then "nobody", who has none.
  static const std::vector<std::string>& Callers();

  Stage();
  Router& router() { return router_; }
  bool IsPublic(const Example& example) const;

  // "+" or the code of the refusal.  `unrecorded`: whether the answer left no entry in any log.
  std::string Ask(const Example& example, const std::string& caller, Condition condition, bool* unrecorded = nullptr);
  std::string AskWith(const Example& example, BadCredential credential);
  // Draws what the next Ask() may name beforehand.
  void Prepare(const std::string& caller);
  // Everything that gives rights: keys that are good and people who are active, with their roles, and the policy.
  std::set<std::string> Rights();

 private:
  struct Sent {
    std::unique_ptr<TestRequest> request;
    const Route* route = nullptr;
  };
  Sent Prepare(const Example& example, std::string target, std::string body);
  std::string Fill(std::string text);
  void Draw(const std::string& name);
  void Renew();
  Caller CallerOf(const std::string& who, Condition condition);
  PrincipalId AddAccount(const std::string& name, const std::string& role, StaffState state = StaffState::kActive);
  std::string Run(const Sent& sent, Caller caller);
  std::string Approved(const Example& example, const std::string& who);
  uint64_t Entries();

  TestVault vault_;
  Router router_;
  ApiAuthenticator authenticator_{vault_, vault_.clock()};
  std::map<std::string, PrincipalId> accounts_;      // by role; a second one by role + " 2"
  std::map<std::string, std::string> placeholders_;  // renewed before each request
  std::string good_key_, expired_key_, revoked_key_, elsewhere_key_;
  std::string caller_;     // who asks next
  bool prepared_ = false;  // what the next request names has been drawn
  uint64_t unique_ = 0;
};

}  // namespace strongroom::matrix
