// A command run against a terminal and a server that a test scripts and then reads.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "cli/cli.h"

namespace strongroom {

class FakeTerminal : public Terminal {
 public:
  void Out(std::string_view text) override { out += text; }
  void Err(std::string_view text) override { err += text; }
  bool OutIsWhole() const override { return true; }
  bool IsInteractive() const override { return interactive; }
  bool OutIsTerminal() const override { return out_is_terminal; }
  bool ErrIsTerminal() const override { return interactive; }
  Result<std::string> Ask(std::string_view prompt, bool echo) override {
    asked.emplace_back(prompt, echo);
    return ReadLine();
  }
  Result<std::string> ReadLine() override {
    if (lines.empty()) return Status(Reason::kInvalidArgument, "nothing more to read");
    std::string line = lines.front();
    lines.pop_front();
    return line;
  }
  Result<std::string> ReadAll(size_t) override {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    lines.clear();
    return all;
  }

  Result<std::string> ReadBlock(size_t most_bytes) override {
    const std::string block = input.substr(0, most_bytes);
    input.erase(0, block.size());
    return block;
  }

  std::string input;  // for ReadBlock
  std::string out;
  std::string err;
  bool interactive = false;
  bool out_is_terminal = false;
  std::deque<std::string> lines;
  std::vector<std::pair<std::string, bool>> asked;  // prompt, echo
};

// What was sent, and what is answered to it.
class FakeServer {
 public:
  struct Call {
    std::string method;
    std::string path;
    ClientHeaders headers;
    std::string body;
    std::string key;
    std::string Header(std::string_view name) const {
      for (const auto& [own, value] : headers) {
        if (own == name) return value;
      }
      return {};
    }
  };
  using Handler = std::function<Result<ClientResponse>(const Call&)>;

  // The answers to "METHOD /path" (the query is not part of it).
  void On(const std::string& route, Handler handler) { handlers_[route] = std::move(handler); }
  void On(const std::string& route, std::string json) {
    On(route, [json](const Call&) { return ClientResponse{200, {{"etag", "\"v7\""}}, json}; });
  }
  void On(const std::string& route, Status status) {
    On(route, [status](const Call&) -> Result<ClientResponse> { return status; });
  }
  Result<ClientResponse> Answer(const Call& call) {
    calls.push_back(call);
    const auto found = handlers_.find(call.method + " " + call.path.substr(0, call.path.find('?')));
    if (found == handlers_.end()) return Status(Reason::kRouteNotFound);
    return found->second(call);
  }

  std::vector<Call> calls;
  std::vector<ClientConfig> configs;

 private:
  std::map<std::string, Handler> handlers_;
};

class FakeClient : public Client {
 public:
  explicit FakeClient(FakeServer& server) : server_(server) {}
  void SetApiKey(std::string_view key) override { key_ = key; }
  Result<ClientResponse> Call(std::string_view method, std::string_view path, const ClientHeaders& headers,
                              ByteView body) override {
    return server_.Answer({std::string(method), std::string(path), headers, std::string(body), key_});
  }
  Result<ClientResponse> Download(std::string_view, std::string_view, const ClientHeaders&, ByteView, int,
                                  void (*)(uint64_t)) override {
    return Status(Reason::kInternal, "the command line does not download");
  }

 private:
  FakeServer& server_;
  std::string key_;
};

class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    context_.terminal = &terminal_;
    context_.clock = &clock_;
    context_.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
    context_.connect = [this](ClientConfig config) -> Result<std::unique_ptr<Client>> {
      server_.configs.push_back(std::move(config));
      return std::unique_ptr<Client>(new FakeClient(server_));
    };
    context_.paper_worker = STRONGROOM_DESK_WORKER;
    context_.sleep = [this](int64_t millis) { slept_.push_back(millis); };
    char name[] = "/tmp/strongroom-cli-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~CliTest() override {
    std::error_code ignored;  // what is left in /tmp does no harm
    std::filesystem::remove_all(directory_, ignored);
  }

  int Run(const std::vector<std::string>& arguments, const CliHooks& hooks = {}) {
    terminal_.out.clear();
    terminal_.err.clear();
    return static_cast<int>(RunCli(arguments, context_, hooks));
  }
  std::string InDirectory(const std::string& name) const { return directory_ + "/" + name; }
  std::string WriteFile(const std::string& name, const std::string& contents) const {
    EXPECT_TRUE(WriteWholeFile(InDirectory(name), contents).ok());
    return InDirectory(name);
  }
  // Empty when there is none.
  std::string ReadBack(const std::string& path) const {
    const auto contents = ReadWholeFile(path);
    return contents.ok() ? *contents : std::string();
  }

  FakeTerminal terminal_;
  FakeServer server_;
  FakeClock clock_;
  CliContext context_;
  std::map<std::string, std::string> environment_;
  std::vector<int64_t> slept_;
  std::string directory_;
};

}  // namespace strongroom
