// Who asks: people with accounts who are signed in, as they would be, programs, and credentials that open nothing.
#include <gtest/gtest.h>

#include <utility>

#include "access/sign_in_json.h"
#include "tests/matrix/matrix_fixture.h"

namespace strongroom::matrix {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kDay = 24 * 60 * kMinute;
constexpr std::string_view kHost = "vault.example.com";
constexpr uint16_t kSundayMorning = 6 * 1440 + 480;

IpAddress Guest() { return *IpAddress::Parse("203.0.113.9"); }

std::vector<RegisterMark> AllMarks() {
  std::vector<RegisterMark> marks;
  for (const char* name : {"training", "agreement", "acceptable-use"}) {
    RegisterMark mark;
    mark.name = name;
    mark.version = "1";
    mark.at = 1;
    marks.push_back(std::move(mark));
  }
  return marks;
}

}  // namespace

std::string MatrixPolicy() {
  std::string policy = TestPolicy();
  policy.insert(policy.find("[[rule]]"), R"([[rule]]
name = "not-on-sundays"
kinds = ["staff"]
hours = ["sun 00:00-24:00"]
decision = "deny"

[[rule]]
name = "not-from-the-guests-network"
kinds = ["staff"]
networks = ["203.0.113.0/24"]
decision = "deny"

[[rule]]
name = "clear-text-on-healthy-devices-alone"
kinds = ["staff"]
actions = ["customer.reveal", "customer.export", "file.get", "break_glass"]
lacks = ["healthy-device"]
decision = "deny"

)");
  return policy;
}

const std::vector<std::string>& Stage::Callers() {
  static const std::vector<std::string> callers = {"support",     "privacy-officer",   "operator", "administrator",
                                                   "auditor",     "application",       "partner",  "importer",
                                                   "key:support", "key:administrator", "nobody"};
  return callers;
}

const std::vector<BadCredential>& BadCredentials() {
  static const std::vector<BadCredential> bad = {
      {"none", "credential-missing"},
      {"unknown key", "credential-invalid"},
      {"expired key", "credential-invalid"},
      {"revoked key", "credential-invalid"},
      {"key from elsewhere", "network-refused"},
      {"unknown cookie", "session-ended"},
      {"signed out", "session-ended"},
      {"idle", "session-ended"},
      {"suspended", "session-ended"},
      {"locked", "session-ended"},
      {"role ran out", "session-ended"},
      {"password changed", "session-ended"},
      {"cookie without proof", "session-unproved"},
      {"proof of another request", "session-unproved"},
      {"proof of another key", "session-unproved"},
      {"proof of yesterday", "session-unproved"},
      {"from another site", "session-unproved"},
      {"outside network", "network-refused"},
      {"key and cookie", "credential-invalid"},
      {"two cookies", "credential-missing"},
  };
  return bad;
}

void Stage::AddPeople() {
  EXPECT_TRUE(vault_->policy().Change(vault_.As("everything"), MatrixPolicy()).Wait().ok());
  for (const char* role : {"support", "privacy-officer", "operator", "administrator", "auditor", "everything"}) {
    const std::string name(role);
    accounts_[name] = AddAccount("first-" + name, role);
    accounts_[name + " 2"] = AddAccount("second-" + name, role);
    accounts_[name + " overdue"] =
        AddAccount("untrained-" + name, role, [](StaffMember& person) { person.marks.erase(person.marks.begin()); });
    accounts_[name + " no-purpose"] =
        AddAccount("aimless-" + name, role, [](StaffMember& person) { person.purposes.clear(); });
  }
  const auto key = [&](std::string name, std::optional<UnixMillis> expires, std::vector<IpNetwork> networks) {
    ApiKeySpec spec;
    spec.name = name;
    spec.kind = PrincipalKind::kApplication;
    spec.roles = {"everything"};
    spec.purposes = {"*"};
    spec.expires_at = expires;
    spec.networks = std::move(networks);
    const NewApiKey made = *vault_->api_keys().Create(vault_.As("everything"), std::move(spec)).Wait();
    keys_[name] = std::string(ExposeSecret(made.key_text));
    return made.info.id;
  };
  key("good key", {}, {});
  key("expired key", vault_.clock().NowMillis() + kDay, {});
  key("key from elsewhere", {}, {*IpNetwork::Parse("10.0.0.0/8")});
  EXPECT_TRUE(vault_->api_keys().Revoke(vault_.As("everything"), key("revoked key", {}, {})).Wait().ok());
  vault_.clock().AdvanceMillis(2 * kDay);
}

