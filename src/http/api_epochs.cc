// Epochs of the rooms' keys: which there are, how far a rotation is, what was destroyed.
#include "http/api_tools.h"

namespace strongroom {
namespace {

void AppendTime(JsonWriter& json, std::string_view name, UnixMillis time) {
  if (time != 0) json.String(name, FormatTime(time));
}

void AppendEpoch(JsonWriter& json, const EpochInfo& info, UnixMillis destroy_at) {
  json.BeginObject().Int("epoch", info.epoch).String("state", NameOf(info.state));
  AppendTime(json, "opened_at", info.opened_at);
  AppendTime(json, "closed_at", info.closed_at);
  AppendTime(json, "empty_at", info.empty_at);
  AppendTime(json, "destroy_at", destroy_at);
  AppendTime(json, "destroyed_at", info.destroyed_at);
  if (info.state == EpochState::kClosed) json.String("moving", NameOf(info.phase));
  json.Int("moved_keys", static_cast<int64_t>(info.moved_keys))
      .Int("moved_rows", static_cast<int64_t>(info.moved_rows));
  json.Int("scanned_keys", static_cast<int64_t>(info.scanned_keys));
  json.Int("scanned_rows", static_cast<int64_t>(info.scanned_rows)).EndObject();
}

Response EpochsResponse(const KeyRotation& rotation, const EpochsAnswer& answer) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Int("rotate_days", answer.options.rotate_days).Int("keep_days", answer.options.keep_days);
  json.Key("rooms").BeginArray();
  for (const RoomEpochs& room : answer.rooms) {
    json.BeginObject().String("room", room.room);
    AppendTime(json, "rotate_at", room.rotate_at);
    if (!room.failure.ok()) json.String("failure", InfoOf(room.failure.reason()).wire_code);
    json.Key("epochs").BeginArray();
    for (const EpochInfo& info : room.epochs) AppendEpoch(json, info, rotation.DestroyAt(info));
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> List(ApiCall& call) {
  RETURN_IF_ERROR(call.request.RefuseUnknownQuery({}));
  ASSIGN_OR_RETURN(const EpochsAnswer answer, call.vault.key_rotation().List(call.caller).Wait());
  return EpochsResponse(call.vault.key_rotation(), answer);
}

Result<Response> Rotate(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const EpochsAnswer answer, call.vault.key_rotation().Rotate(call.caller).Wait());
  return EpochsResponse(call.vault.key_rotation(), answer);
}

Result<Response> DestroyDue(ApiCall& call) {
  RETURN_IF_ERROR(ExpectNoBody(call.request));
  ASSIGN_OR_RETURN(const std::vector<DestroyedEpoch> destroyed,
                   call.vault.key_rotation().DestroyDue(call.caller).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("destroyed").BeginArray();
  for (const DestroyedEpoch& one : destroyed) {
    json.BeginObject().String("room", one.room).Int("epoch", one.epoch).EndObject();
  }
  json.EndArray().EndObject();
  return JsonResponse(std::move(out));
}

}  // namespace

void AddEpochRoutes(RouteAdder& add) {
  add.Worker("GET", "/v1/epochs", List);
  add.Worker("POST", "/v1/epochs:rotate", Rotate);
  add.Worker("POST", "/v1/epochs:destroy-due", DestroyDue);
}

}  // namespace strongroom
