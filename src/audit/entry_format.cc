#include "audit/entry_format.h"

#include <algorithm>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr size_t kCustomersOnALine = 3;

std::string Hex64(uint64_t number) {
  Bytes bytes;
  ByteWriter(bytes).U64(number);
  return HexEncode(bytes);
}

template <typename Key>
std::string NameFrom(const std::function<std::string(Key)>& name_of, Key key) {
  return name_of ? name_of(key) : std::string();
}

std::string FieldText(const EntryNames& names, FieldId field) {
  const std::string name = NameFrom(names.field, field);
  return name.empty() ? "field " + std::to_string(field) : name;
}

std::string Quoted(std::string_view text) {
  Bytes out;
  AppendJsonString(out, text);
  return out;
}

std::string CustomersText(const std::vector<AuditId>& customers) {
  std::string text = customers.size() == 1 ? " of customer " : " of customers ";
  for (size_t i = 0; i < std::min(customers.size(), kCustomersOnALine); ++i) {
    if (i > 0) text += ", ";
    text += HexEncode(View(customers[i]));
  }
  if (customers.size() > kCustomersOnALine) {
    text += " and " + std::to_string(customers.size() - kCustomersOnALine) + " more";
  }
  return text;
}

std::string ActionText(Action action) {
  const std::string_view name = NameOf(action);
  return name.empty() || name == "unknown" ? "action " + std::to_string(static_cast<int>(action)) : std::string(name);
}

}  // namespace

std::string FormatEntryForPeople(const AuditEntry& entry, const EntryNames& names) {
  std::string line = FormatTime(entry.time) + " ";
  if (entry.actor_kind == PrincipalKind::kNone && entry.actor == 0) {
    line += "nobody signed in";
  } else {
    line += NameOf(entry.actor_kind);
    const std::string name = NameFrom(names.principal, entry.actor);
    if (!name.empty()) line += " " + Quoted(name);
    if (entry.actor != 0) line += " " + Hex64(entry.actor);
  }
  if (entry.address != IpAddress()) line += " from " + entry.address.ToString();
  line += ": " + ActionText(entry.action);
  for (size_t i = 0; i < entry.fields.size(); ++i) line += (i == 0 ? " " : ", ") + FieldText(names, entry.fields[i]);
  if (!entry.customers.empty()) line += CustomersText(entry.customers);
  if (entry.count != 0) line += ", " + std::to_string(entry.count) + " items";
  if (!entry.detail.empty()) line += " " + Quoted(entry.detail);
  if (!entry.purpose.empty()) line += " for claimed purpose " + Quoted(entry.purpose);
  line += "; decided " + std::string(NameOf(entry.decision)) + " by ";
  const std::string rule = NameFrom(names.rule, entry.rule);
  line += entry.rule == 0 ? "default" : rule.empty() ? "rule " + std::to_string(entry.rule) : "rule " + rule;
  if (entry.outcome != Reason::kOk) line += "; refused or failed: " + std::string(InfoOf(entry.outcome).wire_code);
  if (entry.request_id != 0) line += "; request " + Hex64(entry.request_id);
  return line;
}

void AppendEntryJson(JsonWriter& json, const AuditEntry& entry, std::optional<uint64_t> index,
                     const EntryNames& names) {
  json.BeginObject().Key("index");
  if (index.has_value()) {
    json.Uint(*index);
  } else {
    json.Null();
  }
  json.String("time", FormatTime(entry.time));
  json.Key("actor").BeginObject().String("kind", NameOf(entry.actor_kind));
  if (entry.actor != 0) json.String("id", Hex64(entry.actor));
  if (const std::string name = NameFrom(names.principal, entry.actor); !name.empty()) json.String("name", name);
  json.EndObject();
  if (entry.address != IpAddress()) json.String("address", entry.address.ToString());
  if (entry.request_id != 0) json.String("request_id", Hex64(entry.request_id));
  json.String("action", ActionText(entry.action)).String("decision", NameOf(entry.decision));
  json.Key("rule").BeginObject().Int("number", entry.rule);
  if (const std::string name = NameFrom(names.rule, entry.rule); !name.empty()) json.String("name", name);
  json.EndObject();
  json.String("outcome", InfoOf(entry.outcome).wire_code);
  if (!entry.purpose.empty()) json.String("purpose", entry.purpose);
  json.Key("fields").BeginArray();
  for (FieldId field : entry.fields) {
    json.BeginObject().Int("number", field);
    if (const std::string name = NameFrom(names.field, field); !name.empty()) json.String("name", name);
    json.EndObject();
  }
  json.EndArray().Key("customers").BeginArray();
  for (const AuditId& id : entry.customers) json.String(HexEncode(View(id)));
  json.EndArray();
  if (entry.count != 0) json.Int("count", entry.count);
  if (entry.change.has_value()) json.String("change", HexEncode(View(*entry.change)));
  if (!entry.detail.empty()) json.String("detail", entry.detail);
  json.EndObject();
}

std::string EntryToJson(const AuditEntry& entry, std::optional<uint64_t> index, const EntryNames& names) {
  Bytes out;
  JsonWriter json(out);
  AppendEntryJson(json, entry, index, names);
  return out;
}

}  // namespace strongroom
