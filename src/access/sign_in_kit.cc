#include "access/sign_in_kit.h"

#include <utility>

#include "access/api_key_record.h"
#include "vault/normalise_text.h"

namespace strongroom {

AuditEntry EntryOf(const StaffMember* person, const SignInFrom& from, Action action, std::string detail) {
  AuditEntry entry;
  if (person != nullptr) {
    entry.actor_kind = PrincipalKind::kStaff;
    entry.actor = person->id;
  }
  entry.address = from.address;
  entry.request_id = from.request_id;
  entry.action = action;
  entry.decision = Decision::kPlain;
  entry.detail = std::move(detail);
  return entry;
}

std::string AccountOf(const StaffMember* person, std::string_view name) {
  return person != nullptr ? "id " + FormatPrincipalId(person->id) : "name " + FoldForSearch(name);
}

AttemptFrom AttemptFromOf(const SignInKit& kit, const StaffMember* person, const SignInFrom& from) {
  AttemptFrom attempt{from.address, std::nullopt};
  if (person == nullptr || from.device_mark.empty()) return attempt;
  const Digest device = kit.places.OfDevice(from.device_mark);
  if (Places::Knows(*person, device)) attempt.known_device = device;
  return attempt;
}

}  // namespace strongroom
