#include "cli/field_values.h"

#include <algorithm>

#include "cli/table.h"

namespace strongroom {
namespace {

constexpr size_t kColumnsOfAList = 6;

struct Shown {
  std::string text;
  bool hidden = false;
};

// {masked}, {plain}, or a bare value.
Shown ShownOf(const JsonValue& value) {
  if (!value.IsObject()) return {CellText(value), false};
  if (const auto masked = value.Find("masked")) return {CellText(*masked), true};
  if (const auto plain = value.Find("plain")) return {CellText(*plain), false};
  return {CellText(value), false};
}

void AddRow(TextTable& table, const JsonValue& field, const JsonValue& value) {
  const Shown shown = ShownOf(value);
  table.Row({std::string(field.key()), shown.text, shown.hidden ? "hidden" : ""});
}

std::string ValuesTable(const JsonValue& values, bool with_hidden) {
  TextTable table(with_hidden ? std::vector<std::string>{"FIELD", "VALUE", ""}
                              : std::vector<std::string>{"FIELD", "VALUE"});
  for (const JsonValue& field : values) {
    if (!field.IsArray()) {
      AddRow(table, field, field);
      continue;
    }
    for (const JsonValue& value : field) AddRow(table, field, value);
  }
  return table.size() == 0 ? "no values\n" : table.Render();
}

}  // namespace

Result<FieldValues> ReadFieldValues(Session& session, const std::vector<std::string>& assignments) {
  FieldValues values;
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    const std::string field = assignment.substr(0, equals);
    if (field.empty()) {
      return Status(Reason::kInvalidArgument, "Values are written as field=value, or field=- to be asked for them.");
    }
    const std::string given = equals == std::string::npos ? "-" : assignment.substr(equals + 1);
    if (given.empty()) {
      return Status(Reason::kInvalidArgument,
                    "The field " + field + " has no value; leave it out, or write " + field + "=- to be asked for it.");
    }
    ASSIGN_OR_RETURN(std::string value, session.PersonalValue(given, field));
    values[field].push_back(std::move(value));
  }
  return values;
}

void AppendFieldValues(JsonWriter& json, const FieldValues& values) {
  json.BeginObject();
  for (const auto& [field, list] : values) {
    json.Key(field);
    if (list.size() == 1) {
      json.String(list.front());
      continue;
    }
    json.BeginArray();
    for (const std::string& value : list) json.String(value);
    json.EndArray();
  }
  json.EndObject();
}

std::string MaskedValuesTable(const JsonValue& values) { return ValuesTable(values, true); }
std::string PlainValuesTable(const JsonValue& values) { return ValuesTable(values, false); }

std::string CustomersTable(const JsonValue& customers) {
  std::vector<std::string> fields;
  for (const JsonValue& customer : customers) {
    const auto values = customer.Find("values");
    if (!values) continue;
    for (const JsonValue& field : *values) {
      const std::string name(field.key());
      const bool known = std::find(fields.begin(), fields.end(), name) != fields.end();
      if (!known && fields.size() < kColumnsOfAList) fields.push_back(name);
    }
  }
  std::vector<std::string> header = {"CODE"};
  for (const std::string& field : fields) header.push_back(Printable(field));
  TextTable table(std::move(header));
  for (const JsonValue& customer : customers) {
    std::vector<std::string> cells = {CellOf(customer, "code")};
    const auto values = customer.Find("values");
    for (const std::string& field : fields) {
      const auto value = values ? values->Find(field) : std::nullopt;
      std::string cell;
      if (value && value->IsArray()) {
        for (const JsonValue& one : *value) cell += (cell.empty() ? "" : ", ") + ShownOf(one).text;
      } else if (value) {
        cell = ShownOf(*value).text;
      }
      cells.push_back(std::move(cell));
    }
    table.Row(std::move(cells));
  }
  return table.Render();
}

}  // namespace strongroom
