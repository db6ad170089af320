// The server itself: alive, ready, locked or not; metrics; doctor and fsck.
#include <algorithm>
#include <memory>
#include <utility>

#include "base/wipe.h"
#include "http/api_tools.h"

namespace strongroom {
namespace {

Bytes StatusJson(const ServerStatus& status, const std::string& version) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Bool("locked", status.locked).String("version", version).String("lock", status.lock_kind);
  json.Int("shares_needed", status.shares_needed).EndObject();
  return out;
}

// The secret is the authority; nobody is signed in to a locked server.
void Unlock(Exchange& exchange, VaultKeeper& keeper, const std::string& version) {
  const auto unlock = [&]() -> Status {
    ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(exchange.request()));
    const JsonValue body = document.root();
    ASSIGN_OR_RETURN(const std::optional<std::string_view> passphrase, body.OptString("passphrase"));
    ASSIGN_OR_RETURN(const std::optional<std::string_view> share, body.OptString("share"));
    RETURN_IF_ERROR(body.RefuseUnknown());
    if (passphrase.has_value() == share.has_value()) {
      return Status(Reason::kMissingMember, "send either 'passphrase' or 'share'");
    }
    return keeper.Unlock(SecretBytes::CopyOf(passphrase.has_value() ? *passphrase : *share));
  };
  if (const Status status = unlock(); !status.ok()) return exchange.Respond(status);
  exchange.Respond(JsonResponse(StatusJson(keeper.GetStatus(), version)));
}

