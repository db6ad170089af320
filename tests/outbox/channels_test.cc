// The channels against real servers on loopback: what arrives, what is refused, what is tried again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "base/encoding.h"
#include "base/json.h"
#include "client/web_client.h"
#include "crypto/secret.h"
#include "outbox/log_export.h"
#include "outbox/outbox_config.h"
#include "outbox/smtp.h"
#include "outbox/webhook.h"
#include "tests/outbox/sinks.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Outcome = Delivery::Outcome;

constexpr char kPassword[] = "hunter2-hunter2-hunter2";
constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class Channels : public ::testing::Test {
 protected:
  SmtpSink::Options Tls() const {
    SmtpSink::Options options;
    options.starttls = true;
    options.auth = "PLAIN LOGIN";
    options.certificate = folder_.File("a.crt");
    options.key = folder_.File("a.key");
    return options;
  }
  SmtpSettings SettingsFor(const SmtpSink& sink, const std::string& ca = "a.crt") const {
    SmtpSettings settings;
    settings.host = "localhost";
    settings.port = sink.port();
    settings.user = "strongroom";
    settings.password = SecretBytes::CopyOf(kPassword);
    settings.from = "vault@example.com";
    settings.ca_file = folder_.File(ca);
    settings.io_millis = 2'000;
    settings.total_millis = 5'000;
    return settings;
  }
  static MailParts Mail() {
    MailParts mail;
    mail.id = "01a201dc6e6300010203040506070809";
    mail.from = "vault@example.com";
    mail.to = "ada@example.com";
    mail.subject = "Ny enhet används på ditt konto – 新设备";
    mail.body = "Första raden.\n.\n.. punkter\nFrom here.\n\n" + std::string(100, 'x') + " slut \n";
    mail.language = "sv";
    mail.created_at = 1'795'327'553'123;
    return mail;
  }
  static OutgoingMessage Message(NoticeChannel channel, const std::string& to) {
    OutgoingMessage message;
    message.id = "01a201dc6e6300010203040506070809";
    message.kind = "new-device";
    message.severity = Severity::kNotice;
    message.to = {channel, to};
    message.parameters = {
        {"time", "2026-11-22T06:05:53Z"}, {"device", "Annas \"dator\" [\\]"}, {"network", "192.0.2.7"}};
    message.words = Render(*FindTemplate("new-device"), Language::kChinese, message.parameters);
    message.language = Language::kChinese;
    message.created_at = 1'795'327'553'123;
    message.now = 1'795'327'600'999;
    return message;
  }
  std::unique_ptr<Courier> CourierOf(const OutboxConfig& config) {
    Result<std::unique_ptr<Courier>> courier = MakeCourier(config);
    EXPECT_TRUE(courier.ok()) << courier.status().ToString();
    return courier.ok() ? *std::move(courier) : nullptr;
  }

  TestFolder folder_;
  StopSignal stop_;
};

// --- mail ------------------------------------------------------------------------------------------------------------

TEST_F(Channels, MailArrivesOverTlsSignedInAndWhole) {
  SmtpSink sink(Tls());
  const Delivery delivery = SendMail(SettingsFor(sink), Mail(), stop_);
  ASSERT_EQ(delivery.outcome, Outcome::kSent) << delivery.detail;
  const std::vector<TakenMail> taken = sink.taken();
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_TRUE(taken[0].tls);
  EXPECT_EQ(*Base64Decode(taken[0].sign_in), std::string("\0strongroom\0", 12) + kPassword);
  EXPECT_EQ(taken[0].from, "MAIL FROM:<vault@example.com>");
  EXPECT_EQ(taken[0].to, "RCPT TO:<ada@example.com>");
  EXPECT_THAT(taken[0].data, HasSubstr("Message-ID: <01a201dc6e6300010203040506070809@example.com>\r\n"));
  EXPECT_THAT(taken[0].data, HasSubstr("Date: Sun, 22 Nov 2026 06:05:53 +0000\r\n"));
  EXPECT_THAT(taken[0].data, HasSubstr("\r\n\r\nF=C3=B6rsta raden.\r\n.\r\n.. punkter\r\n"));
  EXPECT_THAT(taken[0].data, Not(HasSubstr("Ny enhet"))) << "the subject is encoded";
}

