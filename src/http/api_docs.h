// The pages of docs/ that the server carries, and the OpenAPI document: made into code when it is built
// (src/http/embed_docs.cmake), so that they are at hand offline and of the same version as the server.
#pragma once

#include <span>
#include <string_view>

namespace strongroom {

struct EmbeddedPage {
  std::string_view path;  // below docs/: "errors/denied.md", "reference/openapi.json"
  std::string_view text;
};

// Sorted by path.
std::span<const EmbeddedPage> EmbeddedPages();

// Empty when there is no such page.
std::string_view FindEmbeddedPage(std::string_view path);

}  // namespace strongroom
