#include "access/session_view.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace strongroom {
namespace {

constexpr Sensitivity kSensitivities[] = {Sensitivity::kPublic,    Sensitivity::kInternal,  Sensitivity::kPersonal,
                                          Sensitivity::kSensitive, Sensitivity::kFinancial, Sensitivity::kCredential};
constexpr uint8_t kTiers[] = {0, 1};
constexpr std::string_view kAny = "*";

// Those the caller may name; for whoever may name any, those the policy speaks of and one it does not.
std::set<std::string_view> PurposesToTry(const PolicySet& policy, const Principal& principal) {
  std::set<std::string_view> purposes = {""};
  const auto& own = principal.purposes;
  purposes.insert(own.begin(), own.end());
  if (purposes.erase(kAny) == 0) return purposes;
  purposes.insert("any");
  for (const PolicyRule& rule : policy.rules()) {
    for (const std::string& purpose : rule.purposes) {
      if (purpose != kAny) purposes.insert(purpose);
    }
  }
  return purposes;
}

bool NotDenied(const PolicySet& policy, const Caller& caller, PolicyQuestion question) {
  for (const uint8_t tier : kTiers) {
    question.tier = tier;
    question.has_field = false;
    if (policy.Decide(caller, question).decision != Decision::kDeny) return true;
    question.has_field = true;
    for (const Sensitivity sensitivity : kSensitivities) {
      question.sensitivity = sensitivity;
      if (policy.Decide(caller, question).decision != Decision::kDeny) return true;
    }
  }
  return false;
}

std::vector<OverdueRegister> OverdueOf(const Registers& registers, const StaffMember& person, UnixMillis now) {
  std::vector<OverdueRegister> overdue;
  for (const DueMark& mark : registers.DueOf(person, now, 0)) {
    if (mark.overdue) overdue.push_back({mark.name, std::string(NameOf(mark.kind)), mark.version});
  }
  return overdue;
}

}  // namespace

std::vector<Action> ActionsNotDenied(const PolicySet& policy, const Caller& caller) {
  std::vector<Action> may;
  if (caller.principal == nullptr) return may;
  Caller asking = caller;
  const std::set<std::string_view> purposes = PurposesToTry(policy, *caller.principal);
  for (const Action action : AllActions()) {
    if (!CanBeAsked(action)) continue;
    PolicyQuestion question;
    question.action = action;
    const bool not_denied = std::any_of(purposes.begin(), purposes.end(), [&](std::string_view purpose) {
      asking.purpose = purpose;
      return NotDenied(policy, asking, question);
    });
    if (not_denied) may.push_back(action);
  }
  return may;
}

Receipted<SessionView> DescribeSession(const SignInKit& kit, const Registers& registers, const Caller& caller) {
  Permit permit = kit.gate.Authorise(caller, Action::kStaffSelf);
  if (!permit.granted()) return permit.Refuse<SessionView>();
  permit.entry().detail = "session described";
  const std::optional<SessionInfo> session = kit.sessions.Find(caller.session_id);
  const StaffMemberPtr person = kit.directory.Find(caller.principal->id);
  if (!session.has_value() || person == nullptr) return permit.Fail<SessionView>(Status(Reason::kSessionEnded));
  SessionView view;
  view.person = person;
  view.roles = caller.principal->roles;
  view.second_factor_age_seconds = caller.second_factor_age_seconds;
  const UnixMillis now = kit.Now();
  const int64_t idle_ends = now + kit.rules.Get()->idle_seconds * 1000;  // with this request
  view.expires_in_seconds = std::max<int64_t>(std::min(session->ends_at, idle_ends) - now, 0) / 1000;
  view.may = ActionsNotDenied(*kit.gate.policy().Get(), caller);
  view.overdue = OverdueOf(registers, *person, now);
  return permit.Finish(std::move(view));
}

}  // namespace strongroom
