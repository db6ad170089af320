#include "access/request_digest.h"

#include "access/api_key_record.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

Bytes LengthOf(ByteView part) {
  Bytes length;
  ByteWriter(length).U64(part.size());
  return length;
}

}  // namespace

Digest DigestOfRequest(PrincipalId principal, std::string_view method, std::string_view target, ByteView body) {
  const std::string id = FormatPrincipalId(principal);
  return Sha256({"strongroom approval v1", LengthOf(id), id, LengthOf(method), method, LengthOf(target), target,
                 LengthOf(body), body});
}

}  // namespace strongroom
