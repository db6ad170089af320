// Who is at the other end of a connection that may come through proxies.
#pragma once

#include <string_view>
#include <vector>

#include "policy/principal.h"

namespace strongroom {

// `peer` is the connection's other end, `forwarded_for` the X-Forwarded-For header (several joined with commas).
//
// Only what a trusted proxy says is believed, and only about the hop before it: from the right, addresses of trusted
// proxies are passed over, and the first other address is the client.  A peer that is no trusted proxy is the client,
// whatever it claims.  At an entry that is no address, the last believed address is the answer.
IpAddress ClientAddress(const IpAddress& peer, std::string_view forwarded_for, const std::vector<IpNetwork>& trusted);

}  // namespace strongroom
