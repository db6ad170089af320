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

// The best of a group in which each overlaps another.
std::vector<Finding> Chosen(std::vector<Finding>& group) {
  std::stable_sort(group.begin(), group.end(), Beats);
  std::map<size_t, Finding> chosen;  // by where they begin
  for (const Finding& finding : group) {
    const auto next = chosen.lower_bound(finding.begin);
    if (next != chosen.end() && next->first < finding.end) continue;
    if (next != chosen.begin() && std::prev(next)->second.end > finding.begin) continue;
    chosen.emplace(finding.begin, finding);
  }
  std::vector<Finding> kept;
  kept.reserve(chosen.size());
  for (const auto& [begin, finding] : chosen) kept.push_back(finding);
  return kept;
}

}  // namespace

void Resolve(std::vector<Finding>& findings) {
  std::vector<Finding> group;
  size_t kept = 0;
  for (size_t at = 0; at < findings.size();) {
    size_t end = at + 1;
    for (size_t reach = findings[at].end; end < findings.size() && findings[end].begin < reach; ++end) {
      reach = std::max(reach, findings[end].end);
    }
    if (end == at + 1) {
      findings[kept++] = findings[at];
    } else if (end == at + 2) {
      findings[kept++] = Beats(findings[at + 1], findings[at]) ? findings[at + 1] : findings[at];
    } else {
      group.assign(findings.begin() + static_cast<ptrdiff_t>(at), findings.begin() + static_cast<ptrdiff_t>(end));
      for (const Finding& finding : Chosen(group)) findings[kept++] = finding;
    }
    at = end;
  }
  findings.resize(kept);
}

}  // namespace strongroom::detect::internal
