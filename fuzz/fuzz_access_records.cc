// Documents of the office that approvals and budgets are kept in: what is read is written the same again.
#include <cstdlib>
#include <string_view>

#include "access/approval_record.h"
#include "access/budget_record.h"
#include "vault/guesses.h"

namespace {

template <typename Record>
void ReadAndWrite(std::string_view bytes) {
  const auto record = Record::Decode(bytes);
  if (record.ok() && record->Encode() != bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadAndWrite<strongroom::Approval>(bytes);
  ReadAndWrite<strongroom::BudgetRecord>(bytes);
  ReadAndWrite<strongroom::Guesses>(bytes);
  return 0;
}
