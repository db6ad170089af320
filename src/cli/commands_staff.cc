// People who sign in: from invitation to leaving, and what is asked of them.
#include <optional>

#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

struct StaffOptions {
  std::string id;
  std::string name;
  std::string display_name;
  std::string email;
  std::string phone;
  std::string language = "en";
  std::vector<std::string> roles;
  std::vector<std::string> purposes;
  std::vector<std::string> networks;
  std::string reference;
  std::string register_name;
  std::string version;
  std::string valid_until;
  bool yes = false;
};

void AppendList(JsonWriter& json, std::string_view member, const std::vector<std::string>& items) {
  json.Key(member).BeginArray();
  for (const std::string& item : items) json.String(item);
  json.EndArray();
}

// "support" or "support=2027-01-31T00:00:00Z".
void AppendRoles(JsonWriter& json, const std::vector<std::string>& roles) {
  json.Key("roles").BeginArray();
  for (const std::string& role : roles) {
    const size_t end = role.find('=');
    json.BeginObject().String("role", std::string_view(role).substr(0, end));
    if (end != std::string::npos) json.String("until", std::string_view(role).substr(end + 1));
    json.EndObject();
  }
  json.EndArray();
}

Result<ExitCode> PrintPerson(Session& session, const Answer& answer) {
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root()));
  return ExitCode::kOk;
}

Result<ExitCode> ListStaff(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/staff"));
  ASSIGN_OR_RETURN(const JsonValue staff, answer.root().GetArray("staff"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  TextTable table({"ID", "NAME", "WHO", "STATE", "ROLES", "SECOND FACTOR", "LAST SIGN-IN"});
  for (const JsonValue& person : staff) {
    std::string roles;
    if (const auto held = person.Find("roles")) {
      for (const JsonValue& role : *held) roles += (roles.empty() ? "" : ", ") + CellOf(role, "role");
    }
    table.Row({CellOf(person, "id"), CellOf(person, "name"), CellOf(person, "display_name"), CellOf(person, "state"),
               roles, CellOf(person, "second_factor"), CellOf(person, "last_sign_in")});
  }
  session.Print(table.Render());
  return ExitCode::kOk;
}

Result<ExitCode> ShowStaff(Session& session, const StaffOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", UrlPath({"v1", "staff", options.id})));
  return PrintPerson(session, answer);
}

Result<ExitCode> PrintInvited(Session& session, const Answer& answer) {
  RETURN_IF_ERROR(PrintPerson(session, answer).status());
  session.Note("Give the enrolment code to this person alone, not by mail. It is not shown again.");
  return ExitCode::kOk;
}

Result<ExitCode> Invite(Session& session, const StaffOptions& options) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("name", options.name).String("language", options.language);
  if (!options.display_name.empty()) json.String("display_name", options.display_name);
  if (!options.email.empty()) json.String("email", options.email);
  if (!options.phone.empty()) json.String("phone", options.phone);
  AppendRoles(json, options.roles);
  AppendList(json, "purposes", options.purposes);
  AppendList(json, "networks", options.networks);
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/staff", body));
  return PrintInvited(session, answer);
}

Result<ExitCode> Vet(Session& session, const StaffOptions& options) {
  Bytes body;
  JsonWriter(body).BeginObject().String("reference", options.reference).EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "staff", options.id, "vet"}), body));
  return PrintPerson(session, answer);
}

Result<ExitCode> ChangeRoles(Session& session, const StaffOptions& options) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject();
  AppendRoles(json, options.roles);
  AppendList(json, "purposes", options.purposes);
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "staff", options.id, "roles"}), body));
  return PrintPerson(session, answer);
}

Result<ExitCode> TakeRoles(Session& session, const StaffOptions& options) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject();
  AppendList(json, "roles", options.roles);
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "staff", options.id, "take-roles"}), body));
  return PrintPerson(session, answer);
}

// A step without a body: suspend, resume, leave.
Result<ExitCode> Step(Session& session, const StaffOptions& options, std::string_view step) {
  if (step == "leave") {
    ASSIGN_OR_RETURN(const bool sure,
                     session.Confirm(options.yes, "Close the account " + Printable(options.id) + " for ever?"));
    if (!sure) {
      session.Note("Nothing was changed.");
      return ExitCode::kFailed;
    }
  }
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "staff", options.id, step})));
  return PrintPerson(session, answer);
}

