// Tokens: what other systems hold in place of values.
#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

constexpr size_t kMaxListBytes = 8u << 20;

// The items given as arguments; "-" or none: every line of standard input, or one that is asked for.
Result<std::vector<std::string>> ReadItems(Session& session, const std::vector<std::string>& given,
                                           std::string_view what) {
  if (!given.empty() && !(given.size() == 1 && given[0] == "-")) return given;
  std::vector<std::string> items;
  if (session.terminal().IsInteractive()) {
    ASSIGN_OR_RETURN(std::string item, session.terminal().Ask(std::string(what) + ": ", true));
    items.push_back(std::move(item));
    return items;
  }
  ASSIGN_OR_RETURN(const std::string text, session.terminal().ReadAll(kMaxListBytes));
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) items.push_back(std::move(line));
    begin = end + 1;
  }
  if (items.empty()) return Status(Reason::kInvalidArgument, "Standard input holds no " + std::string(what) + ".");
  return items;
}

// One row per result; a problem shows its title.  The worst outcome is the command's.
Result<ExitCode> ShowResults(Session& session, const Answer& answer, const std::vector<Column>& columns) {
  ASSIGN_OR_RETURN(const JsonValue results, answer.root().GetArray("results"));
  ExitCode exit_code = ExitCode::kOk;
  std::vector<std::string> header;
  for (const Column& column : columns) header.push_back(column.title);
  header.emplace_back("PROBLEM");
  TextTable table(std::move(header));
  for (const JsonValue& result : results) {
    std::vector<std::string> cells;
    for (const Column& column : columns) cells.push_back(CellOf(result, column.path));
    const std::string code = CellOf(result, "problem.code");
    if (!code.empty()) {
      exit_code = ExitCodeOf(Status(ReasonFromWire(code).value_or(Reason::kInternal)));
      const std::string detail = CellOf(result, "problem.detail");
      cells.push_back(code + (detail.empty() ? "" : ": " + detail));
    }
    table.Row(std::move(cells));
  }
  session.json() ? session.PrintJson(answer) : session.Print(table.Render());
  return exit_code;
}

Result<ExitCode> ListDomains(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/token-domains"));
  ASSIGN_OR_RETURN(const JsonValue domains, answer.root().GetArray("token_domains"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  session.Print(domains.size() == 0 ? "There are no token domains yet: 'strongroom token domain-put'.\n"
                                    : TableOf(domains, {{"DOMAIN", "name"},
                                                        {"KEEPS LAST", "keep_last"},
                                                        {"LUHN VALID", "luhn_valid"},
                                                        {"STATELESS", "stateless_ff1"},
                                                        {"DESCRIPTION", "description"}}));
  return ExitCode::kOk;
}

struct DomainOptions {
  std::string name;
  std::string description;
  int64_t keep_last = 4;
  bool luhn_valid = false;
  bool stateless = false;
};

Result<ExitCode> PutDomain(Session& session, const DomainOptions& options) {
  Bytes body;
  JsonWriter(body)
      .BeginObject()
      .String("name", options.name)
      .String("description", options.description)
      .Int("keep_last", options.keep_last)
      .Bool("luhn_valid", options.luhn_valid)
      .Bool("stateless_ff1", options.stateless)
      .EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("PUT", UrlPath({"v1", "token-domains", options.name}), body));
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root()));
  return ExitCode::kOk;
}

struct TokenOptions {
  std::string domain;
  std::string code;
  std::string field;
  std::string value;
  std::string format = "random";
  std::string purpose;
  int64_t expires_in_seconds = 0;
  bool one_time = false;
  std::vector<std::string> items;
};

Result<ExitCode> CreateToken(Session& session, const TokenOptions& options) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().Key("items").BeginArray().BeginObject();
  json.String("code", options.code).String("field", options.field).String("format", options.format);
  if (!options.value.empty()) {
    ASSIGN_OR_RETURN(const std::string value, session.PersonalValue(options.value, options.field));
    json.String("value", value);
  }
  if (options.one_time) json.Bool("one_time", true);
  if (options.expires_in_seconds > 0) json.Int("expires_in_seconds", options.expires_in_seconds);
  json.EndObject().EndArray().EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "token-domains", options.domain, "tokens"}),
                                                     body, WithIdempotencyKey()));
  return ShowResults(session, answer, {{"TOKEN", "token"}, {"EXISTED", "existed"}});
}

// A call over a list of strings: resolve, revoke, encrypt, decrypt.
Result<Answer> CallWithList(Session& session, const TokenOptions& options, const std::string& verb,
                            std::string_view member, const std::vector<std::string>& items) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject();
  if (!options.purpose.empty()) json.String("purpose", options.purpose);
  if (!options.field.empty()) json.String("field", options.field);
  json.Key(member).BeginArray();
  for (const std::string& item : items) json.String(item);
  json.EndArray().EndObject();
  return session.Call("POST", UrlPath({"v1", "token-domains", options.domain, verb}), body);
}

Result<ExitCode> ResolveTokens(Session& session, const TokenOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<std::string> tokens, ReadItems(session, options.items, "token"));
  ASSIGN_OR_RETURN(const Answer answer, CallWithList(session, options, "resolve", "tokens", tokens));
  return ShowResults(session, answer, {{"CODE", "code"}, {"FIELD", "field"}, {"VALUE", "value"}, {"MASKED", "masked"}});
}

