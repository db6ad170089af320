// A server, two witnesses, and an administrator with every key who puts an older copy of data and keys back and lets
// another history grow from there.  With witnesses he is found out, by them, by doctor and by whoever verifies;
// without, nobody notices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "base/json.h"
#include "child_process.h"
#include "server/testing/test_place.h"
#include "server_process.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

bool WaitFor(const std::function<bool()>& condition) {
  for (int waited = 0; waited < 60'000 && !condition(); waited += 50)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return condition();
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

uint64_t NumberIn(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

class WitnessedServer : public ::testing::Test {
 protected:
  struct RunningWitness {
    std::string key;
    std::string url;
    std::unique_ptr<ChildProcess> process;
  };

  void SetUp() override {
    char pattern[] = "/tmp/strongroom-witnessed-XXXXXX";
    folder_ = mkdtemp(pattern);
    Result<MadeVault> made = MakeVaultOnDisk(folder_);
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    vault_ = *std::move(made);
    std::ofstream(folder_ + "/key") << vault_.first_key << "\n";
  }
  void TearDown() override {
    server_.reset();
    witnesses_.clear();
    std::filesystem::remove_all(folder_);
  }

  void Start() {
    std::vector<std::string> environment;
    if (!witnesses_.empty()) {
      std::string urls;
      std::string keys;
      for (size_t i = 0; i < witnesses_.size(); ++i) {
        const std::string name = (i == 0 ? "w" : ",w") + std::to_string(i) + "=";
        urls += name + witnesses_[i].url;
        keys += name + witnesses_[i].key;
      }
      environment = {"STRONGROOM_WITNESS_URLS=" + urls, "STRONGROOM_WITNESS_KEYS=" + keys,
                     "STRONGROOM_WITNESS_INTERVAL_SECONDS=1"};
    }
    Result<std::unique_ptr<ServerProcess>> started =
        ServerProcess::Start(STRONGROOM_BINARY, vault_, folder_, environment);
    ASSERT_TRUE(started.ok()) << started.status().ToString();
    server_ = *std::move(started);
    const Status unlocked = server_->Unlock(vault_);
    ASSERT_TRUE(unlocked.ok()) << unlocked.ToString();
  }
  void Stop() {
    server_->process().Signal(SIGTERM);
    EXPECT_EQ(server_->process().Wait(30'000), 0);
    server_.reset();
  }

  void StartWitness(const std::string& name) {
    RunningWitness witness;
    const std::string state = folder_ + "/" + name;
    const Result<ProgramOutput> made =
        RunProgram({STRONGROOM_BINARY, "witness", "init", state, "--name", name + ".example"});
    ASSERT_TRUE(made.ok() && made->exit_code == 0) << made->err;
    witness.key = FirstLine(made->out);
    const std::string out = folder_ + "/" + name + ".out";
    Result<std::unique_ptr<ChildProcess>> process = ChildProcess::Start(
        {STRONGROOM_BINARY, "witness", "serve", "--state", state, "--listen", "127.0.0.1:0", "--log", LogKey()}, out,
        folder_ + "/" + name + ".err");
    ASSERT_TRUE(process.ok());
    witness.process = *std::move(process);
    ASSERT_TRUE(WaitFor([&] { return ReadFile(out).find('\n') != std::string::npos; }))
        << ReadFile(folder_ + "/" + name + ".err");
    const std::string line = ReadFile(out);
    const size_t at = line.find("http://");
    witness.url = line.substr(at, line.find(' ', at) - at);
    witnesses_.push_back(std::move(witness));
  }

  Result<std::string> Get(const std::string& path) const {
    const Result<ClientResponse> answer = server_->MakeClient(vault_.first_key)->Call("GET", path);
    if (!answer.ok()) return answer.status();
    return std::string(answer->body);
  }
  // Each is an entry in the office's log; until they are merged into it.
  void Work(int times) const {
    const uint64_t before = Size();
    for (int i = 0; i < times; ++i) EXPECT_TRUE(Get("/v1/audit/logs").ok());
    EXPECT_TRUE(WaitFor([&] { return Size() >= before + static_cast<uint64_t>(times); }));
  }
  std::string LogKey() {
    const std::string text = *Get("/v1/audit/logs");
    const Result<JsonDocument> json = JsonDocument::ParseObject(text);
    for (const JsonValue log : *json->root().GetArray("logs")) {
      if (*log.GetString("name") == "office") return std::string(*log.GetString("verifier_key"));
    }
    return "";
  }
  uint64_t Size() const { return SizeIn(*Get("/v1/audit/logs/office/checkpoint")); }
  static uint64_t SizeIn(const std::string& note) {
    const size_t at = note.find('\n') + 1;
    return note.empty() ? 0 : NumberIn(std::string_view(note).substr(at));
  }
  uint64_t WitnessedSize() const {
    const Result<std::string> note = Get("/v1/audit/logs/office/witnessed");
    return note.ok() ? SizeIn(*note) : 0;
  }
  std::string Doctor() const { return Get("/v1/doctor").ok() ? *Get("/v1/doctor") : ""; }

  Result<ProgramOutput> Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), STRONGROOM_BINARY);
    if (server_ != nullptr) {
      for (const std::string& more :
           {std::string("--server"), "https://127.0.0.1:" + std::to_string(server_->port()), std::string("--pin"),
            vault_.config.CertificateFile(), std::string("--key-file"), folder_ + "/key"}) {
        arguments.push_back(more);
      }
    }
    return RunProgram(arguments);
  }
  // Puts the copy back, writes other entries until the log is longer than it ever was.
  void Fork(const std::string& copy, uint64_t longer_than) {
    Stop();
    PutDataBack(vault_.config, copy);
    PutKeysBack(vault_.config, copy);
    Start();
    ASSERT_LT(Size(), longer_than);
  }
  void OutgrowAndExport(uint64_t longer_than, const std::string& directory) {
    Work(static_cast<int>(longer_than) + 40);
    ASSERT_TRUE(WaitFor([&] { return Size() > longer_than + 20; }));
    const Result<ProgramOutput> exported = Run({"audit", "export", directory, "--log", "office"});
    ASSERT_TRUE(exported.ok() && exported->exit_code == 0) << exported->err;
  }

  std::string folder_;
  MadeVault vault_;
  std::unique_ptr<ServerProcess> server_;
  std::vector<RunningWitness> witnesses_;
};

TEST_F(WitnessedServer, AForkIsRefusedByTheWitnessesAndSeenByEverybodyElse) {
  Start();
  EXPECT_THAT(Doctor(), HasSubstr("red: no checkpoint has left this machine"));
  const std::string log_key = LogKey();
  StartWitness("one");
  StartWitness("two");
  Stop();
  Start();
  ASSERT_TRUE(WaitFor([&] { return WitnessedSize() > 0; })) << Doctor();
  Stop();
  const std::string copy = folder_ + "/copy";
  CopyVault(vault_.config, copy);

  // The honest history goes on, and is witnessed.
  Start();
  Work(30);
  const uint64_t honest = Size();
  ASSERT_TRUE(WaitFor([&] { return WitnessedSize() >= honest; })) << Doctor();
  const std::string file = folder_ + "/office.witnessed";
  const Result<ProgramOutput> got = Run({"audit", "witnessed", "office", "-o", file});
  ASSERT_TRUE(got.ok() && got->exit_code == 0) << got->err;
  const std::string good = folder_ + "/good";
  const Result<ProgramOutput> exported = Run({"audit", "export", good, "--log", "office"});
  ASSERT_TRUE(exported.ok() && exported->exit_code == 0) << exported->err;
  const std::vector<std::string> with_witnesses = {"--witnessed",     file,        "--witness",
                                                   witnesses_[0].key, "--witness", witnesses_[1].key};
  const auto verify = [&](const std::string& directory, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {STRONGROOM_BINARY, "audit", "verify", directory, "--key", log_key};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return *RunProgram(arguments);
  };
  const ProgramOutput first = verify(good, with_witnesses);
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
  EXPECT_THAT(first.out, HasSubstr("witness: one.example"));
  EXPECT_THAT(first.out, HasSubstr("witness: two.example"));
  // A third that never cosigned is missed when all are asked for, and not when two are enough.
  const Result<ProgramOutput> third =
      RunProgram({STRONGROOM_BINARY, "witness", "init", folder_ + "/three", "--name", "three.example"});
  std::vector<std::string> three = with_witnesses;
  three.insert(three.end(), {"--witness", FirstLine(third->out)});
  EXPECT_EQ(verify(good, three).exit_code, 6);
  three.insert(three.end(), {"--quorum", "2"});
  EXPECT_EQ(verify(good, three).exit_code, 0);
  EXPECT_THAT(Doctor(), HasSubstr("green: checkpoints leave this machine"));
  EXPECT_THAT(Doctor(), Not(HasSubstr("red: witness")));
  const std::string followed = folder_ + "/followed";
  const std::vector<std::string> follow = {"audit", "follow", followed, "--log", "office", "--key", log_key, "--once"};
  EXPECT_EQ(Run(follow)->exit_code, 0);
  const std::string before = ReadFile(followed + "/checkpoint");

  // The older copy, shorter than what is known outside.
  const uint64_t longest = Size();
  Fork(copy, longest);
  ASSERT_TRUE(WaitFor([&] { return Doctor().find("it has cosigned") != std::string::npos; })) << Doctor();
  EXPECT_EQ(Run(follow)->exit_code, 6);
  // And grown beyond it.
  OutgrowAndExport(longest, folder_ + "/forged");
  EXPECT_THAT(Doctor(), HasSubstr("red: witness w0, log office: "));
  EXPECT_THAT(Doctor(), HasSubstr("red: witness w1, log office: "));
  EXPECT_LT(WitnessedSize(), honest) << "nothing of it was cosigned: what is kept is from before the copy";
  const ProgramOutput alone = verify(folder_ + "/forged", {});
  EXPECT_EQ(alone.exit_code, 0) << "the forgery alone verifies: " << alone.out;
  const ProgramOutput against = verify(folder_ + "/forged", with_witnesses);
  EXPECT_EQ(against.exit_code, 6) << against.out;
  EXPECT_THAT(against.out, HasSubstr("BROKEN"));
  const Result<ProgramOutput> again = Run(follow);
  EXPECT_EQ(again->exit_code, 6) << again->out << again->err;
  EXPECT_THAT(again->out, HasSubstr("no continuation"));
  EXPECT_EQ(ReadFile(followed + "/checkpoint"), before);
  // A start anew asks from what is written here, is told the size, and then refused for good.
  Stop();
  Start();
  ASSERT_TRUE(WaitFor([&] { return Doctor().find("this log is no continuation") != std::string::npos; })) << Doctor();
}

// The control: the same, and nobody notices.
TEST_F(WitnessedServer, WithoutWitnessesNobodyNotices) {
  Start();
  const std::string log_key = LogKey();
  Stop();
  const std::string copy = folder_ + "/copy";
  CopyVault(vault_.config, copy);
  Start();
  Work(30);
  const uint64_t honest = Size();
  Fork(copy, honest);
  OutgrowAndExport(honest, folder_ + "/forged");
  EXPECT_THAT(Doctor(), Not(HasSubstr("red: witness")));
  const Result<ProgramOutput> verified =
      RunProgram({STRONGROOM_BINARY, "audit", "verify", folder_ + "/forged", "--key", log_key});
  EXPECT_EQ(verified->exit_code, 0) << verified->out;
}

TEST_F(WitnessedServer, AWitnessKilledAtAnyTimeGoesOnFromWhatItCosigned) {
  Start();
  StartWitness("one");
  Stop();
  Start();
  ASSERT_TRUE(WaitFor([&] { return WitnessedSize() > 0; })) << Doctor();
  const uint64_t before = WitnessedSize();
  witnesses_[0].process->Signal(SIGKILL);
  witnesses_[0].process->Wait(10'000);
  const std::string state = folder_ + "/one";
  const std::vector<std::string> serve = {STRONGROOM_BINARY,           "witness", "serve", "--state", state, "--listen",
                                          witnesses_[0].url.substr(7), "--log",   LogKey()};
  witnesses_[0].process = *ChildProcess::Start(serve, folder_ + "/one.again", folder_ + "/one.err");
  ASSERT_TRUE(WaitFor([&] { return ReadFile(folder_ + "/one.again").find('\n') != std::string::npos; }))
      << ReadFile(folder_ + "/one.err");
  // A second process on the same state is turned away.
  EXPECT_NE(RunProgram(serve)->exit_code, 0);
  Work(5);
  ASSERT_TRUE(WaitFor([&] { return WitnessedSize() > before; })) << Doctor();
}

}  // namespace
}  // namespace strongroom
