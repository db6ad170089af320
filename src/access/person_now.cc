#include "access/person_now.h"

#include <time.h>

#include <algorithm>
#include <atomic>
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
  const auto consider = [&](const std::optional<UnixMillis>& at) {
    if (at.has_value() && *at > now) next = std::min(next, *at);
  };
  for (const RoleGrant& grant : member.roles) consider(grant.until);
  for (const RegisterMark& mark : member.marks) consider(mark.valid_until);
  return next;
}

bool HasMark(const StaffMember& member, std::string_view name, UnixMillis now) {
  return std::any_of(member.marks.begin(), member.marks.end(), [&](const RegisterMark& mark) {
    return mark.name == name && (!mark.valid_until.has_value() || *mark.valid_until > now);
  });
}

}  // namespace

bool PersonNow::MayComeFrom(const IpAddress& address) const {
  if (!member->networks.empty() && !Lists(member->networks, address)) return false;
  return std::all_of(principal->roles.begin(), principal->roles.end(), [&](const std::string& role) {
    const auto found = rules->networks_of_roles.find(role);
    return found == rules->networks_of_roles.end() || found->second.empty() || Lists(found->second, address);
  });
}

PersonNowPtr MakePersonNow(StaffMemberPtr member, SignInRulesPtr rules, UnixMillis now) {
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
  person->standing.training_current = HasMark(*member, "training", now);
  person->standing.agreement_signed = HasMark(*member, "agreement", now);
  person->standing.acceptable_use_accepted = HasMark(*member, "acceptable-use", now);
  person->credentials = CredentialsMark(*member);
  person->until = NextChange(*member, now);
  person->member = std::move(member);
  person->rules = std::move(rules);
  return person;
}

uint16_t MinuteOfWeekAt(UnixMillis now) {
  // The minute since 1970 above, the minute of its week in the low 16 bits: one value, so that threads agree.
  static std::atomic<int64_t> last{-1};
  const int64_t minute = now / 60'000;
  const int64_t known = last.load(std::memory_order_relaxed);
  if (known >= 0 && known >> 16 == minute) return static_cast<uint16_t>(known & 0xffff);
  const time_t seconds = now / 1000;
  struct tm local = {};
  if (localtime_r(&seconds, &local) == nullptr) return 0;
  const int day = (local.tm_wday + 6) % 7;  // POSIX counts from Sunday
  const auto of_week = static_cast<uint16_t>((day * 24 + local.tm_hour) * 60 + local.tm_min);
  last.store(minute << 16 | of_week, std::memory_order_relaxed);
  return of_week;
}

}  // namespace strongroom