Result<ExitCode> InviteAgain(Session& session, const StaffOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "staff", options.id, "invite-again"})));
  return PrintInvited(session, answer);
}

Result<ExitCode> ListRegisters(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/registers"));
  ASSIGN_OR_RETURN(const JsonValue registers, answer.root().GetArray("registers"));
  ASSIGN_OR_RETURN(const JsonValue behind, answer.root().GetArray("behind"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  session.Print(TableOf(registers, {{"REGISTER", "name"},
                                    {"KIND", "kind"},
                                    {"VERSION", "version"},
                                    {"VALID DAYS", "valid_days"},
                                    {"NEEDED", "needed"}}));
  TextTable table({"ID", "WHO", "REGISTER", "VERSION", "OVERDUE", "DUE"});
  for (const JsonValue& person : behind) {
    const std::optional<JsonValue> due = person.Find("due");
    if (!due.has_value()) continue;
    for (const JsonValue& mark : *due) {
      table.Row({CellOf(person, "id"), CellOf(person, "name"), CellOf(mark, "register"), CellOf(mark, "version"),
                 CellOf(mark, "overdue"), CellOf(mark, "due")});
    }
  }
  if (table.size() > 0) session.Print("\n" + table.Render());
  return ExitCode::kOk;
}

struct RegisterOptions {
  std::string name;
  std::string version;
  std::string kind;
  std::string due_from;
  std::string reference;
  int64_t valid_days = 0;
  bool not_needed = false;
};

Result<ExitCode> SetRegister(Session& session, const RegisterOptions& options) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("version", options.version).Bool("needed", !options.not_needed);
  if (!options.kind.empty()) json.String("kind", options.kind);
  if (!options.due_from.empty()) json.String("due_from", options.due_from);
  if (!options.reference.empty()) json.String("reference", options.reference);
  if (options.valid_days > 0) json.Int("valid_days", options.valid_days);
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("PUT", UrlPath({"v1", "registers", options.name}), body));
  return PrintPerson(session, answer);
}

Result<ExitCode> Record(Session& session, const StaffOptions& options) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("register", options.register_name).String("version", options.version);
  if (!options.valid_until.empty()) json.String("valid_until", options.valid_until);
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", UrlPath({"v1", "staff", options.id, "record"}), body));
  return PrintPerson(session, answer);
}

void AddSteps(CommandLine& line) {
  const auto add = [&line](const std::string& step, const std::string& summary) {
    auto options = std::make_shared<StaffOptions>();
    Command command = line.Add("staff " + step, summary);
    command.Positional("ID", options->id, "id, as 'staff list' shows it");
    if (step == "leave") command.Flag("--yes", options->yes, "do not ask");
    command.Example("strongroom staff " + step + " 3f0c55aa12345678").Run([options, step](Session& session) {
      return Step(session, *options, step);
    });
  };
  add("suspend", "Let somebody sign in no more, at once, until resumed");
  add("resume", "Let somebody who was suspended sign in again");
  add("leave", "Close the account of somebody who leaves, at once and for ever");
}

void AddRoleCommands(CommandLine& line) {
  auto roles = std::make_shared<StaffOptions>();
  line.Add("staff roles", "Give somebody other roles and purposes")
      .Positional("ID", roles->id, "id, as 'staff list' shows it")
      .List("--role", roles->roles, "ROLE", "all roles from now on; ROLE=TIME until then")
      .List("--purpose", roles->purposes, "PURPOSE", "all purposes from now on; * for any")
      .Example("strongroom staff roles 3f0c55aa12345678 --role support=2027-01-31T00:00:00Z --purpose customer-service")
      .Run([roles](Session& session) { return ChangeRoles(session, *roles); });

  auto take = std::make_shared<StaffOptions>();
  line.Add("staff take-roles", "Take roles away from somebody, at once")
      .Positional("ID", take->id, "id, as 'staff list' shows it")
      .List("--role", take->roles, "ROLE", "roles to take away")
      .Example("strongroom staff take-roles 3f0c55aa12345678 --role support")
      .Run([take](Session& session) { return TakeRoles(session, *take); });
}

}  // namespace

