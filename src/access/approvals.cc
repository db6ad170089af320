// Asking, looking and deciding; approvals_spend.cc has what the gate does with them.
#include "access/approvals.h"

#include <algorithm>
#include <utility>

#include "access/api_key_record.h"
#include "access/request_digest.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr size_t kPage = 200;
constexpr size_t kSweptPerQuestion = 100;
constexpr size_t kMaxTargetBytes = 4096;
constexpr size_t kMaxQuestions = 400;

bool IsText(std::string_view text) {
  return IsValidUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return (static_cast<uint8_t>(c) < 0x20 && c != '\n') || static_cast<uint8_t>(c) == 0x7f;
         });
}

// What of the house is now, before a change of it: so that the log holds old and new.
std::string DigestNow(const PolicySet& policy) { return HexEncode(View(Sha256(policy.source()))).substr(0, 16); }

bool TouchesPersonalData(const Approval& approval) {
  return std::any_of(approval.questions.begin(), approval.questions.end(),
                     [](const AskedQuestion& question) { return TouchesPersonalData(question.action); });
}

// The caller as policy would be asked for this request.  Which case it is for is the asker's to say.
Caller ForRequest(Caller caller, const Approval& approval) {
  caller.purpose = approval.purpose;
  Meet(Need::kCase, caller);
  return caller;
}

bool CouldAskAll(const PolicySet& policy, const Caller& caller, const Approval& approval) {
  const Caller as = ForRequest(caller, approval);
  return std::all_of(approval.questions.begin(), approval.questions.end(),
                     [&](const AskedQuestion& question) { return CouldAsk(policy, as, question.ToPolicy()); });
}

PolicyQuestion Asking(Action action) {
  PolicyQuestion question;
  question.action = action;
  question.compartment = "office";
  return question;
}

// Of customers' data a reason to break the glass may tell; who answers for it must read it all the same.
bool MayReadBrokenGlass(const PolicySet& policy, const Caller& caller) {
  return CouldAsk(policy, caller, Asking(Action::kAuditRead)) || CouldAsk(policy, caller, Asking(Action::kBreakGlass));
}

}  // namespace

// --- reading and writing ---------------------------------------------------------------------------------------------

Result<Approvals::Stored> Approvals::Read(std::string_view id) const {
  ASSIGN_OR_RETURN(const ApprovalId number, ParseApprovalId(id));
  ASSIGN_OR_RETURN(const std::optional<Document> stored,
                   office().GetDocument(Table::kApproval, FormatApprovalId(number)));
  if (!stored.has_value()) return Status(Reason::kApprovalNotFound);
  ASSIGN_OR_RETURN(Approval approval, Approval::Decode(stored->content));
  return Stored{std::move(approval), stored->version};
}

Result<std::vector<Approval>> Approvals::ReadAll() const {
  std::vector<Approval> all;
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, office().ListDocuments(Table::kApproval, after, kPage));
    for (const ListedDocument& document : page) {
      ASSIGN_OR_RETURN(Approval approval, Approval::Decode(document.content));
      all.push_back(std::move(approval));
    }
    if (page.size() < kPage) break;
    after = page.back().row_key;
  }
  std::sort(all.begin(), all.end(), [](const Approval& a, const Approval& b) {
    return a.asked_at != b.asked_at ? a.asked_at > b.asked_at : a.id < b.id;
  });
  return all;
}

Status Approvals::Put(SealedBatch& batch, const Approval& approval, StoreVersion expected) const {
  const std::string name = FormatApprovalId(approval.id);
  if (!options_.conditional_for_tests) {
    return office().OverwriteDocument(batch, Table::kApproval, name, approval.Encode());
  }
  return office().PutDocument(batch, Table::kApproval, name, approval.Encode(), expected);
}

void Approvals::AddSweep(SealedBatch& batch, const std::vector<Approval>& all) const {
  size_t swept = 0;
  for (const Approval& approval : all) {
    if (!approval.Over(Now()) || Now() - approval.LastOfUse() < kKeepMillis || swept == kSweptPerQuestion) continue;
    office().DeleteDocument(batch, Table::kApproval, FormatApprovalId(approval.id));
    ++swept;
  }
}

std::string Approvals::DetailOf(const Approval& approval, std::string_view step) const {
  std::string detail = "approval " + FormatApprovalId(approval.id) + " " + std::string(step);
  const Action action = approval.questions.empty() ? Action::kNone : approval.questions.front().action;
  detail += ": " + std::string(NameOf(action));
  // A policy that is to be changed: from which to which.
  if (action == Action::kPolicyChange) {
    detail += " from " + DigestNow(*gate_.policy().Get()) + " to " +
              HexEncode(View(Sha256(approval.request.body))).substr(0, 16);
  }
  return detail;
}

