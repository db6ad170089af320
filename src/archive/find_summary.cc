#include "archive/find_summary.h"

#include <algorithm>

#include "audit/entry.h"

namespace strongroom {
namespace {

constexpr size_t kMaxSummaryBytes = AuditEntry::kMaxDetailBytes - 60;

}  // namespace

std::string FindSummary(const FindCounts& counts) {
  std::string summary;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const std::string one = std::string(detect::NameOf(static_cast<detect::Kind>(i))) + " " + std::to_string(counts[i]);
    if (summary.size() + one.size() > kMaxSummaryBytes) return summary + " ...";
    summary += (summary.empty() ? "" : ", ") + one;
  }
  return summary;
}

uint32_t BoundedCount(uint64_t count) { return static_cast<uint32_t>(std::min<uint64_t>(count, UINT32_MAX)); }

}  // namespace strongroom
