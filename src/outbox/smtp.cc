#include "outbox/smtp.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/encoding.h"
#include "client/tls_socket.h"
#include "client/url.h"
#include "outbox/smtp_reply.h"

namespace strongroom {
namespace {

constexpr size_t kReadBytes = 4096;

// Wiped when it goes: lines of a sign-in.
struct SecretLine {
  std::string text;
  ~SecretLine() { WipeString(text); }
};

std::string Base64Wiped(std::string& plain) {
  std::string encoded = Base64Encode(plain);
  WipeString(plain);
  return encoded;
}

class SmtpSession {
 public:
  SmtpSession(const SmtpSettings& settings, const StopSignal& stop) : settings_(settings), stop_(stop) {}

  Delivery Send(const MailParts& mail) {
    for (const auto step : {&SmtpSession::Connect, &SmtpSession::Encrypt, &SmtpSession::SignIn}) {
      if (Trouble trouble = (this->*step)()) return *trouble;
    }
    about_message_ = true;
    if (Trouble trouble = HandOver(mail)) return *trouble;
    socket_->WriteAll("QUIT\r\n").IgnoreError();  // it has the message; how it takes the farewell changes nothing
    return {Delivery::Outcome::kSent, "", false};
  }

 private:
  using Trouble = std::optional<Delivery>;  // none: go on

  Trouble Connect();
  Trouble Hello();
  Trouble Encrypt();
  Trouble SignIn();
  Trouble HandOver(const MailParts& mail);
  // Sends `line` (without its end; empty: nothing) and takes a reply, which must have this code, or the other.
  Trouble Ask(std::string_view stage, std::string_view line, int code, int or_code = 0);
  Trouble Broken(const Status& status) const;
  Trouble Refused(std::string_view stage) const;

