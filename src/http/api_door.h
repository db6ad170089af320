// Handlers of requests by people who are not signed in yet.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "access/sign_in_kit.h"
#include "http/api_tools.h"

namespace strongroom {

// One public call at an open vault, from this browser.
struct DoorCall {
  const Request& request;
  OpenVault& vault;
  SignInFrom from;
};

using DoorHandler = std::function<Result<Response>(DoorCall&)>;

// Adds a public route that runs on a worker.  Locked vaults and other sites' pages are refused before the handler.
void AddDoorRoute(RouteAdder& add, VaultKeeper& keeper, const char* method, const char* pattern, DoorHandler handler);

SignInFrom SignInFromOf(const RequestHead& head);

// Member "proof_public": the browser's half of the proof key.
Result<Bytes> ReadProofPublic(const JsonValue& body);
// {…} of a step, with the cookies when it is the last.
Response StepResponse(const SignInStep& step);
Response Nothing();

}  // namespace strongroom
