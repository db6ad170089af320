// Mail over SMTP (RFC 5321): one message a connection, with STARTTLS (RFC 3207) or TLS from the first byte (RFC 8314),
// AUTH PLAIN or LOGIN (RFC 4954).
//
// A server that is not on this machine must speak TLS and prove its name before it is told anything: what it refuses to
// encrypt is not sent.  Replies about the message decide by their class: 4xx later, 5xx never.  Replies about the
// connection (greeting, TLS, sign-in) are always "later", whatever their class: a wrong password is the configuration's
// fault, and must not kill every message that waits.
#pragma once

#include <cstdint>
#include <string>

#include "client/stop_signal.h"
#include "crypto/secret.h"
#include "outbox/courier.h"
#include "outbox/mail_text.h"

namespace strongroom {

enum class SmtpTls : uint8_t {
  kStartTls,  // required, unless the server is on this machine and offers none
  kImplicit,  // from the first byte: port 465
  kOff,       // for a server on this machine alone
};

struct SmtpSettings {
  std::string host;
  uint16_t port = 587;
  SmtpTls tls = SmtpTls::kStartTls;
  std::string user;  // empty: no sign-in
  SecretBytes password;
  std::string from;
  std::string ca_file;  // PEM; empty: the system's authorities
  int64_t io_millis = 20'000;
  int64_t total_millis = 60'000;
};

// Any thread.
Delivery SendMail(const SmtpSettings& settings, const MailParts& mail, const StopSignal& stop);

}  // namespace strongroom
