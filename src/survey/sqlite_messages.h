// What is said between the survey of an SQLite file and the confined child that alone parses it.  Internal to
// src/survey. Both ends are the same program; still whatever comes from the child is read as a stranger's data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "survey/database.h"

namespace strongroom::survey {

// Requests.
inline constexpr char kTablesRequest = 'T';  // nothing
inline constexpr char kReadRequest = 'R';    // PackRead()
// Answers.
inline constexpr char kTableMessage = 't';  // PackTable(): one of them
inline constexpr char kMoreMessage = 'm';   // a piece of PackBatch(), not the last
inline constexpr char kBatchMessage = 'b';  // the last
// Questions of the child, each answered with "1" or "0".
inline constexpr char kLockQuestion = 'l';      // may it read now?  SQLite's SHARED lock is taken
inline constexpr char kUnlockQuestion = 'u';    // given back
inline constexpr char kReservedQuestion = 'r';  // is somebody about to write?
inline constexpr char kJournalQuestion = 'j';   // lies there a journal that would have to be rolled back?

inline constexpr size_t kMostTables = 100'000;
inline constexpr size_t kMostBatchBytes = size_t{256} << 20;  // packed

// Without its fingerprint, which the parent knows.
Bytes PackTable(const Table& table);
// kDataCorrupt when it is none.
Result<Table> UnpackTable(std::string_view bytes);

struct ReadAsk {
  Table table;
  uint64_t sample_rows = 0;
};
Bytes PackRead(const Table& table, uint64_t sample_rows);
Result<ReadAsk> UnpackRead(std::string_view bytes);

Bytes PackBatch(const RowBatch& batch);
// kDataCorrupt also when it does not have so many columns.
Result<RowBatch> UnpackBatch(std::string_view bytes, size_t columns);

}  // namespace strongroom::survey