void AddStaffCommands(CommandLine& line) {
  line.Group("staff", "People who sign in: invited, vetted, active, suspended, left");
  line.Add("staff list", "List people: state, roles, last sign-in").Example("strongroom staff list").Run(ListStaff);
  auto show = std::make_shared<StaffOptions>();
  line.Add("staff show", "Show one person")
      .Positional("ID", show->id, "id, as 'staff list' shows it")
      .Example("strongroom staff show 3f0c55aa12345678")
      .Run([show](Session& session) { return ShowStaff(session, *show); });
  auto invite = std::make_shared<StaffOptions>();
  line.Add("staff invite", "Invite somebody; the enrolment code is shown once")
      .Positional("NAME", invite->name, "the name to sign in with")
      .Text("--display-name", invite->display_name, "NAME", "what colleagues read")
      .Text("--email", invite->email, "ADDRESS", "for notices, never to sign in with")
      .Text("--phone", invite->phone, "NUMBER", "for codes by text message, as +46701234567")
      .Choice("--language", invite->language, {"en", "sv", "zh"}, "of what they are told")
      .List("--role", invite->roles, "ROLE", "roles of the policy; ROLE=TIME until then")
      .List("--purpose", invite->purposes, "PURPOSE", "purposes they may state; * for any")
      .List("--network", invite->networks, "NETWORK", "where they may come from, as 10.20.0.0/16; default: anywhere")
      .Example("strongroom staff invite ada --display-name 'Ada Lind' --role support --purpose customer-service")
      .Run([invite](Session& session) { return Invite(session, *invite); });
  auto vet = std::make_shared<StaffOptions>();
  line.Add("staff vet", "Say, as a second person, that somebody was vetted")
      .Positional("ID", vet->id, "id, as 'staff list' shows it")
      .RequiredText("--reference", vet->reference, "TEXT", "where the papers are, never what is in them")
      .Note("Whoever invited a person does not vet them.")
      .Example("strongroom staff vet 3f0c55aa12345678 --reference 'folder 7'")
      .Run([vet](Session& session) { return Vet(session, *vet); });
  AddRoleCommands(line);
  AddSteps(line);
  auto again = std::make_shared<StaffOptions>();
  line.Add("staff invite-again", "Make a new enrolment code; whoever was active enrols anew")
      .Positional("ID", again->id, "id, as 'staff list' shows it")
      .Example("strongroom staff invite-again 3f0c55aa12345678")
      .Run([again](Session& session) { return InviteAgain(session, *again); });
}

void AddRegisterCommands(CommandLine& line) {
  line.Group("register", "Training, agreements, acceptable use: what is asked of everybody, and who is behind");
  line.Add("register list", "List registers, and who is behind or soon will be")
      .Example("strongroom register list")
      .Run(ListRegisters);
  auto set = std::make_shared<RegisterOptions>();
  line.Add("register set", "Name a new version of a register, or make a register")
      .Positional("NAME", set->name, "training, agreement, acceptable-use, or a name of your own")
      .RequiredText("--version", set->version, "VERSION", "the newest, or a new one")
      .Choice("--kind", set->kind, {"training", "agreement", "acceptable-use"}, "of a new register")
      .Text("--due-from", set->due_from, "TIME", "from when whoever has not done it is behind; default: at once")
      .Text("--reference", set->reference, "TEXT", "where the text or the course is")
      .Number("--valid-days", set->valid_days, 1, 3660, "how long it is good for")
      .Flag("--not-needed", set->not_needed, "kept for the record: whoever is behind sees as much as before")
      .Example("strongroom register set agreement --version 2027 --due-from 2027-02-01T00:00:00Z")
      .Example("strongroom register set phishing --kind training --version 1 --valid-days 180")
      .Run([set](Session& session) { return SetRegister(session, *set); });
  auto record = std::make_shared<StaffOptions>();
  line.Add("register record", "Record what somebody has done or signed")
      .Positional("NAME", record->register_name, "of the register")
      .Positional("ID", record->id, "of the person, as 'staff list' shows it")
      .RequiredText("--version", record->version, "VERSION", "which was done or signed")
      .Text("--valid-until", record->valid_until, "TIME", "at most as long as the register says, which is the default")
      .Example("strongroom register record training 3f0c55aa12345678 --version 2027")
      .Run([record](Session& session) { return Record(session, *record); });
}

}  // namespace strongroom
