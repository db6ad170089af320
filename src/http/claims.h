// What a request claims beside its credential: a case, an approval, a reason to do without one.
#pragma once

#include "base/bytes.h"
#include "base/status.h"
#include "http/exchange.h"
#include "policy/principal.h"

namespace strongroom {

// Reads X-Case, X-Approval and X-Break-Glass into the caller, and with an approval the digest of what is asked
// (access/request_digest.h).  Views point into `head`.  Called once the body is there, before a handler.
//
// kInvalidArgument: a claim is not written as it must be.  kApprovalUnusable: a header of the request changes what it
// means, and an approver never saw headers.
Status ReadClaims(const RequestHead& head, ByteView body, Caller& caller);

}  // namespace strongroom