TEST_F(Channels, MailOverTlsFromTheFirstByteAndWithAuthLogin) {
  SmtpSink::Options options = Tls();
  options.implicit_tls = true;
  options.auth = "LOGIN";
  SmtpSink sink(options);
  SmtpSettings settings = SettingsFor(sink);
  settings.tls = SmtpTls::kImplicit;
  ASSERT_EQ(SendMail(settings, Mail(), stop_).outcome, Outcome::kSent);
  EXPECT_EQ(sink.taken().at(0).sign_in, Base64Encode("strongroom") + " " + Base64Encode(kPassword));
}

TEST_F(Channels, AMailServerThatCannotProveItsNameIsToldNothing) {
  SmtpSink sink(Tls());
  const Delivery refused = SendMail(SettingsFor(sink, "b.crt"), Mail(), stop_);
  EXPECT_EQ(refused.outcome, Outcome::kLater);
  EXPECT_TRUE(refused.place_down);
  EXPECT_THAT(refused.detail, HasSubstr("could not prove who it is"));
  EXPECT_THAT(sink.taken(), IsEmpty());
  EXPECT_THAT(sink.seen(), Not(HasSubstr("AUTH")));
  EXPECT_EQ(SendMail(SettingsFor(sink), Mail(), stop_).outcome, Outcome::kSent) << "the control: its own certificate";
}

// Not a loopback name to us, though it leads here: 127.0.0.1 under a name that only getaddrinfo knows to be local.
TEST_F(Channels, WithoutStartTlsNothingIsSentBeyondThisMachine) {
  SmtpSink::Options plain = Tls();
  plain.starttls = false;
  SmtpSink sink(plain);
  SmtpSettings settings = SettingsFor(sink);
  settings.host = "0";  // an old spelling of this machine's address, which IsLoopbackHost() does not know
  const Delivery refused = SendMail(settings, Mail(), stop_);
  EXPECT_EQ(refused.outcome, Outcome::kLater);
  EXPECT_THAT(refused.detail, HasSubstr("STARTTLS"));
  EXPECT_THAT(sink.seen(), Not(HasSubstr("AUTH")));
  EXPECT_THAT(sink.seen(), Not(HasSubstr("MAIL")));
  settings.host = "127.0.0.1";
  EXPECT_EQ(SendMail(settings, Mail(), stop_).outcome, Outcome::kSent) << "the control: on this machine it may";
}

// CVE-2011-0411: what is written in clear behind the reply to STARTTLS must not be believed as if it came over TLS.
TEST_F(Channels, WordsPutInBeforeTlsBeginsEndTheConnection) {
  SmtpSink::Options injected = Tls();
  injected.behind_starttls = "250 pretend\r\n";
  SmtpSink sink(injected);
  const Delivery refused = SendMail(SettingsFor(sink), Mail(), stop_);
  EXPECT_EQ(refused.outcome, Outcome::kLater);
  EXPECT_THAT(refused.detail, HasSubstr("before TLS began"));
  EXPECT_THAT(sink.taken(), IsEmpty());
}

