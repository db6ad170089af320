// API keys: the credentials programs sign in with.
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

struct KeyOptions {
  std::string name;
  std::string kind = "application";
  std::vector<std::string> roles;
  std::vector<std::string> purposes;
  std::vector<std::string> token_domains;
  std::vector<std::string> networks;
  int64_t expires_in_days = 0;
  std::string output;
  std::string id;
  bool yes = false;
};

void AppendList(JsonWriter& json, std::string_view member, const std::vector<std::string>& items) {
  json.Key(member).BeginArray();
  for (const std::string& item : items) json.String(item);
  json.EndArray();
}

// The key is shown this once; with --output it is not shown at all.
Result<ExitCode> CreateKey(Session& session, const KeyOptions& options) {
  struct stat info = {};
  if (!options.output.empty() && lstat(options.output.c_str(), &info) == 0) {
    return Status(Reason::kInvalidArgument,
                  options.output + " exists, and perhaps holds another key; name a new file.");
  }
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("name", options.name).String("kind", options.kind);
  AppendList(json, "roles", options.roles);
  AppendList(json, "purposes", options.purposes);
  AppendList(json, "token_domains", options.token_domains);
  AppendList(json, "networks", options.networks);
  if (options.expires_in_days > 0) json.Int("expires_in_days", options.expires_in_days);
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/api-keys", body));
  ASSIGN_OR_RETURN(const std::string_view key, answer.root().GetString("key"));
  if (!options.output.empty()) {
    RETURN_IF_ERROR(WriteWholeFile(options.output, std::string(key) + "\n"));
    session.Print(MembersOf(answer.root(), {"key"}));
    session.Note("The key is in " + options.output + "; it cannot be shown again.");
    return ExitCode::kOk;
  }
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root()));
  session.Note("Keep the key now; it cannot be shown again.");
  return ExitCode::kOk;
}

Result<ExitCode> ListKeys(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/api-keys"));
  ASSIGN_OR_RETURN(const JsonValue keys, answer.root().GetArray("api_keys"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  session.Print(TableOf(keys, {{"ID", "id"},
                               {"NAME", "name"},
                               {"KIND", "kind"},
                               {"ROLES", "roles"},
                               {"PURPOSES", "purposes"},
                               {"TOKEN DOMAINS", "token_domains"},
                               {"NETWORKS", "networks"},
                               {"EXPIRES", "expires_at"},
                               {"REVOKED", "revoked_at"}}));
  return ExitCode::kOk;
}

Result<ExitCode> RevokeKey(Session& session, const KeyOptions& options) {
  ASSIGN_OR_RETURN(const bool sure,
                   session.Confirm(options.yes, "Revoke the key " + Printable(options.id) + " at once and for ever?"));
  if (!sure) {
    session.Note("Nothing was revoked.");
    return ExitCode::kFailed;
  }
  ASSIGN_OR_RETURN(const Answer answer, session.Call("DELETE", UrlPath({"v1", "api-keys", options.id})));
  session.json() ? session.PrintJson(answer) : session.PrintLine("revoked");
  return ExitCode::kOk;
}

}  // namespace

void AddKeyCommands(CommandLine& line) {
  line.Group("key", "API keys that programs and people sign in with");
  auto create = std::make_shared<KeyOptions>();
  line.Add("key create", "Make an API key; it is shown once")
      .Positional("NAME", create->name, "for people: what uses it")
      .Choice("--kind", create->kind, {"application", "staff", "partner", "auditor", "system"}, "who signs in with it")
      .List("--role", create->roles, "ROLE", "roles of the policy")
      .List("--purpose", create->purposes, "PURPOSE", "purposes it may state; * for any")
      .List("--token-domain", create->token_domains, "DOMAIN", "token domains it may use; * for any")
      .List("--network", create->networks, "NETWORK", "where it may come from, as 10.20.0.0/16; default: anywhere")
      .Number("--expires-in-days", create->expires_in_days, 1, 3650, "days it is good for; default: no end")
      .Text("--output,-o", create->output, "FILE", "write the key to a new file that only you can read")
      .Example("strongroom key create shop-backend --role application --purpose delivery -o shop.key")
      .Example("strongroom key create auditor-2027 --kind auditor --role auditor --expires-in-days 30")
      .Run([create](Session& session) { return CreateKey(session, *create); });

  line.Add("key list", "List API keys: who, what they may, since when").Example("strongroom key list").Run(ListKeys);

  auto revoke = std::make_shared<KeyOptions>();
  line.Add("key revoke", "Revoke an API key")
      .Positional("ID", revoke->id, "id, as 'key list' shows it")
      .Flag("--yes", revoke->yes, "do not ask")
      .Example("strongroom key revoke 3f0c55aa12345678")
      .Run([revoke](Session& session) { return RevokeKey(session, *revoke); });
}

}  // namespace strongroom
