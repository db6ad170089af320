#include "store/postgres_store.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "store/group.h"
#include "store/postgres_connection.h"
#include "store/row_cache.h"

namespace strongroom {
namespace {

using postgres::Connection;
using postgres::Params;
using postgres::ResultPtr;

constexpr int64_t kFormat = 1;
constexpr size_t kRowCacheSlots = size_t{1} << 16;
constexpr int kAttempts = 3;

// Fails with division_by_zero for whoever is not the owner at this turn: what stands behind it in the pipeline is then
// not run.
constexpr const char* kTakeTurn =
    "WITH taken AS (UPDATE writer SET turn = turn + 1 WHERE owner = $1 AND turn = $2 RETURNING 1) "
    "SELECT 1 / count(*) FROM taken";
constexpr const char* kTakeNoTurn = "SELECT $1::bigint + $2::bigint";
constexpr std::string_view kNotTheOwner = "22012";

constexpr std::pair<const char*, const char*> kStatements[] = {
    {"turn", kTakeTurn},
    {"settle", "UPDATE writer SET turn = turn + 1 WHERE owner = $1 RETURNING turn"},
    // The owner's number tells this opening of the store from every other; it is no secret.
    {"own",
     "UPDATE writer SET owner = ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 15))::bit(60)::bigint, "
     "turn = turn + 1 RETURNING turn, format, owner"},
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

// Seqscan and joins that read the whole table are never right here, whatever the statistics say of a new table.  What
// has no other way looks so dear then that PostgreSQL would compile it (80 ms each): so no jit.
constexpr const char* kSession =
    "SET client_min_messages = error; SET statement_timeout = '30s'; SET lock_timeout = '15s'; "
    "SET idle_in_transaction_session_timeout = '30s'; SET default_transaction_isolation = 'read committed'; "
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off";

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

Result<std::unique_ptr<Connection>> OpenSession(const PostgresOptions& options, const std::string& schema) {
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(options.conninfo));
  RETURN_IF_ERROR(connection->Run(kSession).status());
  RETURN_IF_ERROR(connection->Run("SET search_path TO " + schema).status());
  RETURN_IF_ERROR(CheckDurable(*connection));
  for (const auto& [name, sql] : kStatements) {
    RETURN_IF_ERROR(
        connection->Prepare(name, sql == kTakeTurn && options.unsafe_no_turns_for_tests ? kTakeNoTurn : sql));
  }
  return connection;
}

// --- reads, on any connection ---

Result<std::optional<StoreValue>> GetFrom(Connection& connection, ByteView key) {
  Params params;
  params.Blob(key);
  ASSIGN_OR_RETURN(const ResultPtr found, connection.Execute("get", params));
  if (PQntuples(found.get()) == 0) return std::optional<StoreValue>();
  const ByteView value = postgres::BlobAt(*found, 0, 0);
  return std::optional<StoreValue>(StoreValue{Bytes(value), VersionOf(value)});
}

Result<std::vector<std::optional<StoreValue>>> MultiGetFrom(Connection& connection, const std::vector<Bytes>& keys) {
  std::vector<std::optional<StoreValue>> answers(keys.size());
  if (keys.empty()) return answers;
  Params params;
  params.Blobs({keys.begin(), keys.end()});
  ASSIGN_OR_RETURN(const ResultPtr found, connection.Execute("many", params));
  for (int row = 0; row < PQntuples(found.get()); ++row) {
    const auto place = static_cast<size_t>(postgres::IntAt(*found, row, 0) - 1);
    const ByteView value = postgres::BlobAt(*found, row, 1);
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
    rows.push_back({Bytes(postgres::BlobAt(*found, row, 0)), Bytes(postgres::BlobAt(*found, row, 1))});
  }
  return rows;
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

// Connections for reads: as many as are used at once, up to a number.
class Readers {
 public:
  Readers(const PostgresOptions& options, std::string schema) : options_(options), schema_(std::move(schema)) {}

  // Runs `read` on a connection; on a new one when the one it had was lost, since reading twice does no harm.
  template <typename Read>
  auto With(const Read& read) -> decltype(read(std::declval<Connection&>())) {
    Result<std::unique_ptr<Connection>> taken = Take();
    if (!taken.ok()) return taken.status();
    auto answer = read(**taken);
    if (!(*taken)->usable()) {
      ForgetIdle();
      Result<std::unique_ptr<Connection>> again = OpenSession(options_, schema_);
      if (!again.ok()) {
        Return(nullptr);
        return again.status();
      }
      *taken = *std::move(again);
      answer = read(**taken);
    }
    Return(*std::move(taken));
    return answer;
  }

 private:
  Result<std::unique_ptr<Connection>> Take() {
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
  void Return(std::unique_ptr<Connection> connection) {
    {
      std::lock_guard lock(mutex_);
      --out_;
      if (connection != nullptr && connection->usable()) idle_.push_back(std::move(connection));
    }
    freed_.notify_one();
  }
  // When one connection is gone, the others usually are.
  void ForgetIdle() {
    std::lock_guard lock(mutex_);
    idle_.clear();
  }

  const PostgresOptions options_;
  const std::string schema_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  size_t out_ = 0;
};

// What a group leaves of each key it touches: a value, or nothing.
using FinalRows = std::map<ByteView, const Bytes*>;

FinalRows FinalRowsOf(const std::vector<const StoreBatch*>& batches) {
  FinalRows rows;
  for (const StoreBatch* batch : batches) {
    for (const StorePut& put : batch->puts) rows[put.key] = &put.value;
    for (const Bytes& key : batch->deletes) rows[key] = nullptr;
  }
  return rows;
}

class PostgresStore : public Store {
 public:
  PostgresStore(const PostgresOptions& options, std::string schema, std::unique_ptr<Connection> writer, int64_t owner,
                int64_t turn)
      : options_(options),
        schema_(std::move(schema)),
        readers_(options, schema_),
        rows_(kRowCacheSlots),
        writer_(std::move(writer)),
        owner_(owner),
        turn_(turn) {}

  Result<std::optional<StoreValue>> Get(ByteView key) const override {
    if (std::optional<std::optional<StoreValue>> warm = rows_.Find(key)) return *std::move(warm);
    const RowCache::Ticket ticket = rows_.BeginRead(key);
    Result<std::optional<StoreValue>> found =
        readers_.With([key](Connection& connection) { return GetFrom(connection, key); });
    if (found.ok()) Remember(ticket, key, *found);
    return found;
  }

  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override {
    std::vector<RowCache::Ticket> tickets;
    tickets.reserve(keys.size());
    for (const Bytes& key : keys) tickets.push_back(rows_.BeginRead(key));
    Result<std::vector<std::optional<StoreValue>>> found =
        readers_.With([&keys](Connection& connection) { return MultiGetFrom(connection, keys); });
    for (size_t i = 0; found.ok() && i < keys.size(); ++i) Remember(tickets[i], keys[i], (*found)[i]);
    return found;
  }

  Result<std::vector<StoreRow>> Scan(const ScanRange& range) const override {
    return readers_.With([&range](Connection& connection) { return ScanFrom(connection, range); });
  }

  // Takes dead rows out of the table's pages.  Their bytes may stand in free space until it is used again, and in the
  // server's own log: docs/formats/key-store.md says so.
  Status Compact(ByteView /*begin*/, ByteView /*end*/) override {
    ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, OpenSession(options_, schema_));
    return connection->Run("VACUUM rows").status();
  }

  Result<std::unique_ptr<StoreReader>> Snapshot() const override {
    ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, OpenSession(options_, schema_));
    RETURN_IF_ERROR(connection->Run("SET idle_in_transaction_session_timeout = '10min'").status());
    // The snapshot is taken by the first statement.
    RETURN_IF_ERROR(connection->Run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").status());
    RETURN_IF_ERROR(connection->Run("SELECT turn FROM writer").status());
    return std::unique_ptr<StoreReader>(std::make_unique<SnapshotReader>(std::move(connection)));
  }

  std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) override {
    std::lock_guard lock(commit_mutex_);
    if (!refusal_.ok()) return std::vector<Status>(batches.size(), refusal_);
    begun_ = false;
    Admission admission = AdmitGroup(batches, [this](const std::vector<ByteView>& keys) { return Versions(keys); });
    StoreBatch extra;
    Status outcome;
    if (!admission.admitted.empty()) outcome = FinishGroup(finish, admission.admitted, extra);
    if (admission.admitted.empty() || !outcome.ok()) {
      GiveUp();
    } else {
      std::vector<const StoreBatch*> writes;
      for (const size_t index : admission.admitted) writes.push_back(batches[index]);
      writes.push_back(&extra);
      outcome = Write(FinalRowsOf(writes));
    }
    if (!outcome.ok()) {
      for (const size_t index : admission.admitted) admission.statuses[index] = outcome;
    }
    return admission.statuses;
  }

 private:
  void Remember(RowCache::Ticket ticket, ByteView key, const std::optional<StoreValue>& value) const {
    if (key.size() <= kMaxKeySizeBytes) rows_.EndRead(ticket, key, value);
  }

  // Begins the transaction, in the pipeline.
  void SendTurn() {
    writer_->SendSql("BEGIN");
    Params turn;
    turn.Int(owner_);
    turn.Int(turn_);
    writer_->Send("turn", turn);
  }

  // Warm keys from memory: nobody else writes while the turn can be taken.  The others are read under the lock of the
  // writer's row, so nobody changes them before this group is written either.
  Result<std::vector<StoreVersion>> Versions(const std::vector<ByteView>& keys) {
    std::vector<StoreVersion> versions(keys.size(), kAbsent);
    std::vector<size_t> cold;
    std::vector<ByteView> cold_keys;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (const std::optional<StoreVersion> warm = rows_.FindVersion(keys[i])) {
        versions[i] = *warm;
      } else {
        cold.push_back(i);
        cold_keys.push_back(keys[i]);
      }
    }
    if (cold.empty()) return versions;
    Params asked;
    asked.Blobs(cold_keys);
    for (int attempt = 1;; ++attempt) {
      writer_->Begin();
      SendTurn();
      writer_->Send("versions", asked);
      Connection::Answers answers = writer_->Wait();
      if (answers.ok()) {
        begun_ = true;
        const PGresult& found = *answers.results.back();
        for (int row = 0; row < PQntuples(&found); ++row) {
          const auto place = static_cast<size_t>(postgres::IntAt(found, row, 0) - 1);
          if (place < cold.size()) versions[cold[place]] = static_cast<StoreVersion>(postgres::IntAt(found, row, 1));
        }
        return versions;
      }
      const Result<bool> committed = AfterFailure(answers.failure);
      if (!committed.ok()) return committed.status();
      if (attempt == kAttempts || !MayTryAgain(answers.failure)) return answers.failure.status;
    }
  }

