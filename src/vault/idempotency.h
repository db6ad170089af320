// Idempotency: the answer of a request that may be sent twice (header Idempotency-Key).
//
// A note in the office, sealed, named by the principal and its key, holds a keyed digest of the request, the answer as
// it was sent, and the time; it is good for 24 hours.  The note cannot share the commit of the work, which lies in a
// compartment: it is claimed first and completed last.  So a crash in between leaves a claim without an answer, and
// then nobody knows whether the work was done.  A request that is safe to repeat (it carries an external id) is simply
// run again; any other is refused with kRecordBusy until the claim expires, and the caller has to look.
// docs/reference/idempotency.md says the same to users.
//
// Policy is asked before a key is looked at, for what the work itself asks: whoever lost a right gets no old answer,
// and whoever never had it leaves no note.  Claims, repeated answers and completions are entries of the office's log,
// under the decision that allowed the work.
//
// Expired notes go with later claims: a few with each, a thousand once a minute; and when the vault is opened.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "policy/action.h"
#include "vault/gate.h"

namespace strongroom {

struct KeptAnswer {
  int status = 0;
  Bytes body;
};

// A key that is this request's until it is kept or forgotten.
struct IdempotencyClaim {
  Action action = Action::kNone;
  Decision decision = Decision::kDeny;  // under which it was claimed
  uint16_t rule = 0;
  Bytes name;
  Bytes digest;
};

// At most one of the two.
struct IdempotencyStart {
  std::optional<KeptAnswer> answer;       // given before
  std::optional<IdempotencyClaim> claim;  // none: policy was asked about nothing, so nothing will be made, nor kept
};

// Any thread; every call waits and belongs on a worker.
class Idempotency {
 public:
  static constexpr int64_t kKeepMillis = 24 * 60 * 60 * 1000;
  static constexpr size_t kMaxKeyBytes = 200;
  static constexpr size_t kMaxAnswerBytes = 512 * 1024;

  explicit Idempotency(Gate& gate);

  // The answer given before, or a claim: then the caller does the work and ends with Keep() or Forget().
  // `permit`: what policy said to the work.  `request` is everything that makes the request what it is: address and
  // body. The permit's refusal.  kIdempotencyMismatch: the key was used for another request.  kRecordBusy: a request
  // with this key is running, or broke off.  kInvalidArgument: no usable key.
  Result<IdempotencyStart> Begin(Permit permit, std::string_view key, ByteView request, bool safe_to_repeat);
  // The work is done and this is the answer.
  Status Keep(const Caller& caller, const IdempotencyClaim& claim, const KeptAnswer& answer);
  // Nothing was done: the key is free again.
  Status Forget(const Caller& caller, const IdempotencyClaim& claim);
  // Deletes what has expired, as the system.  Looks at no more than 100,000 notes.
  Status SweepExpired();

 private:
  struct Note;
  static Bytes NameOf(const Caller& caller, std::string_view key);
  struct Found;
  Result<Found> Look(const Caller& caller, std::string_view key, ByteView request, bool safe_to_repeat) const;
  Status Complete(const Caller& caller, const IdempotencyClaim& claim, std::string_view detail,
                  SealedBatch batch) const;
  size_t NotesToLookAt();
  Result<size_t> AddDeletesOfExpired(SealedBatch& batch, std::string_view except, size_t look_at);
  const SealedStore& office() const { return *gate_.house().office().sealed; }

  Gate& gate_;
  const Mac mac_;
  std::mutex mutex_;
  Bytes swept_to_;              // guarded by mutex_: where the next look for expired notes begins
  int64_t swept_monotonic_ms_;  // guarded by mutex_: when many were last looked at
};

}  // namespace strongroom
