// The real server: what concerns the house is told by mail and webhook, survives a stop and a kill, and no secret of
// the configuration comes out anywhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <sstream>

#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "audit/tree.h"
#include "base/encoding.h"
#include "base/json.h"
#include "crypto/secret.h"
#include "outbox/webhook.h"
#include "server/test_gateway.h"
#include "server_process.h"
#include "tests/outbox/sinks.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kWebhookSecret[] = "s3cret-of-the-webhook-s3cret";
constexpr char kMailPassword[] = "s3cret-of-the-mailbox-s3cret";
constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

bool WaitFor(const std::function<bool()>& condition) {
  for (int waited = 0; waited < 30'000 && !condition(); waited += 10)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class OutboxServer : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<MadeVault> made = MakeVaultOnDisk(folder_.File("."));
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    vault_ = *std::move(made);
  }
  std::vector<std::string> Environment(const WebSink& hook) const {
    return {"STRONGROOM_OUTBOX_WEBHOOKS=ops=" + hook.Url(),
            "STRONGROOM_OUTBOX_WEBHOOK_SECRET_FILES=ops=" + folder_.Secret("ops.secret", kWebhookSecret)};
  }
  // Checkpoints of the log go the same way: only the test of that lets them.
  void Start(std::vector<std::string> environment, bool tells_checkpoints = false) {
    if (!tells_checkpoints) environment.push_back("STRONGROOM_WITNESS_TOLD_EVERY_HOURS=0");
    Result<std::unique_ptr<ServerProcess>> started =
        ServerProcess::Start(OUTBOX_SERVER, vault_, folder_.File("."), environment);
    ASSERT_TRUE(started.ok()) << started.status().ToString();
    server_ = *std::move(started);
    const Status unlocked = server_->Unlock(vault_);
    ASSERT_TRUE(unlocked.ok()) << unlocked.ToString();
  }
  std::string Get(const std::string& path) const {
    const Result<ClientResponse> answer = server_->MakeClient(vault_.first_key)->Call("GET", path);
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    return answer.ok() ? answer->body : "";
  }
  static std::string IdIn(const std::string& body) {
    const Result<JsonDocument> json = JsonDocument::ParseObject(body);
    return json.ok() && json->root().GetString("id").ok() ? std::string(*json->root().GetString("id")) : "";
  }

  TestFolder folder_;
  MadeVault vault_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(OutboxServer, AnUnlockIsToldByMailAndWebhookAndNoSecretComesOut) {
  WebSink hook(kOk);
  SmtpSink::Options mail_options;
  mail_options.starttls = true;
  mail_options.auth = "PLAIN";
  mail_options.certificate = folder_.File("a.crt");
  mail_options.key = folder_.File("a.key");
  SmtpSink mail(mail_options);
  std::vector<std::string> environment = Environment(hook);
  for (const std::string& more :
       {std::string("SMTP_HOST=localhost"), "SMTP_PORT=" + std::to_string(mail.port()), std::string("SMTP_USER=vault"),
        "SMTP_PASSWORD_FILE=" + folder_.Secret("smtp.password", kMailPassword),
        std::string("MAIL_FROM=vault@example.com"), std::string("MAIL_TO=security@example.com"),
        "CA_FILE=" + folder_.File("a.crt"), std::string("LANGUAGE=sv")}) {
    environment.push_back("STRONGROOM_OUTBOX_" + more);
  }
  Start(environment);
  ASSERT_TRUE(WaitFor([&] { return hook.requests().size() == 1 && mail.taken().size() == 1; }));
  const auto [head, body] = hook.requests().at(0);
  EXPECT_THAT(body, HasSubstr(R"("kind":"vault-unlocked")"));
  const size_t at = head.find("Strongroom-Timestamp: ") + 22;
  const std::string timestamp = head.substr(at, head.find('\n', at) - at);
  EXPECT_THAT(head, HasSubstr("Strongroom-Signature: " +
                              WebhookSignature(SecretBytes::CopyOf(kWebhookSecret), timestamp, body) + "\n"));
  EXPECT_TRUE(mail.taken().at(0).tls);
  EXPECT_EQ(mail.taken().at(0).to, "RCPT TO:<security@example.com>");
  EXPECT_THAT(mail.taken().at(0).data, HasSubstr("Subject: =?utf-8?B?"));
  ASSERT_TRUE(WaitFor([&] { return Get("/metrics").find("strongroom_outbox_sent_total 2\n") != std::string::npos; }));
  const std::string doctor = Get("/v1/doctor");
  EXPECT_THAT(doctor, HasSubstr("green: alarms are told"));
  EXPECT_THAT(doctor, Not(HasSubstr("nothing can be told")));

  const std::string log = Get("/v1/audit/entries?log=office");
  EXPECT_THAT(log, HasSubstr("webhook vault-unlocked: sent"));
  server_->process().Signal(SIGTERM);
  EXPECT_EQ(server_->process().Wait(30'000), 0);
  const std::string printed = ReadFile(folder_.File("server.out")) + ReadFile(folder_.File("server.err"));
  EXPECT_THAT(printed, HasSubstr("listens on"));
  for (const std::string& said : {doctor, log, printed}) {
    EXPECT_THAT(said, Not(HasSubstr("s3cret-of")));
    EXPECT_THAT(said, Not(HasSubstr("security@example.com")));
  }
}

TEST_F(OutboxServer, AStopAmidADeliveryLosesNothingAndTheNextStartDeliversAtOnce) {
  WebSink hook("hang");
  Start(Environment(hook));
  ASSERT_TRUE(WaitFor([&] { return hook.requests().size() == 1; }));
  server_->process().Signal(SIGTERM);
  EXPECT_EQ(server_->process().Wait(30'000), 0) << "it does not wait for the silent receiver";
  hook.Answer(kOk);
  Start(Environment(hook));
  ASSERT_TRUE(WaitFor([&] { return hook.requests().size() == 3; })) << "the interrupted one, and this unlock's";
  const std::string first = IdIn(hook.requests().at(0).second);
  EXPECT_FALSE(first.empty());
  EXPECT_TRUE(IdIn(hook.requests().at(1).second) == first || IdIn(hook.requests().at(2).second) == first);
}

TEST_F(OutboxServer, AKillAmidADeliveryLosesNothing) {
  WebSink hook("hang");
  Start(Environment(hook));
  ASSERT_TRUE(WaitFor([&] { return hook.requests().size() == 1; }));
  server_->process().Signal(SIGKILL);
  EXPECT_EQ(server_->process().Wait(30'000), -SIGKILL);
  hook.Answer(kOk);
  Start(Environment(hook));
  ASSERT_TRUE(WaitFor([&] { return hook.requests().size() == 2; })) << "this unlock's";
  const std::string waiting = Get("/v1/outbox");
  EXPECT_THAT(waiting, HasSubstr("\"id\":\"" + IdIn(hook.requests().at(0).second) + "\""));
  EXPECT_THAT(waiting, HasSubstr(R"("state":"waiting","attempts":1)")) << "its claim runs for two minutes";
}

TEST_F(OutboxServer, ACheckpointThatAReceiverTookTurnsDoctorGreen) {
  WebSink hook(kOk);
  std::vector<std::string> environment = Environment(hook);
  environment.push_back("STRONGROOM_WITNESS_INTERVAL_SECONDS=1");
  Start(environment, /*tells_checkpoints=*/true);
  const auto told = [&] {
    for (const auto& [head, body] : hook.requests()) {
      if (body.find(R"("kind":"checkpoint")") != std::string::npos) return body;
    }
    return std::string();
  };
  ASSERT_TRUE(WaitFor([&] { return !told().empty(); }));
  EXPECT_THAT(told(), HasSubstr(R"("checkpoint":"strongroom/office-)"));
  ASSERT_TRUE(WaitFor([&] {
    return Get("/v1/doctor").find("green: checkpoints leave this machine") != std::string::npos;
  })) << Get("/v1/doctor");
}

TEST_F(OutboxServer, DoctorIsRedWhenNobodyCanBeTold) {
  Start({});
  EXPECT_THAT(Get("/v1/doctor"), HasSubstr("red: nothing can be told to anybody"));
}

TEST_F(OutboxServer, AWrongSettingIsToldAtTheStart) {
  const Result<std::unique_ptr<ServerProcess>> started =
      ServerProcess::Start(OUTBOX_SERVER, vault_, folder_.File("."), {"STRONGROOM_OUTBOX_SMTP_HOST=mail.example.com"});
  EXPECT_FALSE(started.ok());
  EXPECT_THAT(ReadFile(folder_.File("server.err")), HasSubstr("mail_from"));
}

TEST(TestGatewayOfOutbox, PrintsWhatComesAndWhetherTheSignatureIsRight) {
  const FakeClock clock(1'795'327'600'000);
  std::mutex mutex;
  std::string printed;
  const Result<std::unique_ptr<TestGateway>> gateway =
      TestGateway::Start(0, kWebhookSecret, clock, [&](std::string_view line) {
        const std::lock_guard lock(mutex);
        printed += std::string(line) + "\n";
      });
  ASSERT_TRUE(gateway.ok()) << gateway.status().ToString();
  OutgoingMessage message;
  message.id = "01a201dc6e6300010203040506070809";
  message.kind = "test";
  message.words.text = "Hello";
  message.now = clock.NowMillis();
  const StopSignal stop;
  const auto post = [&](const char* secret) {
    printed.clear();
    const WebhookSettings settings{
        "http://127.0.0.1:" + std::to_string((*gateway)->port()) + "/hook", SecretBytes::CopyOf(secret), {}};
    EXPECT_EQ(PostWebhook(settings, message, stop).outcome, Delivery::Outcome::kSent);
    return printed;
  };
  EXPECT_THAT(post(kWebhookSecret), HasSubstr("POST /hook\n"));
  EXPECT_THAT(printed, HasSubstr("signature: right\n"));
  EXPECT_THAT(printed, HasSubstr("Hello"));
  EXPECT_THAT(post("another-secret-of-16"), HasSubstr("signature: wrong\n"));
  message.now -= 301'000;
  EXPECT_THAT(post(kWebhookSecret), HasSubstr("too old: refuse it"));
}

// What a log server has of one log: the hashes in order of the index, and the newest note that fits.
struct TakenLog {
  std::map<uint64_t, std::string> leaves;
  std::map<uint64_t, std::string> notes;  // by size
  bool Whole() const { return leaves.empty() || leaves.rbegin()->first + 1 == leaves.size(); }
  // Compares every checkpoint whose entries are all there; answers how many that were.
  size_t CheckNotes() const {
    TreeBuilder tree;
    size_t checked = 0;
    for (const auto& [index, leaf] : leaves) {
      if (index != tree.size()) return 0;
      const Bytes bytes = *Base64Decode(leaf);
      Digest digest{};
      std::copy_n(AsU8(ByteView(bytes)), digest.size(), digest.begin());
      tree.Append(digest, nullptr);
      const auto note = notes.find(tree.size());
      if (note == notes.end()) continue;
      const Result<ParsedCheckpoint> parsed = ParseCheckpoint(SplitNote(note->second)->text);
      EXPECT_EQ(parsed->checkpoint.root, tree.Root());
      ++checked;
    }
    return checked;
  }
};

std::map<std::string, TakenLog> TakenBy(const WebSink& hook, size_t skip_requests = 0) {
  std::map<std::string, TakenLog> logs;
  const auto requests = hook.requests();
  for (size_t i = skip_requests; i < requests.size(); ++i) {
    std::istringstream lines(requests[i].second);
    for (std::string line; std::getline(lines, line);) {
      const Result<JsonDocument> document = JsonDocument::ParseObject(line);
      EXPECT_TRUE(document.ok()) << line;
      if (!document.ok()) continue;
      const JsonValue root = document->root();
      TakenLog& log = logs[std::string(*root.GetString("log"))];
      const std::string type(*root.GetString("type"));
      if (type == "entry")
        log.leaves[static_cast<uint64_t>(*root.GetInt("index"))] = std::string(*root.GetString("leaf"));
      if (type == "checkpoint")
        log.notes[static_cast<uint64_t>(*root.GetInt("size"))] = std::string(*root.GetString("note"));
    }
  }
  return logs;
}

TEST_F(OutboxServer, EveryEntryReachesTheLogServerAlthoughBothAreKilled) {
  const std::string secret = folder_.Secret("siem.secret", kWebhookSecret);
  WebSink away("HTTP/1.1 503 busy\r\nContent-Length: 0\r\n\r\n");
  WebSink hook(kOk);
  const auto to = [&](const WebSink& sink) {
    return std::vector<std::string>{"STRONGROOM_LOG_EXPORT_WEBHOOKS=siem=" + sink.Url(),
                                    "STRONGROOM_LOG_EXPORT_WEBHOOK_SECRET_FILES=siem=" + secret};
  };
  // First a receiver that takes nothing: nothing may be counted as taken.
  Start(to(away));
  ASSERT_TRUE(WaitFor([&] { return away.requests().size() >= 2; }));
  EXPECT_EQ(away.requests()[0].second.substr(0, 200), away.requests()[1].second.substr(0, 200));
  EXPECT_THAT(Get("/metrics"), HasSubstr("strongroom_log_export_taken_total{place=\"webhook/siem\"} 0\n"));
  server_->process().Signal(SIGKILL);
  EXPECT_EQ(server_->process().Wait(30'000), -SIGKILL);
  server_.reset();
  // Then one that does, killed in the middle of things, twice.
  for (int round = 0; round < 2; ++round) {
    Start(to(hook));
    const size_t before = hook.requests().size();
    for (int i = 0; i < 30; ++i) Get("/v1/audit/logs");
    ASSERT_TRUE(WaitFor([&] { return hook.requests().size() > before; }));
    server_->process().Signal(SIGKILL);
    EXPECT_EQ(server_->process().Wait(30'000), -SIGKILL);
    server_.reset();
  }
  Start(to(hook));
  ASSERT_TRUE(WaitFor([&] {
    const std::string metrics = Get("/metrics");
    const size_t at = metrics.find("place=\"webhook/siem\",log=\"office\"} ");
    return at != std::string::npos && metrics.compare(metrics.find("} ", at), 4, "} 0\n") == 0;
  }));
  const std::map<std::string, TakenLog> logs = TakenBy(hook);
  size_t checked = 0;
  uint64_t entries = 0;
  for (const auto& [name, log] : logs) {
    EXPECT_TRUE(log.Whole()) << name;
    checked += log.CheckNotes();
    entries += log.leaves.size();
  }
  EXPECT_GT(entries, 60u);
  EXPECT_GE(checked, 3u);
  std::printf("%zu logs, %llu entries, %zu checkpoints, %zu batches\n", logs.size(),
              static_cast<unsigned long long>(entries), checked, hook.requests().size());
}

}  // namespace
}  // namespace strongroom
