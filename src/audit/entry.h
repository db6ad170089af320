// AuditEntry: one line of the log that cannot lie.  Small (aim: 200 bytes), and never a customer's value: customers
// are named by their audit id, principals by their random id, fields by number.
//
// Binary form (docs/formats/audit-entry.md): version, nonce, time, actor, address, action, decision, rule, outcome,
// purpose, fields, request id, audit ids, change hash, detail.  The Merkle leaf is that form, in plain; at rest it is
// sealed.  The nonce keeps a published leaf hash from being guessed.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "keys/ids.h"
#include "policy/action.h"
#include "policy/decision.h"
#include "policy/principal.h"

namespace strongroom {

struct AuditEntry {
  static constexpr size_t kMaxAuditIds = 2000;
  static constexpr size_t kMaxFields = 1000;
  static constexpr size_t kMaxPurposeBytes = 200;
  static constexpr size_t kMaxDetailBytes = 200;

  std::array<uint8_t, 16> nonce{};  // drawn by the journal
  UnixMillis time = 0;              // set by the journal
  PrincipalKind actor_kind = PrincipalKind::kNone;
  PrincipalId actor = 0;  // 0: nobody authenticated
  IpAddress address;
  uint64_t request_id = 0;
  Action action = Action::kNone;
  Decision decision = Decision::kDeny;
  uint16_t rule = 0;
  Reason outcome = Reason::kOk;  // kOk, or why it was refused or failed
  std::string purpose;           // as claimed
  std::vector<FieldId> fields;
  std::vector<AuditId> customers;  // at most kMaxAuditIds
  uint32_t count = 0;              // items a batch or search touched, where that is not customers.size()
  std::optional<Digest> change;    // of a change: SHA-256 of the new sealed record (or of the removed one)
  std::string detail;              // from our own vocabulary: a field's, domain's or policy's name; never a value

  bool operator==(const AuditEntry&) const = default;

  // Ok when the entry keeps the limits above, its texts are UTF-8 without control characters, and its numbers are
  // known ones; else kInvalidArgument.  Whatever passes decodes again to the same entry, within 65,535 bytes.
  Status Check() const;
  // Precondition: Check().
  Bytes Encode() const;
  // kLogInvalid when malformed; strict (no trailing bytes, one encoding per entry).
  static Result<AuditEntry> Decode(ByteView bytes);
};

// Sets nonce and time inside an encoded entry: both lie at fixed places, so that an entry may be encoded on the
// thread that asks for it and completed on the one that writes it.  `encoded` comes from Encode().
void StampEncodedEntry(Bytes& encoded, ByteView nonce, UnixMillis time);

}  // namespace strongroom
