// Idempotency: the answer of a request that may be sent twice (header Idempotency-Key).
//
// A note in the office, sealed, named by the principal and its key, holds a keyed digest of the request, the answer as
// it was sent, and the time; it is good for 24 hours.  The note cannot share the commit of the work, which lies in a
// compartment: it is claimed first and completed last.  So a crash in between leaves a claim without an answer, and
// then nobody knows whether the work was done.  A request that is safe to repeat (it carries an external id) is simply
// run again; any other is refused with kRecordBusy until the claim expires, and the caller has to look.
// docs/reference/idempotency.md says the same to users.
//
// Expired notes are deleted by later claims, a few each.  Claims and completions are entries of the office's log.
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

// Any thread; every call waits and belongs on a worker.
class Idempotency {
 public:
  static constexpr int64_t kKeepMillis = 24 * 60 * 60 * 1000;
  static constexpr size_t kMaxKeyBytes = 200;
  static constexpr size_t kMaxAnswerBytes = 512 * 1024;

  explicit Idempotency(Gate& gate);

  // The answer given before, or nothing: then the caller does the work and ends with Keep() or Forget().
  // `request` is everything that makes the request what it is: address and body.
  // kIdempotencyMismatch: the key was used for another request.  kRecordBusy: a request with this key is running, or
  // broke off.  kInvalidArgument: no usable key.
  Result<std::optional<KeptAnswer>> Begin(const Caller& caller, Action action, std::string_view key, ByteView request,
                                          bool safe_to_repeat);
  // The work is done and this is the answer.
  Status Keep(const Caller& caller, Action action, std::string_view key, ByteView request, const KeptAnswer& answer);
  // Nothing was done: the key is free again.
  Status Forget(const Caller& caller, Action action, std::string_view key);

 private:
  struct Note;
  static Bytes NameOf(const Caller& caller, std::string_view key);
  Digest DigestOf(ByteView request) const;
  Status Commit(const Caller& caller, Action action, std::string_view detail, SealedBatch batch) const;
  Status AddDeletesOfExpired(SealedBatch& batch, std::string_view except);
  const SealedStore& office() const { return *gate_.house().office().sealed; }

  Gate& gate_;
  const Mac mac_;
  std::mutex mutex_;
  Bytes swept_to_;  // guarded by mutex_: where the next look for expired notes begins
};

}  // namespace strongroom
