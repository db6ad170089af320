#include "outbox/outbox_config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "client/url.h"
#include "outbox/sms.h"
#include "outbox/smtp.h"
#include "outbox/syslog.h"
#include "outbox/webhook.h"

namespace strongroom {
namespace {

constexpr size_t kMaxSecretBytes = 4096;
constexpr size_t kMinWebhookSecretBytes = 16;

Status Wrong(std::string what) { return Status(Reason::kConfigInvalid, std::move(what)); }

// A small file with a secret in it, that not everybody may read.
Result<SecretBytes> ReadSecretFile(const std::string& setting, const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Wrong("'" + setting + "': " + path + " cannot be read: " + std::strerror(errno));
  struct stat info {};
  char buffer[kMaxSecretBytes + 1];
  const bool known = fstat(fd, &info) == 0;
  const ssize_t got = read(fd, buffer, sizeof buffer);
  close(fd);
  SecretBytes secret = SecretBytes::CopyOf({buffer, static_cast<size_t>(std::max<ssize_t>(got, 0))});
  WipeMemory(buffer, sizeof buffer);
  if (!known || got < 0 || secret.size() > kMaxSecretBytes)
    return Wrong("'" + setting + "': " + path + " is no file of at most 4096 bytes");
  if (S_ISREG(info.st_mode) && (info.st_mode & S_IRWXO) != 0)
    return Wrong("'" + setting + "': everybody may read " + path + "; take that right away (chmod o= " + path + ")");
  return secret;
}

Result<SecretBytes> ReadSecretLine(const std::string& setting, const std::string& path) {
  ASSIGN_OR_RETURN(const SecretBytes file, ReadSecretFile(setting, path));
  std::string_view line = ExposeSecret(file);
  line = line.substr(0, std::min(line.find('\n'), line.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return Wrong("'" + setting + "': the first line of " + path + " is empty");
  return SecretBytes::CopyOf(line);
}

// "name=value" each, names unique.
Result<std::map<std::string, std::string>> Named(const std::string& setting, const std::vector<std::string>& entries) {
  std::map<std::string, std::string> named;
  for (const std::string& entry : entries) {
    const size_t equals = std::min(entry.find('='), entry.size());
    const std::string name = entry.substr(0, equals);
    const bool good = equals < entry.size() && CheckDestination({NoticeChannel::kWebhook, name}).ok();
    if (!good) return Wrong("'" + setting + "' takes entries like 'ops=...', names of [a-z0-9-]");
    if (!named.emplace(name, entry.substr(equals + 1)).second)
      return Wrong("'" + setting + "' names '" + name + "' twice");
  }
  return named;
}

Result<std::optional<SmtpSettings>> SmtpOf(const OutboxConfig& config) {
  std::optional<SmtpSettings> none;
  if (config.smtp_host.empty()) {
    if (!config.mail_to.empty()) return Wrong("'outbox.mail_to' needs 'outbox.smtp_host'");
    return none;
  }
  SmtpSettings smtp;
  if (!IsHostText(config.smtp_host)) return Wrong("'outbox.smtp_host' takes the name or address of a mail server");
  smtp.host = config.smtp_host;
  smtp.port = config.smtp_port;
  smtp.tls = config.smtp_tls == "implicit" ? SmtpTls::kImplicit
             : config.smtp_tls == "off"    ? SmtpTls::kOff
                                           : SmtpTls::kStartTls;
  if (smtp.tls == SmtpTls::kOff && !IsLoopbackHost(smtp.host))
    return Wrong("'outbox.smtp_tls' may be off for a mail server on this machine only");
  if (!CheckDestination({NoticeChannel::kMail, config.mail_from}).ok())
    return Wrong("'outbox.mail_from' takes the address mail comes from, like strongroom@example.com");
  smtp.from = config.mail_from;
  smtp.user = config.smtp_user;
  smtp.ca_file = config.ca_file;
  if (smtp.user.empty() != config.smtp_password_file.empty())
    return Wrong("'outbox.smtp_user' and 'outbox.smtp_password_file' belong together");
  if (!smtp.user.empty()) {
    ASSIGN_OR_RETURN(smtp.password, ReadSecretLine("outbox.smtp_password_file", config.smtp_password_file));
  }
  for (const std::string& to : config.mail_to) {
    if (!CheckDestination({NoticeChannel::kMail, to}).ok())
      return Wrong("'outbox.mail_to' takes addresses like security@example.com");
  }
  return std::optional(std::move(smtp));
}

Result<std::optional<SmsSettings>> SmsOf(const OutboxConfig& config) {
  if (config.sms_url.empty()) return std::optional<SmsSettings>();
  SmsSettings sms;
  sms.url = config.sms_url;
  if (const Result<WebUrl> url = ParseWebUrl(sms.url); !url.ok())
    return Wrong("'outbox.sms_url': " + url.status().message());
  sms.method = config.sms_method;
  sms.body = config.sms_body;
  sms.ca_file = config.ca_file;
  if (!config.sms_header_file.empty()) {
    ASSIGN_OR_RETURN(sms.headers, ReadSecretFile("outbox.sms_header_file", config.sms_header_file));
  }
  RETURN_IF_ERROR(CheckSmsSettings(sms));
  return std::optional(std::move(sms));
}

class ConfiguredCourier : public Courier {
 public:
  std::optional<SmtpSettings> smtp;
  std::optional<SmsSettings> sms;
  std::map<std::string, WebhookSettings> webhooks;
  std::map<std::string, SyslogSettings> syslogs;
  std::vector<std::string> mail_to;
  Language language = Language::kEnglish;

  Status Knows(const Destination& to) const override;
  std::vector<Destination> HouseDestinations() const override;
  Language HouseLanguage() const override { return language; }
  Delivery Deliver(const OutgoingMessage& message, const StopSignal& stop) override;

 private:
  Delivery Mail(const OutgoingMessage& message, const StopSignal& stop) const;
};

Status ConfiguredCourier::Knows(const Destination& to) const {
  switch (to.channel) {
    case NoticeChannel::kMail:
      return smtp.has_value() ? Status::Ok() : Wrong("no mail can be sent: 'outbox.smtp_host' is not set");
    case NoticeChannel::kSms:
      return sms.has_value() ? Status::Ok() : Wrong("no text message can be sent: 'outbox.sms_url' is not set");
    case NoticeChannel::kWebhook:
      return webhooks.contains(to.to) ? Status::Ok() : Wrong("'outbox.webhooks' has no entry of this name");
    case NoticeChannel::kSyslog:
      return syslogs.contains(to.to) ? Status::Ok() : Wrong("'outbox.syslog' has no entry of this name");
  }
  return Wrong("there is no such channel");
}

std::vector<Destination> ConfiguredCourier::HouseDestinations() const {
  std::vector<Destination> all;
  for (const std::string& to : mail_to) all.push_back({NoticeChannel::kMail, to});
  for (const auto& [name, webhook] : webhooks) all.push_back({NoticeChannel::kWebhook, name});
  for (const auto& [name, server] : syslogs) all.push_back({NoticeChannel::kSyslog, name});
  return all;
}

Delivery ConfiguredCourier::Mail(const OutgoingMessage& message, const StopSignal& stop) const {
  MailParts mail;
  mail.id = message.id;
  mail.from = smtp->from;
  mail.to = message.to.to;
  mail.subject = message.words.subject;
  mail.body = message.words.text + (message.words.advice.empty() ? "" : "\n\n" + message.words.advice);
  mail.language = NameOf(message.language);
  mail.created_at = message.created_at;
  return SendMail(*smtp, mail, stop);
}

Delivery ConfiguredCourier::Deliver(const OutgoingMessage& message, const StopSignal& stop) {
  // Queued under a configuration that had it: it may come back.
  if (const Status known = Knows(message.to); !known.ok()) return {Delivery::Outcome::kLater, known.message(), true};
  switch (message.to.channel) {
    case NoticeChannel::kMail:
      return Mail(message, stop);
    case NoticeChannel::kSms:
      return SendSms(*sms, message, stop);
    case NoticeChannel::kWebhook:
      return PostWebhook(webhooks.at(message.to.to), message, stop);
    case NoticeChannel::kSyslog:
      return SendSyslog(syslogs.at(message.to.to), message, stop);
  }
  return {Delivery::Outcome::kNever, "there is no such channel", false};
}

}  // namespace

Result<std::map<std::string, WebhookSettings>> ReadWebhooks(const std::string& section,
                                                            const std::vector<std::string>& webhooks,
                                                            const std::vector<std::string>& secret_files,
                                                            const std::string& ca_file) {
  ASSIGN_OR_RETURN(const auto urls, Named(section + ".webhooks", webhooks));
  ASSIGN_OR_RETURN(const auto files, Named(section + ".webhook_secret_files", secret_files));
  std::map<std::string, WebhookSettings> all;
  for (const auto& [name, address] : urls) {
    if (const Result<WebUrl> url = ParseWebUrl(address); !url.ok())
      return Wrong("'" + section + ".webhooks', " + name + ": " + url.status().message());
    const auto file = files.find(name);
    if (file == files.end())
      return Wrong("'" + section + ".webhook_secret_files' has no entry '" + name + "=FILE'; every webhook is signed");
    WebhookSettings webhook{address, {}, ca_file};
    ASSIGN_OR_RETURN(webhook.secret, ReadSecretLine(section + ".webhook_secret_files", file->second));
    if (webhook.secret.size() < kMinWebhookSecretBytes)
      return Wrong("'" + section + ".webhook_secret_files', " + name +
                   ": a secret has at least 16 characters; 'openssl rand -base64 32' makes one");
    all.emplace(name, std::move(webhook));
  }
  return all;
}

Result<std::map<std::string, SyslogSettings>> ReadSyslogs(const std::string& section,
                                                          const std::vector<std::string>& addresses,
                                                          const std::string& ca_file) {
  ASSIGN_OR_RETURN(const auto named, Named(section + ".syslog", addresses));
  char this_host[256] = {};
  if (gethostname(this_host, sizeof this_host - 1) != 0) this_host[0] = '\0';
  std::map<std::string, SyslogSettings> servers;
  for (const auto& [name, address] : named) {
    ASSIGN_OR_RETURN(SyslogSettings server, ParseSyslogAddress(address));
    server.ca_file = ca_file;
    server.this_host = this_host;
    servers.emplace(name, std::move(server));
  }
  return servers;
}

Result<std::unique_ptr<Courier>> MakeCourier(const OutboxConfig& config) {
  auto courier = std::make_unique<ConfiguredCourier>();
  ASSIGN_OR_RETURN(courier->smtp, SmtpOf(config));
  ASSIGN_OR_RETURN(courier->sms, SmsOf(config));
  ASSIGN_OR_RETURN(courier->webhooks,
                   ReadWebhooks("outbox", config.webhooks, config.webhook_secret_files, config.ca_file));
  ASSIGN_OR_RETURN(courier->syslogs, ReadSyslogs("outbox", config.syslog, config.ca_file));
  courier->mail_to = config.mail_to;
  const std::optional<Language> language = LanguageFromName(config.language);
  if (!language.has_value()) return Wrong("'outbox.language' takes en, sv or zh");
  courier->language = *language;
  return std::unique_ptr<Courier>(std::move(courier));
}

}  // namespace strongroom
