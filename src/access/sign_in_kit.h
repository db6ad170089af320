// What signing in, enrolment and self-service share.  Owned by FrontDoor (front_door.h).
#pragma once

#include <string>
#include <string_view>

#include "access/access_notices.h"
#include "access/attempts.h"
#include "access/factor_checks.h"
#include "access/places.h"
#include "access/sessions.h"
#include "access/staff_directory.h"
#include "access/staff_secrets.h"
#include "audit/entry.h"
#include "vault/gate.h"

namespace strongroom {

struct SignInKit {
  Gate& gate;
  StaffDirectory& directory;
  RulesInForce& rules;
  Attempts& attempts;
  AccessNotices& notices;
  SlowWork& slow_work;
  StaffSecrets& secrets;
  Places& places;
  FactorChecks& factors;
  Sessions& sessions;

  const Clock& clock() const { return gate.house().clock(); }
  Random& random() const { return gate.house().random(); }
  UnixMillis Now() const { return clock().NowMillis(); }
};

// Where a request of a browser comes from.  Views live as long as the request.
struct SignInFrom {
  IpAddress address;
  uint64_t request_id = 0;
  std::string_view device_mark;     // of the cookie, when it is one; else empty
  std::string_view session_cookie;  // of a session this browser has, if any
  std::string_view user_agent;
  std::string_view host;              // as the browser calls us
  std::optional<Digest> certificate;  // of the connection, verified: sessions.h
};

// The entry of something `person` does; null: somebody unknown.
AuditEntry EntryOf(const StaffMember* person, const SignInFrom& from, Action action, std::string detail);

// How the account is named where failures are counted; names nobody has are counted as well.
std::string AccountOf(const StaffMember* person, std::string_view name);
// With the allowance of a device that is known, if it is.
AttemptFrom AttemptFromOf(const SignInKit& kit, const StaffMember* person, const SignInFrom& from);

}  // namespace strongroom
