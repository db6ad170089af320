#include "detect/resolve.h"

#include <algorithm>
#include <array>
#include <map>

namespace strongroom::detect::internal {
namespace {

// By kind, in the order of the enumeration: the larger stays.
constexpr std::array<uint8_t, kKindCount> kWeight = [] {
  std::array<uint8_t, kKindCount> weight{};
  // From the one whose loss hurts least.
  constexpr Kind kOrder[] = {
      Kind::kDate,       Kind::kAge,       Kind::kOrganization, Kind::kLocation,      Kind::kPerson, Kind::kUrl,
      Kind::kMacAddress, Kind::kIpAddress, Kind::kPhone,        Kind::kStreetAddress, Kind::kEmail,  Kind::kDateOfBirth,
      Kind::kNationalId, Kind::kUsSsn,     Kind::kIban,         Kind::kCreditCard,    Kind::kSecret};
  uint8_t next = 0;
  for (Kind kind : kOrder) weight[static_cast<size_t>(kind)] = next++;
  return weight;
}();

bool Beats(const Finding& a, const Finding& b) {
  if (a.score != b.score) return a.score > b.score;
  if (a.end - a.begin != b.end - b.begin) return a.end - a.begin > b.end - b.begin;
  return kWeight[static_cast<size_t>(a.kind)] > kWeight[static_cast<size_t>(b.kind)];
}

// Appends to `kept` the best of a group in which each overlaps another.
void ResolveGroup(std::vector<Finding>& group, std::vector<Finding>& kept) {
  if (group.size() == 1) {
    kept.push_back(group[0]);
    return;
  }
  if (group.size() == 2) {
    kept.push_back(Beats(group[1], group[0]) ? group[1] : group[0]);
    return;
  }
  std::stable_sort(group.begin(), group.end(), Beats);
  std::map<size_t, Finding> chosen;  // by where they begin
  for (const Finding& finding : group) {
    const auto next = chosen.lower_bound(finding.begin);
    if (next != chosen.end() && next->first < finding.end) continue;
    if (next != chosen.begin() && std::prev(next)->second.end > finding.begin) continue;
    chosen.emplace(finding.begin, finding);
  }
  for (const auto& [begin, finding] : chosen) kept.push_back(finding);
}

}  // namespace

void Resolve(std::vector<Finding>& findings) {
  const auto earlier = [](const Finding& a, const Finding& b) { return a.begin < b.begin; };
  if (!std::is_sorted(findings.begin(), findings.end(), earlier)) {
    std::stable_sort(findings.begin(), findings.end(), earlier);
  }
  size_t overlap = 0;
  while (overlap + 1 < findings.size() && findings[overlap].end <= findings[overlap + 1].begin) ++overlap;
  if (overlap + 1 >= findings.size()) return;

  std::vector<Finding> kept;
  kept.reserve(findings.size());
  std::vector<Finding> group;
  size_t group_end = 0;
  for (const Finding& finding : findings) {
    if (!group.empty() && finding.begin >= group_end) {
      ResolveGroup(group, kept);
      group.clear();
      group_end = 0;
    }
    group.push_back(finding);
    group_end = std::max(group_end, finding.end);
  }
  if (!group.empty()) ResolveGroup(group, kept);
  findings.swap(kept);
}

}  // namespace strongroom::detect::internal
