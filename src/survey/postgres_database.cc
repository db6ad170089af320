// PostgreSQL, through libpq.
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>

#include "client/url.h"
#include "survey/database.h"

namespace strongroom::survey {
namespace {

constexpr int kTidRanges = 140000;  // versions from here on find rows by their place
constexpr uint64_t kBlocksAtOnce = 1024;

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ClearResult>;

uint64_t NumberOf(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// One row of COPY's text format: cells between tabs, with escapes.
void AddRow(std::string_view line, size_t columns, std::string& cell, RowBatch& batch) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  for (size_t column = 0; column < columns; ++column) {
    const size_t end = std::min(line.find('\t'), line.size());
    const std::string_view text = line.substr(0, end);
    if (text == "\\N") {
      batch.AddNull();
    } else if (text.find('\\') == std::string_view::npos) {
      batch.AddCell(text);
    } else {
      cell.clear();
      for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
          cell += text[i];
          continue;
        }
        constexpr std::string_view kLetters = "bfnrtv";
        constexpr std::string_view kMeant = "\b\f\n\r\t\v";
        const size_t index = kLetters.find(text[++i]);
        cell += index == std::string_view::npos ? text[i] : kMeant[index];
      }
      batch.AddCell(cell);
    }
    line.remove_prefix(std::min(end + 1, line.size()));
  }
}

class PostgresDatabase : public Database {
 public:
  PostgresDatabase(std::string name, Connection connection)
      : name_(std::move(name)), connection_(std::move(connection)) {}

  std::string name() const override { return name_; }

  // How every session begins.  Whoever stands between (a pooler) may have kept settings from the server.
  Status Begin() {
    for (const char* setting :
         {"SET default_transaction_read_only = on", "SET statement_timeout = '60s'", "SET lock_timeout = '5s'",
          "SET idle_in_transaction_session_timeout = '60s'", "SET max_parallel_workers_per_gather = 0",
          "SET synchronize_seqscans = off", "SET client_encoding = 'UTF8'"}) {
      RETURN_IF_ERROR(Ask(setting).status());
    }
    ASSIGN_OR_RETURN(const Answer answer, Ask("SHOW transaction_read_only"));
    if (PQntuples(answer.get()) == 1 && std::string_view(PQgetvalue(answer.get(), 0, 0)) == "on") return Status::Ok();
    return Status(Reason::kServerUnreachable, "The database does not let this session be for reading alone.");
  }

  Result<std::vector<Table>> Tables() override {
    ASSIGN_OR_RETURN(
        const Answer list,
        Ask("SELECT c.oid, n.nspname, c.relname, greatest(c.reltuples, 0)::bigint, c.relkind, "
            "coalesce(s.n_tup_ins || '/' || s.n_tup_upd || '/' || s.n_tup_del, '') "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid "
            "WHERE c.relkind IN ('r', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "
            "ORDER BY 2, 3"));
    std::vector<Table> tables;
    for (int row = 0; row < PQntuples(list.get()); ++row) {
      const auto value = [&](int column) { return std::string(PQgetvalue(list.get(), row, column)); };
      Table table;
      table.name = value(1) + "." + value(2);
      table.from = Quoted(value(1)) + "." + Quoted(value(2));
      table.rows = NumberOf(value(3));
      // Counted by the server as rows change; a second or so late.
      table.fingerprint = value(5);
      if (value(4) == "f") table.refused = "its rows lie in another database";
      if (table.refused.empty()) {
        const Status described = Describe(value(0), table);
        if (described.reason() == Reason::kServerUnreachable) return described;
        if (!described.ok()) table.refused = described.message();
      }
      // Nobody counted yet: what a page of narrow rows holds.
      if (table.rows == 0) table.rows = table.blocks * 100;
      tables.push_back(std::move(table));
    }
    return tables;
  }