PrincipalId Stage::AddAccount(const std::string& name, const std::string& role,
                              const std::function<void(StaffMember&)>& how) {
  StaffMember member;
  member.id = vault_.random().NextU64() | 1;
  member.state = StaffState::kActive;
  member.name = member.display_name = name;
  member.roles = {{role, std::nullopt, 1}};
  member.purposes = {"*"};
  member.marks = AllMarks();
  Passkey passkey;  // so that a text message is the weaker one of two
  passkey.credential_id = "passkey of " + name;
  member.passkeys.push_back(std::move(passkey));
  if (how) how(member);
  Permit permit = vault_->gate().Authorise(vault_.As("everything"), Action::kStaffInvite);
  EXPECT_TRUE(vault_->staff_directory().Add(std::move(permit), member).Wait().ok());
  return member.id;
}

Stage::Signed Stage::SignIn(PrincipalId person, FactorKind factor) {
  FrontDoor& door = vault_->front_door();
  NewSession begun;
  begun.id = vault_.random().NextU64();
  begun.person = MakePersonNow(vault_->staff_directory().Find(person), door.rules().Get(), vault_.clock().NowMillis());
  begun.factor = factor;
  begun.address = IpAddress::Loopback();
  begun.device = "Firefox, Linux";
  begun.proof_key = SecretBytes::CopyOf(vault_.random().Take(32));
  Signed session;
  session.id = begun.id;
  session.key = std::make_shared<const SessionProofKey>(begun.proof_key);
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kStaff;
  entry.actor = person;
  entry.action = Action::kSessionSignIn;
  const Result<SecretBytes> cookie = door.sessions().Begin(std::move(begun), std::move(entry));
  EXPECT_TRUE(cookie.ok()) << cookie.status().ToString();
  if (cookie.ok()) session.cookie = std::string(ExposeSecret(*cookie));
  return session;
}

void Stage::Show(const Signed& session, TestRequest& request) {
  request.Set("Host", std::string(kHost));
  request.Set("Cookie", std::string(kSessionCookie) + "=" + session.cookie);
  request.Set("X-Session-Proof",
              session.key->MakeProof(request.method(), request.target(), vault_.clock().NowMillis()));
}

const std::string& Stage::AccountFor(const std::string& who, Condition condition) const {
  const bool own = condition == Condition::kOverdue || condition == Condition::kNoPurpose;
  const auto found = accounts_.find(own ? who + " " + std::string(NameOf(condition)) : who);
  return found->first;
}

void Stage::WaitForSunday() {
  for (int i = 0; i < 7 && vault_->access_settings().MinuteOfWeekNow() < 6 * 1440; ++i) {
    vault_.clock().AdvanceMillis(kDay);
  }
  EXPECT_GE(vault_->access_settings().MinuteOfWeekNow(), 6 * 1440);
}

Result<Authenticated> Stage::PersonAsks(const std::string& who, Condition condition, TestRequest& request) {
  if (condition == Condition::kOffHours) {
    WaitForSunday();
  } else if (vault_->access_settings().MinuteOfWeekNow() >= kSundayMorning - 480) {
    vault_.clock().AdvanceMillis(kDay);  // the table is of working days
  }
  const PrincipalId person = accounts_.at(AccountFor(who, condition));
  // A text message lets in and is no factor that policy counts.
  const Signed session = SignIn(person, condition == Condition::kNoFactor ? FactorKind::kSms : FactorKind::kTotp);
  if (condition == Condition::kStaleFactor) vault_.clock().AdvanceMillis(6 * kMinute);
  request.From(condition == Condition::kGuestNetwork ? Guest() : IpAddress::Loopback());
  Show(session, request);
  Result<Authenticated> known = authenticator_.Authenticate(request);
  if (known.ok() && condition != Condition::kNoDevice) known->caller.standing.device = DeviceState::kHealthy;
  return known;
}

Caller Stage::PersonNow(const std::string& who) {
  TestRequest request("GET", "/v1/session");
  request.SetTarget("/v1/session");
  const Result<Authenticated> known = PersonAsks(who, Condition::kAll, request);
  EXPECT_TRUE(known.ok()) << who << ": " << known.status().ToString();
  return known.ok() ? known->caller : Caller();
}