// Secrets of a request: read, and copied into what is wiped.  The body itself is wiped with the request's buffer.
Result<LockChange> ReadLockChange(const JsonValue& body) {
  LockChange change;
  ASSIGN_OR_RETURN(const JsonValue present, body.GetArray("present"));
  for (const JsonValue& secret : present) {
    ASSIGN_OR_RETURN(const std::string_view text, secret.AsString());
    change.present.push_back(SecretBytes::CopyOf(text));
  }
  ASSIGN_OR_RETURN(const std::optional<std::string_view> passphrase, body.OptString("passphrase"));
  ASSIGN_OR_RETURN(const std::optional<int64_t> threshold, body.OptInt("threshold"));
  ASSIGN_OR_RETURN(const std::optional<int64_t> count, body.OptInt("shares"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> hardware, body.OptString("hardware"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> pin, body.OptString("pin"));
  ASSIGN_OR_RETURN(const std::optional<bool> rotate_root, body.OptBool("rotate_root_key"));
  ASSIGN_OR_RETURN(const std::optional<JsonValue> custodians, body.OptArray("custodians"));
  if (custodians.has_value()) {
    for (const JsonValue& custodian : *custodians) {
      ASSIGN_OR_RETURN(const std::string_view name, custodian.AsString());
      change.custodians.emplace_back(name);
    }
  }
  RETURN_IF_ERROR(body.RefuseUnknown());
  change.rotate_root = rotate_root.value_or(false);
  const bool shares = threshold.has_value() || count.has_value();
  if (shares + passphrase.has_value() + hardware.has_value() > 1) {
    return Status(Reason::kInvalidArgument, "the new lock opens with a passphrase, with shares or with hardware");
  }
  if (!change.custodians.empty() && !shares) {
    return Status(Reason::kInvalidArgument, "'custodians' belongs to 'threshold' and 'shares'");
  }
  if (pin.has_value() && !hardware.has_value()) {
    return Status(Reason::kInvalidArgument, "'pin' belongs to 'hardware'");
  }
  change.keep_lock = !shares && !passphrase.has_value() && !hardware.has_value();
  if (passphrase.has_value()) change.secret = SecretBytes::CopyOf(*passphrase);
  if (hardware.has_value()) {
    if (*hardware != NameOf(LockKind::kPkcs11) && *hardware != NameOf(LockKind::kTpm)) {
      return Status(Reason::kInvalidArgument, "'hardware' is pkcs11 or tpm");
    }
    change.kind = *hardware == NameOf(LockKind::kTpm) ? LockKind::kTpm : LockKind::kPkcs11;
    change.secret = SecretBytes::CopyOf(pin.value_or(""));
  }
  if (shares) {
    change.kind = LockKind::kShares;
    const int64_t of = count.value_or(0);
    const int64_t needed = threshold.value_or(0);
    if (needed < 2 || of < needed || of > 255) {
      return Status(Reason::kInvalidArgument, "2 <= threshold <= shares <= 255");
    }
    change.threshold = static_cast<uint8_t>(needed);
    change.count = static_cast<uint8_t>(of);
  }
  return change;
}

Response LockChangedResponse(LockChanged changed) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Bool("changed", !changed.pending).Bool("pending", changed.pending);
  if (!changed.shares.empty()) {
    json.Key("shares").BeginArray();
    for (std::string& share : changed.shares) {
      json.String(share);
      WipeText(share);
    }
    json.EndArray();
  }
  json.EndObject();
  return JsonResponse(std::move(out));
}

Response FleetResponse(const FleetView& fleet) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Int("number", fleet.number).Bool("on_duty", fleet.on_duty).Int("age_millis", fleet.age_millis);
  json.Key("servers").BeginArray();
  for (const FleetMember& member : fleet.members) {
    json.BeginObject().Int("number", member.number).String("name", member.name).String("address", member.address);
    json.String("version", member.version).String("started_at", FormatTime(member.started_at));
    json.Bool("alive", member.alive).Bool("on_duty", member.on_duty).Bool("self", member.self).EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

// The share is the authority, as with Unlock.
void AcknowledgeShare(Exchange& exchange, VaultKeeper& keeper) {
  const auto show = [&]() -> Result<ShareShown> {
    ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(exchange.request()));
    ASSIGN_OR_RETURN(const std::string_view share, document.root().GetString("share"));
    RETURN_IF_ERROR(document.root().RefuseUnknown());
    return keeper.AcknowledgeShare(SecretBytes::CopyOf(share), exchange.request().address());
  };
  const Result<ShareShown> shown = show();
  if (!shown.ok()) return exchange.Respond(shown.status());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Int("share", shown->number).Int("shares", shown->of).Int("missing", shown->missing);
  json.Bool("in_force", shown->in_force).EndObject();
  exchange.Respond(JsonResponse(std::move(out)));
}

void AppendHolders(JsonWriter& json, const std::vector<ShareHolder>& holders) {
  json.Key("custodians").BeginArray();
  for (const ShareHolder& holder : holders) {
    json.BeginObject().Int("share", holder.number);
    if (!holder.custodian.empty()) json.String("custodian", holder.custodian);
    if (holder.acknowledged_at != 0) json.String("acknowledged_at", FormatTime(holder.acknowledged_at));
    json.EndObject();
  }
  json.EndArray();
}

Response LockViewResponse(const LockView& view) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("kind", view.kind);
  if (view.count != 0) json.Int("threshold", view.threshold).Int("shares", view.count);
  AppendHolders(json, view.holders);
  if (view.pending) {
    json.Key("pending").BeginObject().Int("threshold", view.pending_threshold);
    json.Int("shares", static_cast<int64_t>(view.pending_holders.size()));
    AppendHolders(json, view.pending_holders);
    json.EndObject();
  }
  json.EndObject();
  return JsonResponse(std::move(out));
}

Response FindingsResponse(const std::vector<std::string>& findings) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("findings").BeginArray();
  for (const std::string& finding : findings) json.String(finding);
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

// Prometheus' text format 0.0.4.
void AppendMetric(Bytes& out, std::string_view name, std::string_view type, uint64_t value) {
  out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  out.append(name).append(" ").append(std::to_string(value)).append("\n");
}

