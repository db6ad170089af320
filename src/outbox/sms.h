// Text messages through whatever HTTP gateway the company has: address, headers and body come from the configuration.
//
// The body is a template with {to}, {text} and {id}.  One that begins with '{' or '[' is JSON and values are escaped as
// JSON strings' contents; any other is a form and they are percent-encoded.  A value therefore never ends the place it
// was put in.  The address takes none: numbers do not belong into URLs, which are logged everywhere.
#pragma once

#include <string>
#include <string_view>

#include "client/http_answer.h"
#include "client/stop_signal.h"
#include "crypto/secret.h"
#include "outbox/courier.h"

namespace strongroom {

struct SmsSettings {
  std::string url;
  std::string method = "POST";
  SecretBytes headers;  // lines "Name: value"; usually with the gateway's key
  std::string body;
  std::string ca_file;
};

// kConfigInvalid: no {to} or {text} in the body, a JSON body that is none once it is filled in, headers that are none.
Status CheckSmsSettings(const SmsSettings& settings);

std::string SmsBody(std::string_view body_template, std::string_view to, std::string_view text, std::string_view id);

// Any thread.
Delivery SendSms(const SmsSettings& settings, const OutgoingMessage& message, const StopSignal& stop);

}  // namespace strongroom
