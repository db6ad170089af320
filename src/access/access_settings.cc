#include "access/access_settings.h"

#include <unicode/timezone.h>

#include <algorithm>
#include <utility>

#include "crypto/hash.h"
#include "vault/customers.h"

namespace strongroom {
namespace {

constexpr std::string_view kName = "settings";
constexpr size_t kMostNetworks = 100;
constexpr size_t kMostOrigins = 20;
constexpr size_t kMostOriginBytes = 260;
constexpr int64_t kMillisPerMinute = 60'000;
constexpr int64_t kMinutesPerDay = 24 * 60;

Status Refused(std::string message) { return Status(Reason::kInvalidArgument, std::move(message)); }

// Null for what is no IANA name; ICU takes "GMT+3" and the like as well, which have no rules of daylight saving.
std::unique_ptr<icu::TimeZone> ZoneOf(const std::string& name) {
  if (name.empty() || name.size() > 64) return nullptr;
  UErrorCode error = U_ZERO_ERROR;
  UBool is_system = false;
  icu::UnicodeString canonical;
  icu::TimeZone::getCanonicalID(icu::UnicodeString::fromUTF8(name), canonical, is_system, error);
  if (U_FAILURE(error) || !is_system) return nullptr;
  return std::unique_ptr<icu::TimeZone>(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
}

Result<int64_t> Number(const JsonValue& json, std::string_view member, int64_t min, int64_t max, int64_t otherwise) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> given, json.OptInt(member, min, max));
  return given.value_or(otherwise);
}

Result<bool> YesNo(const JsonValue& json, std::string_view member, bool otherwise) {
  ASSIGN_OR_RETURN(const std::optional<bool> given, json.OptBool(member));
  return given.value_or(otherwise);
}

Status ReadNetworks(const JsonValue& json, AccessSettings& settings) {
  ASSIGN_OR_RETURN(const std::optional<JsonValue> roles, json.OptObject("networks"));
  if (!roles.has_value()) return Status::Ok();
  for (const JsonValue role : *roles) {
    RETURN_IF_ERROR(role.ExpectArray());
    std::vector<IpNetwork>& networks = settings.networks[std::string(role.key())];
    for (const JsonValue item : role) {
      ASSIGN_OR_RETURN(const std::string_view text, item.AsString());
      const std::optional<IpNetwork> network = IpNetwork::Parse(text);
      if (!network.has_value()) return Refused("'networks' takes addresses and CIDR blocks, such as 10.0.0.0/8");
      networks.push_back(*network);
    }
    // "No networks" would read as "nowhere" to one person and "anywhere" to another.
    if (networks.empty()) settings.networks.erase(std::string(role.key()));
  }
  return Status::Ok();
}

// "https://HOST" or "https://HOST:PORT", as browsers send it: no path, in lower case.
bool IsOrigin(std::string_view text) {
  constexpr std::string_view kHttps = "https://";
  if (!text.starts_with(kHttps) || text.size() > kMostOriginBytes) return false;
  const std::string_view rest = text.substr(kHttps.size());
  const std::string_view host = rest.substr(0, rest.find(':'));
  const std::string_view port = host.size() < rest.size() ? rest.substr(host.size() + 1) : "1";
  const auto all = [](std::string_view part, std::string_view of) {
    return !part.empty() && part.find_first_not_of(of) == std::string_view::npos;
  };
  return all(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") && all(port, "0123456789") && port.front() != '0' &&
         port != "443" && host.front() != '.' && host.back() != '.';
}

// Customers' pages: also without TLS, on this machine alone, for whoever builds them.
bool IsCustomerOrigin(std::string_view text) {
  constexpr std::string_view kLocal = "http://localhost";
  return IsOrigin(text) ||
         (text.starts_with(kLocal) && IsOrigin("https://localhost" + std::string(text.substr(kLocal.size()))));
}

Status ReadOrigins(const JsonValue& json, AccessSettings& settings) {
  ASSIGN_OR_RETURN(const std::optional<JsonValue> origins, json.OptArray("customer_origins"));
  if (!origins.has_value()) return Status::Ok();
  for (const JsonValue item : *origins) {
    ASSIGN_OR_RETURN(const std::string_view text, item.AsString());
    settings.customer_origins.emplace_back(text);
  }
  return Status::Ok();
}

}  // namespace

Status CheckAccessSettings(const AccessSettings& settings, const PolicySet& policy) {
  if (!settings.origin.empty() && !IsOrigin(settings.origin)) {
    return Refused("origin is https://HOST or https://HOST:PORT in lower case, without a path");
  }
  if (ZoneOf(settings.time_zone) == nullptr) return Refused("time_zone is no IANA name, such as Europe/Stockholm");
  if (settings.session_longest_minutes < settings.session_idle_minutes) {
    return Refused("session_longest_minutes is less than session_idle_minutes");
  }
  for (const auto& [role, networks] : settings.networks) {
    if (!policy.HasRole(role)) {
      return Status(Reason::kRoleUnknown, "networks: the policy in force lacks one of the roles");
    }
    if (networks.size() > kMostNetworks) return Refused("networks has more than 100 entries for a role");
  }
  const std::vector<std::string>& origins = settings.customer_origins;
  if (origins.size() > kMostOrigins || !std::all_of(origins.begin(), origins.end(), IsCustomerOrigin)) {
    return Refused("customer_origins takes up to 20 origins, such as https://shop.example.com, without a path");
  }
  return Status::Ok();
}

Result<AccessSettings> AccessSettingsFromJson(const JsonValue& json) {
  RETURN_IF_ERROR(json.ExpectObject());
  AccessSettings out;
  ASSIGN_OR_RETURN(const std::optional<std::string_view> origin, json.OptString("origin"));
  out.origin = std::string(origin.value_or(std::string_view()));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> zone, json.OptString("time_zone"));
  if (zone.has_value()) out.time_zone = std::string(*zone);
  RETURN_IF_ERROR(ReadNetworks(json, out));
  ASSIGN_OR_RETURN(out.session_idle_minutes,
                   Number(json, "session_idle_minutes", 1, kMinutesPerDay, out.session_idle_minutes));
  ASSIGN_OR_RETURN(out.session_longest_minutes,
                   Number(json, "session_longest_minutes", 1, 7 * kMinutesPerDay, out.session_longest_minutes));
  ASSIGN_OR_RETURN(out.question_on_new_place, YesNo(json, "question_on_new_place", out.question_on_new_place));
  ASSIGN_OR_RETURN(out.allow_sms, YesNo(json, "allow_sms", out.allow_sms));
  ASSIGN_OR_RETURN(out.most_who_see_everything,
                   Number(json, "most_who_see_everything", 0, 1000, out.most_who_see_everything));
  ASSIGN_OR_RETURN(out.review_interval_days, Number(json, "review_interval_days", 1, 366, out.review_interval_days));
  ASSIGN_OR_RETURN(out.unused_days, Number(json, "unused_days", 1, 366, out.unused_days));
  RETURN_IF_ERROR(ReadOrigins(json, out));
  ASSIGN_OR_RETURN(out.posture_hours, Number(json, "posture_hours", 1, 31 * 24, out.posture_hours));
  ASSIGN_OR_RETURN(out.passkey_counts_as_device, YesNo(json, "passkey_counts_as_device", out.passkey_counts_as_device));
  RETURN_IF_ERROR(json.RefuseUnknown());
  return out;
}

