// People: who of the staff may act, as approvals and budgets need to know it.
//
// A person has an account (staff_directory.h).  Where nobody has one yet, keys made for people (kind "staff") stand for
// them; as soon as somebody came into an account, only accounts count as a second person: one person may hold two keys.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/policy_set.h"
#include "policy/principal.h"

namespace strongroom {

struct Person {
  PrincipalId id = 0;
  std::string name;  // what colleagues read
  std::vector<std::string> roles;
  std::vector<std::string> purposes;
  std::string email;  // empty: none
  std::string language = "en";
  bool has_account = false;
  bool active = false;  // not suspended, not gone, not locked
  bool left = false;
};

// Any thread.
class People {
 public:
  virtual ~People() = default;
  // Nothing when nobody has this id, or a program has.
  virtual std::optional<Person> Find(PrincipalId id) const = 0;
  // Everybody who has not left; those with accounts, or without any the holders of keys.
  virtual std::vector<Person> All() const = 0;
  // From now on the person can do nothing, until a colleague releases them; recorded.  Ok for holders of keys, who are
  // kept locked by their budgets alone (budgets.h).
  virtual Status Lock(PrincipalId id, const std::string& why) = 0;
  virtual Status Unlock(PrincipalId id, const Caller& by) = 0;

  // Whether this person counts as a second one.
  bool MayDecide(PrincipalId id) const;
};

// What policy would be asked for this person: signed in from `address`, with a fresh second factor and every register
// current.  For "could this person ever": the gate decides on the person as they come.
Caller AtTheirBest(const Person& person, const IpAddress& address);
// Anything but an outright refusal.
bool CouldAsk(const PolicySet& policy, const Caller& caller, const PolicyQuestion& question);

}  // namespace strongroom