Bytes Metrics(const VaultKeeper& keeper, const ApiOptions& options) {
  Bytes out;
  const std::shared_ptr<OpenVault> vault = keeper.Current();
  AppendMetric(out, "strongroom_unlocked", "gauge", vault != nullptr ? 1 : 0);
  if (options.stats) {
    const ListenerStats stats = options.stats();
    AppendMetric(out, "strongroom_connections_accepted_total", "counter", stats.accepted);
    AppendMetric(out, "strongroom_connections_refused_total", "counter", stats.refused_connections);
    AppendMetric(out, "strongroom_connections_open", "gauge", stats.open);
    AppendMetric(out, "strongroom_requests_total", "counter", stats.requests);
    AppendMetric(out, "strongroom_client_errors_total", "counter", stats.client_errors);
    AppendMetric(out, "strongroom_server_errors_total", "counter", stats.server_errors);
    AppendMetric(out, "strongroom_timeouts_total", "counter", stats.timeouts);
  }
  if (vault == nullptr) return out;
  if (const FleetView fleet = vault->fleet().Look(); fleet.number != 0) {
    const auto alive = std::count_if(fleet.members.begin(), fleet.members.end(),
                                     [](const FleetMember& member) { return member.alive; });
    AppendMetric(out, "strongroom_servers_alive", "gauge", static_cast<uint64_t>(alive));
    AppendMetric(out, "strongroom_on_duty", "gauge", fleet.on_duty ? 1 : 0);
    AppendMetric(out, "strongroom_view_age_milliseconds", "gauge",
                 static_cast<uint64_t>(std::max<int64_t>(fleet.age_millis, 0)));
  }
  const OutboxCounts outbox = vault->outbox().Counts();
  AppendMetric(out, "strongroom_outbox_waiting", "gauge", outbox.waiting);
  AppendMetric(out, "strongroom_outbox_dead", "gauge", outbox.dead);
  AppendMetric(out, "strongroom_outbox_sent_total", "counter", outbox.sent);
  AppendMetric(out, "strongroom_outbox_failed_attempts_total", "counter", outbox.put_off);
  AppendMetric(out, "strongroom_outbox_expired_total", "counter", outbox.expired);
  const LogExportState exported = vault->log_export().State();
  if (!exported.places.empty()) {
    const auto labelled = [&out](std::string_view name, std::string_view labels, uint64_t value) {
      out.append(name).append("{").append(labels).append("} ").append(std::to_string(value)).append("\n");
    };
    out.append("# TYPE strongroom_log_export_behind gauge\n");
    for (const LogExportState::Place& place : exported.places) {
      for (const auto& [log, entries] : place.behind) {
        labelled("strongroom_log_export_behind", "place=\"" + place.name + "\",log=\"" + log + "\"", entries);
      }
    }
    out.append("# TYPE strongroom_log_export_taken_total counter\n");
    for (const LogExportState::Place& place : exported.places)
      labelled("strongroom_log_export_taken_total", "place=\"" + place.name + "\"", place.taken);
    out.append("# TYPE strongroom_log_export_failed_attempts_total counter\n");
    for (const LogExportState::Place& place : exported.places)
      labelled("strongroom_log_export_failed_attempts_total", "place=\"" + place.name + "\"", place.failed_attempts);
  }
  out.append("# TYPE strongroom_log_entries_total counter\n");
  const auto add_log = [&out](std::string_view log, const Room& room) {
    out.append("strongroom_log_entries_total{log=\"").append(log).append("\"} ");
    out.append(std::to_string(room.journal->DurableEntries())).append("\n");
  };
  add_log("office", vault->house().office());
  for (const std::unique_ptr<Room>& room : vault->house().compartments()) add_log(room->info.name, *room);
  return out;
}

}  // namespace

