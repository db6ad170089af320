// The web console's files.  Public: they hold no data, and a browser asks for them before anybody signed in.
#include <algorithm>

#include "http/api_tools.h"
#include "http/console_assets.h"

namespace strongroom {
namespace {

// Nothing inline, nothing from elsewhere, nothing framed: a value shown in the page has no way out of it but the API.
// With Trusted Types and no policy, a script cannot even turn text into markup.
constexpr char kContentPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";
// Of what a page may ask of the browser, the console needs the passkey and the clipboard.
constexpr char kPermissions[] =
    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), serial=(), hid=(), display-capture=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self), clipboard-write=(self)";

bool IsListed(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    std::string_view item = list.substr(0, comma);
    item = item.substr(0, item.find(';'));
    const size_t first = item.find_first_not_of(" \t");
    const size_t last = item.find_last_not_of(" \t");
    if (first != std::string_view::npos && item.substr(first, last - first + 1) == wanted) return true;
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

// Compressed beforehand.  That tells an onlooker nothing (BREACH): these bytes hold no secret and nothing a caller
// sent.
Response FileResponse(const RequestHead& request, const ConsoleAsset& asset) {
  const bool gzip = !asset.gzip.empty() && IsListed(request.Header("Accept-Encoding"), "gzip");
  Response response{200, asset.media_type, Bytes(gzip ? asset.gzip : asset.plain), {{"Vary", "Accept-Encoding"}}};
  if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  return response;
}

// Never kept: it names the files of this version, and is what a person comes back to after signing out.
void RespondIndex(Exchange& exchange) {
  const ConsoleAsset* index = FindConsoleAsset("index.html");
  if (index == nullptr) {
    return exchange.Respond(Status(Reason::kRouteNotFound, "This server was built without the web console."));
  }
  Response response = FileResponse(exchange.request(), *index);
  response.headers.emplace_back("Content-Security-Policy", kContentPolicy);
  response.headers.emplace_back("Permissions-Policy", kPermissions);
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  exchange.Respond(std::move(response));
}

// Named by their content: what a name stands for never changes.
void RespondAsset(Exchange& exchange) {
  const Request& request = exchange.request();
  const ConsoleAsset* asset = FindConsoleAsset("assets/" + std::string(request.Param("file")));
  if (asset == nullptr) return exchange.Respond(Status(Reason::kRouteNotFound, "There is no such file."));
  Response response =
      IsListed(request.Header("If-None-Match"), asset->etag) ? Response::Empty(304) : FileResponse(request, *asset);
  response.headers.emplace_back("ETag", asset->etag);
  response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  exchange.Respond(std::move(response));
}

// The console's own pages ("/console/find"): one document, whose script reads the address.
void RespondPage(Exchange& exchange) {
  constexpr size_t kLongestName = 32;
  const std::string_view page = exchange.request().Param("page");
  const bool is_name = page.size() <= kLongestName &&
                       std::all_of(page.begin(), page.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  if (!is_name) return exchange.Respond(Status(Reason::kRouteNotFound, "The console has no such page."));
  RespondIndex(exchange);
}

void RespondRedirect(Exchange& exchange) {
  Response response = Response::Text("The console is at /console/.\n", 302);
  response.headers.emplace_back("Location", "/console/");
  exchange.Respond(std::move(response));
}

// People who type the server's name into a browser want the console; programs want to know that they are lost.
void RespondRoot(Exchange& exchange) {
  if (IsListed(exchange.request().Header("Accept"), "text/html")) return RespondRedirect(exchange);
  exchange.Respond(Status(Reason::kRouteNotFound,
                          "There is nothing at this address. The API is below /v1/, its document at /openapi.json."));
}

}  // namespace

const ConsoleAsset* FindConsoleAsset(std::string_view path) {
  const std::span<const ConsoleAsset> assets = ConsoleAssets();
  const auto found =
      std::lower_bound(assets.begin(), assets.end(), path,
                       [](const ConsoleAsset& asset, std::string_view wanted) { return asset.path < wanted; });
  return found != assets.end() && found->path == path ? &*found : nullptr;
}

void AddConsoleRoutes(RouteAdder& add) {
  add.Public("GET", "/", Lane::kInline, RespondRoot);
  add.Public("GET", "/console", Lane::kInline, RespondRedirect);
  add.Public("GET", "/console/", Lane::kInline, RespondIndex);
  add.Public("GET", "/console/{page}", Lane::kInline, RespondPage);
  add.Public("GET", "/console/assets/{file}", Lane::kInline, RespondAsset);
}

}  // namespace strongroom
