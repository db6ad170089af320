#include "access/sight.h"

#include <algorithm>
#include <utility>

namespace strongroom {
namespace {

constexpr std::string_view kAny = "*";
// A documentation address (RFC 5737): in nobody's network unless a rule means everywhere.
constexpr std::string_view kElsewhere = "203.0.113.7";
constexpr uint8_t kTiers[] = {0, 1, 15};

bool Names(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool Lists(const std::vector<std::string>& names, std::string_view name) {
  return Names(names, name) || Names(names, kAny);
}

Reach ReachFrom(Decision decision) {
  switch (decision) {
    case Decision::kPlain:
      return Reach::kAlone;
    case Decision::kNeedsApproval:
      return Reach::kWithColleague;
    case Decision::kMasked:
      return Reach::kMasked;
    default:
      return Reach::kNothing;
  }
}

// Purposes this person may name that the field is held for; "any" stands for those nobody has a name for yet.
std::vector<std::string> PurposesFor(const std::vector<std::string>& held_for, const std::vector<std::string>& of_rules,
                                     const SightOf& whom) {
  std::vector<std::string> candidates = held_for;
  if (Names(candidates, kAny)) {
    std::erase(candidates, kAny);
    candidates.insert(candidates.end(), of_rules.begin(), of_rules.end());
    for (const std::string& purpose : whom.purposes) {
      if (purpose != kAny) candidates.push_back(purpose);
    }
    candidates.emplace_back("any");
  }
  std::erase_if(candidates, [&](const std::string& purpose) { return !Lists(whom.purposes, purpose); });
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

}  // namespace

std::string_view NameOf(Reach reach) {
  switch (reach) {
    case Reach::kNothing:
      return "nothing";
    case Reach::kMasked:
      return "masked";
    case Reach::kWithColleague:
      return "with_colleague";
    case Reach::kAlone:
      return "alone";
  }
  return "unknown";
}

Reach Sight::Best(Sensitivity sensitivity) const {
  const auto& actions = reach[static_cast<size_t>(sensitivity)];
  return *std::max_element(actions.begin(), actions.end());
}

bool Sight::Everything() const {
  return Best(Sensitivity::kPersonal) == Reach::kAlone && Best(Sensitivity::kSensitive) == Reach::kAlone &&
         Best(Sensitivity::kFinancial) == Reach::kAlone;
}

SightFinder::SightFinder(std::shared_ptr<const PolicySet> policy, const Catalogue& catalogue,
                         std::vector<std::string> compartments)
    : policy_(std::move(policy)), compartments_(std::move(compartments)) {
  std::vector<std::string> named;
  addresses_.push_back(*IpAddress::Parse(kElsewhere));
  minutes_.emplace_back();
  for (const PolicyRule& rule : policy_->rules()) {
    named.insert(named.end(), rule.fields.begin(), rule.fields.end());
    for (const IpNetwork& network : rule.networks) addresses_.push_back(network.base);
    for (const WeekHours& hours : rule.hours) {
      minutes_.emplace_back(static_cast<uint16_t>(hours.first_day * WeekHours::kMinutesPerDay + hours.from_minute));
    }
    for (const std::string& purpose : rule.purposes) {
      if (purpose != kAny && !Names(purposes_, purpose)) purposes_.push_back(purpose);
    }
  }
  for (const FieldDef& field : catalogue.fields()) {
    AddGroup({Names(named, field.name) ? field.name : std::string(), field.sensitivity, field.purposes});
  }
  // Kinds of data that no field holds yet are decided all the same: the next field may be of them.
  for (int i = 0; i < kSensitivityCount; ++i) {
    const auto sensitivity = static_cast<Sensitivity>(i);
    const bool known = std::any_of(groups_.begin(), groups_.end(),
                                   [&](const FieldGroup& group) { return group.sensitivity == sensitivity; });
    if (!known) AddGroup({"", sensitivity, {std::string(kAny)}});
  }
}

void SightFinder::AddGroup(FieldGroup group) {
  if (std::find(groups_.begin(), groups_.end(), group) == groups_.end()) groups_.push_back(std::move(group));
}

Sight SightFinder::Find(const SightOf& whom) const {
  std::string key;
  const auto add = [&key](std::string_view part) { key.append(part).push_back('\0'); };
  add(NameOf(whom.kind));
  for (const std::string& role : whom.roles) add(role);
  add("|");
  for (const std::string& purpose : whom.purposes) add(purpose);
  add("|");
  for (const IpNetwork& network : whom.networks) add(network.ToString());
  const auto known = found_.find(key);
  if (known != found_.end()) return known->second;
  return found_[key] = Look(whom);
}

Sight SightFinder::Look(const SightOf& whom) const {
  Sight sight;
  for (const FieldGroup& group : groups_) {
    auto& of_kind = sight.reach[static_cast<size_t>(group.sensitivity)];
    for (size_t i = 0; i < kSightActions.size(); ++i) {
      of_kind[i] = std::max(of_kind[i], ReachOf(whom, group, kSightActions[i]));
    }
  }
  return sight;
}

Reach SightFinder::ReachOf(const SightOf& whom, const FieldGroup& group, Action action) const {
  Principal principal;
  principal.kind = whom.kind;
  principal.roles = whom.roles;
  principal.purposes = whom.purposes;
  Caller caller;
  caller.principal = std::make_shared<const Principal>(std::move(principal));
  for (int need = 0; need < kNeedCount; ++need) Meet(static_cast<Need>(need), caller);
  caller.second_factor_age_seconds = 0;
  PolicyQuestion question;
  question.action = action;
  question.field = group.name;
  question.sensitivity = group.sensitivity;
  question.has_field = true;

  std::vector<std::string> purposes = PurposesFor(group.purposes, purposes_, whom);
  // Values in clear are shown for a purpose, masks and tokens without one as well.
  if (action == Action::kCustomerRead || action == Action::kTokenResolve) purposes.emplace_back();
  std::vector<IpAddress> addresses = addresses_;
  if (!whom.networks.empty()) {
    for (const IpNetwork& network : whom.networks) addresses.push_back(network.base);
    std::erase_if(addresses, [&](const IpAddress& address) {
      return std::none_of(whom.networks.begin(), whom.networks.end(),
                          [&](const IpNetwork& network) { return network.Contains(address); });
    });
  }
  Reach best = Reach::kNothing;
  for (const std::string& purpose : purposes) {
    caller.purpose = purpose;
    for (const IpAddress& address : addresses) {
      caller.address = address;
      for (const std::optional<uint16_t>& minute : minutes_) {
        caller.standing.minute_of_week = minute;
        for (const std::string& compartment : compartments_) {
          question.compartment = compartment;
          for (const uint8_t tier : kTiers) {
            question.tier = tier;
            best = std::max(best, ReachFrom(policy_->Decide(caller, question).decision));
            if (best == Reach::kAlone) return best;
          }
        }
      }
    }
  }
  return best;
}

}  // namespace strongroom
