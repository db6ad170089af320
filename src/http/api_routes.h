// The HTTP API: every route, its handler, and the authenticator that goes with them.
//
// A handler parses, asks one service, and renders.  It decides nothing: authority and record are the services'
// (vault/gate.h).  What the routes take and give is docs/reference/openapi.json, served at /openapi.json; a test holds
// the two to each other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "access/open_vault.h"
#include "base/status.h"
#include "http/listener.h"
#include "http/router.h"

namespace strongroom {

struct ApiOptions {
  std::string version = "0";             // for /v1/status and /metrics
  std::function<ListenerStats()> stats;  // for /metrics; may be empty
};

// `keeper` must outlive the router's last exchange.  Routes are used with an ApiAuthenticator over the same keeper.
// kInternal when a route cannot be added.
Status AddApiRoutes(Router& router, VaultKeeper& keeper, const ApiOptions& options);

}  // namespace strongroom
