#include "access/policy_service.h"

#include <utility>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "policy/policy_table.h"

namespace strongroom {
namespace {

constexpr std::string_view kPolicyDocument = "policy";
constexpr size_t kMaxPolicyBytes = 512 * 1024;

PolicyView ViewOf(const PolicySet& policy) { return {policy.source(), HexEncode(View(Sha256(policy.source())))}; }

}  // namespace

Result<std::shared_ptr<const PolicySet>> PolicyService::Load(const SealedStore& office) {
  ASSIGN_OR_RETURN(const std::optional<Document> stored, office.GetDocument(Table::kPolicy, kPolicyDocument));
  return PolicySet::Parse(stored.has_value() ? std::string_view(stored->content) : PolicySet::DefaultToml());
}

Status PolicyService::Refresh() {
  std::lock_guard lock(change_mutex_);
  ASSIGN_OR_RETURN(std::shared_ptr<const PolicySet> stored, Load(*gate_.house().office().sealed));
  if (stored->source() != gate_.policy().Get()->source()) gate_.policy().Set(std::move(stored));
  return Status::Ok();
}

Receipted<PolicyView> PolicyService::Read(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kPolicyRead);
  if (!permit.granted()) return permit.Refuse<PolicyView>();
  return permit.Finish(ViewOf(*gate_.policy().Get()));
}

Receipted<PolicyView> PolicyService::Change(const Caller& caller, std::string_view toml) {
  Permit permit = gate_.Authorise(caller, Action::kPolicyChange);
  if (!permit.granted()) return permit.Refuse<PolicyView>();
  if (toml.size() > kMaxPolicyBytes)
    return permit.Fail<PolicyView>(Status(Reason::kPolicyInvalid, "a policy is at most 512 KiB"));
  Result<std::shared_ptr<const PolicySet>> policy = PolicySet::Parse(toml);
  if (!policy.ok()) return permit.Fail<PolicyView>(policy.status());
  // One change at a time, from reading to publishing: what is in force is what is stored.
  std::lock_guard lock(change_mutex_);
  const SealedStore& office = *gate_.house().office().sealed;
  const auto stored = office.GetDocument(Table::kPolicy, kPolicyDocument);
  if (!stored.ok()) return permit.Fail<PolicyView>(stored.status());
  SealedBatch batch;
  const StoreVersion expected = stored->has_value() ? (*stored)->version : kAbsent;
  if (const Status put = office.PutDocument(batch, Table::kPolicy, kPolicyDocument, toml, expected); !put.ok()) {
    return permit.Fail<PolicyView>(put);
  }
  PolicyView view = ViewOf(**policy);
  // Old and new, by digest: which policy decided is then provable for ever.
  permit.entry().detail =
      "from " + ViewOf(*gate_.policy().Get()).digest.substr(0, 16) + " to " + view.digest.substr(0, 16);
  permit.entry().change = Sha256(toml);
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) return written;
  gate_.policy().Set(std::move(*policy));
  return Receipted<PolicyView>(std::move(view), receipt);
}

Receipted<std::string> PolicyService::Test(const Caller& caller, std::string_view table_toml) const {
  Permit permit = gate_.Authorise(caller, Action::kPolicyRead);
  if (!permit.granted()) return permit.Refuse<std::string>();
  permit.entry().detail = "test";
  const Result<PolicyTable> table = PolicyTable::Parse(table_toml);
  if (!table.ok()) return permit.Fail<std::string>(table.status());
  const Result<PolicyTableReport> report = table->Run(*gate_.policy().Get());
  if (!report.ok()) return permit.Fail<std::string>(report.status());
  std::string text;
  for (const PolicyMismatch& mismatch : report->mismatches) text += mismatch.ToString() + "\n";
  text += std::to_string(report->cases) + " cases, " + std::to_string(report->questions + report->rest_questions) +
          " questions, " + std::to_string(report->mismatches.size()) + " mismatches\n";
  return permit.Finish(std::move(text));
}

Receipted<std::vector<PolicyFinding>> PolicyService::Lint(const Caller& caller, std::string_view toml,
                                                          const std::vector<std::string>& roles_in_use) const {
  using Findings = std::vector<PolicyFinding>;
  Permit permit = gate_.Authorise(caller, Action::kPolicyRead);
  if (!permit.granted()) return permit.Refuse<Findings>();
  permit.entry().detail = "lint";
  if (toml.size() > kMaxPolicyBytes) {
    return permit.Fail<Findings>(Status(Reason::kPolicyInvalid, "a policy is at most 512 KiB"));
  }
  std::shared_ptr<const PolicySet> policy = gate_.policy().Get();
  if (!toml.empty()) {
    Result<std::shared_ptr<const PolicySet>> sent = PolicySet::Parse(toml);
    if (!sent.ok()) return permit.Fail<Findings>(sent.status());
    policy = *std::move(sent);
  }
  return permit.Finish(LintPolicy(*policy, &roles_in_use));
}

Receipted<PolicyAnswer> PolicyService::Explain(const Caller& caller, const PolicyQuery& query) const {
  Permit permit = gate_.Authorise(caller, Action::kPolicyRead);
  if (!permit.granted()) return permit.Refuse<PolicyAnswer>();
  permit.entry().detail = "explain";
  PolicyAnswer answer;
  answer.policy = gate_.policy().Get();
  Principal asked;
  asked.kind = query.kind;
  for (const std::string& role : query.roles) {
    if (!answer.policy->HasRole(role)) return permit.Fail<PolicyAnswer>(Status(Reason::kRoleUnknown));
  }
  asked.roles = query.roles;
  asked.purposes = query.credential_purposes;
  Caller as;
  as.principal = std::make_shared<const Principal>(std::move(asked));
  as.address = query.address;
  as.purpose = query.purpose;
  as.second_factor_age_seconds = query.second_factor_age_seconds;
  as.standing.minute_of_week = query.minute_of_week.has_value() ? query.minute_of_week : caller.standing.minute_of_week;
  for (const Need need : query.has) Meet(need, as);
  answer.explanation = answer.policy->Explain(as, query.question);
  return permit.Finish(std::move(answer));
}

}  // namespace strongroom
