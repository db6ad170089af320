#include "access/factor_checks.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "factors/recovery_codes.h"
#include "factors/totp.h"

namespace strongroom {
namespace {

constexpr std::string_view kHandlePurpose = "strongroom passkey handle v1";
constexpr uint64_t kCodes = 1'000'000;
constexpr size_t kCodeDigits = 6;

Status Refused() { return Status(Reason::kFactorRefused); }

auto FindPasskey(auto& person, ByteView credential_id) {
  return std::find_if(person.passkeys.begin(), person.passkeys.end(),
                      [&](const strongroom::Passkey& passkey) { return passkey.credential_id == credential_id; });
}

}  // namespace

FactorChecks::FactorChecks(const KeyRing& office, StaffSecrets& secrets, SlowWork& work, const Clock& clock)
    : handles_(office.Derive(kHandlePurpose)), secrets_(secrets), work_(work), clock_(clock) {}

Bytes FactorChecks::HandleOf(PrincipalId person) const {
  Bytes id;
  ByteWriter(id).U64(person);
  return Bytes(View(handles_.Compute({id})));
}

Result<Spend> FactorChecks::Totp(const StaffMember& person, std::string_view code) const {
  if (person.totp_secret.empty()) return Refused();
  ASSIGN_OR_RETURN(const SecretBytes secret, secrets_.OpenTotp(person.id, person.totp_secret));
  ASSIGN_OR_RETURN(const int64_t step, VerifyTotp(secret, code, clock_.NowMillis(), person.totp_last_step));
  return Spend([step, sealed = person.totp_secret](StaffMember& changed) -> Status {
    // Another request was quicker with the same code, or the authenticator was changed meanwhile.
    if (changed.totp_last_step >= step || changed.totp_secret != sealed) return Refused();
    changed.totp_last_step = step;
    return Status::Ok();
  });
}

Result<Spend> FactorChecks::Recovery(const StaffMember& person, std::string_view code) const {
  if (person.recovery_codes.size() != 1) return Refused();
  const Bytes stored = person.recovery_codes[0].verifier;
  ASSIGN_OR_RETURN(RecoveryCodeSet set, RecoveryCodeSet::Decode(stored));
  {
    ASSIGN_OR_RETURN(const SlowWork::Turn turn, work_.Take());
    RETURN_IF_ERROR(set.Redeem(code));
  }
  return Spend([stored, left = set.Encode(), now = clock_.NowMillis()](StaffMember& changed) -> Status {
    if (changed.recovery_codes.size() != 1 || changed.recovery_codes[0].verifier != stored) return Refused();
    changed.recovery_codes[0].verifier = left;
    changed.recovery_codes[0].used_at = now;
    return Status::Ok();
  });
}

Result<FactorChecks::PasskeyCheck> FactorChecks::Passkey(const StaffMember& person, const RelyingParty& party,
                                                         ByteView challenge, const AssertionResponse& response) const {
  const auto found = FindPasskey(person, response.credential_id);
  if (found == person.passkeys.end()) return Refused();
  const StoredPasskey stored{found->credential_id, found->public_key, found->sign_count, found->backup_eligible,
                             HandleOf(person.id)};
  ASSIGN_OR_RETURN(const VerifiedAssertion verified, VerifyAssertion(party, challenge, stored, response));
  PasskeyCheck check;
  check.cloned = verified.sign_count_regressed;
  check.bound = !found->backup_eligible && !verified.backed_up;
  check.spend = [id = response.credential_id, was = found->sign_count, verified](StaffMember& changed) -> Status {
    const auto passkey = FindPasskey(changed, id);
    if (passkey == changed.passkeys.end() || passkey->sign_count != was) return Refused();
    passkey->sign_count = verified.sign_count;
    passkey->backed_up = verified.backed_up;
    return Status::Ok();
  };
  return check;
}

Result<RelyingParty> RelyingPartyOf(const SignInRules& rules, std::string_view host, const IpAddress& client) {
  RelyingParty party;
  party.name = "Strongroom";
  constexpr std::string_view kHttps = "https://";
  if (!rules.origin.empty()) {
    const std::string_view rest = std::string_view(rules.origin).substr(kHttps.size());
    party.id = std::string(rest.substr(0, rest.find(':')));
    party.origins = {rules.origin};
    return party;
  }
  // Nobody else's pages can be there, and no name is at stake.
  if (client.IsLoopback() && (host == "localhost" || host.starts_with("localhost:"))) {
    party.id = "localhost";
    party.origins = {"https://" + std::string(host), "http://" + std::string(host)};
    return party;
  }
  return Status(Reason::kFactorInvalid,
                "passkeys are bound to the server's public address, which is not configured: an administrator sets it "
                "with the settings of access ('origin')");
}

std::vector<PasskeyDescriptor> PasskeysOf(const StaffMember& person) {
  std::vector<PasskeyDescriptor> all;
  all.reserve(person.passkeys.size());
  for (const strongroom::Passkey& passkey : person.passkeys) all.push_back({passkey.credential_id, {}});
  return all;
}

std::string DrawCode(Random& random) {
  const std::string digits = std::to_string(random.Below(kCodes));
  return std::string(kCodeDigits - digits.size(), '0') + digits;
}

}  // namespace strongroom