// --- who may see and decide ------------------------------------------------------------------------------------------

bool Approvals::CouldAskTheSame(const Caller& caller, const Approval& approval) const {
  return CouldAskAll(*gate_.policy().Get(), caller, approval);
}

// Only of changes of the house: customers' data waits for a colleague, or for broken glass.
bool Approvals::NobodyElseCould(const Approval& approval, const IpAddress& address) const {
  if (TouchesPersonalData(approval)) return false;
  const std::shared_ptr<const PolicySet> policy = gate_.policy().Get();
  const std::vector<Person> all = people_.All();
  return std::none_of(all.begin(), all.end(), [&](const Person& person) {
    if (person.id == approval.asked_by || !people_.MayDecide(person.id)) return false;
    const Caller as = AtTheirBest(person, address);
    return CouldAsk(*policy, as, Asking(Action::kApprovalDecide)) && CouldAskAll(*policy, as, approval);
  });
}

ApprovalView Approvals::ViewFor(const Caller& caller, Approval approval) const {
  const std::shared_ptr<const PolicySet> policy = gate_.policy().Get();
  const bool own = approval.asked_by == caller.principal->id;
  const bool could = CouldAskAll(*policy, caller, approval);
  const bool glass = approval.state == ApprovalState::kGlassBroken;
  ApprovalView view;
  view.request_shown = own || could || !TouchesPersonalData(approval) || (glass && MayReadBrokenGlass(*policy, caller));
  view.expired = approval.state != ApprovalState::kSpent && !glass && approval.Over(Now()) &&
                 (approval.state == ApprovalState::kPending || approval.state == ApprovalState::kGranted);
  view.may_decide = !own && could && approval.state == ApprovalState::kPending && !view.expired &&
                    people_.MayDecide(caller.principal->id) &&
                    CouldAsk(*policy, caller, Asking(Action::kApprovalDecide));
  const auto name_of = [this](PrincipalId id) {
    const std::optional<Person> person = people_.Find(id);
    return person.has_value() ? person->name : std::string();
  };
  view.asked_by_name = name_of(approval.asked_by);
  if (approval.decided_at.has_value()) view.decided_by_name = name_of(approval.decided_by);
  if (!view.request_shown) {
    approval.request.target.clear();
    approval.request.body.clear();
    approval.reason.clear();
  }
  view.approval = std::move(approval);
  return view;
}

// --- asking ----------------------------------------------------------------------------------------------------------

Status Approvals::CheckAsk(const Caller& caller, const AskedRequest& request, std::string_view reason) const {
  if (!people_.Find(caller.principal->id).has_value()) {
    return Status(Reason::kDenied, "programs ask nobody; the person who runs it does");
  }
  if (request.target.size() > kMaxTargetBytes || !request.target.starts_with('/')) {
    return Status(Reason::kInvalidArgument, "'target' is the path and query of the request, such as /v1/policy");
  }
  if (request.body.size() > kMaxBodyBytes) {
    return Status(Reason::kBodyTooLarge, "a request that is to be approved has a body of at most 1 MiB");
  }
  if (reason.empty() || reason.size() > kMaxReasonBytes || !IsText(reason)) {
    return Status(Reason::kInvalidArgument, "'reason' tells a colleague why, in 1 to 500 bytes of text");
  }
  return Status::Ok();
}

// Policy first, then who there is: whoever has no right learns nothing of it.
Status Approvals::CheckQuestions(const Caller& caller, const AskedQuestions& asked) const {
  if (asked.questions.empty() || asked.questions.size() > kMaxQuestions) {
    return Status(Reason::kInvalidArgument, "this request names nothing that could be approved");
  }
  const std::shared_ptr<const PolicySet> policy = gate_.policy().Get();
  Caller as = caller;
  as.purpose = asked.purpose;
  Meet(Need::kCase, as);
  bool hidden = asked.of_nobody;
  for (const AskedQuestion& question : asked.questions) {
    if (CouldAsk(*policy, as, question.ToPolicy())) continue;
    PolicyQuestion of_nobody = question.ToPolicy();
    of_nobody.tier = 0;
    if (question.tier == 0 || !CouldAsk(*policy, as, of_nobody)) {
      return Status(Reason::kDenied, "policy refuses " + std::string(NameOf(question.action)) +
                                         " to you outright: no approval would help");
    }
    hidden = true;  // refused for the tier alone: what is said of nobody (vault/gate.h)
  }
  return hidden ? Status(Reason::kCustomerNotFound) : Status::Ok();
}

