#include "access/person_now.h"

#include <algorithm>
#include <utility>

#include "access/session_record.h"

namespace strongroom {
namespace {

constexpr UnixMillis kForever = INT64_MAX;

bool Lists(const std::vector<IpNetwork>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const IpNetwork& network) { return network.Contains(address); });
}

// When something of the person runs out next.
UnixMillis NextChange(const StaffMember& member, UnixMillis now) {
  UnixMillis next = kForever;
  for (const RoleGrant& grant : member.roles) {
    if (grant.until.has_value() && *grant.until > now) next = std::min(next, *grant.until);
  }
  return next;
}

}  // namespace

bool PersonNow::MayComeFrom(const IpAddress& address) const {
  if (!member->networks.empty() && !Lists(member->networks, address)) return false;
  return std::all_of(principal->roles.begin(), principal->roles.end(), [&](const std::string& role) {
    const auto found = rules->networks_of_roles.find(role);
    return found == rules->networks_of_roles.end() || found->second.empty() || Lists(found->second, address);
  });
}

PersonNowPtr MakePersonNow(StaffMemberPtr member, SignInRulesPtr rules, UnixMillis now, const Registers* registers) {
  auto person = std::make_shared<PersonNow>();
  Principal principal;
  principal.id = member->id;
  principal.kind = PrincipalKind::kStaff;
  principal.name = member->display_name;
  principal.roles = member->RolesAt(now);
  principal.purposes = member->purposes;
  principal.token_domains = {"*"};  // people are held back by policy; domains keep applications apart
  principal.networks = member->networks;
  person->may_sign_in =
      member->state == StaffState::kActive && !member->locked_at.has_value() && !principal.roles.empty();
  person->principal = std::make_shared<const Principal>(std::move(principal));
  person->credentials = CredentialsMark(*member);
  person->until = NextChange(*member, now);
  if (registers != nullptr) {
    person->registers = registers->Generation();  // before the look: a change in between makes it look again
    person->standing = registers->StandingOf(*member, now);
    person->until = std::min(person->until, registers->StandingChangesAfter(*member, now).value_or(kForever));
  }
  person->member = std::move(member);
  person->rules = std::move(rules);
  return person;
}

}  // namespace strongroom
