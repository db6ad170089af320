// Customers: create, find, show, reveal, compare, change, erase.
#include <sstream>

#include "cli/commands.h"
#include "cli/field_values.h"
#include "cli/table.h"

namespace strongroom {
namespace {

constexpr int64_t kUnset = -1;
constexpr int64_t kMaxTier = 15;

struct CreateOptions {
  std::vector<std::string> values;
  std::string values_file;
  std::string collection_point;
  std::string compartment;
  std::string external_id;
  int64_t tier = kUnset;
  bool upsert = false;
};

Result<ExitCode> CreateCustomer(Session& session, const CreateOptions& options) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("collection_point", options.collection_point);
  if (!options.compartment.empty()) json.String("compartment", options.compartment);
  if (!options.external_id.empty()) json.String("external_id", options.external_id);
  if (options.tier != kUnset) json.Int("tier", options.tier);
  if (options.upsert) json.Bool("upsert", true);
  json.Key("values");
  if (options.values_file.empty()) {
    ASSIGN_OR_RETURN(const FieldValues values, ReadFieldValues(session, options.values));
    AppendFieldValues(json, values);
  } else {
    ASSIGN_OR_RETURN(const std::string text, options.values_file == "-" ? session.terminal().ReadAll(1u << 20)
                                                                        : ReadWholeFile(options.values_file, 1u << 20));
    ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(text));
    json.Raw(document.root().RawText());
  }
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/customers", body, WithIdempotencyKey()));
  session.json() ? session.PrintJson(answer) : session.PrintLine(CellOf(answer.root(), "code"));
  return ExitCode::kOk;
}

struct CodeOptions {
  std::string code;
};

Result<ExitCode> ShowCustomer(Session& session, const CodeOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", UrlPath({"v1", "customers", options.code})));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  ASSIGN_OR_RETURN(const JsonValue values, answer.root().GetObject("values"));
  session.Print(MembersOf(answer.root(), {"values"}));
  const std::string etag = Printable(answer.response.Header("etag"));
  if (!etag.empty()) session.PrintLine("version: " + etag);
  session.Print("\n" + MaskedValuesTable(values));
  return ExitCode::kOk;
}

struct ListOptions {
  std::string compartment;
  std::string cursor;
  int64_t limit = 100;
};

Result<ExitCode> ListCustomers(Session& session, const ListOptions& options) {
  const std::string query = UrlQuery(
      {{"compartment", options.compartment}, {"cursor", options.cursor}, {"limit", std::to_string(options.limit)}});
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/customers" + query));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  ASSIGN_OR_RETURN(const JsonValue customers, answer.root().GetArray("customers"));
  session.Print(customers.size() == 0 ? "no customers\n" : CustomersTable(customers));
  const std::string next = CellOf(answer.root(), "next_cursor");
  if (!next.empty()) session.Note("There are more: --cursor " + next);
  return ExitCode::kOk;
}

struct SearchOptions {
  std::string field;
  std::string value;
  std::string compartment;
  std::string from;
  std::string to;
  bool prefix = false;
  bool like = false;
};

// The members that say what is looked for.
Status WriteWanted(Session& session, const SearchOptions& options, JsonWriter& json) {
  const bool between = !options.from.empty() || !options.to.empty();
  if ((options.prefix ? 1 : 0) + (options.like ? 1 : 0) + (between ? 1 : 0) > 1) {
    return Status(Reason::kInvalidArgument, "Choose one of --prefix, --like, and --from with --to.");
  }
  if (between) {
    if (!options.value.empty()) return Status(Reason::kInvalidArgument, "With --from or --to there is no VALUE.");
    if (!options.from.empty()) json.String("from", options.from);
    if (!options.to.empty()) json.String("to", options.to);
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const std::string value, session.PersonalValue(options.value, options.field));
  if (options.like) {
    json.String("like", value);
  } else {
    json.String("value", value).String("match", options.prefix ? "prefix" : "exact");
  }
  return Status::Ok();
}