  Status Write(const FinalRows& rows) {
    std::vector<ByteView> put_keys;
    std::vector<int64_t> put_versions;
    std::vector<ByteView> put_values;
    std::vector<ByteView> deletes;
    for (const auto& [key, value] : rows) {
      if (value == nullptr) {
        deletes.push_back(key);
        continue;
      }
      put_keys.push_back(key);
      put_versions.push_back(static_cast<int64_t>(VersionOf(*value)));
      put_values.push_back(*value);
    }
    Params puts;
    puts.Blobs(put_keys);
    puts.Ints(put_versions);
    puts.Blobs(put_values);
    Params gone;
    gone.Blobs(deletes);

    for (const auto& [key, value] : rows) rows_.BeginWrite(key);
    const Status written = Send(put_keys.empty() ? nullptr : &puts, deletes.empty() ? nullptr : &gone);
    for (const auto& [key, value] : rows) {
      if (written.ok()) {
        rows_.EndWrite(key, value == nullptr ? kAbsent : VersionOf(*value));
      } else if (refusal_.ok()) {
        rows_.AbandonWrite(key);
      }
    }
    return written;
  }

  Status Send(const Params* puts, const Params* deletes) {
    for (int attempt = 1;; ++attempt) {
      writer_->Begin();
      if (!begun_) SendTurn();
      if (puts != nullptr) writer_->Send("put", *puts);
      if (deletes != nullptr) writer_->Send("delete", *deletes);
      writer_->SendSql("COMMIT");
      Connection::Answers answers = writer_->Wait();
      begun_ = false;
      if (answers.ok()) {
        ++turn_;
        return Status::Ok();
      }
      ASSIGN_OR_RETURN(const bool committed, AfterFailure(answers.failure));
      if (committed) return Status::Ok();
      if (attempt == kAttempts || !MayTryAgain(answers.failure)) return answers.failure.status;
    }
  }

