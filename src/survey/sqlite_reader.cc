#include "survey/sqlite_reader.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "survey/sqlite_messages.h"

namespace strongroom::survey {
namespace {

constexpr uint64_t kRowsAtOnce = 5000;  // then the lock on the file is given back
constexpr size_t kPieceBytes = size_t{8} << 20;

struct CloseStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, CloseStatement>;

struct CloseConnection {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

std::string Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string_view TextOf(sqlite3_stmt* statement, int column) {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr ? std::string_view()
                         : std::string_view(text, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
}

class OpenFile {
 public:
  explicit OpenFile(Connection connection) : connection_(std::move(connection)) {}

  Result<std::vector<Table>> Tables() {
    ASSIGN_OR_RETURN(const Statement list,
                     Prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
                             "ESCAPE '\\' ORDER BY name"));
    std::vector<Table> tables;
    while (true) {
      const int step = sqlite3_step(list.get());
      if (step == SQLITE_DONE) return tables;
      if (step != SQLITE_ROW) return Failed();
      Table table;
      table.name = TextOf(list.get(), 0);
      table.from = Quoted(table.name);
      std::string sql(TextOf(list.get(), 1));
      std::transform(sql.begin(), sql.end(), sql.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
      // What is computed by code that is not here.
      if (sql.starts_with("CREATE VIRTUAL")) table.refused = "it is a virtual table";
      if (table.refused.empty()) Describe(table);
      tables.push_back(std::move(table));
    }
  }

  Status Read(const Table& table, uint64_t sample_rows, const TakeRows& take) {
    std::string columns;
    for (const std::string& column : table.selected) columns += column + ", ";
    if (table.key.empty()) {
      const std::string limit = sample_rows == 0 ? std::string() : " LIMIT " + std::to_string(sample_rows);
      ASSIGN_OR_RETURN(const Statement all, Prepare("SELECT " + columns + "0 FROM " + table.from + limit));
      int64_t ignored = 0;
      return Rows(all.get(), table.columns.size(), take, ignored).status();
    }
    ASSIGN_OR_RETURN(const Statement part, Prepare("SELECT " + columns + table.key + " FROM " + table.from + " WHERE " +
                                                   table.key + " >= ?1 ORDER BY " + table.key + " LIMIT ?2"));
    ASSIGN_OR_RETURN(const auto ends, Ends(table));
    const bool sampled = sample_rows > 0 && table.rows > sample_rows;
    // The distance cannot be told in a signed number when a table uses them all.
    const uint64_t span = static_cast<uint64_t>(ends.second) - static_cast<uint64_t>(ends.first);
    int64_t free = ends.first;  // no row before this is read twice
    for (uint64_t stretch = 0; sampled && stretch < kStretches; ++stretch) {
      const uint64_t offset = span / kStretches * stretch;
      const int64_t from = std::max(free, static_cast<int64_t>(static_cast<uint64_t>(ends.first) + offset));
      int64_t last = from;
      RETURN_IF_ERROR(Part(part.get(), from, (sample_rows + kStretches - 1) / kStretches, table, take, last).status());
      if (last >= ends.second) break;
      free = last + 1;
    }
    int64_t next = ends.first;
    while (!sampled) {
      int64_t last = next;
      ASSIGN_OR_RETURN(const uint64_t rows, Part(part.get(), next, kRowsAtOnce, table, take, last));
      if (rows < kRowsAtOnce || last == INT64_MAX) break;
      next = last + 1;
    }
    return Status::Ok();
  }

 private:
  Status Failed() const {
    return Status(Reason::kFileUnreadable, std::string("SQLite cannot read the file: ") +
                                               sqlite3_errstr(sqlite3_errcode(connection_.get())) + ".");
  }
  Result<Statement> Prepare(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(connection_.get(), sql.c_str(), static_cast<int>(sql.size()), &statement, nullptr) !=
        SQLITE_OK) {
      return Failed();
    }
    return Statement(statement);
  }

  // Columns, whether rows are numbered, how many there are.
  void Describe(Table& table) {
    const Result<Statement> columns =
        Prepare("SELECT name, hidden FROM pragma_table_xinfo(" + Quoted(table.name) + ")");
    if (!columns.ok()) {
      table.refused = columns.status().message();
      return;
    }
    while (sqlite3_step(columns->get()) == SQLITE_ROW) {
      const std::string name(TextOf(columns->get(), 0));
      table.columns.push_back(name);
      const std::string quoted = Quoted(name);
      // SQLite has types for values, not for columns: whatever is no text in this one is looked into as text, bytes
      // are not.
      table.selected.push_back("CASE WHEN typeof(" + quoted + ") = 'blob' THEN NULL ELSE substr(" + quoted + ", 1, " +
                               std::to_string(kLongestCell) + ") END");
    }
    for (const std::string_view key : {"rowid", "_rowid_", "oid"}) {
      const bool taken = std::any_of(table.columns.begin(), table.columns.end(), [&](const std::string& column) {
        return column.size() == key.size() &&
               sqlite3_strnicmp(column.data(), key.data(), static_cast<int>(key.size())) == 0;
      });
      if (!taken && Prepare("SELECT " + std::string(key) + " FROM " + table.from).ok()) {
        table.key = key;
        break;
      }
    }
    if (!table.key.empty()) {
      const auto ends = Ends(table);
      // At most so many; deleted rows leave gaps.
      if (ends.ok()) table.rows = static_cast<uint64_t>(ends->second) - static_cast<uint64_t>(ends->first) + 1;
    }
  }

  Result<std::pair<int64_t, int64_t>> Ends(const Table& table) const {
    std::pair<int64_t, int64_t> ends{0, -1};
    // Two questions: SQLite answers each from the end of the tree, and both at once by reading it whole.
    for (const bool least : {true, false}) {
      ASSIGN_OR_RETURN(const Statement ask, Prepare(std::string("SELECT ") + (least ? "min(" : "max(") + table.key +
                                                    ") FROM " + table.from));
      if (sqlite3_step(ask.get()) != SQLITE_ROW) return Failed();
      if (sqlite3_column_type(ask.get(), 0) == SQLITE_NULL) return std::pair<int64_t, int64_t>{0, -1};
      (least ? ends.first : ends.second) = sqlite3_column_int64(ask.get(), 0);
    }
    return ends;
  }

  Result<uint64_t> Part(sqlite3_stmt* statement, int64_t from, uint64_t most, const Table& table, const TakeRows& take,
                        int64_t& last) const {
    sqlite3_reset(statement);
    sqlite3_bind_int64(statement, 1, from);
    sqlite3_bind_int64(statement, 2, static_cast<int64_t>(most));
    Result<uint64_t> rows = Rows(statement, table.columns.size(), take, last);
    sqlite3_reset(statement);
    return rows;
  }

  Result<uint64_t> Rows(sqlite3_stmt* statement, size_t columns, const TakeRows& take, int64_t& last) const {
    RowBatch batch(columns);
    uint64_t rows = 0;
    while (true) {
      const int step = sqlite3_step(statement);
      if (step == SQLITE_DONE) break;
      if (step != SQLITE_ROW) return Failed();
      for (size_t column = 0; column < columns; ++column) batch.AddCell(TextOf(statement, static_cast<int>(column)));
      last = sqlite3_column_int64(statement, static_cast<int>(columns));
      ++rows;
      if (!batch.IsLarge()) continue;
      RETURN_IF_ERROR(take(std::exchange(batch, RowBatch(columns))));
    }
    if (batch.rows() > 0) RETURN_IF_ERROR(take(std::move(batch)));
    return rows;
  }

  Connection connection_;
};

Result<OpenFile> OpenThe(SqliteAccess access) {
  const std::string uri =
      std::string("file:") + kSqliteName + (access == SqliteAccess::kImmutable ? "?immutable=1" : "");
  sqlite3* opened = nullptr;
  const int answer = sqlite3_open_v2(
      uri.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
      kSqliteVfs);
  Connection connection(opened);
  if (answer != SQLITE_OK) return Status(Reason::kFileUnreadable, "The file cannot be opened by SQLite.");
  // A stranger's file: its schema may not call functions, and its pages are checked before they are believed.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_limit(opened, SQLITE_LIMIT_ATTACHED, 0);
  // First of all: asked for before anything is read, it keeps the index of a log in this process' own memory.
  const char* const locking =
      access == SqliteAccess::kLog ? "PRAGMA locking_mode=EXCLUSIVE" : "PRAGMA locking_mode=NORMAL";
  for (const char* pragma : {locking, "PRAGMA query_only=1", "PRAGMA cell_size_check=1", "PRAGMA mmap_size=0",
                             "PRAGMA cache_size=-4096", "PRAGMA temp_store=MEMORY"}) {
    if (sqlite3_exec(opened, pragma, nullptr, nullptr, nullptr) != SQLITE_OK)
      return Status(Reason::kFileUnreadable,
                    std::string("SQLite cannot read the file: ") + sqlite3_errstr(sqlite3_errcode(opened)) + ".");
  }
  return OpenFile(std::move(connection));
}

Status SendBatch(const SendMessage& send, const RowBatch& batch) {
  const Bytes packed = PackBatch(batch);
  std::string_view rest = packed;
  for (; rest.size() > kPieceBytes; rest.remove_prefix(kPieceBytes))
    RETURN_IF_ERROR(send(kMoreMessage, rest.substr(0, kPieceBytes)));
  return send(kBatchMessage, rest);
}

}  // namespace

Status SqliteReader::Serve(char kind, std::string_view request, const SendMessage& send, const AskParent& ask) {
  RETURN_IF_ERROR(RegisterSqliteVfs(files_, [&ask](char question) -> Result<bool> {
    ASSIGN_OR_RETURN(const std::string answer, ask(question, {}));
    return answer == "1";
  }));
  ASSIGN_OR_RETURN(OpenFile file, OpenThe(access_));
  if (kind == kTablesRequest) {
    ASSIGN_OR_RETURN(const std::vector<Table> tables, file.Tables());
    for (const Table& table : tables) RETURN_IF_ERROR(send(kTableMessage, PackTable(table)));
    return Status::Ok();
  }
  if (kind != kReadRequest) return Status(Reason::kInternal, "Nothing was asked.");
  ASSIGN_OR_RETURN(const ReadAsk read, UnpackRead(request));
  return file.Read(read.table, read.sample_rows, [&send](const RowBatch& batch) { return SendBatch(send, batch); });
}

}  // namespace strongroom::survey