Caller Stage::ProgramOf(const std::string& who, Condition condition) {
  Principal principal;
  if (who == "nobody") {
    principal.id = 42;
    principal.kind = PrincipalKind::kApplication;
    principal.purposes = principal.token_domains = {"*"};
  } else {
    principal = *vault_.As(who.starts_with("key:") ? who.substr(4) : who).principal;
  }
  if (condition == Condition::kNoPurpose) principal.purposes.clear();
  Caller caller;
  caller.standing = who == "nobody" ? Standing() : vault_.As(who.starts_with("key:") ? who.substr(4) : who).standing;
  caller.principal = std::make_shared<const Principal>(std::move(principal));
  caller.address = IpAddress::Loopback();
  return caller;
}

// --- credentials that open nothing -----------------------------------------------------------------------------------

void Stage::Change(PrincipalId person, const std::function<void(StaffMember&)>& how) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kStaffSuspend;
  const auto change = [&how](StaffMember& member) {
    how(member);
    return Status::Ok();
  };
  EXPECT_TRUE(vault_->staff_directory().ChangeRecorded(person, change, std::move(entry)).ok());
}

// Somebody who may do everything, so that nothing but the credential is in the way; what is wrong, is wrong after the
// session has begun.
Stage::Signed Stage::BadSession(std::string_view bad) {
  const bool changes = bad == "suspended" || bad == "locked" || bad == "role ran out" || bad == "password changed" ||
                       bad == "outside network";
  const auto soon = [&](StaffMember& member) {
    if (bad == "role ran out") member.roles[0].until = vault_.clock().NowMillis() + kMinute;
  };
  const PrincipalId person =
      changes ? AddAccount("gone-" + std::to_string(++unique_), "everything", soon) : accounts_.at("everything");
  Signed session = SignIn(person);
  if (bad == "unknown cookie") session.cookie.back() = session.cookie.back() == 'A' ? 'Q' : 'A';
  if (bad == "signed out") {
    EXPECT_TRUE(vault_->front_door().sessions().End(vault_.As("everything"), session.id).Wait().ok());
  }
  if (bad == "idle") vault_.clock().AdvanceMillis(16 * kMinute);
  if (bad == "suspended") Change(person, [](StaffMember& member) { member.state = StaffState::kSuspended; });
  if (bad == "locked") Change(person, [](StaffMember& member) { member.locked_at = 1; });
  if (bad == "role ran out") vault_.clock().AdvanceMillis(2 * kMinute);
  if (bad == "password changed") Change(person, [](StaffMember& member) { member.password = "another"; });
  if (bad == "outside network") {
    Change(person, [](StaffMember& member) { member.networks = {*IpNetwork::Parse("10.0.0.0/8")}; });
  }
  if (bad == "proof of another key") session.key = SignIn(person).key;
  return session;
}

void Stage::ShowBad(std::string_view bad, TestRequest& request) {
  request.From(IpAddress::Loopback());
  if (bad == "none") return;
  const auto key = bad == "unknown key" ? "srk_nothing" : keys_[std::string(bad)];
  if (!key.empty()) {
    request.Set("Authorization", "Bearer " + key);
    return;
  }
  const Signed session = BadSession(bad);
  if (bad == "from another site") request.Set("Origin", "https://evil.example");
  if (bad == "key and cookie") request.Set("Authorization", "Bearer " + keys_.at("good key"));
  const std::string cookie = std::string(kSessionCookie) + "=" + session.cookie;
  const UnixMillis now = vault_.clock().NowMillis();
  if (bad == "two cookies") {
    request.Set("Cookie", cookie + "; " + std::string(kSessionCookie) + "=x");
  } else if (bad == "cookie without proof") {
    request.Set("Cookie", cookie);
  } else if (bad == "proof of another request") {
    request.Set("Cookie", cookie).Set("X-Session-Proof", session.key->MakeProof("GET", "/v1/other", now));
  } else if (bad == "proof of yesterday") {
    request.Set("Cookie", cookie);
    request.Set("X-Session-Proof", session.key->MakeProof(request.method(), request.target(), now - kDay));
  } else {
    Show(session, request);
  }
}

}  // namespace strongroom::matrix
