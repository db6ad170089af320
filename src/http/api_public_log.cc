// Hashes and checkpoints of the logs for everybody, where the configuration says so (witness.public_log): what a
// monitor needs to follow a log, and nothing that was written into one.
#include "http/api_tools.h"

namespace strongroom {
namespace {

// A full tile never changes; a partial one and a checkpoint are outgrown.
constexpr char kForGood[] = "public, max-age=31536000, immutable";
constexpr char kForNow[] = "public, max-age=5";

// "/log/main/tile/0/x001/067" → "tile/0/x001/067".
std::string_view PathBelow(const Request& request) {
  const std::string_view path = request.path();
  const size_t log = path.find('/', 1) + 1;
  return path.substr(path.find('/', log) + 1);
}

using PublicReader = Result<Response> (*)(OpenVault& vault, const Request& request);

Result<Response> ReadPublicTile(OpenVault& vault, const Request& request) {
  const std::string_view path = PathBelow(request);
  ASSIGN_OR_RETURN(Bytes tile, vault.audit().ReadPublic(request.Param("log"), path));
  const bool full = path.find(".p/") == std::string_view::npos;
  return Response{200, "application/octet-stream", std::move(tile), {{"Cache-Control", full ? kForGood : kForNow}}};
}

Result<Response> ReadPublicCheckpoint(OpenVault& vault, const Request& request) {
  ASSIGN_OR_RETURN(Bytes note, vault.audit().ReadPublic(request.Param("log"), "checkpoint"));
  return Response{200, "text/plain; charset=utf-8", std::move(note), {{"Cache-Control", kForNow}}};
}

Result<Response> ReadPublicWitnessed(OpenVault& vault, const Request& request) {
  ASSIGN_OR_RETURN(std::string note, vault.log_witnesses().NewestPublic(request.Param("log")));
  return Response{200, "text/plain; charset=utf-8", std::move(note), {{"Cache-Control", kForNow}}};
}

void AddPublic(RouteAdder& add, VaultKeeper& keeper, const char* pattern, PublicReader read) {
  add.Public("GET", pattern, Lane::kWorker, [&keeper, read](Exchange& exchange) {
    Result<Response> response = [&]() -> Result<Response> {
      RETURN_IF_ERROR(exchange.request().RefuseUnknownQuery({}));
      const std::shared_ptr<OpenVault> vault = keeper.Current();
      if (vault == nullptr) return Status(Reason::kServerLocked);
      return read(*vault, exchange.request());
    }();
    if (!response.ok()) return exchange.Respond(response.status());
    exchange.Respond(*std::move(response));
  });
}

}  // namespace

void AddPublicLogRoutes(RouteAdder& add, VaultKeeper& keeper) {
  AddPublic(add, keeper, "/log/{log}/checkpoint", ReadPublicCheckpoint);
  AddPublic(add, keeper, "/log/{log}/witnessed", ReadPublicWitnessed);
  AddPublic(add, keeper, "/log/{log}/tile/{level}/{n1}", ReadPublicTile);
  AddPublic(add, keeper, "/log/{log}/tile/{level}/{n1}/{n2}", ReadPublicTile);
  AddPublic(add, keeper, "/log/{log}/tile/{level}/{n1}/{n2}/{n3}", ReadPublicTile);
  AddPublic(add, keeper, "/log/{log}/tile/{level}/{n1}/{n2}/{n3}/{n4}", ReadPublicTile);
  AddPublic(add, keeper, "/log/{log}/tile/{level}/{n1}/{n2}/{n3}/{n4}/{n5}", ReadPublicTile);
}

}  // namespace strongroom
