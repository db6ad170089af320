// MariaDB and MySQL, through MariaDB's client library.
#include <mysql.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.h"
#include "client/url.h"
#include "survey/database.h"

namespace strongroom::survey {
namespace {

constexpr uint64_t kRowsAtOnce = 5000;

struct CloseConnection {
  void operator()(MYSQL* connection) const { mysql_close(connection); }
};
using Connection = std::unique_ptr<MYSQL, CloseConnection>;
struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using Answer = std::unique_ptr<MYSQL_RES, FreeResult>;

std::string Quoted(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  return quoted + "`";
}

// mysql://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?socket=PATH&tls=off]
struct Address {
  std::string user, password, host, database, socket;
  unsigned port = 0;
  bool tls = true;
};

Result<Address> ParseAddress(std::string_view text) {
  const Status wrong(
      Reason::kInvalidArgument,
      "The address of the database is none: mysql://USER@HOST/DATABASE, with ?socket=PATH for a socket.");
  Address address;
  text.remove_prefix(text.find("://") + 3);
  const size_t question = text.find('?');
  std::string_view options = question == text.npos ? std::string_view() : text.substr(question + 1);
  text = text.substr(0, question);
  const size_t slash = text.find('/');
  if (slash == text.npos || slash + 1 == text.size()) return wrong;
  ASSIGN_OR_RETURN(address.database, PercentDecode(text.substr(slash + 1)));
  std::string_view authority = text.substr(0, slash);
  const size_t at = authority.rfind('@');
  if (at != authority.npos) {
    const std::string_view user = authority.substr(0, at);
    const size_t colon = user.find(':');
    ASSIGN_OR_RETURN(address.user, PercentDecode(user.substr(0, colon)));
    if (colon != user.npos) {
      ASSIGN_OR_RETURN(address.password, PercentDecode(user.substr(colon + 1)));
    }
    authority.remove_prefix(at + 1);
  }
  const size_t colon = authority.rfind(':');
  if (colon != authority.npos && authority.find(']', colon) == authority.npos) {
    const std::string_view port = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || end != port.data() + port.size() || address.port > 65535) return wrong;
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
  address.host = authority;
  while (!options.empty()) {
    const size_t end = std::min(options.find('&'), options.size());
    const std::string_view option = options.substr(0, end);
    options.remove_prefix(std::min(end + 1, options.size()));
    if (option.starts_with("socket=")) {
      ASSIGN_OR_RETURN(address.socket, PercentDecode(option.substr(7)));
    } else if (option == "tls=off") {
      address.tls = false;
    } else {
      return wrong;
    }
  }
  return address;
}

class MariaDbDatabase : public Database {
 public:
  MariaDbDatabase(std::string name, Connection connection)
      : name_(std::move(name)), connection_(std::move(connection)) {}

  std::string name() const override { return name_; }