Result<ExitCode> SearchCustomers(Session& session, const SearchOptions& options) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject();
  if (!options.compartment.empty()) json.String("compartment", options.compartment);
  json.String("field", options.field);
  RETURN_IF_ERROR(WriteWanted(session, options, json));
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/customers:search", body));
  ASSIGN_OR_RETURN(const JsonValue customers, answer.root().GetArray("customers"));
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    session.Print(customers.size() == 0 ? "no match\n" : CustomersTable(customers));
  }
  return customers.size() == 0 ? ExitCode::kNotFound : ExitCode::kOk;
}

struct RevealOptions {
  std::string code;
  std::vector<std::string> fields;
  std::string purpose;
};

Result<ExitCode> Reveal(Session& session, const RevealOptions& options) {
  if (options.fields.empty()) {
    return Status(Reason::kInvalidArgument, "Name the fields to reveal with --fields; one reveals what one needs.");
  }
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("purpose", options.purpose).Key("fields").BeginArray();
  for (const std::string& field : options.fields) json.String(field);
  json.EndArray().EndObject();
  ASSIGN_OR_RETURN(const Answer answer,
                   session.Call("POST", UrlPath({"v1", "customers", options.code, "reveal"}), body));
  ASSIGN_OR_RETURN(const JsonValue values, answer.root().GetObject("values"));
  session.json() ? session.PrintJson(answer) : session.Print(PlainValuesTable(values));
  return ExitCode::kOk;
}

struct CompareOptions {
  std::string code;
  std::string field;
  std::string value;
  bool password = false;
};

Result<ExitCode> Compare(Session& session, const CompareOptions& options) {
  if (options.password && !options.value.empty() && options.value != "-") {
    return Status(Reason::kInvalidArgument, "A password is never an argument; leave it out to be asked for it.");
  }
  ASSIGN_OR_RETURN(const std::string value, options.password ? session.Secret("", options.field)
                                                             : session.PersonalValue(options.value, options.field));
  Bytes body;
  JsonWriter(body)
      .BeginObject()
      .String("field", options.field)
      .String(options.password ? "password" : "value", value)
      .EndObject();
  const std::string verb = options.password ? "verify-password" : "compare";
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "customers", options.code, verb}), body));
  ASSIGN_OR_RETURN(const bool match, answer.root().GetBool("match"));
  session.json() ? session.PrintJson(answer) : session.PrintLine(match ? "match" : "no match");
  return match ? ExitCode::kOk : ExitCode::kNotFound;
}

struct ChangeOptions {
  std::string code;
  std::vector<std::string> values;
  std::vector<std::string> remove;
  std::string collection_point;
  std::string if_match = "*";
  int64_t tier = kUnset;
};

Result<ExitCode> ChangeCustomer(Session& session, const ChangeOptions& options) {
  if (options.values.empty() && options.remove.empty() && options.tier == kUnset) {
    return Status(Reason::kInvalidArgument, "Nothing to change: give field=value, --remove FIELD or --tier NUMBER.");
  }
  ASSIGN_OR_RETURN(const FieldValues values, ReadFieldValues(session, options.values));
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("collection_point", options.collection_point);
  if (!values.empty()) {
    json.Key("set");
    AppendFieldValues(json, values);
  }
  if (!options.remove.empty()) {
    json.Key("remove").BeginArray();
    for (const std::string& field : options.remove) json.String(field);
    json.EndArray();
  }
  if (options.tier != kUnset) json.Int("tier", options.tier);
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("PATCH", UrlPath({"v1", "customers", options.code}), body,
                                                     {{"If-Match", options.if_match}}));
  session.json() ? session.PrintJson(answer)
                 : session.PrintLine("changed; version: " + Printable(answer.response.Header("etag")));
  return ExitCode::kOk;
}