void AppendAccessSettings(JsonWriter& json, const AccessSettings& settings) {
  json.String("origin", settings.origin).String("time_zone", settings.time_zone).Key("networks").BeginObject();
  for (const auto& [role, networks] : settings.networks) {
    json.Key(role).BeginArray();
    for (const IpNetwork& network : networks) json.String(network.ToString());
    json.EndArray();
  }
  json.EndObject()
      .Int("session_idle_minutes", settings.session_idle_minutes)
      .Int("session_longest_minutes", settings.session_longest_minutes)
      .Bool("question_on_new_place", settings.question_on_new_place)
      .Bool("allow_sms", settings.allow_sms)
      .Int("most_who_see_everything", settings.most_who_see_everything)
      .Int("review_interval_days", settings.review_interval_days)
      .Int("unused_days", settings.unused_days)
      .Int("posture_hours", settings.posture_hours)
      .Bool("passkey_counts_as_device", settings.passkey_counts_as_device)
      .Key("customer_origins")
      .BeginArray();
  for (const std::string& origin : settings.customer_origins) json.String(origin);
  json.EndArray();
}

std::optional<uint16_t> MinuteOfWeek(const std::string& time_zone, UnixMillis now) {
  const std::unique_ptr<icu::TimeZone> zone = ZoneOf(time_zone);
  if (zone == nullptr) return std::nullopt;
  int32_t raw_millis = 0;
  int32_t daylight_millis = 0;
  UErrorCode error = U_ZERO_ERROR;
  zone->getOffset(static_cast<UDate>(now), false, raw_millis, daylight_millis, error);
  if (U_FAILURE(error)) return std::nullopt;
  // 1970-01-01 was a Thursday; 1969-12-29 the Monday before it.
  const int64_t local_minute = (now + raw_millis + daylight_millis) / kMillisPerMinute + 3 * kMinutesPerDay;
  return static_cast<uint16_t>(local_minute % (7 * kMinutesPerDay));
}

Result<std::unique_ptr<AccessSettingsService>> AccessSettingsService::Open(Gate& gate) {
  std::unique_ptr<AccessSettingsService> service(new AccessSettingsService(gate));
  RETURN_IF_ERROR(service->Refresh());
  return service;
}

