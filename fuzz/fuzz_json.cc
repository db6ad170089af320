// Whatever the bytes: the JSON reader answers, reads only what is there, and what it accepts it can give back.
#include <cstdint>
#include <cstdlib>

#include "base/json.h"

namespace {

using strongroom::JsonValue;

void Visit(JsonValue value) {
  if (value.RawText().empty()) abort();
  // Reading as each type must end in an answer of some kind.
  value.AsString().status().IgnoreError();
  value.AsInt().status().IgnoreError();
  value.AsDouble().status().IgnoreError();
  size_t children = 0;
  for (JsonValue child : value) {
    ++children;
    Visit(child);
  }
  if (children != value.size()) abort();
  if (value.IsObject() && !value.RefuseUnknown().ok()) abort();  // all were visited
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto document = strongroom::JsonDocument::Parse(text);
  if (!document.ok()) return 0;
  Visit(document->root());
  // A value's own text is a document with the same meaning.
  if (!strongroom::JsonDocument::Parse(document->root().RawText()).ok()) abort();
  return 0;
}
