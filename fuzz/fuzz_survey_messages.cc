// What the confined reader of an SQLite file says may be a stranger's: any bytes end in a table, a batch of rows that
// can be walked, or a Status.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "survey/sqlite_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::survey;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const size_t columns = data[0] % 8;
  if (const auto table = UnpackTable(bytes); table.ok()) {
    const auto again = UnpackTable(PackTable(*table));
    if (!again.ok() || PackTable(*again) != PackTable(*table)) std::abort();
  }
  (void)UnpackRead(bytes);
  const auto batch = UnpackBatch(bytes, columns);
  if (!batch.ok()) return 0;
  size_t all = 0;
  for (size_t row = 0; row < batch->rows(); ++row) {
    for (size_t column = 0; column < columns; ++column) {
      for (const char c : batch->Cell(row, column)) all += static_cast<unsigned char>(c) != 0 ? 1 : 0;
    }
  }
  if (all > bytes.size() || PackBatch(*batch) != bytes) std::abort();
  return 0;
}
