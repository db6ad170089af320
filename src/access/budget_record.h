// What one person has taken of one budget, as the office keeps it (docs/formats/budget.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "policy/principal.h"

namespace strongroom {

struct BudgetRecord {
  PrincipalId principal = 0;
  std::string budget;
  UnixMillis began_at = 0;
  uint32_t taken = 0;
  uint32_t refused = 0;
  std::optional<UnixMillis> locked_at;

  Bytes Name() const { return NameOf(principal, budget); }
  static Bytes NameOf(PrincipalId principal, std::string_view budget);
  Bytes Encode() const;
  // kDataCorrupt when malformed; strict.
  static Result<BudgetRecord> Decode(ByteView bytes);
};

}  // namespace strongroom
