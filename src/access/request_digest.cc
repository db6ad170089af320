#include "access/request_digest.h"

#include "access/api_key_record.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/json_writer.h"

namespace strongroom {
namespace {

Bytes LengthOf(ByteView part) {
  Bytes length;
  ByteWriter(length).U64(part.size());
  return length;
}

}  // namespace

bool IsExport(std::string_view method, std::string_view target) {
  return method == "POST" && target == "/v1/customers:export";
}

Bytes ExportForm(ByteView body, const std::optional<std::string>& cursor) {
  const Result<JsonDocument> document = JsonDocument::ParseObject(body);
  if (!document.ok()) return Bytes(body);
  Bytes form;
  JsonWriter json(form);
  json.BeginObject();
  std::string last = cursor.value_or("");
  for (const JsonValue member : document->root()) {
    if (member.key() != "cursor") {
      json.Key(member.key()).Raw(member.RawText());
    } else if (!cursor.has_value() && member.AsString().ok()) {
      last = std::string(*member.AsString());
    }
  }
  if (!last.empty()) json.String("cursor", last);
  json.EndObject();
  return form;
}

Digest DigestOfRequest(PrincipalId principal, std::string_view method, std::string_view target, ByteView body) {
  const Bytes form = IsExport(method, target) ? ExportForm(body) : Bytes();
  if (!form.empty()) body = form;
  const std::string id = FormatPrincipalId(principal);
  return Sha256({"strongroom approval v1", LengthOf(id), id, LengthOf(method), method, LengthOf(target), target,
                 LengthOf(body), body});
}

}  // namespace strongroom
