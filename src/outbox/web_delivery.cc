#include "outbox/web_delivery.h"

#include <string>

namespace strongroom {

Delivery DeliveryOf(std::string_view channel, const Result<WebAnswer>& answer) {
  const std::string name(channel);
  if (answer.reason() == Reason::kInvalidArgument) {
    return {Delivery::Outcome::kNever, name + ": " + answer.status().message(), false};
  }
  if (!answer.ok()) return {Delivery::Outcome::kLater, name + ": " + answer.status().message(), true};
  const int status = answer->status;
  if (status < 300) return {Delivery::Outcome::kSent, "", false};
  const bool busy = status == 429 || status >= 500;
  const bool later = busy || status == 408 || status == 425;
  return {later ? Delivery::Outcome::kLater : Delivery::Outcome::kNever, name + " " + std::to_string(status), busy};
}

WebClientConfig WebClientFor(const std::string& ca_file, const StopSignal& stop) {
  WebClientConfig config;
  config.ca_file = ca_file;
  config.stop = &stop;
  return config;
}

}  // namespace strongroom
