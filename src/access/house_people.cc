#include "access/house_people.h"

namespace strongroom {

Person HousePeople::PersonOf(const StaffMember& member) const {
  Person person;
  person.id = member.id;
  person.name = member.display_name;
  person.roles = member.RolesAt(clock_.NowMillis());
  person.purposes = member.purposes;
  person.email = member.email;
  person.language = member.language;
  person.has_account = true;
  person.active = member.state == StaffState::kActive && !member.locked_at.has_value();
  person.left = member.state == StaffState::kLeft;
  return person;
}

Person HousePeople::PersonOf(const ApiKeyInfo& info) const {
  Person person;
  person.id = info.id;
  person.name = info.spec.name;
  person.roles = info.spec.roles;
  person.purposes = info.spec.purposes;
  const bool expired = info.spec.expires_at.has_value() && *info.spec.expires_at <= clock_.NowMillis();
  person.left = info.revoked_at.has_value() || expired;
  person.active = !person.left;
  return person;
}

std::optional<Person> HousePeople::Find(PrincipalId id) const {
  if (const StaffMemberPtr member = directory_.Find(id); member != nullptr) return PersonOf(*member);
  const std::optional<ApiKeyInfo> info = keys_.InfoById(id);
  if (!info.has_value() || info->spec.kind != PrincipalKind::kStaff) return std::nullopt;
  return PersonOf(*info);
}

std::vector<Person> HousePeople::All() const {
  std::vector<Person> all;
  bool anybody_came = false;  // an invitation that nobody took up is not yet a person who could be asked
  for (const StaffMemberPtr& member : directory_.All()) {
    if (member->state == StaffState::kLeft) continue;
    all.push_back(PersonOf(*member));
    anybody_came |= member->state == StaffState::kActive || member->state == StaffState::kSuspended;
  }
  if (anybody_came) return all;
  all.clear();
  for (const ApiKeyInfo& info : keys_.AllInfos()) {
    if (info.spec.kind != PrincipalKind::kStaff) continue;
    Person person = PersonOf(info);
    if (!person.left) all.push_back(std::move(person));
  }
  return all;
}

Status HousePeople::Lock(PrincipalId id, const std::string& why) {
  if (directory_.Find(id) == nullptr) return Status::Ok();  // a key has no account that could be locked
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kAlarm;
  entry.decision = Decision::kPlain;
  entry.detail = why + ": locked";
  const auto lock = [&](StaffMember& member) {
    member.locked_at = clock_.NowMillis();
    member.locked_why = why;
    return Status::Ok();
  };
  return directory_.ChangeRecorded(id, lock, std::move(entry)).status();
}

Status HousePeople::Unlock(PrincipalId id, const Caller& by) {
  if (directory_.Find(id) == nullptr) return Status::Ok();
  AuditEntry entry;
  entry.actor = by.principal->id;
  entry.actor_kind = by.principal->kind;
  entry.address = by.address;
  entry.request_id = by.request_id;
  entry.action = Action::kStaffSuspend;
  entry.decision = Decision::kPlain;
  entry.detail = "locked to released";
  const auto unlock = [](StaffMember& member) {
    member.locked_at.reset();
    member.locked_why.clear();
    return Status::Ok();
  };
  return directory_.ChangeRecorded(id, unlock, std::move(entry)).status();
}

}  // namespace strongroom