  // Deadlocks and serialisation are of PostgreSQL's making; a lost connection, once settled, is over.
  static bool MayTryAgain(const postgres::Failure& failure) {
    return failure.sqlstate.empty() || failure.sqlstate == "40001" || failure.sqlstate == "40P01" ||
           failure.sqlstate.starts_with("57P");
  }

  void GiveUp() {
    if (begun_ && writer_->usable())
      static_cast<void>(writer_->Run("ROLLBACK"));  // a lost connection rolls back by itself
    begun_ = false;
  }

  // Leaves the writer ready for the next transaction.  True: the group that failed was committed after all.  A failure:
  // from now on nothing is written.
  Result<bool> AfterFailure(const postgres::Failure& failure) {
    begun_ = false;
    if (failure.sqlstate == kNotTheOwner) return Refuse("another server took the store over");
    if (writer_->usable() && writer_->Run("ROLLBACK").ok()) return false;
    return Settle();
  }

  // The answer to a commit was lost.  Whether it happened is in the writer's row; taking one more turn makes sure that
  // what may still be under way finds its own turn gone.
  Result<bool> Settle() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options_.settle_seconds);
    Params owner;
    owner.Int(owner_);
    for (auto pause = std::chrono::milliseconds(20); std::chrono::steady_clock::now() < deadline;
         pause = std::min(pause * 2, std::chrono::milliseconds(1000))) {
      Result<std::unique_ptr<Connection>> opened = OpenSession(options_, schema_);
      if (opened.ok()) {
        const Result<ResultPtr> settled = (*opened)->Execute("settle", owner);
        if (settled.ok()) {
          if (PQntuples(settled->get()) == 0)
            return Refuse("another server took the store over while a commit was under way");
          const int64_t turn = postgres::IntAt(**settled, 0, 0);
          const bool committed = turn == turn_ + 2;
          if (!committed && turn != turn_ + 1) return Refuse("the writer's row was changed by something else");
          writer_ = *std::move(opened);
          turn_ = turn;
          return committed;
        }
      }
      std::this_thread::sleep_for(pause);
    }
    return Refuse("the connection was lost, and whether the last commit happened could not be learned");
  }

  Status Refuse(const char* why) {
    refusal_ = Status(Reason::kStorageUnavailable,
                      std::string(why) + "; nothing more is written until the server is restarted");
    return refusal_;
  }

  const PostgresOptions options_;
  const std::string schema_;  // quoted
  mutable Readers readers_;
  mutable RowCache rows_;
  std::mutex commit_mutex_;  // guards what follows
  std::unique_ptr<Connection> writer_;
  const int64_t owner_;
  int64_t turn_;
  bool begun_ = false;  // the transaction of the group under way, on writer_
  Status refusal_;
};

