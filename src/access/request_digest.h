// What an approval is bound to: who asks, and every byte of what is asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "policy/principal.h"

namespace strongroom {

// SHA-256 over four parts, each behind its length (docs/formats/approval.md): the principal's id in 16 hexadecimal
// digits, the method, the target (path and query as sent), the body.  Of an export the body in the form below.
Digest DigestOfRequest(PrincipalId principal, std::string_view method, std::string_view target, ByteView body);

// An export goes page by page, and each page asks for the same with another cursor: the members as they were sent, in
// their order, without space between them and the cursor last; `cursor`, if given, in place of the body's own.  A body
// that is no JSON object stays as it is.
bool IsExport(std::string_view method, std::string_view target);
Bytes ExportForm(ByteView body, const std::optional<std::string>& cursor = std::nullopt);

}  // namespace strongroom
