#include "access/ceiling.h"

#include <algorithm>
#include <string>
#include <utility>

namespace strongroom {

SightOf WhomOf(const StaffMember& member, UnixMillis now) {
  return {PrincipalKind::kStaff, member.RolesAt(now), member.purposes, member.networks};
}

SightOf WhomOf(const ApiKeyInfo& key) { return {key.spec.kind, key.spec.roles, key.spec.purposes, key.spec.networks}; }

bool IsInForce(const ApiKeyInfo& key, UnixMillis now) {
  return !key.revoked_at && (!key.spec.expires_at || now < *key.spec.expires_at);
}

SightFinder Ceiling::Finder() const {
  std::vector<std::string> compartments;
  for (const auto& room : gate_.house().compartments()) compartments.push_back(room->info.name);
  return SightFinder(gate_.policy().Get(), *catalogue_.Current(), std::move(compartments));
}

size_t Ceiling::Count(const SightFinder& finder, PrincipalId but_not) const {
  size_t count = 0;
  for (const StaffMemberPtr& member : directory_.All()) {
    if (member->id == but_not || member->state == StaffState::kLeft) continue;
    if (finder.Find(WhomOf(*member, now())).Everything()) ++count;
  }
  for (const ApiKeyInfo& key : keys_.AllInfos()) {
    if (key.spec.kind != PrincipalKind::kStaff || !IsInForce(key, now())) continue;
    if (finder.Find(WhomOf(key)).Everything()) ++count;
  }
  return count;
}

size_t Ceiling::CountWhoSeeEverything() const { return Count(Finder(), 0); }

Status Ceiling::Check(const StaffMember* before, const StaffMember& after) const {
  const SightFinder finder = Finder();
  if (!finder.Find(WhomOf(after, now())).Everything()) return Status::Ok();
  if (before != nullptr && finder.Find(WhomOf(*before, now())).Everything()) return Status::Ok();
  const auto most = static_cast<size_t>(settings_.Current()->most_who_see_everything);
  if (Count(finder, after.id) < most) return Status::Ok();
  return Status(Reason::kCeilingReached, std::to_string(most) +
                                             " people may see every kind of personal data, and as many do; take it "
                                             "away from one of them first, or give this person less");
}

}  // namespace strongroom
