// Who may see what, the signed record that somebody looked, the score, and the settings of access.
#include <map>

#include "audit/review_note.h"
#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

constexpr size_t kMaxNoteBytes = 1u << 20;

struct ReviewOptions {
  std::string id;
  std::string file;
  std::string key;
  std::string output;
};

// {"personal": {...}} or {"personal": "alone"}: the names alone, or with what is said of each.
std::string SeesText(const JsonValue& person) {
  std::string text;
  const auto sees = person.Find("sees");
  if (!sees) return text;
  for (const JsonValue& kind : *sees) {
    text += (text.empty() ? "" : ", ") + std::string(kind.key());
    if (!kind.IsObject()) text += " " + CellText(kind);
  }
  return text;
}

Result<ExitCode> ShowReview(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/access-review"));
  ASSIGN_OR_RETURN(const JsonValue people, answer.root().GetArray("people"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  TextTable table({"ID", "WHO", "KIND", "ROLES", "SEES IN CLEAR", "EVERYTHING", "LAST USED", "UNUSED DAYS"});
  for (const JsonValue& person : people) {
    table.Row({CellOf(person, "id"), CellOf(person, "name"), CellOf(person, "kind"), CellOf(person, "roles"),
               CellOf(person, "sensitivities"), CellOf(person, "sees_everything"),
               CellOf(person, "last_used_at").substr(0, 10), CellOf(person, "unused_days")});
  }
  session.Print(table.Render());
  session.PrintLine(CellOf(answer.root(), "sees_everything") + " see everything; the ceiling is " +
                    CellOf(answer.root(), "ceiling") + ". The next review is due " +
                    CellOf(answer.root(), "due_at").substr(0, 10) + ".");
  return ExitCode::kOk;
}

Result<ExitCode> Keep(Session& session, const std::string& note, const std::string& output) {
  if (output.empty()) {
    session.Print(note);
    return ExitCode::kOk;
  }
  RETURN_IF_ERROR(WriteWholeFile(output, note));
  session.Note("The signed review is in " + output + ".");
  return ExitCode::kOk;
}

Result<ExitCode> SignReview(Session& session, const ReviewOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/access-review:sign", "{}"));
  ASSIGN_OR_RETURN(const std::string_view note, answer.root().GetString("note"));
  return Keep(session, std::string(note), options.output);
}

Result<ExitCode> ListReviews(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/access-reviews"));
  ASSIGN_OR_RETURN(const JsonValue reviews, answer.root().GetArray("reviews"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  session.Print(
      TableOf(reviews, {{"ID", "id"}, {"SIGNED", "at"}, {"BY", "by.name"}, {"SEE EVERYTHING", "sees_everything"}}));
  return ExitCode::kOk;
}

Result<ExitCode> GetReview(Session& session, const ReviewOptions& options) {
  ASSIGN_OR_RETURN(Client* const client, session.client());
  ASSIGN_OR_RETURN(const ClientResponse response,
                   client->Call("GET", UrlPath({"v1", "access-reviews", options.id}), {}, {}));
  return Keep(session, response.body, options.output);
}

// Needs no server: the file and the office log's public key are all.
Result<ExitCode> VerifyReview(Session& session, const ReviewOptions& options) {
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Parse(options.key));
  ASSIGN_OR_RETURN(const std::string note, ReadWholeFile(options.file, kMaxNoteBytes));
  ASSIGN_OR_RETURN(const std::string line, OpenReviewNote(note, key));
  ASSIGN_OR_RETURN(const JsonDocument review, JsonDocument::ParseObject(line));
  if (session.json()) {
    session.PrintLine(line);
    return ExitCode::kOk;
  }
  ASSIGN_OR_RETURN(const JsonValue people, review.root().GetArray("people"));
  TextTable table({"ID", "KIND", "STATE", "ROLES", "SEES", "EVERYTHING", "LAST USED", "UNUSED DAYS"});
  for (const JsonValue& person : people) {
    table.Row({CellOf(person, "id"), CellOf(person, "kind"), CellOf(person, "state"), CellOf(person, "roles"),
               SeesText(person), CellOf(person, "everything"), CellOf(person, "last_used"),
               CellOf(person, "unused_days")});
  }
  session.Print(table.Render());
  session.PrintLine("The review of " + CellOf(review.root(), "as_of") + " was signed by " +
                    CellOf(review.root(), "by") + " under the key of " + key.name + ".");
  return ExitCode::kOk;
}

Result<ExitCode> ShowScore(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/score"));
  ASSIGN_OR_RETURN(const JsonValue next, answer.root().GetArray("next"));
  ASSIGN_OR_RETURN(const JsonValue checks, answer.root().GetArray("checks"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  session.PrintLine("score " + CellOf(answer.root(), "score") + " of 100");
  session.Print(TableOf(checks, {{"CHECK", "id"}, {"POINTS", "points"}, {"OF", "of"}, {"NAMES", "names"}}));
  int number = 0;
  for (const JsonValue& step : next) {
    session.PrintLine("\n" + std::to_string(++number) + ". " + CellOf(step, "what"));
    session.PrintLine("   " + CellOf(step, "why"));
    session.PrintLine("   " + CellOf(step, "how"));
  }
  return ExitCode::kOk;
}

struct AccessOptions {
  std::string origin;
  std::string time_zone;
  std::vector<std::string> networks;
  int64_t idle_minutes = 0;
  int64_t longest_minutes = 0;
  int64_t most_who_see_everything = -1;
  int64_t review_interval_days = 0;
  int64_t unused_days = 0;
};

Result<ExitCode> ShowAccess(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/access-settings"));
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root(), {"etag"}));
  return ExitCode::kOk;
}

// "support=10.20.0.0/16": those that are named replace the role's; "support=" takes them all away.
std::map<std::string, std::vector<std::string>> NetworksByRole(const std::vector<std::string>& given) {
  std::map<std::string, std::vector<std::string>> by_role;
  for (const std::string& one : given) {
    const size_t end = one.find('=');
    std::vector<std::string>& networks = by_role[one.substr(0, end)];
    if (end != std::string::npos && end + 1 < one.size()) networks.push_back(one.substr(end + 1));
  }
  return by_role;
}

// What was read is sent back with the changes in it, and its etag: nobody's change in between is lost.
Bytes ChangedSettings(const JsonValue& settings, const AccessOptions& options) {
  const auto networks = NetworksByRole(options.networks);
  const std::map<std::string_view, int64_t> numbers = {{"session_idle_minutes", options.idle_minutes},
                                                       {"session_longest_minutes", options.longest_minutes},
                                                       {"review_interval_days", options.review_interval_days},
                                                       {"unused_days", options.unused_days}};
  Bytes body;
  JsonWriter json(body);
  json.BeginObject();
  for (const JsonValue& member : settings) {
    const auto number = numbers.find(member.key());
    json.Key(member.key());
    if (number != numbers.end() && number->second > 0) {
      json.Int(number->second);
    } else if (member.key() == "most_who_see_everything" && options.most_who_see_everything >= 0) {
      json.Int(options.most_who_see_everything);
    } else if (member.key() == "origin" && !options.origin.empty()) {
      json.String(options.origin);
    } else if (member.key() == "time_zone" && !options.time_zone.empty()) {
      json.String(options.time_zone);
    } else if (member.key() == "networks") {
      json.BeginObject();
      for (const JsonValue& role : member) {
        if (!networks.contains(std::string(role.key()))) json.Key(role.key()).Raw(role.RawText());
      }
      for (const auto& [role, of_role] : networks) {
        json.Key(role).BeginArray();
        for (const std::string& network : of_role) json.String(network);
        json.EndArray();
      }
      json.EndObject();
    } else {
      json.Raw(member.RawText());
    }
  }
  json.EndObject();
  return body;
}

Result<ExitCode> SetAccess(Session& session, const AccessOptions& options) {
  ASSIGN_OR_RETURN(const Answer before, session.Call("GET", "/v1/access-settings"));
  ASSIGN_OR_RETURN(const Answer answer,
                   session.Call("PUT", "/v1/access-settings", ChangedSettings(before.root(), options)));
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root(), {"etag"}));
  return ExitCode::kOk;
}

void AddAccessCommands(CommandLine& line) {
  line.Group("access", "The company's clock, networks of roles, limits of sessions and rights");
  line.Add("access show", "Show the settings of access").Example("strongroom access show").Run(ShowAccess);
  auto set = std::make_shared<AccessOptions>();
  line.Add("access set", "Change settings of access; what is not named stays")
      .Text("--origin", set->origin, "URL", "where browsers find the server, as https://vault.example.com")
      .Text("--time-zone", set->time_zone, "ZONE", "IANA name, as Europe/Stockholm")
      .Many("--network", set->networks, "ROLE=NETWORK", "where whoever holds ROLE may come from; 'ROLE=' for anywhere")
      .Number("--idle-minutes", set->idle_minutes, 1, 1440, "a session unused for so long has ended")
      .Number("--longest-minutes", set->longest_minutes, 1, 10'080, "no session lasts longer")
      .Number("--ceiling", set->most_who_see_everything, 0, 1000, "how many people may see everything")
      .Number("--review-days", set->review_interval_days, 1, 366, "how often the access review is due")
      .Number("--unused-days", set->unused_days, 1, 366, "a right unused for so long is shown as unused")
      .Example("strongroom access set --time-zone Europe/Stockholm --network support=10.20.0.0/16")
      .Run([set](Session& session) { return SetAccess(session, *set); });
}

}  // namespace

void AddReviewCommands(CommandLine& line) {
  line.Group("review", "Who can see which kind of data, who does not use it, and the signed record of the look");
  line.Add("review show", "Show who can see what, and when they last used it")
      .Example("strongroom review show")
      .Run(ShowReview);
  auto sign = std::make_shared<ReviewOptions>();
  line.Add("review sign", "Sign that this was looked at; the record is kept, and printed")
      .Text("--output,-o", sign->output, "FILE", "write the signed record to a file")
      .Example("strongroom review sign -o review-2027-01.txt")
      .Run([sign](Session& session) { return SignReview(session, *sign); });
  line.Add("review list", "List the reviews that were signed").Example("strongroom review list").Run(ListReviews);
  auto get = std::make_shared<ReviewOptions>();
  line.Add("review get", "Print a signed review")
      .Positional("ID", get->id, "id, as 'review list' shows it")
      .Text("--output,-o", get->output, "FILE", "write it to a file")
      .Example("strongroom review get 3f0c55aa12345678 -o review.txt")
      .Run([get](Session& session) { return GetReview(session, *get); });
  auto verify = std::make_shared<ReviewOptions>();
  line.Add("review verify", "Verify a signed review offline")
      .Positional("FILE", verify->file, "the signed review")
      .RequiredText("--key", verify->key, "VKEY", "the verifier key of the office's log")
      .Note("Needs no server; 'audit logs' shows the key.  Compare it with one that was kept elsewhere.")
      .Example("strongroom review verify review-2027-01.txt --key 'strongroom/office-1a2b+1f2e3d4c+AT...'")
      .Run([verify](Session& session) { return VerifyReview(session, *verify); });
  line.Add("score", "Show where the company stands, and what to do next").Example("strongroom score").Run(ShowScore);
  AddAccessCommands(line);
}

}  // namespace strongroom