  Status Read(const Table& table, uint64_t sample_rows, const TakeRows& take) override {
    if (PQserverVersion(connection_.get()) < kTidRanges) {
      RETURN_IF_ERROR(Ask("SET statement_timeout = 0").status());
      const Status status = Copy(table, sample_rows == 0 ? "" : " LIMIT " + std::to_string(sample_rows), take);
      RETURN_IF_ERROR(Ask("SET statement_timeout = '60s'").status());
      return status;
    }
    const bool sampled = sample_rows > 0 && table.rows > sample_rows && table.blocks > kStretches;
    if (sampled) {
      const double share = static_cast<double>(sample_rows) / static_cast<double>(table.rows);
      const auto wanted = static_cast<uint64_t>(static_cast<double>(table.blocks) * share);
      const uint64_t each = std::max<uint64_t>(1, (wanted + kStretches - 1) / kStretches);
      for (uint64_t stretch = 0; stretch < kStretches; ++stretch) {
        RETURN_IF_ERROR(Blocks(table, table.blocks * stretch / kStretches, each, take));
      }
      return Status::Ok();
    }
    // Short statements: none holds back the removal of dead rows for long.
    for (uint64_t block = 0; block < table.blocks; block += kBlocksAtOnce) {
      RETURN_IF_ERROR(Blocks(table, block, kBlocksAtOnce, take));
    }
    return Status::Ok();
  }

 private:
  std::string Quoted(const std::string& name) const {
    char* const quoted = PQescapeIdentifier(connection_.get(), name.data(), name.size());
    if (quoted == nullptr) return "\"\"";
    std::string text = quoted;
    PQfreemem(quoted);
    return text;
  }

  // Messages of a database may hold values: the state's five letters say enough.
  Status Failed(const PGresult* result) const {
    const char* const state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state == nullptr) return Status(Reason::kServerUnreachable, "The connection to the database broke.");
    if (std::string_view(state) == "42501") return Status(Reason::kFileUnreadable, "this role may not read it");
    if (std::string_view(state) == "57014") return Status(Reason::kRequestTimeout, "a statement took over 60 seconds");
    if (std::string_view(state) == "55P03") return Status(Reason::kRequestTimeout, "it is locked by somebody else");
    return Status(Reason::kFileUnreadable, std::string("the database answered SQLSTATE ") + state);
  }

  Result<Answer> Ask(const std::string& sql) const {
    Answer answer(PQexec(connection_.get(), sql.c_str()));
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return Failed(answer.get());
    return answer;
  }

  Status Describe(const std::string& oid, Table& table) const {
    ASSIGN_OR_RETURN(const Answer columns,
                     Ask("SELECT a.attname, t.typname, has_column_privilege(a.attrelid, a.attnum, 'SELECT') "
                         "FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = " +
                         oid + " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"));
    bool refused = false;
    for (int row = 0; row < PQntuples(columns.get()); ++row) {
      const std::string name = PQgetvalue(columns.get(), row, 0);
      const std::string_view type = PQgetvalue(columns.get(), row, 1);
      if (type == "bool") continue;  // nothing to find
      if (std::string_view(PQgetvalue(columns.get(), row, 2)) != "t") {
        refused = true;
      } else if (type == "bytea") {
        table.passed_over.push_back(name);
      } else {
        table.columns.push_back(name);
        table.selected.push_back("left(" + Quoted(name) + "::text, " + std::to_string(kLongestCell) + ")");
      }
    }
    if (refused) {
      table.refused = "this role may not read all of its columns";
      return Status::Ok();
    }
    // Waits for whoever locks the table, as reading it would.
    ASSIGN_OR_RETURN(const Answer size, Ask("SELECT coalesce(pg_relation_size(" + oid +
                                            "), 0), "
                                            "coalesce(pg_relation_size(" +
                                            oid +
                                            "), 0) / "
                                            "current_setting('block_size')::bigint, "
                                            "coalesce(pg_relation_filenode(" +
                                            oid + ")::text, '')"));
    table.blocks = NumberOf(PQgetvalue(size.get(), 0, 1));
    if (!table.fingerprint.empty()) {
      for (const int column : {0, 2}) table.fingerprint += std::string(" ") + PQgetvalue(size.get(), 0, column);
    }
    return Status::Ok();
  }

  Status Blocks(const Table& table, uint64_t first, uint64_t count, const TakeRows& take) {
    const std::string from = std::to_string(first);
    const std::string end = std::to_string(first + count);
    return Copy(table, " WHERE ctid >= '(" + from + ",0)'::tid AND ctid < '(" + end + ",0)'::tid", take);
  }

  // Rows one by one as the server sends them: never more than a batch in memory.
  Status Copy(const Table& table, const std::string& which, const TakeRows& take) {
    std::string columns;
    for (const std::string& column : table.selected) columns += (columns.empty() ? "" : ", ") + column;
    const std::string sql = "COPY (SELECT " + columns + " FROM ONLY " + table.from + which + ") TO STDOUT";
    {
      const Answer begun(PQexec(connection_.get(), sql.c_str()));
      if (PQresultStatus(begun.get()) != PGRES_COPY_OUT) return Failed(begun.get());
    }
    RowBatch batch(table.columns.size());
    std::string cell;
    Status taken;
    while (true) {
      char* line = nullptr;
      const int size = PQgetCopyData(connection_.get(), &line, 0);
      if (size <= 0) break;
      if (taken.ok()) AddRow(std::string_view(line, static_cast<size_t>(size)), table.columns.size(), cell, batch);
      PQfreemem(line);
      if (taken.ok() && batch.IsLarge()) {
        taken = take(std::exchange(batch, RowBatch(table.columns.size())));
        if (!taken.ok()) Cancel();
      }
    }
    Status ended;
    while (true) {
      const Answer answer(PQgetResult(connection_.get()));
      if (answer == nullptr) break;
      if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK && ended.ok()) ended = Failed(answer.get());
    }
    RETURN_IF_ERROR(taken);
    RETURN_IF_ERROR(ended);
    return batch.rows() > 0 ? take(std::move(batch)) : Status::Ok();
  }

  // What was asked for is no longer wanted.
  void Cancel() const {
    PGcancel* const cancel = PQgetCancel(connection_.get());
    char ignored[256];
    if (cancel != nullptr) PQcancel(cancel, ignored, sizeof ignored);
    PQfreeCancel(cancel);
  }

  const std::string name_;
  const Connection connection_;
};

