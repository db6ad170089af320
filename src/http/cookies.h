// What browsers send beside a request: cookies, and where the page stands that made it.
#pragma once

#include <string_view>

#include "http/exchange.h"

namespace strongroom {

// The value of this cookie in a Cookie header (RFC 6265 section 4.2.1); empty when there is none, or more than one: two
// of a name are somebody's attempt to choose which is read.
std::string_view CookieNamed(std::string_view header, std::string_view name);

// Whether the browser says that another site's page makes this request (Sec-Fetch-Site, Origin).  `origin`: ours, if it
// is configured; else the request's Host must be in the Origin.  Programs send neither header.
bool ComesFromOtherSite(const RequestHead& head, std::string_view origin);

}  // namespace strongroom
