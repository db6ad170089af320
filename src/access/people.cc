#include "access/people.h"

#include <algorithm>

namespace strongroom {

bool People::MayDecide(PrincipalId id) const {
  const std::optional<Person> person = Find(id);
  if (!person.has_value() || !person->active) return false;
  if (person->has_account) return true;
  const std::vector<Person> all = All();
  return std::none_of(all.begin(), all.end(), [](const Person& one) { return one.has_account; });
}

Caller AtTheirBest(const Person& person, const IpAddress& address) {
  Principal principal;
  principal.id = person.id;
  principal.kind = PrincipalKind::kStaff;
  principal.roles = person.roles;
  principal.purposes = person.purposes;
  Caller caller;
  caller.principal = std::make_shared<const Principal>(std::move(principal));
  caller.address = address;
  caller.second_factor_age_seconds = 0;
  for (int need = 0; need < kNeedCount; ++need) Meet(static_cast<Need>(need), caller);
  return caller;
}

bool CouldAsk(const PolicySet& policy, const Caller& caller, const PolicyQuestion& question) {
  return policy.Decide(caller, question).decision != Decision::kDeny;
}

}  // namespace strongroom
