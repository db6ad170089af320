// The report as one page: it loads nothing and runs nothing.
#include <algorithm>

#include "survey/report.h"

namespace strongroom::survey {
namespace {

constexpr size_t kMostRows = 5000;  // of one table; all stand in the JSON

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Where personal data lies</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 75rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 2rem; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8888; overflow-wrap: anywhere; }
td.number { text-align: right; white-space: nowrap; }
.scroll { overflow-x: auto; }
.unknown { font-weight: 700; }
</style>
</head>
<body>
<main>
)";

class Table {
 public:
  Table(std::string& out, std::string_view caption, std::initializer_list<std::string_view> headings) : out_(out) {
    out_.append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"").append(Escaped(caption));
    out_.append("\">\n<table>\n<caption>").append(Escaped(caption)).append("</caption>\n<thead><tr>");
    for (const std::string_view heading : headings) {
      out_.append("<th scope=\"col\">").append(Escaped(heading)).append("</th>");
    }
    out_ += "</tr></thead>\n<tbody>\n";
  }
  ~Table() { out_ += "</tbody>\n</table>\n</div>\n"; }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // The first cell names the row.
  void Row(const std::vector<std::string>& cells, const char* style = "") {
    out_.append("<tr class=\"").append(style).append("\">");
    for (size_t i = 0; i < cells.size(); ++i) {
      out_ += i == 0 ? "<th scope=\"row\">" : "<td>";
      out_ += Escaped(cells[i]);
      out_ += i == 0 ? "</th>" : "</td>";
    }
    out_ += "</tr>\n";
  }

 private:
  std::string& out_;
};

std::string CatalogueText(const Report& report, Known known, detect::Kind kind) {
  switch (known) {
    case Known::kNotCompared:
      return "not compared";
    case Known::kKnown:
      return "known: " + FieldsOfKind(*report.catalogue, kind);
    case Known::kStray:
      return "not here: the catalogue holds this kind as " + FieldsOfKind(*report.catalogue, kind);
    case Known::kUnknown:
      return "unknown: the catalogue has no field of this kind";
  }
  return "";
}

void AddHoldings(std::string& out, const Report& report, const Place& place) {
  size_t rows = 0;
  Table table(out, "What " + place.name + " holds",
              {"Where", "Field", "Kind", "Share of cells", "Finds", "Samples, masked", "Catalogue", "New"});
  for (const Item& item : place.items) {
    for (const Field& field : item.fields) {
      for (const Holding& holding : field.holds) {
        if (++rows > kMostRows) continue;
        const Known known =
            report.catalogue ? Compare(*report.catalogue, holding.kind, field.name) : Known::kNotCompared;
        std::string kind(detect::NameOf(holding.kind));
        if (!holding.subtype.empty()) kind += " " + holding.subtype;
        if (holding.doubtful) kind += " (doubtful: as few as chance would make)";
        std::string samples;
        for (const std::string& sample : holding.samples) samples += (samples.empty() ? "" : "  ") + sample;
        const bool fresh = report.before && !report.before->contains(KeyOf(place, item, field, holding));
        std::string where = item.name;
        if (item.state == ItemState::kSampled) where += " (a sample of " + std::to_string(item.rows) + " rows)";
        if (item.state == ItemState::kUnchanged) where += " (unchanged)";
        table.Row({where, field.name, kind, field.filled > 0 ? PercentText(field.ShareOf(holding)) : "",
                   std::to_string(holding.finds), samples,
                   holding.doubtful ? "" : CatalogueText(report, known, holding.kind), fresh ? "new" : ""},
                  !holding.doubtful && (known == Known::kUnknown || known == Known::kStray) ? "unknown" : "");
      }
    }
  }
  if (rows > kMostRows) table.Row({std::to_string(rows - kMostRows) + " more stand in the JSON report"});
  if (rows == 0) table.Row({"Nothing personal was found."});
}

void AddNotLookedInto(std::string& out, const Place& place) {
  const bool any =
      std::any_of(place.items.begin(), place.items.end(), [](const Item& item) { return !item.reason.empty(); });
  if (!any) return;
  size_t rows = 0;
  Table table(out, "What of " + place.name + " was not looked into", {"Where", "What it is", "Why"});
  for (const Item& item : place.items) {
    if (item.reason.empty() || ++rows > kMostRows) continue;
    table.Row({item.name, item.what, item.reason});
  }
  if (rows > kMostRows) table.Row({std::to_string(rows - kMostRows) + " more stand in the JSON report"});
}

