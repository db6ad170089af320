// What is kept of a disclosure beside the customer's record: docs/formats/disclosure.md.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "policy/principal.h"

namespace strongroom {

constexpr char kDisclosureKind = 'x';

struct DisclosureNote {
  UnixMillis time = 0;
  PrincipalId made_by = 0;
  std::string recipient;
  std::string contract;
  std::string purpose;
  std::vector<std::string> fields;

  Bytes Encode() const;
  // kDataCorrupt when malformed or of a newer format.
  static Result<DisclosureNote> Decode(ByteView bytes);
};

// Sorts by time.  `random`: 8 bytes.
Bytes DisclosureName(UnixMillis time, ByteView random);

}  // namespace strongroom