TEST_F(Channels, RepliesDecideWhetherMailIsTriedAgain) {
  struct Case {
    const char* verb;
    const char* answer;
    Outcome outcome;
    bool place_down;
    const char* detail;
  };
  for (const Case& one : std::vector<Case>{
           {"RCPT", "550 5.1.1 <ada@example.com> unknown", Outcome::kNever, false, "smtp 550 5.1.1 at RCPT"},
           {"RCPT", "451 4.7.1 greylisted", Outcome::kLater, false, "smtp 451 4.7.1 at RCPT"},
           {"RCPT", "251 will forward", Outcome::kSent, false, ""},
           {"MAIL", "552-5.3.4 too\r\n552 5.3.4 large", Outcome::kNever, false, "smtp 552 5.3.4 at MAIL"},
           {"DATA", "452 full", Outcome::kLater, false, "smtp 452 at DATA"},
           {".", "554 5.7.1 spam", Outcome::kNever, false, "smtp 554 5.7.1 at the message"},
           {".", "421 closing", Outcome::kLater, true, "smtp 421 at the message"},
           {"AUTH", "535 5.7.8 wrong", Outcome::kLater, true, "smtp 535 5.7.8 at AUTH"},
           {"220", "554 go away", Outcome::kLater, true, "smtp 554 at the greeting"},
           {"EHLO", "502 no", Outcome::kLater, true, "smtp 502 at EHLO"},
           {"DATA", "cut", Outcome::kLater, true, "smtp: The server closed the connection."},
           {".", "cut", Outcome::kLater, true, "smtp: The server closed the connection."},
           {"RCPT", "no code", Outcome::kLater, true,
            "smtp: The answer is no SMTP: a line does not begin with a code."},
       }) {
    SmtpSink::Options options = Tls();
    options.answers[one.verb] = one.answer;
    SmtpSink sink(options);
    const Delivery delivery = SendMail(SettingsFor(sink), Mail(), stop_);
    EXPECT_EQ(delivery.outcome, one.outcome) << one.answer << ": " << delivery.detail;
    EXPECT_EQ(delivery.place_down, one.place_down) << one.answer;
    EXPECT_EQ(delivery.detail, one.detail);
    EXPECT_THAT(delivery.detail, Not(HasSubstr("ada")));
    EXPECT_THAT(delivery.detail, Not(HasSubstr(kPassword)));
  }
}

TEST_F(Channels, ASilentMailServerHoldsNobodyLongerThanTheLimitAndAStopEndsItAtOnce) {
  SmtpSink::Options options = Tls();
  options.answers["RCPT"] = "hang";
  SmtpSink sink(options);
  SmtpSettings settings = SettingsFor(sink);
  settings.io_millis = 200;
  const Delivery late = SendMail(settings, Mail(), stop_);
  EXPECT_EQ(late.outcome, Outcome::kLater);
  EXPECT_THAT(late.detail, HasSubstr("in time"));
  settings.io_millis = settings.total_millis = 600'000;
  std::thread stopper([this, &sink] {
    while (sink.seen().find("RCPT", sink.seen().find("RCPT") + 1) == std::string::npos)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stop_.Set();
  });
  EXPECT_EQ(SendMail(settings, Mail(), stop_).outcome, Outcome::kLater);
  stopper.join();
}

TEST_F(Channels, NobodyThereIsLater) {
  SmtpSettings settings;
  settings.host = "127.0.0.1";
  settings.port = 1;
  settings.from = "vault@example.com";
  const Delivery nobody = SendMail(settings, Mail(), stop_);
  EXPECT_EQ(nobody.outcome, Outcome::kLater);
  EXPECT_TRUE(nobody.place_down);
}

// The check is what stands between an address and a second recipient; without it there would be one.
TEST_F(Channels, HeadersAndCommandsCannotBePutIn) {
  for (const auto& spoil : std::vector<std::function<void(MailParts&)>>{
           [](MailParts& mail) { mail.to = "ada@example.com>\r\nRCPT TO:<eve@evil.example"; },
           [](MailParts& mail) { mail.to = "ada@example.com\r\nBcc: eve@evil.example"; },
           [](MailParts& mail) { mail.subject = "x\r\nBcc: eve@evil.example"; },
           [](MailParts& mail) { mail.subject = "x\nBcc: eve@evil.example"; },
           [](MailParts& mail) { mail.from = "vault@example.com>\r\nBcc: eve@evil.example"; },
           [](MailParts& mail) { mail.id = "x>\r\nBcc: eve@evil.example\r\nX: <"; },
       }) {
    SmtpSink sink(Tls());
    MailParts mail = Mail();
    spoil(mail);
    EXPECT_EQ(SendMail(SettingsFor(sink), mail, stop_).outcome, Outcome::kNever);
    EXPECT_EQ(sink.connections(), 0);
  }
  MailParts unchecked = Mail();
  unchecked.to = "ada@example.com>\r\nBcc: <eve@evil.example";
  EXPECT_THAT(ComposeMail(unchecked), HasSubstr("\r\nBcc: <eve@evil.example>\r\n"))
      << "the control: composing alone would let it in";
  unchecked = Mail();
  unchecked.body = "x\n.\r\nMAIL FROM:<eve@evil.example>\n";
  SmtpSink sink(Tls());
  EXPECT_EQ(SendMail(SettingsFor(sink), unchecked, stop_).outcome, Outcome::kSent);
  EXPECT_THAT(sink.seen(), Not(HasSubstr("eve"))) << "a body cannot end itself";
  EXPECT_THAT(sink.taken().at(0).data, HasSubstr("eve"));
}