  const SmtpSettings& settings_;
  const StopSignal& stop_;
  std::unique_ptr<TlsSocket> socket_;
  SmtpReplyParser parser_;
  SmtpReply reply_;   // the last
  SmtpReply offers_;  // to the last EHLO
  bool about_message_ = false;
};

SmtpSession::Trouble SmtpSession::Broken(const Status& status) const {
  return Delivery{Delivery::Outcome::kLater, "smtp: " + status.message(), true};
}

// Codes alone: the words of a reply may repeat the address.
SmtpSession::Trouble SmtpSession::Refused(std::string_view stage) const {
  std::string detail = "smtp " + std::to_string(reply_.code);
  if (const std::string enhanced = reply_.EnhancedCode(); !enhanced.empty()) detail += " " + enhanced;
  detail += " at " + std::string(stage);
  const bool never = about_message_ && reply_.code >= 500;
  return Delivery{never ? Delivery::Outcome::kNever : Delivery::Outcome::kLater, detail,
                  !about_message_ || reply_.code == 421};
}

SmtpSession::Trouble SmtpSession::Ask(std::string_view stage, std::string_view line, int code, int or_code) {
  if (!line.empty()) {
    SecretLine whole;
    whole.text.reserve(line.size() + 2);
    whole.text.append(line).append("\r\n");
    if (const Status sent = socket_->WriteAll(whole.text); !sent.ok()) return Broken(sent);
  }
  char buffer[kReadBytes];
  Result<bool> whole = parser_.Feed({});
  while (whole.ok() && !*whole) {
    const Result<size_t> got = socket_->Read(buffer, sizeof buffer);
    if (!got.ok()) return Broken(got.status());
    if (*got == 0) return Broken(Status(Reason::kServerUnreachable, "The server closed the connection."));
    whole = parser_.Feed({buffer, *got});
  }
  if (!whole.ok()) return Broken(whole.status());
  reply_ = parser_.Take();
  return reply_.code == code || reply_.code == or_code ? Trouble() : Refused(stage);
}

SmtpSession::Trouble SmtpSession::Connect() {
  Result<std::unique_ptr<TlsSocket>> socket = TlsSocket::Connect(
      settings_.host, std::to_string(settings_.port), settings_.tls == SmtpTls::kImplicit, {settings_.ca_file, {}},
      {.io_millis = settings_.io_millis, .total_millis = settings_.total_millis, .stop = &stop_});
  if (!socket.ok()) return Broken(socket.status());
  socket_ = *std::move(socket);
  if (Trouble trouble = Ask("the greeting", {}, 220)) return trouble;
  return Hello();
}

SmtpSession::Trouble SmtpSession::Hello() {
  Trouble trouble = Ask("EHLO", "EHLO " + settings_.from.substr(settings_.from.rfind('@') + 1), 250);
  offers_ = reply_;
  return trouble;
}

SmtpSession::Trouble SmtpSession::Encrypt() {
  if (socket_->is_tls() || settings_.tls == SmtpTls::kOff) return Trouble();
  if (!offers_.Offers("STARTTLS")) {
    if (IsLoopbackHost(settings_.host)) return Trouble();
    return Broken(Status(Reason::kServerUnproved, "The mail server offers no STARTTLS, so nothing is sent to it."));
  }
  if (Trouble trouble = Ask("STARTTLS", "STARTTLS", 220)) return trouble;
  if (parser_.HasMore()) {
    return Broken(Status(Reason::kServerUnproved, "Somebody wrote into the connection before TLS began."));
  }
  if (const Status started = socket_->StartTls(settings_.host, {settings_.ca_file, {}}); !started.ok()) {
    return Broken(started);
  }
  return Hello();  // what was offered in clear counts no more
}

SmtpSession::Trouble SmtpSession::SignIn() {
  if (settings_.user.empty()) return Trouble();
  if (!socket_->is_tls() && !IsLoopbackHost(settings_.host)) {
    return Broken(Status(Reason::kServerUnproved, "No password is sent without TLS."));
  }
  std::string ways;
  if (!offers_.Offers("AUTH", &ways))
    return Broken(Status(Reason::kServerUnreachable, "The mail server offers no AUTH."));
  const std::string_view password = ExposeSecret(settings_.password);
  const auto offers = [padded = " " + ways + " "](const char* way) { return padded.find(way) != std::string::npos; };
  SecretLine line;
  line.text.reserve(512);
  if (offers(" PLAIN ")) {
    std::string plain;
    plain.reserve(settings_.user.size() + password.size() + 2);
    plain.append(1, '\0').append(settings_.user).append(1, '\0').append(password);
    line.text = "AUTH PLAIN " + Base64Wiped(plain);
    return Ask("AUTH", line.text, 235);
  }
  if (!offers(" LOGIN "))
    return Broken(Status(Reason::kServerUnreachable, "The mail server offers neither AUTH PLAIN nor LOGIN."));
  if (Trouble trouble = Ask("AUTH", "AUTH LOGIN", 334)) return trouble;
  if (Trouble trouble = Ask("AUTH", Base64Encode(settings_.user), 334)) return trouble;
  std::string plain(password);
  line.text = Base64Wiped(plain);
  return Ask("AUTH", line.text, 235);
}

SmtpSession::Trouble SmtpSession::HandOver(const MailParts& mail) {
  if (Trouble trouble = Ask("MAIL", "MAIL FROM:<" + mail.from + ">", 250)) return trouble;
  if (Trouble trouble = Ask("RCPT", "RCPT TO:<" + mail.to + ">", 250, 251)) return trouble;
  if (Trouble trouble = Ask("DATA", "DATA", 354)) return trouble;
  if (const Status sent = socket_->WriteAll(DotStuffed(ComposeMail(mail))); !sent.ok()) return Broken(sent);
  return Ask("the message", {}, 250);
}

}  // namespace

Delivery SendMail(const SmtpSettings& settings, const MailParts& mail, const StopSignal& stop) {
  if (const Status fit = CheckMailParts(mail); !fit.ok()) {
    return {Delivery::Outcome::kNever, "mail: " + fit.message(), false};
  }
  return SmtpSession(settings, stop).Send(mail);
}

}  // namespace strongroom
