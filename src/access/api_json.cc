#include "access/api_json.h"

#include <charconv>
#include <utility>

#include "audit/entry_format.h"

namespace strongroom {
namespace {

constexpr int64_t kMillisPerDay = 86'400'000;
constexpr int64_t kMaxDays = 3'653;  // ten years

Result<std::vector<std::string>> ReadNames(const JsonValue& json, std::string_view member) {
  std::vector<std::string> names;
  ASSIGN_OR_RETURN(const std::optional<JsonValue> array, json.OptArray(member));
  if (!array.has_value()) return names;
  for (const JsonValue item : *array) {
    ASSIGN_OR_RETURN(const std::string_view name, item.AsString());
    names.emplace_back(name);
  }
  return names;
}

void AppendNames(JsonWriter& json, std::string_view member, const std::vector<std::string>& names) {
  json.Key(member).BeginArray();
  for (const std::string& name : names) json.String(name);
  json.EndArray();
}

void AppendMembers(JsonWriter& json, const ApiKeyInfo& info) {
  json.String("id", FormatPrincipalId(info.id)).String("name", info.spec.name);
  json.String("kind", NameOf(info.spec.kind));
  AppendNames(json, "roles", info.spec.roles);
  AppendNames(json, "purposes", info.spec.purposes);
  AppendNames(json, "token_domains", info.spec.token_domains);
  json.Key("networks").BeginArray();
  for (const IpNetwork& network : info.spec.networks) json.String(network.ToString());
  json.EndArray();
  if (info.spec.expires_at.has_value()) json.String("expires_at", FormatTime(*info.spec.expires_at));
  json.String("created_at", FormatTime(info.created_at));
  if (info.created_by != 0) json.String("created_by", FormatPrincipalId(info.created_by));
  if (info.revoked_at.has_value()) {
    json.String("revoked_at", FormatTime(*info.revoked_at)).String("revoked_by", FormatPrincipalId(info.revoked_by));
  }
}

}  // namespace

Result<ApiKeySpec> ApiKeySpecFromJson(const JsonValue& json, UnixMillis now) {
  ApiKeySpec spec;
  ASSIGN_OR_RETURN(const std::string_view name, json.GetString("name"));
  spec.name = std::string(name);
  ASSIGN_OR_RETURN(const std::string_view kind_name, json.GetString("kind"));
  const std::optional<PrincipalKind> kind = PrincipalKindFromName(kind_name);
  if (!kind.has_value()) {
    return Status(Reason::kInvalidArgument, "'kind' is staff, application, partner, auditor or system");
  }
  spec.kind = *kind;
  ASSIGN_OR_RETURN(spec.roles, ReadNames(json, "roles"));
  ASSIGN_OR_RETURN(spec.purposes, ReadNames(json, "purposes"));
  ASSIGN_OR_RETURN(spec.token_domains, ReadNames(json, "token_domains"));
  ASSIGN_OR_RETURN(const std::vector<std::string> networks, ReadNames(json, "networks"));
  for (const std::string& text : networks) {
    const std::optional<IpNetwork> network = IpNetwork::Parse(text);
    if (!network.has_value()) {
      return Status(Reason::kInvalidArgument, "'networks' takes addresses and CIDR blocks, such as 10.0.0.0/8");
    }
    spec.networks.push_back(*network);
  }
  ASSIGN_OR_RETURN(const std::optional<int64_t> days, json.OptInt("expires_in_days", 1, kMaxDays));
  if (days.has_value()) spec.expires_at = now + *days * kMillisPerDay;
  RETURN_IF_ERROR(json.RefuseUnknown());
  return spec;
}

void AppendApiKeyJson(JsonWriter& json, const ApiKeyInfo& info) {
  json.BeginObject();
  AppendMembers(json, info);
  json.EndObject();
}

void AppendNewApiKeyJson(JsonWriter& json, const NewApiKey& made) {
  json.BeginObject();
  AppendMembers(json, made.info);
  json.String("key", ExposeSecret(made.key_text));
  json.EndObject();
}

void AppendEnrolmentCode(JsonWriter& json, const Invited& invited) {
  json.String("enrolment_code", ExposeSecret(invited.code));
}

Result<PrincipalId> ParsePrincipalId(std::string_view text) {
  PrincipalId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (text.size() != 16 || error != std::errc() || end != text.data() + text.size()) {
    return Status(Reason::kInvalidArgument, "a credential's id is 16 hexadecimal digits");
  }
  return id;
}

void AppendLogPageJson(JsonWriter& json, const LogPage& page, const OpenVault& vault) {
  const CataloguePtr catalogue = vault.catalogue().Current();
  const std::shared_ptr<const PolicySet> policy = vault.gate().policy().Get();
  EntryNames names;
  names.field = [&catalogue](FieldId id) {
    const FieldDef* field = catalogue->FindField(id);
    return field != nullptr ? field->name : std::string();
  };
  names.rule = [&policy](uint16_t rule) {
    return rule >= 1 && rule <= policy->rules().size() ? policy->rules()[rule - 1u].name : std::string();
  };
  json.BeginObject().Key("entries").BeginArray();
  for (const IndexedEntry& one : page.entries) AppendEntryJson(json, one.entry, one.index, names);
  json.EndArray().Key("next_before");
  if (page.next_before.has_value()) {
    json.Uint(*page.next_before);
  } else {
    json.Null();
  }
  json.EndObject();
}

}  // namespace strongroom