// --- webhooks --------------------------------------------------------------------------------------------------------

TEST_F(Channels, AWebhookIsSignedOverTlsAndTheReceiverCanVerifyIt) {
  WebSink sink(kOk, folder_.File("a.crt"), folder_.File("a.key"));
  OutboxConfig config;
  config.webhooks = {"ops=" + sink.Url()};
  config.webhook_secret_files = {"ops=" + folder_.Secret("ops.secret", "3q2+7wAAEjRWeJq83vAS\n")};
  config.ca_file = folder_.File("a.crt");
  const Delivery delivery = CourierOf(config)->Deliver(Message(NoticeChannel::kWebhook, "ops"), stop_);
  ASSERT_EQ(delivery.outcome, Outcome::kSent) << delivery.detail;
  const auto [head, body] = sink.requests().at(0);
  EXPECT_THAT(head, StartsWith("POST /hook HTTP/1.1\n"));
  EXPECT_THAT(head, HasSubstr("\nStrongroom-Notice-Id: 01a201dc6e6300010203040506070809\n"));
  EXPECT_THAT(head, HasSubstr("\nStrongroom-Timestamp: 1795327600\n"));
  EXPECT_THAT(head,
              HasSubstr("\nStrongroom-Signature: " +
                        WebhookSignature(SecretBytes::CopyOf("3q2+7wAAEjRWeJq83vAS"), "1795327600", body) + "\n"));
  EXPECT_THAT(head, Not(HasSubstr(WebhookSignature(SecretBytes::CopyOf("3q2+7wAAEjRWeJq83vAT"), "1795327600", body))));
  const Result<JsonDocument> json = JsonDocument::ParseObject(body);
  ASSERT_TRUE(json.ok()) << body;
  EXPECT_EQ(*json->root().GetString("kind"), "new-device");
  EXPECT_EQ(*json->root().GetObject("parameters")->GetString("device"), "Annas \"dator\" [\\]");

  config.ca_file = folder_.File("b.crt");
  const Delivery unproved = CourierOf(config)->Deliver(Message(NoticeChannel::kWebhook, "ops"), stop_);
  EXPECT_EQ(unproved.outcome, Outcome::kLater);
  EXPECT_THAT(sink.requests(), SizeIs(1)) << "nothing was told to a server that could not prove its name";
}

TEST_F(Channels, AnswersDecideWhetherAWebhookIsTriedAgain) {
  WebSink sink("");
  const WebhookSettings settings{sink.Url(), SecretBytes::CopyOf("0123456789abcdef"), {}};
  const auto outcome_of = [&](const std::string& answer) {
    sink.Answer(answer);
    return PostWebhook(settings, Message(NoticeChannel::kWebhook, "ops"), stop_).outcome;
  };
  const std::string end = "\r\nContent-Length: 0\r\n\r\n";
  for (const char* sent : {"200 OK", "202 Accepted"})
    EXPECT_EQ(outcome_of("HTTP/1.1 " + std::string(sent) + end), Outcome::kSent) << sent;
  EXPECT_EQ(outcome_of("HTTP/1.1 204 No Content\r\n\r\n"), Outcome::kSent);
  for (const char* later : {"408 X", "425 X", "429 X", "500 X", "503 X"})
    EXPECT_EQ(outcome_of("HTTP/1.1 " + std::string(later) + end), Outcome::kLater) << later;
  for (const char* never : {"400 X", "401 X", "403 X", "404 X", "410 X"})
    EXPECT_EQ(outcome_of("HTTP/1.1 " + std::string(never) + end), Outcome::kNever) << never;
  EXPECT_EQ(outcome_of("SSH-2.0-x\r\n\r\n"), Outcome::kLater);
  EXPECT_EQ(outcome_of(""), Outcome::kLater) << "it closed";
  EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x')),
            Outcome::kSent)
      << "it has said that it took it; the rest is not waited for";
}