void AddServerRoutes(RouteAdder& add, VaultKeeper& keeper, const ApiOptions& options) {
  const auto shared = std::make_shared<const ApiOptions>(options);
  add.Public("GET", "/healthz", Lane::kInline,
             [](Exchange& exchange) { exchange.Respond(JsonResponse(R"({"status":"ok"})")); });
  // On a worker: it may be the last to hold a vault that was locked meanwhile.
  add.Public("GET", "/readyz", Lane::kWorker, [&keeper](Exchange& exchange) {
    const std::shared_ptr<OpenVault> vault = keeper.Current();
    if (vault == nullptr) return exchange.Respond(Status(Reason::kServerLocked));
    if (const Status fresh = vault->house().view().CheckFresh(); !fresh.ok()) return exchange.Respond(fresh);
    exchange.Respond(JsonResponse(R"({"status":"ok"})"));
  });
  // On a worker: it may be the last to hold a vault that was locked meanwhile.
  add.Public("GET", "/metrics", Lane::kWorker, [&keeper, shared](Exchange& exchange) {
    if (!exchange.request().address().IsLoopback()) {
      return exchange.Respond(Status(Reason::kNetworkRefused, "Metrics are answered on this machine only."));
    }
    Response response = Response::Text(Metrics(keeper, *shared));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    exchange.Respond(std::move(response));
  });
  add.Public("GET", "/v1/status", Lane::kInline, [&keeper, shared](Exchange& exchange) {
    exchange.Respond(JsonResponse(StatusJson(keeper.GetStatus(), shared->version)));
  });
  add.Public(
      "POST", "/v1/unlock", Lane::kWorker,
      [&keeper, shared](Exchange& exchange) { Unlock(exchange, keeper, shared->version); }, 4096);
  add.Worker("POST", "/v1/lock", [&keeper](ApiCall& call) -> Result<Response> {
    RETURN_IF_ERROR(ExpectNoBody(call.request));
    RETURN_IF_ERROR(keeper.Lock(call.caller));
    return JsonResponse(R"({"locked":true})");
  });
  add.Worker("POST", "/v1/lock:change", [&keeper](ApiCall& call) -> Result<Response> {
    ASSIGN_OR_RETURN(const JsonDocument document, ReadJson(call.request));
    ASSIGN_OR_RETURN(const LockChange change, ReadLockChange(document.root()));
    ASSIGN_OR_RETURN(LockChanged changed, keeper.ChangeLock(call.caller, change));
    return LockChangedResponse(std::move(changed));
  });
  add.Public(
      "POST", "/v1/lock/shares/acknowledge", Lane::kWorker,
      [&keeper](Exchange& exchange) { AcknowledgeShare(exchange, keeper); }, 4096);
  add.Worker("GET", "/v1/lock", [&keeper](ApiCall& call) -> Result<Response> {
    RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
    ASSIGN_OR_RETURN(const LockView view, keeper.ShowLock(call.caller));
    return LockViewResponse(view);
  });
  add.Worker("DELETE", "/v1/lock/pending", [&keeper](ApiCall& call) -> Result<Response> {
    RETURN_IF_ERROR(ExpectNoBody(call.request));
    RETURN_IF_ERROR(keeper.CancelPendingLock(call.caller));
    return JsonResponse(R"({"cancelled":true})");
  });
  add.Worker("GET", "/v1/doctor", [&keeper](ApiCall& call) -> Result<Response> {
    RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
    ASSIGN_OR_RETURN(const std::vector<std::string> findings, keeper.Doctor(call.caller));
    return FindingsResponse(findings);
  });
  add.Worker("GET", "/v1/servers", [&keeper](ApiCall& call) -> Result<Response> {
    RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
    const std::shared_ptr<OpenVault> vault = keeper.Current();
    if (vault == nullptr) return Status(Reason::kServerLocked);
    ASSIGN_OR_RETURN(const FleetView fleet, vault->fleet().List(call.caller).Wait());
    return FleetResponse(fleet);
  });
  add.Worker("POST", "/v1/fsck", [&keeper](ApiCall& call) -> Result<Response> {
    RETURN_IF_ERROR(ExpectNoBody(call.request));
    ASSIGN_OR_RETURN(const std::vector<std::string> findings, keeper.Fsck(call.caller));
    return FindingsResponse(findings);
  });
}

}  // namespace strongroom
