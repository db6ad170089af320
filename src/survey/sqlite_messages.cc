#include "survey/sqlite_messages.h"

#include <cstring>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace strongroom::survey {
namespace {

constexpr size_t kMostNames = 50'000;  // of one table's columns; SQLite has 32,767 at most

Status Nonsense() { return Status(Reason::kDataCorrupt, "The process that reads the database answered nonsense."); }

void PackNames(ByteWriter& writer, const std::vector<std::string>& names) {
  writer.U32(static_cast<uint32_t>(names.size()));
  for (const std::string& name : names) writer.Prefixed(name);
}

bool UnpackNames(ByteReader& reader, std::vector<std::string>& names) {
  const uint32_t count = reader.U32();
  if (count > kMostNames || count > reader.remaining()) return false;
  names.reserve(count);
  for (uint32_t i = 0; i < count && !reader.failed(); ++i) names.emplace_back(reader.Prefixed());
  return !reader.failed();
}

void WriteTable(ByteWriter& writer, const Table& table) {
  for (const std::string* text : {&table.name, &table.from, &table.key, &table.refused}) writer.Prefixed(*text);
  writer.U64(table.rows);
  PackNames(writer, table.columns);
  PackNames(writer, table.selected);
}

Result<Table> ReadTable(ByteReader& reader) {
  Table table;
  for (std::string* text : {&table.name, &table.from, &table.key, &table.refused}) *text = reader.Prefixed();
  table.rows = reader.U64();
  if (!UnpackNames(reader, table.columns) || !UnpackNames(reader, table.selected) ||
      table.columns.size() != table.selected.size()) {
    return Nonsense();
  }
  return table;
}

}  // namespace

Bytes PackTable(const Table& table) {
  Bytes packed;
  ByteWriter writer(packed);
  WriteTable(writer, table);
  return packed;
}

Result<Table> UnpackTable(std::string_view bytes) {
  ByteReader reader(bytes);
  ASSIGN_OR_RETURN(Table table, ReadTable(reader));
  if (!reader.Finish("a table").ok()) return Nonsense();
  return table;
}

Bytes PackRead(const Table& table, uint64_t sample_rows) {
  Bytes packed;
  ByteWriter writer(packed);
  writer.U64(sample_rows);
  WriteTable(writer, table);
  return packed;
}

Result<ReadAsk> UnpackRead(std::string_view bytes) {
  ByteReader reader(bytes);
  ReadAsk ask;
  ask.sample_rows = reader.U64();
  ASSIGN_OR_RETURN(ask.table, ReadTable(reader));
  if (!reader.Finish("a request for rows").ok()) return Nonsense();
  return ask;
}

// The columns, the cells, the end of each cell (all as 32-bit numbers of this machine), the bytes.
Bytes PackBatch(const RowBatch& batch) {
  const std::vector<uint32_t>& ends = batch.ends();
  const uint32_t head[2] = {static_cast<uint32_t>(batch.columns()), static_cast<uint32_t>(ends.size())};
  Bytes packed;
  packed.reserve(sizeof head + ends.size() * sizeof ends[0] + batch.bytes());
  packed.append(reinterpret_cast<const char*>(head), sizeof head);
  packed.append(reinterpret_cast<const char*>(ends.data()), ends.size() * sizeof ends[0]);
  packed.append(batch.all());
  return packed;
}

Result<RowBatch> UnpackBatch(std::string_view bytes, size_t columns) {
  uint32_t head[2] = {};
  if (bytes.size() < sizeof head) return Nonsense();
  std::memcpy(head, bytes.data(), sizeof head);
  bytes.remove_prefix(sizeof head);
  const size_t cells = head[1];
  if (head[0] != columns || columns == 0 || cells % columns != 0 || cells > bytes.size() / sizeof(uint32_t))
    return Nonsense();
  std::vector<uint32_t> ends(cells);
  if (cells > 0) std::memcpy(ends.data(), bytes.data(), cells * sizeof(uint32_t));
  bytes.remove_prefix(cells * sizeof(uint32_t));
  size_t last = 0;
  for (const uint32_t end : ends) {
    if (end < last || end - last > kLongestCell) return Nonsense();
    last = end;
  }
  if (last != bytes.size()) return Nonsense();
  return RowBatch(columns, std::string(bytes), std::move(ends));
}

}  // namespace strongroom::survey
