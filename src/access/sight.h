// Sight: what somebody could see at their best, by the policy in force: with a fresh second factor, everything signed
// and learnt, a healthy device, a case named, at the right hour, from the right place, for any purpose they may name.
//
// Asked of policy and not read from roles: every kind of data, in every compartment and tier, for every action that
// shows values.  What an access review lists, and what the ceiling counts.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy_set.h"
#include "policy/sensitivity.h"
#include "vault/catalogue.h"

namespace strongroom {

enum class Reach : uint8_t { kNothing = 0, kMasked = 1, kWithColleague = 2, kAlone = 3 };
std::string_view NameOf(Reach reach);  // "with_colleague"

constexpr std::array kSightActions = {Action::kCustomerRead, Action::kCustomerReveal, Action::kCustomerExport,
                                      Action::kFileGet, Action::kTokenResolve};

struct Sight {
  // By sensitivity, then by kSightActions.
  std::array<std::array<Reach, kSightActions.size()>, kSensitivityCount> reach{};

  // By whichever action.
  Reach Best(Sensitivity sensitivity) const;
  // Personal, sensitive and financial data, each in clear and without a colleague.
  bool Everything() const;
  bool operator==(const Sight&) const = default;
};

// Whoever might ask.
struct SightOf {
  PrincipalKind kind = PrincipalKind::kStaff;
  std::vector<std::string> roles;
  std::vector<std::string> purposes;
  std::vector<IpNetwork> networks;
};

// Made for one look at many people.  One thread.
class SightFinder {
 public:
  SightFinder(std::shared_ptr<const PolicySet> policy, const Catalogue& catalogue,
              std::vector<std::string> compartments);
  Sight Find(const SightOf& whom) const;

 private:
  // Fields that policy cannot tell apart.
  struct FieldGroup {
    std::string name;  // when a rule names it
    Sensitivity sensitivity = Sensitivity::kPersonal;
    std::vector<std::string> purposes;
    bool operator==(const FieldGroup&) const = default;
  };
  void AddGroup(FieldGroup group);
  Sight Look(const SightOf& whom) const;
  Reach ReachOf(const SightOf& whom, const FieldGroup& group, Action action) const;

  const std::shared_ptr<const PolicySet> policy_;
  const std::vector<std::string> compartments_;
  std::vector<FieldGroup> groups_;
  std::vector<IpAddress> addresses_;              // one within each network that rules speak of, and one of none
  std::vector<std::optional<uint16_t>> minutes_;  // one within each of the hours that rules speak of, and one of none
  std::vector<std::string> purposes_;             // that rules speak of
  mutable std::map<std::string, Sight> found_;    // many people have the same roles
};

}  // namespace strongroom