  Status Begin() {
    RETURN_IF_ERROR(Do("SET SESSION TRANSACTION READ ONLY"));
    RETURN_IF_ERROR(Do("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
    RETURN_IF_ERROR(Do("SET SESSION lock_wait_timeout = 5"));
    // MariaDB's, in seconds; else MySQL's, in milliseconds.
    if (!Do("SET SESSION max_statement_time = 60").ok()) RETURN_IF_ERROR(Do("SET SESSION max_execution_time = 60000"));
    // MySQL's name of it and newer MariaDBs', then the older one.
    for (const char* name : {"SELECT @@transaction_read_only", "SELECT @@tx_read_only"}) {
      const auto answer = Rows(name, 1);
      if (answer.ok() && answer->size() == 1 && answer->front()[0] == "1") return Status::Ok();
    }
    return Status(Reason::kServerUnreachable, "The database does not let this session be for reading alone.");
  }

  Result<std::vector<Table>> Tables() override {
    ASSIGN_OR_RETURN(const auto rows,
                     Rows("SELECT table_name, coalesce(table_rows, 0), coalesce(update_time, ''), "
                          "coalesce(create_time, ''), coalesce(auto_increment, 0) FROM information_schema.tables "
                          "WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name",
                          5));
    std::vector<Table> tables;
    for (const auto& row : rows) {
      Table table;
      table.name = row[0];
      table.from = Quoted(row[0]);
      std::from_chars(row[1].data(), row[1].data() + row[1].size(), table.rows);
      // Unknown after a restart: then the rows are read.
      if (!row[2].empty()) table.fingerprint = row[2] + " " + row[3] + " " + row[4];
      RETURN_IF_ERROR(Describe(table));
      tables.push_back(std::move(table));
    }
    return tables;
  }

  Status Read(const Table& table, uint64_t sample_rows, const TakeRows& take) override {
    std::string columns;
    for (const std::string& column : table.selected) columns += column + ", ";
    const std::string select = "SELECT " + columns + (table.key.empty() ? "0" : table.key) + " FROM " + table.from;
    std::string last;
    if (table.key.empty()) {
      const std::string limit = sample_rows == 0 ? std::string() : " LIMIT " + std::to_string(sample_rows);
      // MySQL has no such setting, and its own ends a statement too early: then the failure says so.
      if (limit.empty()) Do("SET SESSION max_statement_time = 0").IgnoreError();
      const Status status = Part(select + limit, table.columns.size(), take, last).status();
      if (limit.empty()) Do("SET SESSION max_statement_time = 60").IgnoreError();
      return status;
    }
    ASSIGN_OR_RETURN(const auto ends,
                     Rows("SELECT min(" + table.key + "), max(" + table.key + ") FROM " + table.from, 2));
    if (ends.empty() || ends[0][0].empty()) return Status::Ok();
    const auto part = [&](const std::string& from, const char* relation, uint64_t most) {
      return Part(select + " WHERE " + table.key + " " + relation + " " + from + " ORDER BY " + table.key + " LIMIT " +
                      std::to_string(most),
                  table.columns.size(), take, last);
    };
    // Keys are whole numbers, of either sign and up to 64 bits: the database reckons with them.
    const bool sampled = sample_rows > 0 && table.rows > sample_rows;
    for (uint64_t stretch = 0; sampled && stretch < kStretches; ++stretch) {
      const std::string from = "(SELECT " + ends[0][0] + " + (" + ends[0][1] + " - " + ends[0][0] + ") DIV " +
                               std::to_string(kStretches) + " * " + std::to_string(stretch) + ")";
      RETURN_IF_ERROR(part(from, ">=", (sample_rows + kStretches - 1) / kStretches).status());
    }
    const char* relation = ">=";
    last = ends[0][0];
    while (!sampled) {
      ASSIGN_OR_RETURN(const uint64_t rows, part(last, relation, kRowsAtOnce));
      if (rows < kRowsAtOnce) break;
      relation = ">";
    }
    return Status::Ok();
  }

 private:
  // Messages of a database may hold values: the number says enough.
  Status Failed() const {
    const unsigned number = mysql_errno(connection_.get());
    if (number == 1142 || number == 1143) return Status(Reason::kFileUnreadable, "this account may not read it");
    if (number == 1969 || number == 3024) return Status(Reason::kRequestTimeout, "a statement took over 60 seconds");
    if (number == 1205) return Status(Reason::kRequestTimeout, "it is locked by somebody else");
    return Status(Reason::kFileUnreadable, "the database answered error " + std::to_string(number));
  }
  Status Do(const std::string& sql) const {
    if (mysql_real_query(connection_.get(), sql.data(), sql.size()) != 0) return Failed();
    const Answer ignored(mysql_store_result(connection_.get()));
    return Status::Ok();
  }
  // A small answer.
  Result<std::vector<std::vector<std::string>>> Rows(const std::string& sql, unsigned columns) const {
    if (mysql_real_query(connection_.get(), sql.data(), sql.size()) != 0) return Failed();
    const Answer answer(mysql_store_result(connection_.get()));
    if (answer == nullptr || mysql_num_fields(answer.get()) < columns) return Failed();
    std::vector<std::vector<std::string>> rows;
    while (const MYSQL_ROW row = mysql_fetch_row(answer.get())) {
      std::vector<std::string>& cells = rows.emplace_back();
      for (unsigned i = 0; i < columns; ++i) cells.emplace_back(row[i] == nullptr ? "" : row[i]);
    }
    return rows;
  }

  Status Describe(Table& table) const {
    std::string name(table.name.size() * 2 + 1, '\0');
    name.resize(mysql_real_escape_string(connection_.get(), name.data(), table.name.data(), table.name.size()));
    ASSIGN_OR_RETURN(const auto columns, Rows("SELECT column_name, data_type, column_key FROM "
                                              "information_schema.columns WHERE table_schema = DATABASE() AND "
                                              "table_name = '" +
                                                  name + "' ORDER BY ordinal_position",
                                              3));
    std::vector<std::string> keys;
    bool whole_key = true;
    for (const auto& column : columns) {
      const std::string& type = column[1];
      const std::string quoted = Quoted(column[0]);
      if (column[2] == "PRI") {
        keys.push_back(quoted);
        whole_key = whole_key && type.ends_with("int");
      }
      if (type.ends_with("blob") || type.ends_with("binary") || type == "geometry") {
        table.passed_over.push_back(column[0]);
        continue;
      }
      if (type == "bit") continue;
      table.columns.push_back(column[0]);
      const bool text = type.ends_with("text") || type.ends_with("char") || type == "json";
      table.selected.push_back(text ? "LEFT(" + quoted + ", " + std::to_string(kLongestCell) + ")" : quoted);
    }
    if (keys.size() == 1 && whole_key) table.key = keys[0];
    return Status::Ok();
  }

  Result<uint64_t> Part(const std::string& sql, size_t columns, const TakeRows& take, std::string& last) const {
    RETURN_IF_ERROR(Do("START TRANSACTION READ ONLY"));
    Result<uint64_t> rows = Stream(sql, columns, take, last);
    if (rows.ok()) RETURN_IF_ERROR(Do("COMMIT"));
    return rows;
  }

  Result<uint64_t> Stream(const std::string& sql, size_t columns, const TakeRows& take, std::string& last) const {
    if (mysql_real_query(connection_.get(), sql.data(), sql.size()) != 0) return Failed();
    const Answer answer(mysql_use_result(connection_.get()));
    if (answer == nullptr || mysql_num_fields(answer.get()) != columns + 1) return Failed();
    RowBatch batch(columns);
    uint64_t rows = 0;
    while (const MYSQL_ROW row = mysql_fetch_row(answer.get())) {
      const unsigned long* const sizes = mysql_fetch_lengths(answer.get());  // NOLINT(google-runtime-int): its type
      for (size_t column = 0; column < columns; ++column) {
        row[column] == nullptr ? batch.AddNull() : batch.AddCell({row[column], sizes[column]});
      }
      last.assign(row[columns], sizes[columns]);
      ++rows;
      if (batch.IsLarge()) RETURN_IF_ERROR(take(std::exchange(batch, RowBatch(columns))));
    }
    if (mysql_errno(connection_.get()) != 0) return Failed();
    if (batch.rows() > 0) RETURN_IF_ERROR(take(std::move(batch)));
    return rows;
  }

  const std::string name_;
  const Connection connection_;
};

}  // namespace

Result<std::unique_ptr<Database>> OpenMariaDb(const std::string& text, const std::string& password) {
  ASSIGN_OR_RETURN(const Address address, ParseAddress(text));
  Connection connection(mysql_init(nullptr));
  if (connection == nullptr) return Status(Reason::kInternal, "no memory for a connection");
  const unsigned connect_seconds = 10;
  const unsigned io_seconds = 90;
  mysql_options(connection.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect_seconds);
  mysql_options(connection.get(), MYSQL_OPT_READ_TIMEOUT, &io_seconds);
  mysql_options(connection.get(), MYSQL_OPT_WRITE_TIMEOUT, &io_seconds);
  mysql_options(connection.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  // A server may not ask for files of this machine.
  const unsigned none = 0;
  mysql_options(connection.get(), MYSQL_OPT_LOCAL_INFILE, &none);
  const bool near = !address.socket.empty() || address.host.empty() || IsLoopbackHost(address.host);
  if (!near && address.tls) {
    const my_bool yes = 1;
    mysql_options(connection.get(), MYSQL_OPT_SSL_ENFORCE, &yes);
    mysql_options(connection.get(), MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
  }
  const std::string& secret = address.password.empty() ? password : address.password;
  if (mysql_real_connect(connection.get(), address.host.empty() ? nullptr : address.host.c_str(), address.user.c_str(),
                         secret.c_str(), address.database.c_str(), address.port,
                         address.socket.empty() ? nullptr : address.socket.c_str(), 0) == nullptr) {
    return Status(Reason::kServerUnreachable,
                  "The database cannot be reached: error " + std::to_string(mysql_errno(connection.get())) + ".");
  }
  const std::string port = address.port == 0 ? std::string() : ":" + std::to_string(address.port);
  auto opened = std::make_unique<MariaDbDatabase>("mysql://" + address.host + port + "/" + address.database,
                                                  std::move(connection));
  RETURN_IF_ERROR(opened->Begin());
  return std::unique_ptr<Database>(std::move(opened));
}

}  // namespace strongroom::survey