Status Create(Connection& connection, const std::string& schema) {
  // One simple query is one transaction.  Values are sealed: compressing them is work for nothing.
  return connection
      .Run("CREATE SCHEMA IF NOT EXISTS " + schema + "; CREATE TABLE IF NOT EXISTS " + schema +
           ".rows (key bytea PRIMARY KEY, version bigint NOT NULL, value bytea NOT NULL); ALTER TABLE " + schema +
           ".rows ALTER COLUMN value SET STORAGE EXTERNAL; CREATE TABLE IF NOT EXISTS " + schema +
           ".writer (id int PRIMARY KEY CHECK (id = 1), format bigint NOT NULL, owner bigint NOT NULL, turn bigint NOT "
           "NULL); INSERT INTO " +
           schema + ".writer VALUES (1, " + std::to_string(kFormat) + ", 0, 0) ON CONFLICT (id) DO NOTHING")
      .status();
}

}  // namespace

Result<std::unique_ptr<Store>> OpenPostgresStore(const PostgresOptions& options) {
  const Result<std::string> schema = postgres::QuoteName(options.schema);
  if (!schema.ok()) return Status(Reason::kConfigInvalid, schema.status().message());
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, Connection::Open(options.conninfo));
    ASSIGN_OR_RETURN(const ResultPtr known,
                     connection->Run("SELECT to_regclass('" + *schema + ".writer') IS NOT NULL"));
    const bool exists = std::string_view(PQgetvalue(known.get(), 0, 0)) == "t";
    if (!exists && !options.create_if_missing) {
      return Status(Reason::kNotInitialised, "there is no store in the schema " + options.schema);
    }
    if (!exists) RETURN_IF_ERROR(Create(*connection, *schema));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> writer, OpenSession(options, *schema));
  ASSIGN_OR_RETURN(const ResultPtr owned, writer->Execute("own", Params()));
  if (PQntuples(owned.get()) != 1) return Status(Reason::kDataCorrupt, "the writer's row is missing");
  if (postgres::IntAt(*owned, 0, 1) != kFormat)
    return Status(Reason::kDataCorrupt, "the store's tables are of another version of Strongroom");
  const int64_t turn = postgres::IntAt(*owned, 0, 0);
  const int64_t owner = postgres::IntAt(*owned, 0, 2);
  return std::unique_ptr<Store>(std::make_unique<PostgresStore>(options, *schema, std::move(writer), owner, turn));
}

}  // namespace strongroom
