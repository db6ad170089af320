#include "outbox/sms.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/json_writer.h"
#include "outbox/web_delivery.h"

namespace strongroom {
namespace {

bool IsJson(std::string_view body) {
  const size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
}

std::string JsonEscaped(std::string_view value) {
  std::string quoted;
  AppendJsonString(quoted, value);
  return quoted.substr(1, quoted.size() - 2);
}

std::string FormEscaped(std::string_view value) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<uint8_t>(c);
    plain ? escaped.push_back(c) : static_cast<void>(escaped.append({'%', kHex[byte >> 4], kHex[byte & 15]}));
  }
  return escaped;
}

struct WipedHeaders {
  WebHeaders headers;
  ~WipedHeaders() {
    for (auto& [name, value] : headers) WipeString(value);
  }
};

// False for a line that is no header.
bool ReadHeaders(const SecretBytes& file, WebHeaders& headers) {
  std::string_view text = ExposeSecret(file);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) continue;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    headers.emplace_back(line.substr(0, colon), value);
  }
  return true;
}

}  // namespace

std::string SmsBody(std::string_view body_template, std::string_view to, std::string_view text, std::string_view id) {
  const std::pair<std::string_view, std::string_view> values[] = {{"{to}", to}, {"{text}", text}, {"{id}", id}};
  const bool json = IsJson(body_template);
  std::string body;
  while (!body_template.empty()) {
    const auto* value = std::find_if(std::begin(values), std::end(values),
                                     [&](const auto& one) { return body_template.starts_with(one.first); });
    if (value == std::end(values)) {
      body.push_back(body_template.front());
      body_template.remove_prefix(1);
      continue;
    }
    body += json ? JsonEscaped(value->second) : FormEscaped(value->second);
    body_template.remove_prefix(value->first.size());
  }
  return body;
}

Status CheckSmsSettings(const SmsSettings& settings) {
  const auto refused = [](const char* what) { return Status(Reason::kConfigInvalid, what); };
  if (settings.body.find("{to}") == std::string::npos || settings.body.find("{text}") == std::string::npos) {
    return refused("'outbox.sms_body' needs {to} and {text}, where number and words go");
  }
  // A number outside of quotes, or a text that ends its string, shows when it is filled with such.
  if (IsJson(settings.body) && !JsonDocument::Parse(SmsBody(settings.body, "+46701740679", "\"},\\", "id")).ok()) {
    return refused(
        "'outbox.sms_body' begins like JSON and is none when it is filled in: {to} and {text} go inside of quotes");
  }
  WipedHeaders read;
  if (!ReadHeaders(settings.headers, read.headers))
    return refused("'outbox.sms_header_file' takes lines like 'Authorization: Bearer ...'");
  return Status::Ok();
}

Delivery SendSms(const SmsSettings& settings, const OutgoingMessage& message, const StopSignal& stop) {
  WebRequest request;
  request.wants_body = false;
  request.method = settings.method;
  request.url = settings.url;
  request.body = SmsBody(settings.body, message.to.to, message.words.text, message.id);
  WipedHeaders read;
  ReadHeaders(settings.headers, read.headers);
  const bool has_type = std::any_of(read.headers.begin(), read.headers.end(), [](const auto& header) {
    return strcasecmp(header.first.c_str(), "Content-Type") == 0;
  });
  request.headers = std::exchange(read.headers, {});
  if (!has_type)
    request.headers.emplace_back("Content-Type",
                                 IsJson(settings.body) ? "application/json" : "application/x-www-form-urlencoded");
  Delivery delivery = DeliveryOf("sms", WebClient(WebClientFor(settings.ca_file, stop)).Send(request));
  read.headers = std::move(request.headers);
  WipeString(request.body);  // it may hold a one-time code
  return delivery;
}

}  // namespace strongroom
