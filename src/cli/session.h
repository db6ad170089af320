// What a running command works with: the terminal, and the server it was told to talk to.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/status.h"
#include "cli/staff_session.h"
#include "cli/terminal.h"
#include "client/client.h"

namespace strongroom {

// All of the outside world, passed in.
struct CliContext {
  Terminal* terminal = nullptr;
  const Clock* clock = nullptr;
  std::function<std::optional<std::string>(const std::string& name)> environment = {};
  std::function<Result<std::unique_ptr<Client>>(ClientConfig config)> connect = {};
  std::function<void(int64_t millis)> sleep = {};
  // What is started with kPaperWorkerArgument (desk/paper_desk.h) to open paper: this program itself.
  std::string paper_worker = {};
};

// The options every command takes.
struct GlobalOptions {
  std::string server;
  std::string key_file;
  std::string ca_file;
  std::string pin_file;
  std::string data_directory;
  std::string device;          // where the key and certificate of this device are: DEVICE.key, DEVICE.crt
  std::string approval;        // sent with each call: X-Approval
  std::string case_reference;  // sent with each call: X-Case
  std::string ask_reason;      // a call that needs an approval: ask a colleague for it
  bool json = false;
};

// An answer of the server: the bytes, and the JSON in them.
struct Answer {
  ClientResponse response;
  JsonDocument document;
  JsonValue root() const { return document.root(); }
};

// One thread.
class Session {
 public:
  Session(const CliContext& context, const GlobalOptions& options) : context_(context), options_(options) {}

  Terminal& terminal() { return *context_.terminal; }
  const Clock& clock() const { return *context_.clock; }
  const GlobalOptions& options() const { return options_; }
  bool json() const { return options_.json; }
  const std::string& paper_worker() const { return context_.paper_worker; }
  void SleepMillis(int64_t millis) const { context_.sleep(millis); }

  // The address that was given, in the environment, or the default.
  std::string ServerAddress() const;
  // Opened on first use, with the API key when there is one.
  Result<Client*> client();

  // Where the session of 'strongroom login' is kept; empty: nowhere.
  std::string StaffSessionPath() const;
  // One call that answers JSON, without a credential: signing in.
  Result<Answer> CallAsNobody(std::string_view method, std::string_view path, ByteView body,
                              const ClientHeaders& headers);
  // One call that answers JSON.
  Result<Answer> Call(std::string_view method, std::string_view path, ByteView body = {},
                      const ClientHeaders& headers = {});

  void Print(std::string_view text) { terminal().Out(text); }
  void PrintLine(std::string_view text);
  void Note(std::string_view text);  // to standard error: what is no result
  // The answer as the server sent it, for --json.
  void PrintJson(const Answer& answer);

  // A personal value that was given as `given`.  "" and "-" mean: ask for it, or read one line of standard input.
  Result<std::string> PersonalValue(const std::string& given, std::string_view what);
  // A secret: from `file` when given, else asked for without echo, else one line of standard input.  Never from the
  // command line: what stands there is shown by ps and kept by the shell's history.
  Result<std::string> Secret(const std::string& file, std::string_view what);
  // Yes or no.  `yes` answers for the person; when nobody can be asked: kInvalidArgument that names --yes.
  Result<bool> Confirm(bool yes, std::string_view question);

 private:
  Result<ClientResponse> Send(std::string_view method, std::string_view path, ByteView body,
                              const ClientHeaders& headers);
  Status AskColleague(std::string_view method, std::string_view path, ByteView body);
  std::optional<std::string> Environment(const std::string& name) const { return context_.environment(name); }
  std::string DataFile(const std::string& name) const;  // of --data, when it exists; else empty
  Result<std::string> ApiKey();
  Result<std::unique_ptr<Client>> Connect();
  Status UseStaffSession();

  const CliContext& context_;
  const GlobalOptions& options_;
  std::unique_ptr<StaffSession> staff_session_;
  std::unique_ptr<Client> client_;
};

// "/v1/customers/ext:4711/reveal" of {"v1", "customers", "ext:4711", "reveal"}: percent-encoded where needed.
std::string UrlPath(const std::vector<std::string_view>& segments);
// "?a=b&c=d"; members with empty values are left out.  For names and numbers, never for personal data.
std::string UrlQuery(const std::vector<std::pair<std::string_view, std::string_view>>& members);
// 128 random bits for the header Idempotency-Key, with which the client may repeat a call whose answer was lost.
ClientHeaders WithIdempotencyKey(ClientHeaders headers = {});

// The whole file.  kFileUnreadable, kBodyTooLarge.
Result<std::string> ReadWholeFile(const std::string& path, size_t limit_bytes = 64u << 20);
// Replaces `path` in one step (temporary file beside it, flushed, renamed), readable by its owner alone.
Status WriteWholeFile(const std::string& path, ByteView contents);

}  // namespace strongroom
