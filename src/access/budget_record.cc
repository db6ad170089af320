#include "access/budget_record.h"

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;

}  // namespace

Bytes BudgetRecord::NameOf(PrincipalId principal, std::string_view budget) {
  Bytes name;
  ByteWriter writer(name);
  writer.U64(principal);
  writer.Prefixed(budget);
  return name;
}

Bytes BudgetRecord::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U64(principal);
  writer.Prefixed(budget);
  writer.U64(static_cast<uint64_t>(began_at));
  writer.U32(taken);
  writer.U32(refused);
  writer.U64(static_cast<uint64_t>(locked_at.value_or(0)));
  return out;
}

Result<BudgetRecord> BudgetRecord::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  if (reader.U8() != kFormatVersion) return Status(Reason::kDataCorrupt, "a budget's record is of an unknown format");
  BudgetRecord record;
  record.principal = reader.U64();
  record.budget = std::string(reader.Prefixed());
  record.began_at = static_cast<UnixMillis>(reader.U64());
  record.taken = reader.U32();
  record.refused = reader.U32();
  if (const auto locked = static_cast<UnixMillis>(reader.U64()); locked != 0) record.locked_at = locked;
  RETURN_IF_ERROR(reader.Finish("a budget's record"));
  if (record.principal == 0 || record.budget.empty()) {
    return Status(Reason::kDataCorrupt, "a budget's record holds an impossible value");
  }
  return record;
}

}  // namespace strongroom