Approval Approvals::NewApproval(const Caller& caller, AskedRequest request, std::string_view reason,
                                AskedQuestions asked) const {
  Approval approval;
  while (approval.id == 0) approval.id = gate_.house().random().NextU64();
  approval.asked_by = caller.principal->id;
  approval.asked_at = Now();
  approval.pending_until = Now() + options_.pending_millis;
  approval.digest = DigestOfRequest(approval.asked_by, request.method, request.target, request.body);
  approval.request = std::move(request);
  approval.purpose = std::move(asked.purpose);
  approval.reason = std::string(reason);
  approval.questions = std::move(asked.questions);
  if (NobodyElseCould(approval, caller.address)) {
    approval.effective_at = Now() + options_.alone_millis;
    approval.pending_until = *approval.effective_at + options_.pending_millis;
  }
  return approval;
}

Status Approvals::TellOfQuestion(SealedBatch& batch, const Caller& caller, const Approval& approval) const {
  const std::string action(NameOf(approval.questions.front().action));
  if (approval.effective_at.has_value()) {
    return messenger_.Tell(batch, "change-waiting", people_.All(), /*to_house=*/true,
                           {{"change", action}, {"effective", FormatTime(*approval.effective_at)}});
  }
  const std::shared_ptr<const PolicySet> policy = gate_.policy().Get();
  std::vector<Person> deciders =
      messenger_.ThoseWhoCould(*policy, Asking(Action::kApprovalDecide), caller.address, approval.asked_by);
  std::erase_if(deciders, [&](const Person& person) {
    return !people_.MayDecide(person.id) || !CouldAskAll(*policy, AtTheirBest(person, caller.address), approval);
  });
  return messenger_.Tell(batch, "approval-asked", deciders, /*to_house=*/false,
                         {{"by", Messenger::LabelOf(people_.Find(approval.asked_by))},
                          {"action", action},
                          {"expires", FormatTime(approval.pending_until)}});
}

Receipted<ApprovalView> Approvals::Ask(const Caller& caller, AskedRequest request, std::string_view reason,
                                       const QuestionsFn& questions_of) {
  Permit permit = gate_.Authorise(caller, Action::kApprovalAsk);
  if (!permit.granted()) return permit.Refuse<ApprovalView>();
  if (const Status fits = CheckAsk(caller, request, reason); !fits.ok()) return permit.Fail<ApprovalView>(fits);
  Result<AskedQuestions> asked = questions_of(request);
  if (!asked.ok()) return permit.Fail<ApprovalView>(asked.status());
  if (const Status may = CheckQuestions(caller, *asked); !may.ok()) return permit.Fail<ApprovalView>(may);
  const Result<std::vector<Approval>> all = ReadAll();
  if (!all.ok()) return permit.Fail<ApprovalView>(all.status());
  const auto waiting = std::count_if(all->begin(), all->end(), [&](const Approval& one) {
    return one.asked_by == caller.principal->id && one.state == ApprovalState::kPending && !one.Over(Now());
  });
  if (static_cast<size_t>(waiting) >= kMaxPendingEach) {
    return permit.Fail<ApprovalView>(Status(
        Reason::kRateLimited, "20 of your questions wait for an answer already; withdraw one, or ask a colleague"));
  }
  const Approval approval = NewApproval(caller, std::move(request), reason, *std::move(asked));
  permit.entry().detail = DetailOf(approval, approval.effective_at ? "asked, alone" : "asked");
  permit.entry().change = approval.digest;
  SealedBatch batch;
  if (const Status put = Put(batch, approval, kAbsent); !put.ok()) return permit.Fail<ApprovalView>(put);
  if (const Status told = TellOfQuestion(batch, caller, approval); !told.ok()) return permit.Fail<ApprovalView>(told);
  AddSweep(batch, *all);
  return permit.Finish(ViewFor(caller, approval), std::move(batch));
}

// --- looking ---------------------------------------------------------------------------------------------------------

Receipted<std::vector<ApprovalView>> Approvals::List(const Caller& caller) const {
  using Views = std::vector<ApprovalView>;
  Permit permit = gate_.Authorise(caller, Action::kApprovalRead);
  const bool all_of_them = permit.granted();
  if (!all_of_them) {
    Permit own = gate_.Authorise(caller, Action::kApprovalAsk);
    if (!own.granted()) {
      own.Close();
      return permit.Refuse<Views>();
    }
    own.Close();
    permit.Deny(Status::Ok());  // for what concerns oneself
    permit.entry().action = Action::kApprovalAsk;
    permit.entry().decision = own.decision();
  }
  Result<std::vector<Approval>> approvals = ReadAll();
  if (!approvals.ok()) return permit.Fail<Views>(approvals.status());
  Views views;
  for (Approval& approval : *approvals) {
    if (!all_of_them && approval.asked_by != caller.principal->id) continue;
    views.push_back(ViewFor(caller, std::move(approval)));
  }
  permit.entry().count = static_cast<uint32_t>(views.size());
  return permit.Finish(std::move(views));
}