struct EraseOptions {
  std::string code;
  bool yes = false;
  bool now = false;
};

Result<ExitCode> EraseCustomer(Session& session, const EraseOptions& options) {
  ASSIGN_OR_RETURN(const bool sure, session.Confirm(options.yes, "Erase the customer " + Printable(options.code) +
                                                                     " and all their values and tokens, for ever?"));
  if (!sure) {
    session.Note("Nothing was erased.");
    return ExitCode::kFailed;
  }
  const std::string path = UrlPath({"v1", "customers", options.code});
  ASSIGN_OR_RETURN(const Answer answer, session.Call("DELETE", options.now ? path + "?now=true" : path));
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root()));
  if (answer.root().Find("undo_until").has_value()) {
    session.Note("Nobody is shown the customer any more. Until then: strongroom customer undo-erasure " +
                 Printable(options.code));
  }
  return ExitCode::kOk;
}

Result<ExitCode> UndoErasure(Session& session, const CodeOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer,
                   session.Call("POST", UrlPath({"v1", "customers", options.code, "undo-erasure"})));
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root()));
  return ExitCode::kOk;
}

Result<ExitCode> RekeyCustomer(Session& session, const CodeOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "customers", options.code, "rekey"})));
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root()));
  return ExitCode::kOk;
}

constexpr size_t kMaxCodesBytes = size_t{64} << 20;

struct MoveOptions {
  std::vector<std::string> codes;
  std::string codes_file;
  std::string to;
};

// One after the other: who lives there already is passed over, so a list that broke off is just asked for again.
Result<ExitCode> MoveCustomers(Session& session, const MoveOptions& options) {
  std::vector<std::string> codes = options.codes;
  if (!options.codes_file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, options.codes_file == "-" ? session.terminal().ReadAll(kMaxCodesBytes)
                                                                       : ReadWholeFile(options.codes_file));
    std::istringstream lines(text);
    for (std::string one; std::getline(lines, one);) {
      if (!one.empty()) codes.push_back(one);
    }
  }
  if (codes.empty()) return Status(Reason::kInvalidArgument, "name the customers to move, or a file of their codes");
  size_t moved = 0;
  for (const std::string& code : codes) {
    Bytes body;
    JsonWriter json(body);
    json.BeginObject().String("compartment", options.to).EndObject();
    const Result<Answer> answer = session.Call("POST", UrlPath({"v1", "customers", code, "move"}), body);
    if (!answer.ok() && codes.size() > 1) {
      return Status(answer.reason(), Printable(code) + ", before which " + std::to_string(moved) +
                                         " were moved: " + answer.status().message());
    }
    RETURN_IF_ERROR(answer.status());
    ASSIGN_OR_RETURN(const bool now, answer->root().GetBool("moved"));
    moved += now ? 1 : 0;
    if (session.json()) {
      session.PrintJson(*answer);
    } else if (codes.size() == 1) {
      session.Print(MembersOf(answer->root()));
    }
  }
  if (!session.json() && codes.size() > 1) {
    session.Print(std::to_string(moved) + " moved to " + Printable(options.to) + ", " +
                  std::to_string(codes.size() - moved) + " lived there already.\n");
  }
  return ExitCode::kOk;
}

Result<ExitCode> ShowDisclosures(Session& session, const CodeOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", UrlPath({"v1", "customers", options.code, "disclosures"})));
  ASSIGN_OR_RETURN(const JsonValue disclosures, answer.root().GetArray("disclosures"));
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    session.Print(disclosures.size() == 0 ? "Nothing of this customer was disclosed.\n"
                                          : TableOf(disclosures, {{"TIME", "time"},
                                                                  {"RECIPIENT", "recipient"},
                                                                  {"CONTRACT", "contract"},
                                                                  {"PURPOSE", "purpose"},
                                                                  {"FIELDS", "fields"},
                                                                  {"MADE BY", "made_by"}}));
  }
  return ExitCode::kOk;
}

