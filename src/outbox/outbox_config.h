// What the configuration says about telling people (section [outbox], docs/reference/configuration.md), and the courier
// that is made of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "outbox/courier.h"
#include "outbox/syslog.h"
#include "outbox/webhook.h"

namespace strongroom {

struct OutboxConfig {
  std::string smtp_host;  // empty: no mail
  uint16_t smtp_port = 587;
  std::string smtp_tls = "starttls";  // starttls, implicit, off
  std::string smtp_user;
  std::string smtp_password_file;
  std::string mail_from;
  std::vector<std::string> mail_to;  // who is told of what concerns the house
  std::string sms_url;               // empty: no text messages
  std::string sms_method = "POST";
  std::string sms_header_file;
  std::string sms_body;
  std::vector<std::string> webhooks;              // "name=https://…"
  std::vector<std::string> webhook_secret_files;  // "name=FILE", one for each webhook
  std::vector<std::string> syslog;                // "name=tls://host:6514"
  std::string ca_file;                            // of all these servers; empty: the system's authorities
  std::string language = "en";                    // of what the house is told: en, sv, zh
};

// Where messages go besides people, by name; `section` is what errors name.  Reads the secret files.  kConfigInvalid.
Result<std::map<std::string, WebhookSettings>> ReadWebhooks(const std::string& section,
                                                            const std::vector<std::string>& webhooks,
                                                            const std::vector<std::string>& secret_files,
                                                            const std::string& ca_file);
Result<std::map<std::string, SyslogSettings>> ReadSyslogs(const std::string& section,
                                                          const std::vector<std::string>& addresses,
                                                          const std::string& ca_file);
// Reads the secret files.  kConfigInvalid names the setting and what it takes.
Result<std::unique_ptr<Courier>> MakeCourier(const OutboxConfig& config);

}  // namespace strongroom
