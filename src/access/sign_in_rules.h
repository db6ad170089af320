// What the company has decided about signing in: how long, from where, with what.  Follows access_settings.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/principal.h"

namespace strongroom {

struct SignInRules {
  int64_t idle_seconds = 30 * 60;
  int64_t longest_seconds = 12 * 60 * 60;
  std::map<std::string, std::vector<IpNetwork>, std::less<>> networks_of_roles;  // a role that is not here: anywhere
  std::string origin;     // "https://vault.example.com", where browsers find us; empty: passkeys on localhost alone
  bool allow_sms = true;  // the weakest factor
  bool question_on_new_place = true;
};
using SignInRulesPtr = std::shared_ptr<const SignInRules>;

// Swapped whole.  Any thread.
class RulesInForce {
 public:
  explicit RulesInForce(SignInRules rules = {}) : rules_(std::make_shared<const SignInRules>(std::move(rules))) {}
  SignInRulesPtr Get() const { return std::atomic_load(&rules_); }
  void Set(SignInRules rules) { std::atomic_store(&rules_, std::make_shared<const SignInRules>(std::move(rules))); }

 private:
  SignInRulesPtr rules_;
};

}  // namespace strongroom