constexpr char kCodeHelp[] = "customer code, or ext:ID for an external id";

void AddWriting(CommandLine& line) {
  auto create = std::make_shared<CreateOptions>();
  line.Add("customer create", "Create a customer and print the customer code")
      .Rest("FIELD=VALUE", create->values, "values; FIELD=- asks for it, or reads one line of standard input")
      .Text("--values", create->values_file, "FILE", "values as a JSON object instead; - for standard input")
      .RequiredText("--collection-point,-p", create->collection_point, "NAME", "form or process that gathers them")
      .Text("--compartment", create->compartment, "NAME", "default: the first")
      .Text("--external-id", create->external_id, "ID", "the application's own id of this customer")
      .Number("--tier", create->tier, 0, kMaxTier, "protection tier; policy gives it a meaning")
      .Flag("--upsert", create->upsert, "change the customer when the external id exists")
      .Example("strongroom customer create -p web-shop --external-id 4711 name=- email=-")
      .Example("strongroom customer create -p web-shop --values - < customer.json")
      .Run([create](Session& session) { return CreateCustomer(session, *create); });

  auto change = std::make_shared<ChangeOptions>();
  line.Add("customer change", "Change, add or remove values of a customer")
      .Positional("CODE", change->code, kCodeHelp)
      .Rest("FIELD=VALUE", change->values, "new values; FIELD=- asks for it, or reads one line of standard input")
      .List("--remove", change->remove, "FIELD", "fields to empty")
      .RequiredText("--collection-point,-p", change->collection_point, "NAME", "form or process that makes the change")
      .Number("--tier", change->tier, 0, kMaxTier, "new protection tier")
      .Text("--if-match", change->if_match, "VERSION",
            "change only this version, as 'customer show' prints it; * for any (the default)")
      .Example("strongroom customer change 7K3F-9QWM-2 -p web-shop email=-")
      .Example("strongroom customer change ext:4711 -p web-shop --remove phone")
      .Run([change](Session& session) { return ChangeCustomer(session, *change); });

  auto erase = std::make_shared<EraseOptions>();
  line.Add("customer erase", "Erase a customer: values, tokens, files and key")
      .Positional("CODE", erase->code, kCodeHelp)
      .Flag("--yes", erase->yes, "do not ask")
      .Flag("--now", erase->now, "at once, also where an erasure could be undone for some days")
      .Example("strongroom customer erase 7K3F-9QWM-2")
      .Run([erase](Session& session) { return EraseCustomer(session, *erase); });

  auto undo = std::make_shared<CodeOptions>();
  line.Add("customer undo-erasure", "Take an erasure back while that is possible")
      .Positional("CODE", undo->code, kCodeHelp)
      .Example("strongroom customer undo-erasure 7K3F-9QWM-2")
      .Run([undo](Session& session) { return UndoErasure(session, *undo); });

  auto rekey = std::make_shared<CodeOptions>();
  line.Add("customer rekey", "Give a customer a new key, so that values taken away before open no more")
      .Positional("CODE", rekey->code, kCodeHelp)
      .Note("The server does so by itself within a day of a change that takes a value away.")
      .Example("strongroom customer rekey 7K3F-9QWM-2")
      .Run([rekey](Session& session) { return RekeyCustomer(session, *rekey); });

  auto move = std::make_shared<MoveOptions>();
  line.Add("customer move", "Move customers to another compartment")
      .Rest("CODE", move->codes, "customer codes, or ext:ID for external ids")
      .Text("--codes", move->codes_file, "FILE", "codes, one a line; - for standard input")
      .RequiredText("--to", move->to, "NAME", "the compartment")
      .Note(
          "Code and tokens stay as they are. Everything is copied, compared and deleted where it was. Who lives there "
          "already is passed over: a list that broke off is asked for again.")
      .Example("strongroom customer move 7K3F-9QWM-2 --to vip")
      .Example("strongroom customer move --codes codes.txt --to vip")
      .Run([move](Session& session) { return MoveCustomers(session, *move); });
}