std::string LifetimeText(int64_t seconds) {
  if (seconds == 0) return "until the browser closes";
  if (seconds < 86400) return std::to_string((seconds + 3599) / 3600) + " hours";
  return std::to_string(seconds / 86400) + " days";
}

void AddSite(std::string& out, const Site& site) {
  {
    Table table(out, "Cookies", {"Name", "Of", "Whose", "Lifetime", "HttpOnly", "Secure", "SameSite"});
    for (const Cookie& cookie : site.cookies) {
      table.Row({cookie.name, cookie.domain + cookie.path, cookie.third_party ? "another site's" : "this site's",
                 LifetimeText(cookie.lifetime_seconds), cookie.http_only ? "yes" : "no", cookie.secure ? "yes" : "no",
                 cookie.same_site.empty() ? "not said" : cookie.same_site},
                cookie.third_party ? "unknown" : "");
    }
    if (site.cookies.empty()) table.Row({"None were set."});
  }
  {
    Table table(out, "Requests to others",
                {"Host", "What was asked for", "Requests", "Told the page's address", "Sets cookies"});
    for (const ThirdParty& third : site.third_parties) {
      std::string types;
      for (const std::string& type : third.types) types += (types.empty() ? "" : ", ") + type;
      table.Row({third.host, types, std::to_string(third.requests), std::to_string(third.with_address),
                 third.sets_cookies ? "yes" : "no"});
    }
    if (site.third_parties.empty()) table.Row({"None were seen."});
  }
  Table table(out, "Forms", {"Page", "Gathers", "Fields", "Sent to", "Link about privacy"});
  for (const Form& form : site.forms) {
    std::string gathers;
    std::string fields;
    for (const FormField& field : form.fields) {
      if (!field.gathers.empty() && gathers.find(field.gathers) == std::string::npos)
        gathers += (gathers.empty() ? "" : ", ") + field.gathers;
      fields += (fields.empty() ? "" : ", ") + field.name + " (" + field.type + ")";
    }
    std::string sent = form.method + " " + (form.third_party ? "another site: " : "") + form.action_host;
    if (form.method == "get" && form.gathers_personal()) sent += " (what is typed stands in the address)";
    table.Row({form.page, gathers, fields, sent,
               form.notice_inside ? "in the form"
               : form.notice      ? "on the page"
                                  : "none"},
              form.gathers_personal() && !form.notice ? "unknown" : "");
  }
  if (site.forms.empty()) table.Row({"None were seen."});
}

}  // namespace

std::string ReportHtml(const Report& report) {
  const Totals totals = TotalsOf(report);
  std::string out(kHead);
  out += "<h1>Where personal data lies</h1>\n<p>Made " + Escaped(FormatTime(report.made)) + ". ";
  out += std::to_string(totals.holdings) + " fields hold personal data";
  if (report.catalogue) out += ", " + std::to_string(totals.not_known) + " of them the catalogue does not know";
  if (report.before) out += ", " + std::to_string(totals.fresh) + " are new since the report before";
  out += ". " + std::to_string(totals.doubtful) + " more are doubtful. " + std::to_string(totals.not_looked_into) +
         " items were not looked into.</p>\n";
  if (!totals.complete) out += "<p><strong>This report is not complete.</strong></p>\n";
  out += report.full ? "<p>Every row of every table was read.</p>\n"
                     : "<p>Of larger tables about " + std::to_string(report.sample_rows) +
                           " rows were read, spread evenly: what stands in few rows may have been missed.</p>\n";
  out += "<p>Samples are masked. No value stands in this report.</p>\n";
  for (const Place& place : report.places) {
    out += "<h2>" + Escaped(place.kind) + " " + Escaped(place.name) + "</h2>\n<p>" + std::to_string(place.items_read) +
           " items read, " + std::to_string(place.items_unchanged) + " unchanged since the run before, " +
           std::to_string(place.items_not_looked_into) + " not looked into.</p>\n";
    if (!place.failure.empty()) out += "<p><strong>" + Escaped(place.failure) + "</strong></p>\n";
    AddHoldings(out, report, place);
    if (place.site) AddSite(out, *place.site);
    AddNotLookedInto(out, place);
  }
  out += "</main>\n</body>\n</html>\n";
  return out;
}

}  // namespace strongroom::survey