std::string OrEmpty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

}  // namespace

Result<std::unique_ptr<Database>> OpenPostgres(const std::string& address, const std::string& password) {
  char* message = nullptr;
  PQconninfoOption* const parsed = PQconninfoParse(address.c_str(), &message);
  if (message != nullptr) PQfreemem(message);  // it would repeat the address, with its password
  if (parsed == nullptr) {
    return Status(Reason::kInvalidArgument, "The address of the database is none: postgresql://USER@HOST/NAME.");
  }
  std::vector<std::string> names;
  std::vector<std::string> values;
  std::string host;
  std::string shown_port;
  std::string database;
  bool encrypts = false;
  bool has_password = false;
  for (const PQconninfoOption* option = parsed; option->keyword != nullptr; ++option) {
    const std::string value = OrEmpty(option->val);
    const std::string_view keyword = option->keyword;
    if (value.empty()) continue;
    if (keyword == "host") host = value;
    if (keyword == "port") shown_port = ":" + value;
    if (keyword == "dbname") database = value;
    if (keyword == "sslmode") encrypts = true;
    if (keyword == "password") has_password = true;
    names.emplace_back(keyword);
    values.push_back(value);
  }
  PQconninfoFree(parsed);
  const auto set = [&](const char* name, const std::string& value) {
    names.emplace_back(name);
    values.push_back(value);
  };
  set("application_name", "strongroom scan");
  set("connect_timeout", "10");
  if (!has_password && !password.empty()) set("password", password);
  // What crosses a network is encrypted and the server proves its name, unless the address says otherwise.
  const bool near = host.empty() || host.starts_with('/') || IsLoopbackHost(host);
  if (!near && !encrypts) set("sslmode", "verify-full");
  std::vector<const char*> name_list;
  std::vector<const char*> value_list;
  for (size_t i = 0; i < names.size(); ++i) {
    name_list.push_back(names[i].c_str());
    value_list.push_back(values[i].c_str());
  }
  name_list.push_back(nullptr);
  value_list.push_back(nullptr);
  Connection connection(PQconnectdbParams(name_list.data(), value_list.data(), 0));
  if (connection == nullptr || PQstatus(connection.get()) != CONNECTION_OK) {
    std::string why = connection == nullptr ? "" : PQerrorMessage(connection.get());
    std::replace(why.begin(), why.end(), '\n', ' ');
    return Status(Reason::kServerUnreachable, "The database cannot be reached: " + why);
  }
  auto opened =
      std::make_unique<PostgresDatabase>("postgresql://" + host + shown_port + "/" + database, std::move(connection));
  RETURN_IF_ERROR(opened->Begin());
  return std::unique_ptr<Database>(std::move(opened));
}

}  // namespace strongroom::survey
