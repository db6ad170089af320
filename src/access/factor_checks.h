// FactorChecks: is what a person shows as a second factor right?  And how it is spent.
//
// A factor that can be used once must not work again, whatever happens after it was found right: each check answers a
// Spend, to be applied to the person's document in a commit that is durable before anybody is told of success.  It
// refuses when somebody else has spent the same meanwhile.  Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "access/sign_in_rules.h"
#include "access/slow_work.h"
#include "access/staff_member.h"
#include "access/staff_secrets.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/status.h"
#include "factors/webauthn.h"

namespace strongroom {

// kFactorRefused when it is too late.
using Spend = std::function<Status(StaffMember&)>;

class FactorChecks {
 public:
  // All must outlive this.
  FactorChecks(const KeyRing& office, StaffSecrets& secrets, SlowWork& work, const Clock& clock);

  // kFactorRefused, for each of these, when it is not right.
  Result<Spend> Totp(const StaffMember& person, std::string_view code) const;
  // Slow.
  Result<Spend> Recovery(const StaffMember& person, std::string_view code) const;
  // `credential`: AuthenticationResponseJSON.  A counter that went back is refused: two devices hold the key.
  struct PasskeyCheck {
    Spend spend;
    bool cloned = false;  // and refused: to be alarmed
    bool bound = false;   // its key cannot leave the device it was made on
  };
  Result<PasskeyCheck> Passkey(const StaffMember& person, const RelyingParty& party, ByteView challenge,
                               const AssertionResponse& response) const;

  // What authenticators know a person as: random to look at, nothing personal.
  Bytes HandleOf(PrincipalId person) const;

 private:
  const Mac handles_;
  StaffSecrets& secrets_;
  SlowWork& work_;
  const Clock& clock_;
};

// Who we are to authenticators: by the rules' origin; without one, on this machine alone, by `host` (the request's Host
// header).  kFactorInvalid says what to configure.
Result<RelyingParty> RelyingPartyOf(const SignInRules& rules, std::string_view host, const IpAddress& client);

// The descriptors of everything the person holds, for allowCredentials and excludeCredentials.
std::vector<PasskeyDescriptor> PasskeysOf(const StaffMember& person);

// Six digits, each as likely.
std::string DrawCode(Random& random);

}  // namespace strongroom
