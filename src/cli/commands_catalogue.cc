// The catalogue: what may be held, and what may gather it.
#include "cli/commands.h"
#include "cli/table.h"

namespace strongroom {
namespace {

struct NameOptions {
  std::string name;
};

Result<ExitCode> ListCatalogue(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/catalogue"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  ASSIGN_OR_RETURN(const JsonValue fields, answer.root().GetArray("fields"));
  ASSIGN_OR_RETURN(const JsonValue points, answer.root().GetArray("collection_points"));
  session.Print(fields.size() == 0
                    ? "There are no fields yet: 'strongroom import' or 'strongroom catalogue put-field'.\n"
                    : TableOf(fields, {{"FIELD", "name"},
                                       {"TYPE", "type"},
                                       {"SENSITIVITY", "sensitivity"},
                                       {"SEARCH", "search"},
                                       {"PURPOSES", "purposes"},
                                       {"BASIS", "legal_basis"},
                                       {"DAYS", "retention_days"}}));
  if (points.size() > 0) {
    session.Print(
        "\n" + TableOf(points, {{"COLLECTION POINT", "name"}, {"FIELDS", "fields"}, {"DESCRIPTION", "description"}}));
  }
  return ExitCode::kOk;
}

// A field or collection point of this name, whichever there is.
Result<ExitCode> ShowEntry(Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/catalogue"));
  for (const std::string_view member : {"fields", "collection_points"}) {
    ASSIGN_OR_RETURN(const JsonValue entries, answer.root().GetArray(member));
    for (const JsonValue& entry : entries) {
      if (CellOf(entry, "name") != name) continue;
      session.json() ? session.PrintLine(PrintableJson(entry.RawText())) : session.Print(MembersOf(entry));
      return ExitCode::kOk;
    }
  }
  session.Note("The catalogue has no field and no collection point named '" + Printable(name) +
               "'.\n  What to do: 'strongroom catalogue list' shows them all.");
  return ExitCode::kNotFound;
}

// `file` holds the JSON form; its name is also the address.
Result<ExitCode> PutEntry(Session& session, const std::string& file, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::string text,
                   file == "-" ? session.terminal().ReadAll(1u << 20) : ReadWholeFile(file, 1u << 20));
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(text));
  ASSIGN_OR_RETURN(const std::string_view name, document.root().GetString("name"));
  ASSIGN_OR_RETURN(const Answer answer, session.Call("PUT", UrlPath({"v1", "catalogue", folder, name}), text));
  session.json() ? session.PrintJson(answer) : session.PrintLine("stored: " + Printable(name));
  return ExitCode::kOk;
}

}  // namespace

void AddCatalogueCommands(CommandLine& line) {
  line.Group("catalogue", "What may be held of customers, and what may gather it");
  line.Add("catalogue list", "List the fields and collection points")
      .Example("strongroom catalogue list")
      .Run(ListCatalogue);

  auto shown = std::make_shared<NameOptions>();
  line.Add("catalogue show", "Show a field or collection point with all its members")
      .Positional("NAME", shown->name, "name of the field or collection point")
      .Example("strongroom catalogue show email")
      .Example("strongroom catalogue show email --json > email.json")
      .Run([shown](Session& session) { return ShowEntry(session, shown->name); });

  auto field = std::make_shared<NameOptions>();
  line.Add("catalogue put-field", "Add or change a field")
      .Positional("FILE", field->name, "the field in its JSON form; - for standard input")
      .Note(
          "'strongroom catalogue show NAME --json' prints the form of a field that exists. A changed \"search\" makes "
          "the index of all "
          "customers anew; 'strongroom catalogue show NAME' says how far it is.\n"
          "What whoever steals the store without its keys learns. exact: which customers' values are equal. prefix: "
          "which begin alike, "
          "and so frequent beginnings. range: how many lie in each interval, and so roughly what each value is. fuzzy: "
          "which names share "
          "letters, and so most names. none: nothing.")
      .Example("strongroom catalogue put-field email.json")
      .Run([field](Session& session) { return PutEntry(session, field->name, "fields"); });

  auto point = std::make_shared<NameOptions>();
  line.Add("catalogue put-point", "Add or change a collection point")
      .Positional("FILE", point->name, "the collection point in its JSON form; - for standard input")
      .Example("strongroom catalogue put-point web-shop.json")
      .Run([point](Session& session) { return PutEntry(session, point->name, "collection-points"); });
}

}  // namespace strongroom
