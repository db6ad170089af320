#include "access/testing/test_person.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "factors/totp.h"

namespace strongroom {
namespace {

void Require(const Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "the test's person failed to %s: %s\n", what, status.ToString().c_str());
  std::abort();
}

template <typename T>
T Require(Result<T> result, const char* what) {
  Require(result.status(), what);
  return *std::move(result);
}

// The browser's side of factors/session_proof.h.
SecretBytes ProofKeyOf(const EcdhP256& pair, ByteView server_public, std::string_view session_id) {
  const SecretBytes shared = Require(pair.Agree(server_public), "agree on a key");
  return HkdfWithSalt(ExposeSecret(shared), View(Sha256(session_id)), "strongroom session proof v1", 32);
}

}  // namespace

std::string TestPerson::Code(TestVault& vault) const {
  return TotpCodeAt(totp_secret, TotpStepAt(vault.clock().NowMillis()));
}

std::string CodeOfNewApp(TestVault& vault, std::string_view secret_text) {
  const SecretBytes secret = Require(ParseTotpSecretText(secret_text), "read the app's secret");
  return TotpCodeAt(secret, TotpStepAt(vault.clock().NowMillis()));
}

void WaitForTheNextCode(TestVault& vault) { vault.clock().AdvanceMillis(kTotpStepMillis); }

TestPerson MakePerson(TestVault& vault, TestBrowser& browser, const std::string& name,
                      const TestPersonOptions& options) {
  StaffInvitation invitation;
  invitation.name = name;
  invitation.display_name = "Person " + name;
  invitation.email = options.email;
  invitation.phone = options.phone;
  invitation.roles = {{options.role, std::nullopt, 0}};
  invitation.purposes = options.purposes;
  invitation.networks = options.networks;
  const Invited invited = Require(vault->staff().Invite(vault.As("administrator"), invitation).Wait(), "be invited");
  TestPerson person;
  person.id = invited.member->id;
  person.name = name;
  person.password = "violet-" + name + "-harbour-41";
  Require(vault->staff().Vet(vault.As("everything"), person.id, "folder 7").Wait().status(), "be vetted");

  Enrolment& enrolment = vault->front_door().enrolment();
  const SignInFrom from = browser.From();
  const OpenedEnrolment opened = Require(enrolment.Open(from, ExposeSecret(invited.code)), "open the invitation");
  Require(enrolment.SetPassword(from, opened.transaction, person.password), "set a password");
  const TotpOffer offer = Require(enrolment.BeginTotp(from, opened.transaction), "begin with an app");
  person.totp_secret = Require(ParseTotpSecretText(ExposeSecret(offer.secret)), "read the app's secret");
  Require(enrolment.ConfirmTotp(from, opened.transaction, person.Code(vault)), "confirm the app");
  if (!options.question.empty()) {
    Require(enrolment.SetQuestion(from, opened.transaction, options.question, "blue-green bicycle"), "set a question");
  }
  if (options.recovery_codes) {
    for (const SecretBytes& code : Require(enrolment.MakeRecoveryCodes(from, opened.transaction), "make codes")) {
      person.recovery_codes.emplace_back(ExposeSecret(code));
    }
  }
  browser.device_mark = Require(enrolment.Finish(from, opened.transaction), "finish");
  vault.clock().AdvanceMillis(kTotpStepMillis);
  return person;
}

TestBrowser::TestBrowser(TestVault& of, std::string_view from) : vault(of), address(*IpAddress::Parse(from)) {}

SignInFrom TestBrowser::From() const {
  SignInFrom from;
  from.address = address;
  from.request_id = 7;
  from.device_mark = device_mark;
  from.session_cookie = cookie;
  from.user_agent = user_agent;
  from.host = host;
  from.certificate = certificate;
  return from;
}

Bytes TestBrowser::ProofPublic() {
  pair_ = std::make_shared<const EcdhP256>(EcdhP256::Generate(vault.random()));
  return Bytes(View(pair_->public_point()));
}

Result<SignInStep> TestBrowser::Take(Result<SignInStep> step) {
  if (!step.ok()) return step;
  if (!step->done.has_value()) {
    transaction = step->transaction;
    return step;
  }
  cookie = std::string(ExposeSecret(step->done->cookie));
  device_mark = step->done->device_mark;
  session_id = step->done->session_id;
  Agree(step->done->proof_public, session_id);
  return step;
}

void TestBrowser::Agree(ByteView server_public, std::string_view session) {
  proof_key = std::make_shared<const SessionProofKey>(ProofKeyOf(*pair_, server_public, session));
}

Result<SignInStep> TestBrowser::GivePassword(std::string_view name, std::string_view password) {
  const Bytes proof_public = ProofPublic();
  return Take(vault->front_door().sign_in().Begin(From(), name, password, proof_public));
}

Result<SignInStep> TestBrowser::GiveCode(std::string_view code, FactorKind kind) {
  ShownFactor shown;
  shown.kind = kind;
  shown.code = code;
  return Take(vault->front_door().sign_in().GiveFactor(From(), transaction, shown));
}

Result<SignInStep> TestBrowser::GiveAnswer(std::string_view answer) {
  return Take(vault->front_door().sign_in().Answer(From(), transaction, answer));
}

Status TestBrowser::SignIn(const TestPerson& person) {
  RETURN_IF_ERROR(GivePassword(person.name, person.password).status());
  Result<SignInStep> step = GiveCode(person.Code(vault));
  if (step.ok() && step->next == SignInStep::Next::kQuestion) step = GiveAnswer("Blue green bicycle!");
  vault.clock().AdvanceMillis(kTotpStepMillis);
  return step.status();
}

std::string TestBrowser::Proof(std::string_view method, std::string_view target) {
  return proof_key != nullptr ? proof_key->MakeProof(method, target, vault.clock().NowMillis()) : "";
}

SessionRequest TestBrowser::Request(std::string_view method, std::string_view target) {
  proof_ = Proof(method, target);
  SessionRequest request;
  request.cookie = cookie;
  request.proof = proof_;
  request.method = method;
  request.target = target;
  request.address = address;
  request.request_id = 8;
  request.certificate = certificate;
  return request;
}

Result<Caller> TestBrowser::Ask(std::string_view method, std::string_view target) {
  return vault->front_door().sessions().Authenticate(Request(method, target));
}

std::vector<AuditEntry> OfficeEntries(TestVault& vault) {
  // What was submitted without waiting is in the log once something after it is.
  AuditEntry last;
  last.actor_kind = PrincipalKind::kSystem;
  last.action = Action::kServerStatus;
  Require(vault->house().office().journal->Submit({}, last).Wait(), "write to the log");
  std::vector<AuditEntry> entries;
  const LogPage page = Require(vault->house().office().log->Find({}, 1), "read the log");
  for (const IndexedEntry& one : page.entries) entries.push_back(one.entry);
  std::reverse(entries.begin(), entries.end());
  std::erase_if(entries, [&](const AuditEntry& one) { return one.action == last.action && one.actor == last.actor; });
  return entries;
}

}  // namespace strongroom
