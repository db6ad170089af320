// What policy would be asked for a request that somebody describes instead of sending it: for approvals.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "access/approvals.h"
#include "access/open_vault.h"
#include "base/status.h"

namespace strongroom {

// kRouteNotFound: no such call, or one that is not approved (reading rules, signing in).  Else as the call itself
// refuses a body it cannot read.
Result<AskedQuestions> QuestionsOf(OpenVault& vault, const AskedRequest& request);

// The call's action, for every route that needs a credential; kNone where the service decides by what is in the body.
// A test holds this table to the router's routes.
struct RouteAction {
  std::string_view method;
  std::string_view pattern;
  Action action = Action::kNone;
};
std::span<const RouteAction> RouteActions();

}  // namespace strongroom
