// The report of a survey: places, what they hold, what the catalogue knows of that, what is new since another report.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "survey/findings.h"
#include "survey/site.h"

namespace strongroom::survey {

// What was asked to be gone through: a folder, a database, a web site.
struct Place {
  std::string name;              // as it was named, without passwords
  std::string kind;              // "folder", "file", "database", "web site"
  std::vector<Item> items = {};  // those that hold something or were not looked into
  uint64_t items_read = 0;       // all of them, also those that hold nothing
  uint64_t items_unchanged = 0;
  uint64_t items_not_looked_into = 0;
  uint64_t bytes = 0;
  uint64_t rows = 0;
  bool complete = true;  // false: broken off, or `failure` says why
  std::string failure = {};
  std::optional<Site> site = std::nullopt;
};

// Counts the item and keeps it when somebody must see it.
void TakeItem(Place& place, Item item);

// How a catalogue stands to what was found.
enum class Known : uint8_t {
  kNotCompared,
  kKnown,    // the catalogue has a field of this kind, and the place is one for it by its name
  kStray,    // it has one, but this place is no such field: a note, a log, a copy in a file
  kUnknown,  // it has no field of this kind at all
};
std::string_view NameOf(Known known);  // "not-compared", "known", "stray", "unknown"

// A field of the catalogue, as far as finds are compared with it.
struct CatalogueField {
  std::string name;
  std::string type;
};
// `json` is the answer of GET /v1/catalogue.  Errors as base/json.h.
Result<std::vector<CatalogueField>> ReadCatalogue(ByteView json);

// The same for all: which kinds a type of the catalogue holds ("email": EMAIL).
bool TypeHolds(std::string_view type, detect::Kind kind);
// `place_name` is the column's name, the member's, the form field's; empty in running text.
Known Compare(const std::vector<CatalogueField>& catalogue, detect::Kind kind, std::string_view place_name);
// The names of the catalogue's fields of that kind, with commas between.
std::string FieldsOfKind(const std::vector<CatalogueField>& catalogue, detect::Kind kind);

struct Report {
  UnixMillis made = 0;
  std::vector<Place> places = {};
  bool full = false;        // every row was asked for
  int64_t sample_rows = 0;  // otherwise: of each table
  std::optional<std::vector<CatalogueField>> catalogue = std::nullopt;
  std::optional<std::set<std::string>> before = std::nullopt;  // KeyOf() of what stood in the report compared with
};

// What tells a find of one report from those of another: place, item, field, kind.
std::string KeyOf(const Place& place, const Item& item, const Field& field, const Holding& holding);
// The keys of a report that was written before.  Errors as base/json.h.
Result<std::set<std::string>> KeysOfReport(ByteView json);

// What commands decide by.
struct Totals {
  uint64_t holdings = 0;  // without the doubtful
  uint64_t doubtful = 0;
  uint64_t not_known = 0;  // to the catalogue: stray or unknown
  uint64_t fresh = 0;      // since the report before
  uint64_t not_looked_into = 0;
  bool complete = true;
};
Totals TotalsOf(const Report& report);

// docs/formats/scan-report.md.
std::string ReportJson(const Report& report);
// One page that loads nothing and runs nothing.
std::string ReportHtml(const Report& report);
// A few lines for a terminal: what was found, what the catalogue does not know.
std::string ReportText(const Report& report);

// "12 %", "0.4 %", "under 0.1 %"
std::string PercentText(double share);

}  // namespace strongroom::survey
