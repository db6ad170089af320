// Webhooks: a notice as JSON, signed, to an HTTPS address.  The wire format is docs/formats/outbox.md.
#pragma once

#include <string>

#include "base/bytes.h"
#include "client/stop_signal.h"
#include "crypto/secret.h"
#include "outbox/courier.h"

namespace strongroom {

struct WebhookSettings {
  std::string url;
  SecretBytes secret;
  std::string ca_file;
};

Bytes WebhookBody(const OutgoingMessage& message);
// "v1=" and HMAC-SHA-256(secret, timestamp || "." || body) in hexadecimal.  Precondition: the secret is not empty.
std::string WebhookSignature(const SecretBytes& secret, std::string_view timestamp, ByteView body);

// Any thread.
Delivery PostWebhook(const WebhookSettings& settings, const OutgoingMessage& message, const StopSignal& stop);

}  // namespace strongroom
