// What the answer of a web server means for a message (webhook.h, sms.h).
#pragma once

#include <string_view>

#include "client/web_client.h"
#include "outbox/courier.h"

namespace strongroom {

// 2xx: sent.  408, 425, 429, 5xx and no answer at all: later.  Anything else, redirects too: never.
Delivery DeliveryOf(std::string_view channel, const Result<WebAnswer>& answer);

// Of one delivery: a minute at most.
WebClientConfig WebClientFor(const std::string& ca_file, const StopSignal& stop);

}  // namespace strongroom