Result<ExitCode> RevokeTokens(Session& session, const TokenOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<std::string> tokens, ReadItems(session, options.items, "token"));
  ASSIGN_OR_RETURN(const Answer answer, CallWithList(session, options, "revoke", "tokens", tokens));
  const Result<ExitCode> shown = ShowResults(session, answer, {});
  if (shown.ok() && *shown == ExitCode::kOk) session.Note("Revoked: " + std::to_string(tokens.size()));
  return shown;
}

Result<ExitCode> Transform(Session& session, const TokenOptions& options, const std::string& verb) {
  ASSIGN_OR_RETURN(const std::vector<std::string> values, ReadItems(session, options.items, "value"));
  ASSIGN_OR_RETURN(const Answer answer, CallWithList(session, options, verb, "values", values));
  return ShowResults(session, answer, {{"VALUE", "value"}});
}

constexpr char kDomainHelp[] = "token domain: one application or partner";

void AddDomains(CommandLine& line) {
  line.Add("token domains", "List the token domains").Example("strongroom token domains").Run(ListDomains);

  auto domain = std::make_shared<DomainOptions>();
  line.Add("token domain-put", "Add a token domain")
      .Positional("NAME", domain->name, "a-z, 0-9 and -")
      .Text("--description", domain->description, "TEXT", "whose tokens these are")
      .Number("--keep-last", domain->keep_last, 0, 4, "last characters that format-preserving tokens keep")
      .Flag("--luhn-valid", domain->luhn_valid,
            "format-preserving tokens pass the Luhn check; a valid one may be a stranger's card")
      .Flag("--stateless-ff1", domain->stateless, "allow encrypt and decrypt: not erasable, stays in PCI scope")
      .Example("strongroom token domain-put web-shop --description 'The shop'")
      .Run([domain](Session& session) { return PutDomain(session, *domain); });
}

void AddTokens(CommandLine& line) {
  auto create = std::make_shared<TokenOptions>();
  line.Add("token create", "Make a token for a value of a customer")
      .Positional("DOMAIN", create->domain, kDomainHelp)
      .Positional("CODE", create->code, "customer code, or ext:ID for an external id")
      .Positional("FIELD", create->field, "field whose value it stands for")
      .Choice("--format", create->format, {"random", "deterministic", "format_preserving"}, "what it looks like")
      .Text("--value", create->value, "VALUE", "which of several values; - asks for it. Default: the first")
      .Number("--expires-in", create->expires_in_seconds, 1, 3'153'600'000, "seconds it is good for")
      .Flag("--one-time", create->one_time, "it resolves once")
      .Example("strongroom token create web-shop 7K3F-9QWM-2 email")
      .Example("strongroom token create courier ext:4711 phone --one-time --expires-in 86400")
      .Run([create](Session& session) { return CreateToken(session, *create); });

  auto resolve = std::make_shared<TokenOptions>();
  line.Add("token resolve", "Show the values that tokens stand for, for a purpose")
      .Positional("DOMAIN", resolve->domain, kDomainHelp)
      .Rest("TOKEN", resolve->items, "tokens; none or -: one a line from standard input")
      .RequiredText("--purpose", resolve->purpose, "PURPOSE", "why; it stands in the log")
      .Example("strongroom token resolve courier tok_3QFP... --purpose delivery")
      .Run([resolve](Session& session) { return ResolveTokens(session, *resolve); });

  auto revoke = std::make_shared<TokenOptions>();
  line.Add("token revoke", "Revoke tokens: they never resolve again")
      .Positional("DOMAIN", revoke->domain, kDomainHelp)
      .Rest("TOKEN", revoke->items, "tokens; none or -: one a line from standard input")
      .Example("strongroom token revoke courier - < tokens.txt")
      .Run([revoke](Session& session) { return RevokeTokens(session, *revoke); });

  auto encrypt = std::make_shared<TokenOptions>();
  line.Add("token encrypt", "Encrypt digits to digits (FF1), in a domain that allows it")
      .Positional("DOMAIN", encrypt->domain, kDomainHelp)
      .Positional("FIELD", encrypt->field, "field the values would belong to: its policy is asked")
      .Rest("VALUE", encrypt->items, "values; none or -: one a line from standard input")
      .Example("strongroom token encrypt web-shop card_number - < numbers.txt")
      .Run([encrypt](Session& session) { return Transform(session, *encrypt, "encrypt"); });

  auto decrypt = std::make_shared<TokenOptions>();
  line.Add("token decrypt", "Decrypt what 'token encrypt' made, for a purpose")
      .Positional("DOMAIN", decrypt->domain, kDomainHelp)
      .Positional("FIELD", decrypt->field, "field the values belong to: its policy is asked")
      .Rest("VALUE", decrypt->items, "values; none or -: one a line from standard input")
      .RequiredText("--purpose", decrypt->purpose, "PURPOSE", "why; it stands in the log")
      .Example("strongroom token decrypt web-shop card_number - --purpose payment < numbers.txt")
      .Run([decrypt](Session& session) { return Transform(session, *decrypt, "decrypt"); });
}

}  // namespace

void AddTokenCommands(CommandLine& line) {
  line.Group("token", "Tokens that stand for values");
  AddDomains(line);
  AddTokens(line);
}

}  // namespace strongroom