Receipted<ApprovalView> Approvals::Get(const Caller& caller, std::string_view id) const {
  Result<Stored> stored = Read(id);
  const bool own = stored.ok() && caller.principal != nullptr && stored->approval.asked_by == caller.principal->id;
  Permit permit = gate_.Authorise(caller, own ? Action::kApprovalAsk : Action::kApprovalRead);
  if (!permit.granted()) return permit.Refuse<ApprovalView>();
  if (!stored.ok()) return permit.Fail<ApprovalView>(stored.status());
  permit.entry().detail = DetailOf(stored->approval, "read");
  return permit.Finish(ViewFor(caller, std::move(stored->approval)));
}

// --- deciding --------------------------------------------------------------------------------------------------------

Status Approvals::GrantOne(const Caller& caller, Approval& approval) const {
  if (approval.asked_by == caller.principal->id && options_.refuses_own_for_tests) {
    return Status(Reason::kOwnCaseRefused, "a colleague has to agree; nobody approves what they asked for themselves");
  }
  if (!people_.MayDecide(caller.principal->id)) {
    return Status(Reason::kDenied, "a person decides, signed in with an account of their own");
  }
  if (!CouldAskTheSame(caller, approval)) {
    return Status(Reason::kDenied, "policy refuses this request to you, so you cannot let others have it");
  }
  approval.state = ApprovalState::kGranted;
  approval.usable_until = Now() + options_.usable_millis;
  return Status::Ok();
}

Status Approvals::RefuseOne(const Caller&, Approval& approval) const {
  approval.state = ApprovalState::kRefused;
  approval.usable_until = Now();
  return Status::Ok();
}

Receipted<ApprovalView> Approvals::Decide(const Caller& caller, std::string_view id, DecideFn decide) {
  Result<Stored> stored = Read(id);
  const bool own = stored.ok() && caller.principal != nullptr && stored->approval.asked_by == caller.principal->id;
  const bool withdraws = own && decide == &Approvals::RefuseOne;
  Permit permit = gate_.Authorise(caller, withdraws ? Action::kApprovalAsk : Action::kApprovalDecide);
  if (!permit.granted()) return permit.Refuse<ApprovalView>();
  if (!stored.ok()) return permit.Fail<ApprovalView>(stored.status());
  Approval& approval = stored->approval;
  permit.entry().detail = DetailOf(approval, decide == &Approvals::GrantOne ? "to be granted" : "to be refused");
  if (approval.state != ApprovalState::kPending || approval.Over(Now())) {
    return permit.Fail<ApprovalView>(Status(Reason::kApprovalUnusable, "it was decided, or nobody answered in time"));
  }
  if (Status decided = (this->*decide)(caller, approval); !decided.ok()) {
    permit.Deny(std::move(decided));
    return permit.Refuse<ApprovalView>();
  }
  approval.decided_by = caller.principal->id;
  approval.decided_at = Now();
  const std::string outcome(NameOf(approval.state));
  permit.entry().detail = DetailOf(approval, "pending to " + outcome);
  permit.entry().change = approval.digest;
  SealedBatch batch;
  if (const Status put = Put(batch, approval, stored->version); !put.ok()) return permit.Fail<ApprovalView>(put);
  if (const std::optional<Person> asker = people_.Find(approval.asked_by); asker.has_value() && !withdraws) {
    const Status told = messenger_.Tell(batch, "approval-decided", {*asker}, /*to_house=*/false,
                                        {{"by", Messenger::LabelOf(people_.Find(caller.principal->id))},
                                         {"action", std::string(NameOf(approval.questions.front().action))},
                                         {"decision", outcome}});
    if (!told.ok()) return permit.Fail<ApprovalView>(told);
  }
  const Receipt receipt = permit.SubmitStep(std::move(batch), permit.entry());
  if (const Status written = receipt.Wait(); !written.ok()) {
    const bool lost = written.reason() == Reason::kStorageConflict;
    return permit.Fail<ApprovalView>(lost ? Status(Reason::kApprovalUnusable, "a colleague decided at the same moment")
                                          : written);
  }
  permit.Close();
  return Receipted<ApprovalView>(ViewFor(caller, std::move(approval)), receipt);
}

Receipted<ApprovalView> Approvals::Grant(const Caller& caller, std::string_view id) {
  return Decide(caller, id, &Approvals::GrantOne);
}

Receipted<ApprovalView> Approvals::Refuse(const Caller& caller, std::string_view id) {
  return Decide(caller, id, &Approvals::RefuseOne);
}

}  // namespace strongroom
