// Approval: a question whether a request may be made that needs a second person, and what became of it.
// One sealed document each (Table::kApproval, named by its id); the form is docs/formats/approval.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "policy/policy_set.h"

namespace strongroom {

using ApprovalId = uint64_t;                  // random, never zero
std::string FormatApprovalId(ApprovalId id);  // 16 hexadecimal digits
// kApprovalNotFound: whatever is no id names no approval.
Result<ApprovalId> ParseApprovalId(std::string_view text);

// Numbers are part of the format.
enum class ApprovalState : uint8_t {
  kPending = 1,
  kGranted = 2,
  kRefused = 3,
  kSpent = 4,
  kEnded = 5,        // asker or approver was suspended or left
  kGlassBroken = 6,  // no question: somebody did without an answer
};
std::string_view NameOf(ApprovalState state);  // "pending"

// What policy is asked for the request: once for each field, or once for the action as such.
struct AskedQuestion {
  Action action = Action::kNone;
  bool has_field = false;
  std::string field;
  Sensitivity sensitivity = Sensitivity::kCredential;
  std::string compartment;
  uint8_t tier = 0;

  // Views point into this.
  PolicyQuestion ToPolicy() const;
  bool operator==(const AskedQuestion&) const = default;
};

// A request as it is to run.
struct AskedRequest {
  std::string method;
  std::string target;  // path and query
  Bytes body;
};

struct Approval {
  ApprovalId id = 0;
  ApprovalState state = ApprovalState::kPending;
  PrincipalId asked_by = 0;
  UnixMillis asked_at = 0;
  UnixMillis pending_until = 0;
  AskedRequest request;
  std::string purpose;  // the request's; empty when it names none
  std::string reason;   // in the words of who asks
  Digest digest{};      // of the request (access/request_digest.h)
  std::vector<AskedQuestion> questions;
  std::optional<UnixMillis> effective_at;  // without a second person, as there is none
  PrincipalId decided_by = 0;
  std::optional<UnixMillis> decided_at;
  UnixMillis usable_until = 0;  // when decided
  std::optional<UnixMillis> spent_at;

  bool Concerns(Action action) const;
  // Neither pending nor usable any more, and since when.
  bool Over(UnixMillis now) const;
  UnixMillis LastOfUse() const;

  Bytes Encode() const;
  // kDataCorrupt when malformed; strict.
  static Result<Approval> Decode(ByteView bytes);
};

}  // namespace strongroom
