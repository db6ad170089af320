// The report as JSON and as lines for a terminal.
#include <algorithm>

#include "base/json_writer.h"
#include "survey/report.h"

namespace strongroom::survey {
namespace {

constexpr size_t kMostLines = 60;

void WriteHolding(JsonWriter& json, const Report& report, const Place& place, const Item& item, const Field& field,
                  const Holding& holding) {
  json.BeginObject().String("type", detect::NameOf(holding.kind));
  if (!holding.subtype.empty()) json.String("subtype", holding.subtype);
  json.Key("finds").Uint(holding.finds);
  if (field.filled > 0) {
    json.Key("cells").Uint(holding.cells);
    // Four digits say all there is.
    json.Key("share").Double(static_cast<double>(static_cast<int64_t>(field.ShareOf(holding) * 10'000 + 0.5)) / 10'000);
  }
  json.Key("score").Double(static_cast<double>(static_cast<int>(holding.score * 100 + 0.5F)) / 100);
  if (holding.doubtful) json.Bool("doubtful", true);
  if (report.catalogue) {
    json.String("catalogue", NameOf(Compare(*report.catalogue, holding.kind, field.name)));
    const std::string fields = FieldsOfKind(*report.catalogue, holding.kind);
    if (!fields.empty()) json.String("catalogue_fields", fields);
  }
  if (report.before) json.Bool("new", !report.before->contains(KeyOf(place, item, field, holding)));
  json.Key("samples").BeginArray();
  for (const std::string& sample : holding.samples) json.String(sample);
  json.EndArray().EndObject();
}

void WriteItem(JsonWriter& json, const Report& report, const Place& place, const Item& item) {
  json.BeginObject().String("name", item.name).String("what", item.what).String("state", NameOf(item.state));
  if (!item.reason.empty()) json.String("reason", item.reason);
  json.Key("bytes").Uint(item.bytes);
  if (item.rows > 0) json.Key("rows").Uint(item.rows);
  if (item.all_rows > item.rows) json.Key("all_rows").Uint(item.all_rows);
  json.Key("fields").BeginArray();
  for (const Field& field : item.fields) {
    json.BeginObject().String("name", field.name);
    if (field.cells > 0) json.Key("cells").Uint(field.cells).Key("filled").Uint(field.filled);
    json.Key("holds").BeginArray();
    for (const Holding& holding : field.holds) WriteHolding(json, report, place, item, field, holding);
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
}

void WriteSite(JsonWriter& json, const Site& site) {
  json.Key("site").BeginObject().String("origin", site.origin);
  json.Key("pages").Uint(site.pages).Key("requests").Uint(site.requests);
  json.Key("cookies").BeginArray();
  for (const Cookie& cookie : site.cookies) {
    json.BeginObject().String("name", cookie.name).String("domain", cookie.domain).String("path", cookie.path);
    json.Int("lifetime_seconds", cookie.lifetime_seconds).Bool("http_only", cookie.http_only);
    json.Bool("secure", cookie.secure).String("same_site", cookie.same_site).Bool("third_party", cookie.third_party);
    json.EndObject();
  }
  json.EndArray().Key("third_parties").BeginArray();
  for (const ThirdParty& third : site.third_parties) {
    json.BeginObject().String("host", third.host).Key("requests").Uint(third.requests);
    json.Key("told_page_address").Uint(third.with_address).Bool("sets_cookies", third.sets_cookies);
    json.Key("types").BeginArray();
    for (const std::string& type : third.types) json.String(type);
    json.EndArray().EndObject();
  }
  json.EndArray().Key("forms").BeginArray();
  for (const Form& form : site.forms) {
    json.BeginObject().String("page", form.page).String("method", form.method).String("action_host", form.action_host);
    json.Bool("third_party", form.third_party).Bool("notice", form.notice).Bool("notice_inside", form.notice_inside);
    json.Key("fields").BeginArray();
    for (const FormField& field : form.fields) {
      json.BeginObject().String("name", field.name).String("type", field.type);
      if (!field.autocomplete.empty()) json.String("autocomplete", field.autocomplete);
      if (!field.label.empty()) json.String("label", field.label);
      if (!field.gathers.empty()) json.String("gathers", field.gathers);
      json.EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
}

}  // namespace

std::string ReportJson(const Report& report) {
  const Totals totals = TotalsOf(report);
  std::string text;
  JsonWriter json(text);
  json.BeginObject().String("format", "strongroom-scan-1").String("made", FormatTime(report.made));
  json.Bool("complete", totals.complete).Bool("full", report.full);
  if (!report.full) json.Int("sample_rows", report.sample_rows);
  json.Bool("compared_with_catalogue", report.catalogue.has_value());
  json.Key("totals").BeginObject().Key("holdings").Uint(totals.holdings).Key("doubtful").Uint(totals.doubtful);
  if (report.catalogue) json.Key("not_known").Uint(totals.not_known);
  if (report.before) json.Key("new").Uint(totals.fresh);
  json.Key("not_looked_into").Uint(totals.not_looked_into).EndObject();
  json.Key("places").BeginArray();
  for (const Place& place : report.places) {
    json.BeginObject().String("name", place.name).String("kind", place.kind).Bool("complete", place.complete);
    if (!place.failure.empty()) json.String("failure", place.failure);
    json.Key("read").Uint(place.items_read).Key("unchanged").Uint(place.items_unchanged);
    json.Key("not_looked_into").Uint(place.items_not_looked_into);
    json.Key("bytes").Uint(place.bytes).Key("rows").Uint(place.rows);
    json.Key("items").BeginArray();
    for (const Item& item : place.items) WriteItem(json, report, place, item);
    json.EndArray();
    if (place.site) WriteSite(json, *place.site);
    json.EndObject();
  }
  json.EndArray().EndObject();
  text.push_back('\n');
  return text;
}

namespace {

// One line for each holding that somebody should see first.
void AddLines(const Report& report, bool not_known, std::vector<std::string>& lines) {
  for (const Place& place : report.places) {
    for (const Item& item : place.items) {
      for (const Field& field : item.fields) {
        for (const Holding& holding : field.holds) {
          if (holding.doubtful) continue;
          const Known known =
              report.catalogue ? Compare(*report.catalogue, holding.kind, field.name) : Known::kNotCompared;
          if (not_known != (known == Known::kStray || known == Known::kUnknown)) continue;
          std::string line = "  " + place.name + (place.name.ends_with('/') ? "" : "/") + item.name;
          if (!field.name.empty()) line += ": " + field.name;
          line += ": " + std::string(detect::NameOf(holding.kind));
          if (!holding.subtype.empty()) line += " " + holding.subtype;
          if (field.filled > 0) {
            line += " in " + PercentText(field.ShareOf(holding)) + " of " + std::to_string(field.filled) + " cells";
          } else {
            line += ", " + std::to_string(holding.finds) + (holding.finds == 1 ? " find" : " finds");
          }
          if (!holding.samples.empty()) line += ", such as " + holding.samples[0];
          if (known == Known::kStray) {
            line += " (the catalogue holds this kind as " + FieldsOfKind(*report.catalogue, holding.kind) + ")";
          }
          if (report.before && !report.before->contains(KeyOf(place, item, field, holding))) line += " NEW";
          lines.push_back(line + "\n");
        }
      }
    }
  }
}

// "1 page", "2 pages"
std::string Counted(uint64_t number, const char* what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

void Print(std::string& text, const std::string& heading, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  text += heading + "\n";
  for (size_t i = 0; i < std::min(lines.size(), kMostLines); ++i) text += lines[i];
  if (lines.size() > kMostLines)
    text += "  and " + std::to_string(lines.size() - kMostLines) + " more: see the report\n";
}

}  // namespace

std::string ReportText(const Report& report) {
  std::string text;
  std::vector<std::string> lines;
  if (report.catalogue) {
    AddLines(report, true, lines);
    Print(text, "The catalogue does not know:", lines);
    lines.clear();
  }
  AddLines(report, false, lines);
  Print(text, report.catalogue ? "The catalogue knows:" : "Found:", lines);
  for (const Place& place : report.places) {
    if (!place.site) continue;
    const Site& site = *place.site;
    const auto third = std::count_if(site.cookies.begin(), site.cookies.end(),
                                     [](const Cookie& cookie) { return cookie.third_party; });
    const auto bare = std::count_if(site.forms.begin(), site.forms.end(),
                                    [](const Form& form) { return form.gathers_personal() && !form.notice; });
    text += site.origin + ": " + Counted(site.pages, "page") + ", " + Counted(site.cookies.size(), "cookie") + " (" +
            std::to_string(third) + " of other sites), requests to " +
            Counted(site.third_parties.size(), "other host") + ", " + Counted(site.forms.size(), "form") + " (" +
            std::to_string(bare) + " that gather personal data on a page without a link about privacy)\n";
  }
  for (const Place& place : report.places) {
    if (!place.failure.empty()) text += place.name + ": " + place.failure + "\n";
  }
  return text;
}

}  // namespace strongroom::survey
