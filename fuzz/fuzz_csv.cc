// CSV and NDJSON from a stranger: the readers end, stay within the row limit, and do not depend on where reads end.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "vault/csv.h"
#include "vault/ndjson.h"

namespace {

using namespace strongroom;  // NOLINT: a program of one file

ByteSource InSteps(std::string_view text, size_t step) {
  return [text, step](char* buffer, size_t size) mutable -> Result<size_t> {
    const size_t taken = std::min({size, step, text.size()});
    text.copy(buffer, taken);
    text.remove_prefix(taken);
    return taken;
  };
}

// Everything a reader says, as text.
std::string ReadAll(std::string_view text, size_t step) {
  CsvOptions options;
  options.max_row_bytes = 64;
  options.delimiter = ',';  // the finding of the delimiter may look at less when less has arrived
  CsvReader reader(InSteps(text, step), options);
  std::string all;
  CsvRow row;
  uint64_t last_offset = 0;
  while (true) {
    const auto more = reader.Next(&row);
    if (!more.ok()) return all + "stopped";
    if (!*more) return all;
    if (reader.position().byte_offset <= last_offset && !all.empty()) std::abort();  // no progress
    last_offset = reader.position().byte_offset;
    all += std::to_string(row.line) + (row.error.ok() ? ":" : "!");
    for (std::string_view field : row.fields) {
      if (field.size() > options.max_row_bytes) std::abort();
      all.append(field).push_back('\x1f');
    }
    all.push_back('\x1e');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A row over the limit is noticed earlier or later, by what has arrived; below it nothing may differ.
  if (size <= 64 && ReadAll(text, 1) != ReadAll(text, 1 << 20)) std::abort();
  (void)ReadAll(text, 7);
  CsvReader detecting(SourceOf(text));
  CsvRow row;
  while (true) {
    const auto more = detecting.Next(&row);
    if (!more.ok() || !*more) break;
  }
  NdjsonOptions options;
  options.max_row_bytes = 64;
  NdjsonReader objects(InSteps(text, 5), options);
  NdjsonRow object;
  while (true) {
    const auto more = objects.Next(&object);
    if (!more.ok() || !*more) break;
    if (object.document.has_value() != object.error.ok()) std::abort();
  }
  return 0;
}
