// Whatever bytes arrive, decoding an audit entry neither crashes nor accepts two spellings of one entry.
#include <cstdint>
#include <cstdlib>

#include "audit/entry.h"
#include "audit/entry_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(reinterpret_cast<const char*>(data), size);
  const auto entry = strongroom::AuditEntry::Decode(bytes);
  if (!entry.ok()) return 0;
  if (entry->Encode() != bytes) std::abort();
  const std::string line = strongroom::FormatEntryForPeople(*entry);
  if (line.find('\n') != std::string::npos) std::abort();  // an entry is one line, whatever it holds
  if (strongroom::EntryToJson(*entry, 0).empty()) std::abort();
  return 0;
}
