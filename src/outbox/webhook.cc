#include "outbox/webhook.h"

#include "base/encoding.h"
#include "base/json_writer.h"
#include "crypto/hash.h"
#include "outbox/web_delivery.h"

namespace strongroom {
namespace {

std::string_view NameOf(Severity severity) {
  switch (severity) {
    case Severity::kAlert:
      return "alert";
    case Severity::kWarning:
      return "warning";
    case Severity::kNotice:
      return "notice";
    case Severity::kInformational:
      return "informational";
  }
  return "notice";
}

}  // namespace

Bytes WebhookBody(const OutgoingMessage& message) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("id", message.id).String("kind", message.kind).String("severity", NameOf(message.severity));
  json.String("created_at", FormatTime(message.created_at)).String("language", strongroom::NameOf(message.language));
  json.String("text", message.words.text).Key("parameters").BeginObject();
  for (const auto& [name, value] : message.parameters) json.String(name, value);
  json.EndObject().EndObject();
  return body;
}

std::string WebhookSignature(const SecretBytes& secret, std::string_view timestamp, ByteView body) {
  return "v1=" + HexEncode(View(Mac(secret).Compute({timestamp, ".", body})));
}

Delivery PostWebhook(const WebhookSettings& settings, const OutgoingMessage& message, const StopSignal& stop) {
  WebRequest request;
  request.wants_body = false;
  request.method = "POST";
  request.url = settings.url;
  request.body = WebhookBody(message);
  const std::string timestamp = std::to_string(message.now / 1000);
  request.headers = {{"Content-Type", "application/json"},
                     {"Strongroom-Notice-Id", message.id},
                     {"Strongroom-Timestamp", timestamp},
                     {"Strongroom-Signature", WebhookSignature(settings.secret, timestamp, request.body)}};
  return DeliveryOf("webhook", WebClient(WebClientFor(settings.ca_file, stop)).Send(request));
}

}  // namespace strongroom
