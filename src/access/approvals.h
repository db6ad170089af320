// Approvals: what policy lets nobody do alone, done with a second person (PROTECTIONS P22).
//
//     asker     POST /v1/approvals {method, target, body, reason}      pending, for 24 hours
//     colleague POST /v1/approvals/{id}:grant                          usable once, for an hour
//     asker     the request itself, with X-Approval: id                spent first, then done
//
// An approval is bound to the digest of the request (request_digest.h).  Whoever decides is another person, may decide
// (approval.decide), and is not refused the same request by policy: whoever could not ask for it cannot let others have
// it.  What holds customers' data of a request is told to nobody else.
//
// A change of the house that nobody else could approve (there is one administrator) takes effect without a second
// person after 24 hours, announced to everybody at once and refusable until then.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/approval_record.h"
#include "access/messenger.h"
#include "access/people.h"
#include "audit/receipt.h"
#include "vault/gate.h"

namespace strongroom {

struct ApprovalOptions {
  int64_t pending_millis = 24 * 3'600'000LL;
  int64_t usable_millis = 3'600'000;
  int64_t alone_millis = 24 * 3'600'000LL;  // until a change nobody else could approve takes effect
  // For tests that show what these are for; no configuration reaches them.
  bool refuses_own_for_tests = true;
  bool conditional_for_tests = true;
};

// An approval as somebody may see it.
struct ApprovalView {
  Approval approval;
  bool request_shown = false;  // false: target, body and reason are empty, because they may hold customers' data
  bool may_decide = false;     // by the person who looks
  bool expired = false;
  std::string asked_by_name;  // of a colleague; empty when nobody is known by the id
  std::string decided_by_name;
};

// What policy is asked for a request.
struct AskedQuestions {
  std::vector<AskedQuestion> questions;  // never empty
  std::string purpose;                   // that its body names
  bool of_nobody = false;                // a customer it names is not there
};
// Reads a request (http/asked_questions.h).  Asked once the caller may ask at all.
using QuestionsFn = std::function<Result<AskedQuestions>(const AskedRequest&)>;

// Any thread.
class Approvals {
 public:
  static constexpr size_t kMaxBodyBytes = 1u << 20;
  static constexpr size_t kMaxReasonBytes = 500;
  static constexpr size_t kMaxPendingEach = 20;
  static constexpr int64_t kKeepMillis = 30 * 24 * 3'600'000LL;

  // All must outlive this.
  Approvals(Gate& gate, People& people, const Messenger& messenger, ApprovalOptions options = {})
      : gate_(gate), people_(people), messenger_(messenger), options_(options) {}

  // kDenied: policy refuses the request outright, so that no approval would help.  kCustomerNotFound.  kRateLimited: as
  // many questions of this person wait as may.  Action approval.ask, as for what concerns one's own below.
  // What `questions_of` refuses is refused.
  Receipted<ApprovalView> Ask(const Caller& caller, AskedRequest request, std::string_view reason,
                              const QuestionsFn& questions_of);
  // All for approval.read, else one's own; newest first.
  Receipted<std::vector<ApprovalView>> List(const Caller& caller) const;
  Receipted<ApprovalView> Get(const Caller& caller, std::string_view id) const;
  // Action approval.decide.  kOwnCaseRefused; kDenied: the person could not ask for the same; kApprovalUnusable:
  // decided already, or too late.  One's own question may be refused (withdrawn), not granted.
  Receipted<ApprovalView> Grant(const Caller& caller, std::string_view id);
  Receipted<ApprovalView> Refuse(const Caller& caller, std::string_view id);

  // For the gate (Safeguards): waits for the disk.  Answers what the log shall say.
  Result<std::string> Spend(const Caller& caller, Action action);
  Result<std::string> BreakGlass(const Caller& caller, Action action);
  // Of an export that an approval opened, a page was answered: the next one, with this cursor, is part of it, for as
  // long as the approval would have been usable.  Once; on this server, until it stops.
  void AllowNextPage(const Caller& caller, ByteView body, const std::string& next_cursor);
  // Whether the caller says why in a way that can be kept.  kInvalidArgument, kInvalidUtf8.
  static Status CheckGlassReason(const Caller& caller);
  // The person was suspended or left: what they asked for or agreed to is void.
  void EndAllOf(PrincipalId person);

 private:
  struct Stored {
    Approval approval;
    StoreVersion version = kAbsent;
  };
  using DecideFn = Status (Approvals::*)(const Caller&, Approval&) const;

  const SealedStore& office() const { return *gate_.house().office().sealed; }
  UnixMillis Now() const { return gate_.house().clock().NowMillis(); }
  Status CheckAsk(const Caller& caller, const AskedRequest& request, std::string_view reason) const;
  Status CheckQuestions(const Caller& caller, const AskedQuestions& asked) const;
  Approval NewApproval(const Caller& caller, AskedRequest request, std::string_view reason, AskedQuestions asked) const;
  Status TellOfQuestion(SealedBatch& batch, const Caller& caller, const Approval& approval) const;
  Result<Stored> Read(std::string_view id) const;
  Result<std::vector<Approval>> ReadAll() const;
  Status Put(SealedBatch& batch, const Approval& approval, StoreVersion expected) const;
  // Deletes what was of use too long ago.
  void AddSweep(SealedBatch& batch, const std::vector<Approval>& all) const;
  // Could the caller ask for what this approval is about?
  bool CouldAskTheSame(const Caller& caller, const Approval& approval) const;
  bool NobodyElseCould(const Approval& approval, const IpAddress& address) const;
  ApprovalView ViewFor(const Caller& caller, Approval approval) const;
  Receipted<ApprovalView> Decide(const Caller& caller, std::string_view id, DecideFn decide);
  Status GrantOne(const Caller& caller, Approval& approval) const;
  Status RefuseOne(const Caller& caller, Approval& approval) const;
  Status CheckUsable(const Caller& caller, Action action, const Approval& approval) const;
  Status WriteSpent(const Caller& caller, const Stored& stored);
  // The request asks again within what was spent: the same request, or the next page of its export.
  bool GoesOn(const Caller& caller, Action action, const Approval& approval);
  std::string DetailOf(const Approval& approval, std::string_view step) const;

  Gate& gate_;
  People& people_;
  const Messenger& messenger_;
  const ApprovalOptions options_;
  std::mutex mutex_;
  // What this server spent last, and for which request: one request may ask the gate more than once.
  std::unordered_map<ApprovalId, uint64_t> spent_for_;
  std::unordered_map<ApprovalId, Digest> next_pages_;  // of exports that go on
};

}  // namespace strongroom
