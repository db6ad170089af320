#include "base/status.h"

#include <array>

namespace strongroom {
namespace {

constexpr ReasonInfo kTable[] = {
    {Reason::kOk, "ok", Code::kOk, "ok"},
#define STRONGROOM_REASON(name, wire, canonical, title) {Reason::name, wire, Code::canonical, title},
#include "base/reason.def"
#undef STRONGROOM_REASON
};

}  // namespace

const ReasonInfo& InfoOf(Reason reason) { return kTable[static_cast<size_t>(reason)]; }

const ReasonInfo* ReasonTable(size_t* count) {
  *count = std::size(kTable) - 1;
  return kTable + 1;
}

std::optional<Reason> ReasonFromWire(std::string_view wire_code) {
  for (const ReasonInfo& info : kTable) {
    if (info.reason != Reason::kOk && info.wire_code == wire_code) return info.reason;
  }
  return std::nullopt;
}

std::string Status::ToString() const {
  if (ok()) return "ok";
  return std::string(InfoOf(reason_).wire_code) + ": " + message_;
}

}  // namespace strongroom