TEST_F(Channels, ARedirectIsNotFollowed) {
  WebSink elsewhere(kOk);
  WebSink sink("HTTP/1.1 307 Temporary Redirect\r\nLocation: " + elsewhere.Url() + "\r\nContent-Length: 0\r\n\r\n");
  const WebhookSettings settings{sink.Url(), SecretBytes::CopyOf("0123456789abcdef"), {}};
  EXPECT_EQ(PostWebhook(settings, Message(NoticeChannel::kWebhook, "ops"), stop_).outcome, Outcome::kNever);
  EXPECT_EQ(elsewhere.connections(), 0);
  EXPECT_EQ(sink.connections(), 1);
}

TEST_F(Channels, AWebServerThatDripsIsCutOffAtTheLimitOfTheWhole) {
  Sink drip([](Peer& peer) {
    std::string line;
    while (peer.ReadLine(line) && !line.empty()) {
    }
    peer.Write("HTTP/1.1 200 OK\r\nX: ");
    for (int i = 0; i < 400; ++i) {
      peer.Write("x");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  WebClient web({.io_millis = 1'000, .total_millis = 300});
  const Status late =
      web.Send({.method = "GET", .url = "http://127.0.0.1:" + std::to_string(drip.port()) + "/"}).status();
  EXPECT_EQ(late.reason(), Reason::kServerUnreachable);
  EXPECT_THAT(late.message(), HasSubstr("in time"));
}

TEST_F(Channels, WebRequestsCannotBeGivenHeadersOfSomebodyElse) {
  WebSink sink(kOk);
  WebClient web({});
  const auto send = [&](WebHeaders headers, std::string method = "POST") {
    return web.Send({method, sink.Url(), std::move(headers), "x"}).reason();
  };
  EXPECT_EQ(send({{"X-A", "b"}}), Reason::kOk);
  EXPECT_EQ(send({{"X-A", "b\r\nX-B: c"}}), Reason::kInvalidArgument);
  EXPECT_EQ(send({{"X-A: b\r\nX-B", "c"}}), Reason::kInvalidArgument);
  EXPECT_EQ(send({{"content-length", "0"}}), Reason::kInvalidArgument);
  EXPECT_EQ(send({{"Host", "evil.example"}}), Reason::kInvalidArgument);
  EXPECT_EQ(send({}, "GET / HTTP/1.1\r\n"), Reason::kInvalidArgument);
  EXPECT_EQ(sink.connections(), 1);
}

// --- text messages ---------------------------------------------------------------------------------------------------

TEST_F(Channels, ATextMessageIsWhatTheGatewayWants) {
  WebSink sink(kOk, folder_.File("a.crt"), folder_.File("a.key"));
  OutboxConfig config;
  config.sms_url = sink.Url("/send");
  config.sms_header_file = folder_.Secret("sms.headers", "Authorization: Bearer s3cret-of-the-gateway\n\n");
  config.sms_body = R"({"to":"{to}","message":"{text}","ref":"{id}"})";
  config.ca_file = folder_.File("a.crt");
  OutgoingMessage message = Message(NoticeChannel::kSms, "+46701740679");
  message.words.text = "\"},\"to\":\"+1\\\n& {to}";
  const std::unique_ptr<Courier> json_courier = CourierOf(config);
  ASSERT_EQ(json_courier->Deliver(message, stop_).outcome, Outcome::kSent);
  const auto [head, body] = sink.requests().at(0);
  EXPECT_THAT(head, HasSubstr("\nAuthorization: Bearer s3cret-of-the-gateway\n"));
  EXPECT_THAT(head, HasSubstr("\nContent-Type: application/json\n"));
  const Result<JsonDocument> json = JsonDocument::ParseObject(body);
  ASSERT_TRUE(json.ok()) << body;
  EXPECT_EQ(*json->root().GetString("to"), "+46701740679");
  EXPECT_EQ(*json->root().GetString("message"), message.words.text);

  config.sms_body = "to={to}&text={text}";
  ASSERT_EQ(CourierOf(config)->Deliver(message, stop_).outcome, Outcome::kSent);
  EXPECT_EQ(sink.requests().at(1).second, "to=%2B46701740679&text=%22%7D%2C%22to%22%3A%22%2B1%5C%0A%26%20%7Bto%7D");
  EXPECT_THAT(sink.requests().at(1).first, HasSubstr("x-www-form-urlencoded"));

  sink.Answer("HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\n+4670");
  const Delivery refused = CourierOf(config)->Deliver(message, stop_);
  EXPECT_EQ(refused.outcome, Outcome::kNever);
  EXPECT_EQ(refused.detail, "sms 400");
}

// --- syslog ----------------------------------------------------------------------------------------------------------

constexpr char kMessageEnd[] = "device=\"Annas \\\"dator\\\" [\\\\\\]\" network=\"192.0.2.7\"] \xef\xbb\xbf";

class SyslogChannels : public Channels {
 protected:
  Delivery Send(const std::string& address, const std::string& ca = "a.crt") {
    OutboxConfig config;
    config.syslog = {"siem=" + address};
    config.ca_file = folder_.File(ca);
    return CourierOf(config)->Deliver(Message(NoticeChannel::kSyslog, "siem"), stop_);
  }
};

void ExpectMessage(const std::string& text) {
  EXPECT_THAT(text, StartsWith("<85>1 2026-11-22T06:05:53.123Z "));
  EXPECT_THAT(text, HasSubstr(" strongroom - new-device [strongroom@32473 id=\"01a201dc6e6300010203040506070809\" "
                              "time=\"2026-11-22T06:05:53Z\" "));
  EXPECT_THAT(text, HasSubstr(kMessageEnd));
  EXPECT_THAT(text, HasSubstr("新设备"));
}

TEST_F(SyslogChannels, OverUdpItIsOneDatagram) {
  Sink sink([](Peer&) {}, SOCK_DGRAM);
  ASSERT_EQ(Send("udp://127.0.0.1:" + std::to_string(sink.port())).outcome, Outcome::kSent);
  char data[4096];
  const ssize_t got = recv(sink.fd(), data, sizeof data, 0);
  ASSERT_GT(got, 0);
  ExpectMessage({data, static_cast<size_t>(got)});
}

TEST_F(SyslogChannels, OverTcpAndTlsItsOctetsAreCounted) {
  for (const bool tls : {false, true}) {
    std::string taken;
    {
      Sink sink([&](Peer& peer) {
        if (tls && !peer.StartTls(folder_.File("a.crt"), folder_.File("a.key"))) return;
        taken += peer.ReadToEnd();
      });
      const Delivery delivery = Send((tls ? "tls://localhost:" : "tcp://127.0.0.1:") + std::to_string(sink.port()));
      ASSERT_EQ(delivery.outcome, Outcome::kSent) << delivery.detail;
      if (tls) {
        const Delivery unproved = Send("tls://localhost:" + std::to_string(sink.port()), "b.crt");
        EXPECT_EQ(unproved.outcome, Outcome::kLater);
      }
    }
    const size_t space = taken.find(' ');
    ASSERT_NE(space, std::string::npos);
    EXPECT_EQ(taken.substr(0, space), std::to_string(taken.size() - space - 1));
    ExpectMessage(taken.substr(space + 1));
  }
}

TEST_F(SyslogChannels, AConnectionThatBreaksUnderTheMessageIsTriedAgain) {
  Sink sink([](Peer& peer) {
    peer.ReadMore();
    peer.Reset();
  });
  const Delivery broken = Send("tcp://127.0.0.1:" + std::to_string(sink.port()));
  EXPECT_EQ(broken.outcome, Outcome::kLater) << broken.detail;
}

// --- configuration ---------------------------------------------------------------------------------------------------

TEST_F(Channels, AWrongConfigurationIsRefusedAndSecretsAreNotRepeated) {
  const std::string secret = folder_.Secret("secret", "s3cret-of-the-house-s3cret\n");
  const std::string open = folder_.Secret("open", "s3cret-of-the-house-s3cret\n");
  std::filesystem::permissions(open, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  using Spoil = std::function<void(OutboxConfig&)>;
  const auto good = [&] {
    OutboxConfig config;
    config.smtp_host = "mail.example.com";
    config.mail_from = "vault@example.com";
    config.mail_to = {"security@example.com"};
    config.smtp_user = "vault";
    config.smtp_password_file = secret;
    config.sms_url = "https://sms.example/send";
    config.sms_body = R"({"to":"{to}","text":"{text}"})";
    config.webhooks = {"ops=https://hooks.example/x=y"};
    config.webhook_secret_files = {"ops=" + secret};
    config.syslog = {"siem=tls://siem.example:6514", "old=udp://[::1]:514"};
    return config;
  };
  ASSERT_TRUE(MakeCourier(good()).ok()) << MakeCourier(good()).status().ToString();
  EXPECT_THAT((*MakeCourier(good()))->HouseDestinations(), SizeIs(4));
  EXPECT_THAT((*MakeCourier({}))->HouseDestinations(), IsEmpty());
  for (const Spoil& spoil : std::vector<Spoil>{
           [](auto& config) { config.mail_from = "vault"; },
           [](auto& config) { config.smtp_host = "mail example"; },
           [](auto& config) { config.smtp_tls = "off"; },
           [](auto& config) { config.smtp_password_file = ""; },
           [](auto& config) { config.smtp_password_file = "/nowhere"; },
           [&](auto& config) { config.smtp_password_file = open; },
           [](auto& config) { config.mail_to = {"security@example.com\r\nBcc: x@y.example"}; },
           [](auto& config) { config.smtp_host = ""; },
           [](auto& config) { config.sms_url = "http://sms.example/send"; },
           [](auto& config) { config.sms_body = "to={to}"; },
           [](auto& config) { config.sms_body = R"({"to":{to},"text":"{text}"})"; },
           [](auto& config) { config.sms_body = R"({"to":"{to}","text":{text}})"; },
           [&](auto& config) { config.sms_header_file = secret; },
           [](auto& config) {
             config.webhooks = {"ops=https://a.example/", "ops=https://b.example/"};
           },
           [](auto& config) { config.webhooks = {"https://a.example/"}; },
           [](auto& config) { config.webhooks = {"ops=http://a.example/"}; },
           [](auto& config) { config.webhook_secret_files = {}; },
           [](auto& config) { config.syslog = {"siem=siem.example:6514"}; },
           [](auto& config) { config.syslog = {"siem=tls://siem.example"}; },
           [](auto& config) { config.language = "tlh"; },
       }) {
    OutboxConfig config = good();
    spoil(config);
    const Status refused = MakeCourier(config).status();
    EXPECT_EQ(refused.reason(), Reason::kConfigInvalid) << refused.message();
    EXPECT_THAT(refused.message(), Not(HasSubstr("s3cret-of")));
  }
}

LogBatch BatchOfThree() {
  LogBatch batch;
  batch.log = "strongroom/main-1a2b3c4d";
  batch.id = batch.log + "/7+3";
  batch.now = 1'795'327'600'999;
  for (uint64_t index = 7; index < 10; ++index) {
    LogLine line;
    line.index = index;
    line.time = 1'795'327'553'123;
    line.leaf = "bGVhZg==";
    line.json = R"({"type":"entry","index":)" + std::to_string(index) + "}";
    batch.lines.push_back(std::move(line));
  }
  return batch;
}

TEST_F(Channels, ALogBatchIsTakenByAWebhookOnlyWhenItSaysSo) {
  WebSink hook("HTTP/1.1 503 busy\r\nContent-Length: 0\r\n\r\n");
  LogExportConfig config;
  config.webhooks = {"siem=" + hook.Url()};
  config.webhook_secret_files = {"siem=" + folder_.Secret("siem.secret", kPassword)};
  Result<LogReceivers> receivers = MakeLogReceivers(config);
  ASSERT_TRUE(receivers.ok()) << receivers.status().ToString();
  LogReceiver& receiver = *receivers->at("webhook/siem");
  StopSignal stop;
  EXPECT_EQ(receiver.Take(BatchOfThree(), stop).outcome, Outcome::kLater);
  hook.Answer("HTTP/1.1 400 no\r\nContent-Length: 0\r\n\r\n");
  EXPECT_NE(receiver.Take(BatchOfThree(), stop).outcome, Outcome::kSent);
  hook.Answer(kOk);
  EXPECT_EQ(receiver.Take(BatchOfThree(), stop).outcome, Outcome::kSent);
  const auto requests = hook.requests();
  ASSERT_THAT(requests, SizeIs(3));
  const auto& [head, body] = requests.back();
  EXPECT_EQ(body, requests.front().second);
  EXPECT_EQ(std::count(body.begin(), body.end(), '\n'), 3);
  EXPECT_THAT(head, HasSubstr("Content-Type: application/x-ndjson"));
  EXPECT_THAT(head, HasSubstr("Strongroom-Batch-Id: strongroom/main-1a2b3c4d/7+3"));
  EXPECT_THAT(
      head, HasSubstr("Strongroom-Signature: " + WebhookSignature(SecretBytes::CopyOf(kPassword), "1795327600", body)));
}

TEST_F(Channels, ALogBatchGoesToSyslogOverOneConnectionInOrder) {
  std::mutex mutex;
  std::string taken;
  bool resets = true;
  Sink server([&](Peer& peer) {
    if (!peer.StartTls(folder_.File("a.crt"), folder_.File("a.key"))) return;
    const std::string all = peer.ReadToEnd();
    std::lock_guard lock(mutex);
    if (resets) return peer.Reset();
    taken += all;
  });
  LogExportConfig config;
  config.syslog = {"siem=tls://localhost:" + std::to_string(server.port())};
  config.ca_file = folder_.File("a.crt");
  Result<LogReceivers> receivers = MakeLogReceivers(config);
  ASSERT_TRUE(receivers.ok()) << receivers.status().ToString();
  LogReceiver& receiver = *receivers->at("syslog/siem");
  StopSignal stop;
  const auto deliver = [&](bool reset) {
    {
      std::lock_guard lock(mutex);
      resets = reset;
    }
    return receiver.Take(BatchOfThree(), stop).outcome;
  };
  deliver(true);  // whether a reset behind the last byte is seen is the network's matter
  EXPECT_EQ(deliver(false), Outcome::kSent);
  std::lock_guard lock(mutex);
  size_t at = 0;
  for (int index = 7; index < 10; ++index) {
    const std::string wanted =
        R"([strongroom@32473 log="strongroom/main-1a2b3c4d" index=")" + std::to_string(index) + R"(" leaf="bGVhZg=="])";
    at = taken.find(wanted, at);
    ASSERT_NE(at, std::string::npos) << taken;
  }
  const size_t space = taken.find(' ');
  const size_t length = std::stoul(taken.substr(0, space));
  EXPECT_EQ(taken[space + 1], '<');
  EXPECT_EQ(taken[space + 1 + length], taken[0]) << "counted octets";
  EXPECT_THAT(taken, HasSubstr("strongroom - log-entry ["));
}

}  // namespace
}  // namespace strongroom
