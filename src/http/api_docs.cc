#include "http/api_docs.h"

#include <algorithm>

#include "http/api_tools.h"

namespace strongroom {
namespace {

void RespondPage(Exchange& exchange, const std::string& path) {
  const std::string_view text = FindEmbeddedPage(path);
  if (text.empty()) return exchange.Respond(Status(Reason::kRouteNotFound, "There is no such page. /docs/ lists all."));
  exchange.Respond(Response{200, "text/markdown; charset=utf-8", Bytes(text), {}});
}

// "/docs/errors/denied" and "/docs/errors/denied.md" are the same page: links between pages carry the ending.
Handler PageOf(std::string folder) {
  return [folder = std::move(folder)](Exchange& exchange) {
    std::string path = folder + "/" + std::string(exchange.request().Param("page"));
    if (!path.ends_with(".md")) path += ".md";
    RespondPage(exchange, path);
  };
}

Bytes IndexPage() {
  Bytes text = "# Strongroom: documentation\n\n- [The API, as OpenAPI 3.1](/openapi.json)\n";
  for (const EmbeddedPage& page : EmbeddedPages()) {
    if (page.path.ends_with(".md"))
      text.append("- [").append(page.path).append("](/docs/").append(page.path).append(")\n");
  }
  return text;
}

}  // namespace

std::string_view FindEmbeddedPage(std::string_view path) {
  const std::span<const EmbeddedPage> pages = EmbeddedPages();
  const auto found =
      std::lower_bound(pages.begin(), pages.end(), path,
                       [](const EmbeddedPage& page, std::string_view wanted) { return page.path < wanted; });
  return found != pages.end() && found->path == path ? found->text : std::string_view();
}

void AddDocsRoutes(RouteAdder& add) {
  add.Public("GET", "/openapi.json", Lane::kInline, [](Exchange& exchange) {
    exchange.Respond(JsonResponse(Bytes(FindEmbeddedPage("reference/openapi.json"))));
  });
  add.Public("GET", "/docs/", Lane::kInline, [](Exchange& exchange) {
    exchange.Respond(Response{200, "text/markdown; charset=utf-8", IndexPage(), {}});
  });
  add.Public("GET", "/docs/errors/{page}", Lane::kInline, PageOf("errors"));
  add.Public("GET", "/docs/reference/{page}", Lane::kInline, PageOf("reference"));
}

}  // namespace strongroom