Result<AccessSettingsService::Stored> AccessSettingsService::ReadStored() const {
  Stored stored;
  ASSIGN_OR_RETURN(const std::optional<Document> document,
                   gate_.house().office().sealed->GetDocument(Table::kAccess, kName));
  if (!document.has_value()) return stored;
  const Result<JsonDocument> json = JsonDocument::ParseObject(document->content);
  Result<AccessSettings> settings = json.ok() ? AccessSettingsFromJson(json->root()) : json.status();
  if (!settings.ok()) {
    return Status(Reason::kDataCorrupt, "the settings of access cannot be read: " + settings.status().message());
  }
  stored.settings = *std::move(settings);
  stored.version = document->version;
  return stored;
}

Status AccessSettingsService::Refresh() {
  std::lock_guard lock(change_mutex_);
  ASSIGN_OR_RETURN(Stored stored, ReadStored());
  if (stored.settings != *Current()) Publish(std::move(stored.settings));
  return Status::Ok();
}

void AccessSettingsService::Publish(AccessSettings settings) {
  auto next = std::make_shared<const AccessSettings>(std::move(settings));
  std::atomic_store(&current_, next);
  last_minute_.store(-1, std::memory_order_relaxed);
  for (const Listener& listener : listeners_) listener(*next);
}

void AccessSettingsService::AddListener(Listener listener) {
  std::lock_guard lock(change_mutex_);
  listener(*Current());
  listeners_.push_back(std::move(listener));
}

uint16_t AccessSettingsService::MinuteOfWeekNow() const {
  const UnixMillis now = gate_.house().clock().NowMillis();
  const int64_t minute = now / kMillisPerMinute;
  const int64_t known = last_minute_.load(std::memory_order_relaxed);
  if (known >= 0 && known >> 16 == minute) return static_cast<uint16_t>(known & 0xffff);
  // A stored zone was checked; one that this ICU has forgotten is taken for UTC.
  const uint16_t of_week = MinuteOfWeek(Current()->time_zone, now).value_or(*MinuteOfWeek("UTC", now));
  last_minute_.store(minute << 16 | of_week, std::memory_order_relaxed);
  return of_week;
}

Receipted<AccessSettingsView> AccessSettingsService::Read(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kStaffRead);
  if (!permit.granted()) return permit.Refuse<AccessSettingsView>();
  permit.entry().detail = "access settings";
  Result<Stored> stored = ReadStored();
  if (!stored.ok()) return permit.Fail<AccessSettingsView>(stored.status());
  return permit.Finish(AccessSettingsView{std::move(stored->settings), EtagOf(stored->version)});
}

Receipted<AccessSettingsView> AccessSettingsService::Change(const Caller& caller, AccessSettings settings,
                                                            std::string_view if_match) {
  Permit permit = gate_.Authorise(caller, Action::kAccessChange);
  if (!permit.granted()) return permit.Refuse<AccessSettingsView>();
  permit.entry().detail = "access settings";
  Status fit = CheckAccessSettings(settings, *gate_.policy().Get());
  if (fit.ok() && if_match.empty()) {
    fit = Status(Reason::kPreconditionRequired, "send If-Match (or the member etag) with what GET answered");
  }
  if (!fit.ok()) return permit.Fail<AccessSettingsView>(fit);

  std::lock_guard lock(change_mutex_);
  const Result<Stored> stored = ReadStored();
  if (!stored.ok()) return permit.Fail<AccessSettingsView>(stored.status());
  if (if_match != "*" && if_match != EtagOf(stored->version)) {
    return permit.Fail<AccessSettingsView>(
        Status(Reason::kPreconditionFailed, "the settings were changed meanwhile; read them again"));
  }
  Bytes text;
  JsonWriter json(text);
  json.BeginObject();
  AppendAccessSettings(json, settings);
  json.EndObject();
  SealedBatch batch;
  const SealedStore& office = *gate_.house().office().sealed;
  const Status put = office.PutDocument(batch, Table::kAccess, kName, text, stored->version);
  if (!put.ok()) return permit.Fail<AccessSettingsView>(put);
  permit.entry().change = Sha256(text);
  AuditEntry entry = permit.entry();
  const Receipt receipt = permit.SubmitStep(std::move(batch), std::move(entry));
  if (const Status written = receipt.Wait(); !written.ok()) {
    const bool other = written.reason() == Reason::kStorageConflict;
    return permit.Fail<AccessSettingsView>(other ? Status(Reason::kPreconditionFailed) : written);
  }
  permit.Close();
  Publish(settings);
  const Result<Stored> now = ReadStored();
  if (!now.ok()) return now.status();
  return Receipted<AccessSettingsView>(AccessSettingsView{std::move(settings), EtagOf(now->version)}, receipt);
}

}  // namespace strongroom
