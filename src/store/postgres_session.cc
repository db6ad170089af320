#include "store/postgres_session.h"

#include <algorithm>
#include <span>
#include <utility>

#include "store/group.h"

namespace strongroom::postgres {
namespace {

constexpr const char* kTakeTurn =
    "WITH taken AS (UPDATE writer SET turn = turn + 1 WHERE owner = $1 AND turn = $2 RETURNING 1) "
    "SELECT 1 / count(*) FROM taken";

// Shared: the row of all stands for the order of all groups, whoever's; the row of one's own for who one is.
constexpr const char* kTakeOrder =
    "WITH taken AS (UPDATE writer SET turn = turn + 1 WHERE owner = $1 RETURNING 1) SELECT 1 / count(*) FROM taken";
constexpr const char* kTakeOwnTurn =
    "WITH taken AS (UPDATE writers SET turn = turn + 1 WHERE id = $1 AND owner = $2 AND turn = $3 RETURNING 1) "
    "SELECT 1 / count(*) FROM taken";

struct Statement {
  const char* name;
  const char* sql;
  const char* unsafe_sql = nullptr;  // in its place when turns are switched off
};

constexpr Statement kOfAll[] = {
    {"put",
     "INSERT INTO rows (key, version, value) SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) "
     "ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value"},
    {"delete", "DELETE FROM rows WHERE key = ANY($1::bytea[])"},
    {"versions",
     "SELECT asked.place, rows.version FROM unnest($1::bytea[]) WITH ORDINALITY AS asked(key, place) JOIN rows USING "
     "(key)"},
    {"get", "SELECT value FROM rows WHERE key = $1"},
    {"many",
     "SELECT asked.place, rows.value FROM unnest($1::bytea[]) WITH ORDINALITY AS asked(key, place) JOIN rows USING "
     "(key)"},
    {"scan", "SELECT key, value FROM rows WHERE key >= $1 AND key < $2 ORDER BY key LIMIT $3"},
    {"scan_to_last", "SELECT key, value FROM rows WHERE key >= $1 ORDER BY key LIMIT $2"},
    {"scan_back", "SELECT key, value FROM rows WHERE key >= $1 AND key < $2 ORDER BY key DESC LIMIT $3"},
    {"scan_back_from_last", "SELECT key, value FROM rows WHERE key >= $1 ORDER BY key DESC LIMIT $2"},
};

// An owner's number, 60 bits drawn by PostgreSQL, tells one opening of the store from every other; it is no secret.
//
// Settling asks for the turn after a commit whose answer was lost, and moves it by two: from the turn before the
// commit, or from the one after it.  Asked again, because its own answer may be lost too, it moves nothing and says the
// same.
constexpr Statement kOfOneAlone[] = {
    {"turn", kTakeTurn, "SELECT $1::bigint + $2::bigint"},
    {"settle",
     "UPDATE writer SET turn = CASE turn WHEN $2::bigint THEN $2 + 2 WHEN $2 + 1 THEN $2 + 3 ELSE turn END "
     "WHERE owner = $1 RETURNING turn - $2"},
    {"own",
     "UPDATE writer SET owner = ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 15))::bit(60)::bigint, "
     "turn = turn + 1 RETURNING turn, format, owner"},
};

// A negative owner of the store: a span of time in which servers share it.  It lasts until somebody opens it alone, so
// whoever shared it before that is not mistaken for one who shares it now.
constexpr Statement kOfSharers[] = {
    {"order", kTakeOrder, "SELECT $1::bigint"},
    {"turn", kTakeOwnTurn, "SELECT $1::bigint + $2::bigint + $3::bigint"},
    {"settle",
     "UPDATE writers SET turn = CASE turn WHEN $3::bigint THEN $3 + 2 WHEN $3 + 1 THEN $3 + 3 ELSE turn END "
     "WHERE id = $1 AND owner = $2 RETURNING turn - $3"},
    {"join",
     "UPDATE writer SET owner = CASE WHEN owner < 0 THEN owner ELSE "
     "-1 - ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 15))::bit(60)::bigint END, "
     "turn = turn + 1 RETURNING owner, format"},
    {"own",
     "INSERT INTO writers (id, owner, turn) "
     "VALUES ($1, ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 15))::bit(60)::bigint, 1) "
     "ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, turn = writers.turn + 1 RETURNING turn, owner"},
};

// Seqscan and joins that read the whole table are never right here, whatever the statistics say of a new table.  What
// has no other way looks so dear then that PostgreSQL would compile it (80 ms each): so no jit.
constexpr const char* kSession =
    "SET client_min_messages = error; SET statement_timeout = '30s'; SET lock_timeout = '15s'; "
    "SET idle_in_transaction_session_timeout = '30s'; SET default_transaction_isolation = 'read committed'; "
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off";

// A commit that waits for a standby and is cancelled by a time-out is answered as if the standby had it, with no more
// than a warning.  So what writes has none: locks have theirs, and the rest is the standby's time.
constexpr const char* kWritingSession = "SET statement_timeout = 0";

// A server that vanishes between the two round trips of a group holds all others up: PostgreSQL ends its session soon,
// by the transaction that does not go on, and by the network that does not answer (sockets of TCP alone).
std::string SharedSession(const PostgresOptions& options) {
  return "SET idle_in_transaction_session_timeout = " + std::to_string(options.hold_millis) +
         "; SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; "
         "SET tcp_user_timeout = 5000";
}

Status CheckDurable(Connection& connection) {
  ASSIGN_OR_RETURN(
      const ResultPtr shown,
      connection.Run("SELECT current_setting('fsync'), current_setting('full_page_writes'), "
                     "current_setting('synchronous_commit'), current_setting('server_version_num')::int >= 130000"));
  const auto cell = [&shown](int column) { return std::string_view(PQgetvalue(shown.get(), 0, column)); };
  if (cell(0) != "on" || cell(1) != "on") {
    return Status(Reason::kStorageUnavailable,
                  "PostgreSQL would lose what it acknowledged: fsync and full_page_writes must be on");
  }
  if (cell(3) != "t") return Status(Reason::kStorageUnavailable, "PostgreSQL 13 or newer is needed");
  // Settings of the role or the database may have turned it off; what waits for standbys is left as it is.
  if (cell(2) == "off" || cell(2) == "local") return connection.Run("SET synchronous_commit = on").status();
  return Status::Ok();
}

Status PrepareAll(Connection& connection, std::span<const Statement> statements, bool unsafe) {
  for (const Statement& statement : statements) {
    RETURN_IF_ERROR(connection.Prepare(
        statement.name, unsafe && statement.unsafe_sql != nullptr ? statement.unsafe_sql : statement.sql));
  }
  return Status::Ok();
}

// A transaction that stays open on a connection of its own.
class SnapshotReader : public StoreReader {
 public:
  explicit SnapshotReader(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Result<std::optional<StoreValue>> Get(ByteView key) const override {
    std::lock_guard lock(mutex_);
    return GetFrom(*connection_, key);
  }
  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override {
    std::lock_guard lock(mutex_);
    return MultiGetFrom(*connection_, keys);
  }
  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override {
    std::lock_guard lock(mutex_);
    return ScanFrom(*connection_, range);
  }

 private:
  mutable std::mutex mutex_;
  const std::unique_ptr<Connection> connection_;
};

}  // namespace

Result<std::unique_ptr<Connection>> OpenSession(const PostgresOptions& options, const std::string& schema,
                                                SessionKind kind) {
  const bool shared = options.writer != 0;
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                   Connection::Open(options.conninfo, shared ? Patience::kShort : Patience::kUsual));
  RETURN_IF_ERROR(connection->Run(kSession).status());
  if (kind == SessionKind::kWrites) RETURN_IF_ERROR(connection->Run(kWritingSession).status());
  if (shared) RETURN_IF_ERROR(connection->Run(SharedSession(options)).status());
  RETURN_IF_ERROR(connection->Run("SET search_path TO " + schema).status());
  RETURN_IF_ERROR(CheckDurable(*connection));
  const bool unsafe = options.unsafe_no_turns_for_tests;
  RETURN_IF_ERROR(PrepareAll(*connection, kOfAll, unsafe));
  if (shared) {
    RETURN_IF_ERROR(PrepareAll(*connection, kOfSharers, unsafe));
  } else {
    RETURN_IF_ERROR(PrepareAll(*connection, kOfOneAlone, unsafe));
  }
  return connection;
}

Result<std::optional<StoreValue>> GetFrom(Connection& connection, ByteView key) {
  Params params;
  params.Blob(key);
  ASSIGN_OR_RETURN(const ResultPtr found, connection.Execute("get", params));
  if (PQntuples(found.get()) == 0) return std::optional<StoreValue>();
  const ByteView value = BlobAt(*found, 0, 0);
  return std::optional<StoreValue>(StoreValue{Bytes(value), VersionOf(value)});
}

Result<std::vector<std::optional<StoreValue>>> MultiGetFrom(Connection& connection, const std::vector<Bytes>& keys) {
  std::vector<std::optional<StoreValue>> answers(keys.size());
  if (keys.empty()) return answers;
  Params params;
  params.Blobs({keys.begin(), keys.end()});
  ASSIGN_OR_RETURN(const ResultPtr found, connection.Execute("many", params));
  for (int row = 0; row < PQntuples(found.get()); ++row) {
    const auto place = static_cast<size_t>(IntAt(*found, row, 0) - 1);
    const ByteView value = BlobAt(*found, row, 1);
    if (place < answers.size()) answers[place] = StoreValue{Bytes(value), VersionOf(value)};
  }
  return answers;
}

Result<std::vector<StoreRow>> ScanFrom(Connection& connection, const ScanRange& range) {
  std::vector<StoreRow> rows;
  if (range.limit == 0 || (!range.end.empty() && range.end <= range.begin)) return rows;
  Params params;
  params.Blob(range.begin);
  if (!range.end.empty()) params.Blob(range.end);
  params.Int(static_cast<int64_t>(std::min<size_t>(range.limit, INT64_MAX)));
  const char* const statement = range.end.empty() ? (range.reverse ? "scan_back_from_last" : "scan_to_last")
                                                  : (range.reverse ? "scan_back" : "scan");
  ASSIGN_OR_RETURN(const ResultPtr found, connection.Execute(statement, params));
  rows.reserve(static_cast<size_t>(PQntuples(found.get())));
  for (int row = 0; row < PQntuples(found.get()); ++row) {
    rows.push_back({Bytes(BlobAt(*found, row, 0)), Bytes(BlobAt(*found, row, 1))});
  }
  return rows;
}

Result<std::unique_ptr<StoreReader>> OpenSnapshot(const PostgresOptions& options, const std::string& schema) {
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, OpenSession(options, schema));
  RETURN_IF_ERROR(connection->Run("SET idle_in_transaction_session_timeout = '10min'").status());
  // The snapshot is taken by the first statement.
  RETURN_IF_ERROR(connection->Run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").status());
  RETURN_IF_ERROR(connection->Run("SELECT turn FROM writer").status());
  return std::unique_ptr<StoreReader>(std::make_unique<SnapshotReader>(std::move(connection)));
}

Result<std::unique_ptr<Connection>> Readers::Take() {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [this] { return !idle_.empty() || out_ < options_.readers; });
  ++out_;
  if (!idle_.empty()) {
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  lock.unlock();
  Result<std::unique_ptr<Connection>> opened = OpenSession(options_, schema_);
  if (!opened.ok()) Return(nullptr);
  return opened;
}

void Readers::Return(std::unique_ptr<Connection> connection) {
  {
    std::lock_guard lock(mutex_);
    --out_;
    if (connection != nullptr && connection->usable()) idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

// When one connection is gone, the others usually are.
void Readers::ForgetIdle() {
  std::lock_guard lock(mutex_);
  idle_.clear();
}

}  // namespace strongroom::postgres