void AddReading(CommandLine& line) {
  auto show = std::make_shared<CodeOptions>();
  line.Add("customer show", "Show a customer with values hidden")
      .Positional("CODE", show->code, kCodeHelp)
      .Example("strongroom customer show 7K3F-9QWM-2")
      .Example("strongroom customer show ext:4711 --json")
      .Run([show](Session& session) { return ShowCustomer(session, *show); });

  auto list = std::make_shared<ListOptions>();
  line.Add("customer list", "List customers with values hidden")
      .Text("--compartment", list->compartment, "NAME", "default: the first")
      .Number("--limit", list->limit, 1, 1000, "customers a page")
      .Text("--cursor", list->cursor, "CURSOR", "where the page before ended")
      .Example("strongroom customer list --limit 20")
      .Run([list](Session& session) { return ListCustomers(session, *list); });

  auto search = std::make_shared<SearchOptions>();
  line.Add("customer search", "Find customers by the value of a searchable field")
      .Positional("FIELD", search->field, "field to search")
      .OptionalPositional("VALUE", search->value, "value; left out or -: asked for, or one line of standard input")
      .Flag("--prefix", search->prefix, "VALUE is how the value begins")
      .Flag("--like", search->like, "VALUE is nearly the name; the most alike come first")
      .Text("--from", search->from, "LEAST", "instead of VALUE: dates or numbers from here")
      .Text("--to", search->to, "GREATEST", "... to here")
      .Text("--compartment", search->compartment, "NAME", "default: the first")
      .Note("Ends with 3 when there is no match.")
      .Example("strongroom customer search email")
      .Example("strongroom customer search name --prefix And")
      .Example("strongroom customer search name --like 'asa sjoberg'")
      .Example("strongroom customer search date_of_birth --from 1984-05-01 --to 1984-05-31")
      .Run([search](Session& session) { return SearchCustomers(session, *search); });

  auto reveal = std::make_shared<RevealOptions>();
  line.Add("customer reveal", "Show values of a customer in plain, for a purpose")
      .Positional("CODE", reveal->code, kCodeHelp)
      .List("--fields,-f", reveal->fields, "FIELD", "fields to show")
      .RequiredText("--purpose", reveal->purpose, "PURPOSE", "why; it stands in the log")
      .Example("strongroom customer reveal 7K3F-9QWM-2 --fields email,phone --purpose support-call")
      .Run([reveal](Session& session) { return Reveal(session, *reveal); });

  auto compare = std::make_shared<CompareOptions>();
  line.Add("customer compare", "Say whether a value is the customer's, without showing it")
      .Positional("CODE", compare->code, kCodeHelp)
      .Positional("FIELD", compare->field, "field to compare with")
      .OptionalPositional("VALUE", compare->value, "value; left out or -: asked for, or one line of standard input")
      .Flag("--password", compare->password, "the field is a password: it is asked for without echo")
      .Note("Ends with 0 for a match, 3 for none.")
      .Example("strongroom customer compare 7K3F-9QWM-2 phone")
      .Example("strongroom customer compare ext:4711 password --password")
      .Run([compare](Session& session) { return Compare(session, *compare); });

  auto disclosures = std::make_shared<CodeOptions>();
  line.Add("customer disclosures", "Show what was handed out of a customer: when, to whom, why")
      .Positional("CODE", disclosures->code, kCodeHelp)
      .Example("strongroom customer disclosures 7K3F-9QWM-2")
      .Run([disclosures](Session& session) { return ShowDisclosures(session, *disclosures); });
}

}  // namespace

void AddCustomerCommands(CommandLine& line) {
  line.Group("customer", "Customers and their values");
  AddReading(line);
  AddWriting(line);
}

}  // namespace strongroom
