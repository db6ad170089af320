// The outbox: what the server has to tell people and has not been able to.
#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

constexpr size_t kMaxPages = 100;  // of 200 messages; the server holds fewer

struct OutboxOptions {
  std::string state = "any";
  std::string id;
  std::string channel;
  std::string to;
  std::string language = "en";
  bool all = false;
  bool yes = false;
};

Result<Answer> ListPage(Session& session, std::string_view state, std::string_view after) {
  return session.Call(
      "GET", "/v1/outbox" + UrlQuery({{"state", state == "any" ? "" : state}, {"after", after}, {"limit", "200"}}));
}

Result<ExitCode> ListOutbox(Session& session, const OutboxOptions& options) {
  std::string after;
  for (size_t page = 0; page < kMaxPages; ++page) {
    ASSIGN_OR_RETURN(const Answer answer, ListPage(session, options.state, after));
    if (session.json()) {
      session.PrintJson(answer);
    } else {
      ASSIGN_OR_RETURN(const JsonValue notices, answer.root().GetArray("notices"));
      session.Print(TableOf(notices, {{"ID", "id"},
                                      {"KIND", "kind"},
                                      {"CHANNEL", "channel"},
                                      {"TO", "to"},
                                      {"STATE", "state"},
                                      {"ATTEMPTS", "attempts"},
                                      {"DUE", "due_at"},
                                      {"LAST FAILURE", "last_failure"}}));
      if (page == 0) {
        session.Note(CellOf(answer.root(), "waiting") + " wait, " + CellOf(answer.root(), "dead") + " were given up.");
      }
    }
    after = CellOf(answer.root(), "next");
    if (after.empty()) break;
  }
  return ExitCode::kOk;
}

Result<ExitCode> RetryAll(Session& session) {
  size_t retried = 0;
  while (true) {
    ASSIGN_OR_RETURN(const Answer answer, ListPage(session, "dead", {}));
    ASSIGN_OR_RETURN(const JsonValue notices, answer.root().GetArray("notices"));
    const size_t before = retried;
    for (const JsonValue& notice : notices) {
      const Status status = session.Call("POST", UrlPath({"v1", "outbox", CellOf(notice, "id"), "retry"})).status();
      if (!status.ok() && status.reason() != Reason::kNoticeNotFound && status.reason() != Reason::kRecordBusy)
        return status;
      if (status.ok()) ++retried;
    }
    if (retried == before) break;  // none left, or none that can be had
  }
  session.PrintLine(std::to_string(retried) + " messages will be tried again");
  return ExitCode::kOk;
}

Result<ExitCode> RetryNotice(Session& session, const OutboxOptions& options) {
  if (options.all == !options.id.empty())
    return Status(Reason::kInvalidArgument, "Name one message by its ID, or all that were given up with --all.");
  if (options.all) return RetryAll(session);
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "outbox", options.id, "retry"})));
  session.json() ? session.PrintJson(answer) : session.PrintLine("will be tried again");
  return ExitCode::kOk;
}

Result<ExitCode> DiscardNotice(Session& session, const OutboxOptions& options) {
  ASSIGN_OR_RETURN(const bool sure, session.Confirm(options.yes, "Throw the message " + Printable(options.id) +
                                                                     " away, so that nobody is told?"));
  if (!sure) {
    session.Note("Nothing was discarded.");
    return ExitCode::kFailed;
  }
  ASSIGN_OR_RETURN(const Answer answer, session.Call("DELETE", UrlPath({"v1", "outbox", options.id})));
  session.json() ? session.PrintJson(answer) : session.PrintLine("discarded");
  return ExitCode::kOk;
}

Result<ExitCode> TestOutbox(Session& session, const OutboxOptions& options) {
  ASSIGN_OR_RETURN(const std::string to, session.PersonalValue(options.to, "To"));
  Bytes body;
  JsonWriter(body)
      .BeginObject()
      .String("channel", options.channel)
      .String("to", to)
      .String("language", options.language)
      .EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/outbox:test", body));
  const bool sent = CellOf(answer.root(), "sent") == "yes";
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    session.PrintLine(sent ? "sent" : "not sent: " + CellOf(answer.root(), "detail"));
  }
  return sent ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace

void AddOutboxCommands(CommandLine& line) {
  line.Group("outbox", "What is told to people: mail, text messages, webhooks, syslog");
  auto list = std::make_shared<OutboxOptions>();
  line.Add("outbox list", "Show what waits to be told, and what was given up")
      .Choice("--state", list->state, {"any", "waiting", "dead"}, "only these")
      .Note("Addresses are masked, and what a message says is not shown.")
      .Example("strongroom outbox list --state dead")
      .Run([list](Session& session) { return ListOutbox(session, *list); });

  auto retry = std::make_shared<OutboxOptions>();
  line.Add("outbox retry", "Try a message again, as if it had never been tried")
      .OptionalPositional("ID", retry->id, "id, as 'outbox list' shows it")
      .Flag("--all", retry->all, "every message that was given up")
      .Example("strongroom outbox retry 01a201dc6e6300010203040506070809")
      .Example("strongroom outbox retry --all")
      .Run([retry](Session& session) { return RetryNotice(session, *retry); });

  auto discard = std::make_shared<OutboxOptions>();
  line.Add("outbox discard", "Throw a message away")
      .Positional("ID", discard->id, "id, as 'outbox list' shows it")
      .Flag("--yes", discard->yes, "do not ask")
      .Example("strongroom outbox discard 01a201dc6e6300010203040506070809")
      .Run([discard](Session& session) { return DiscardNotice(session, *discard); });

  auto test = std::make_shared<OutboxOptions>();
  line.Add("outbox test", "Send a test message at once and say what happened")
      .Positional("CHANNEL", test->channel, "mail, sms, webhook or syslog")
      .OptionalPositional("TO", test->to,
                          "an address, a number, or the name of a webhook or syslog server; - asks for it")
      .Choice("--language", test->language, {"en", "sv", "zh"}, "of the message")
      .Note("Ends with 1 when it was not sent.")
      .Example("strongroom outbox test mail security@example.com")
      .Example("strongroom outbox test webhook ops")
      .Run([test](Session& session) { return TestOutbox(session, *test); });
}

}  // namespace strongroom
