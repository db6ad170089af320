#include "store/postgres_store.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "store/group.h"
#include "store/postgres_connection.h"
#include "store/postgres_session.h"
#include "store/row_cache.h"

namespace strongroom {
namespace {

using postgres::Connection;
using postgres::GetFrom;
using postgres::MultiGetFrom;
using postgres::OpenSession;
using postgres::Params;
using postgres::ResultPtr;
using postgres::ScanFrom;

constexpr int64_t kFormat = 1;
constexpr size_t kRowCacheSlots = size_t{1} << 16;
constexpr int kAttempts = 3;

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

// What opening a store gives: the numbers by which its groups are known as one's own.
struct Claim {
  int64_t owner = 0;
  int64_t turn = 0;  // of `writer` alone, of one's row in `writers` shared
  int64_t span = 0;  // shared: what `writer` has for an owner while this lasts
};

class PostgresStore : public Store {
 public:
  PostgresStore(const PostgresOptions& options, std::string schema, std::unique_ptr<Connection> writer,
                const Claim& claim)
      : options_(options),
        shared_(options.writer != 0),
        schema_(std::move(schema)),
        readers_(options, schema_),
        rows_(shared_ ? 1 : kRowCacheSlots),
        writer_(std::move(writer)),
        claim_(claim) {}

  Result<std::optional<StoreValue>> Get(ByteView key) const override {
    if (shared_) return readers_.With([key](Connection& connection) { return GetFrom(connection, key); });
    if (std::optional<std::optional<StoreValue>> warm = rows_.Find(key)) return *std::move(warm);
    const RowCache::Ticket ticket = rows_.BeginRead(key);
    Result<std::optional<StoreValue>> found =
        readers_.With([key](Connection& connection) { return GetFrom(connection, key); });
    if (found.ok()) Remember(ticket, key, *found);
    return found;
  }

  Result<std::vector<std::optional<StoreValue>>> MultiGet(const std::vector<Bytes>& keys) const override {
    if (shared_) return readers_.With([&keys](Connection& connection) { return MultiGetFrom(connection, keys); });
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
    // A large table takes longer than any time-out of a statement.
    ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                     OpenSession(options_, schema_, postgres::SessionKind::kWrites));
    return connection->Run("VACUUM rows").status();
  }

  Result<std::unique_ptr<StoreReader>> Snapshot() const override { return postgres::OpenSnapshot(options_, schema_); }

  std::vector<Status> CommitGroup(const std::vector<const StoreBatch*>& batches, const Finisher& finish) override {
    std::lock_guard lock(commit_mutex_);
    if (!refusal_.ok()) return std::vector<Status>(batches.size(), refusal_);
    begun_ = false;
    asked_.clear();
    seen_.clear();
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
    if (shared_) {
      Params order;
      order.Int(claim_.span);
      writer_->Send("order", order);
      turn.Int(options_.writer);
    }
    turn.Int(claim_.owner);
    turn.Int(claim_.turn);
    writer_->Send("turn", turn);
  }

  // Alone, warm keys from memory: nobody else writes while the turn can be taken.  The others are read under the lock
  // of the writer's row, so nobody changes them before this group is written either.
  Result<std::vector<StoreVersion>> Versions(const std::vector<ByteView>& keys) {
    std::vector<StoreVersion> versions(keys.size(), kAbsent);
    std::vector<size_t> cold;
    for (size_t i = 0; i < keys.size(); ++i) {
      const std::optional<StoreVersion> warm = shared_ ? std::nullopt : rows_.FindVersion(keys[i]);
      if (warm.has_value()) {
        versions[i] = *warm;
      } else {
        cold.push_back(i);
        asked_.push_back(keys[i]);
      }
    }
    if (cold.empty()) return versions;
    for (int attempt = 1;; ++attempt) {
      Connection::Answers answers = ReadVersions(seen_);
      if (answers.ok()) {
        for (size_t i = 0; i < cold.size(); ++i) versions[cold[i]] = seen_[i];
        return versions;
      }
      const Result<bool> committed = AfterFailure(answers.failure);
      if (!committed.ok()) return committed.status();
      if (attempt == kAttempts || !MayTryAgain(answers.failure)) return answers.failure.status;
    }
  }

  // Begins the transaction and reads the versions of `asked_` under its lock.
  Connection::Answers ReadVersions(std::vector<StoreVersion>& versions) {
    versions.assign(asked_.size(), kAbsent);
    Params asked;
    asked.Blobs(asked_);
    writer_->Begin();
    SendTurn();
    writer_->Send("versions", asked);
    Connection::Answers answers = writer_->Wait();
    if (!answers.ok()) return answers;
    begun_ = true;
    const PGresult& found = *answers.results.back();
    for (int row = 0; row < PQntuples(&found); ++row) {
      const auto place = static_cast<size_t>(postgres::IntAt(found, row, 0) - 1);
      if (place < versions.size()) versions[place] = static_cast<StoreVersion>(postgres::IntAt(found, row, 1));
    }
    return answers;
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

    const Params* const to_put = put_keys.empty() ? nullptr : &puts;
    const Params* const to_delete = deletes.empty() ? nullptr : &gone;
    if (shared_) return Send(to_put, to_delete);
    for (const auto& [key, value] : rows) rows_.BeginWrite(key);
    const Status written = Send(to_put, to_delete);
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
      postgres::Failure failure = Decide();
      if (failure.status.ok()) {
        writer_->Begin();
        if (!begun_) SendTurn();
        if (puts != nullptr) writer_->Send("put", *puts);
        if (deletes != nullptr) writer_->Send("delete", *deletes);
        writer_->SendSql("COMMIT");
        failure = writer_->Wait().failure;
        begun_ = false;
        if (failure.status.ok()) {
          ++claim_.turn;
          return Status::Ok();
        }
      } else if (begun_) {
        GiveUp();
        return failure.status;
      }
      ASSIGN_OR_RETURN(const bool committed, AfterFailure(failure));
      if (committed) return Status::Ok();
      if (attempt == kAttempts || !MayTryAgain(failure)) return failure.status;
    }
  }

  // Shared: when the transaction in which conditions were read is gone, others may have written since.  What was
  // decided stands if they read the same in a new one; else nothing of the group is written.
  postgres::Failure Decide() {
    if (!shared_ || begun_ || asked_.empty()) return {};
    std::vector<StoreVersion> now;
    Connection::Answers answers = ReadVersions(now);
    if (!answers.ok()) return std::move(answers.failure);
    if (now == seen_) return {};
    return {Status(Reason::kStorageUnavailable,
                   "the connection to PostgreSQL was lost before a commit, and meanwhile another server changed what "
                   "its conditions name: nothing of it was written"),
            ""};
  }

  // Deadlocks and serialisation are of PostgreSQL's making; a lost connection, once settled, is over.
  static bool MayTryAgain(const postgres::Failure& failure) {
    return failure.sqlstate.empty() || failure.sqlstate == "40001" || failure.sqlstate == "40P01" ||
           failure.sqlstate == postgres::kHeldTooLong || failure.sqlstate.starts_with("57P");
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
    if (failure.sqlstate == postgres::kNotTheOwner) return Refuse("another server took the store over");
    if (writer_->usable() && writer_->Run("ROLLBACK").ok()) return false;
    return Settle();
  }

  // The answer to a commit was lost.  Whether it happened is in the writer's row; moving it on makes sure that what may
  // still be under way finds its own turn gone.
  Result<bool> Settle() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options_.settle_seconds);
    Params asked;
    if (shared_) asked.Int(options_.writer);
    asked.Int(claim_.owner);
    asked.Int(claim_.turn);
    for (auto pause = std::chrono::milliseconds(20); std::chrono::steady_clock::now() < deadline;
         pause = std::min(pause * 2, std::chrono::milliseconds(1000))) {
      Result<std::unique_ptr<Connection>> opened = OpenSession(options_, schema_, postgres::SessionKind::kWrites);
      if (opened.ok()) {
        const Result<ResultPtr> settled = (*opened)->Execute("settle", asked);
        if (settled.ok()) {
          if (PQntuples(settled->get()) == 0)
            return Refuse("another server took the store over while a commit was under way");
          const int64_t moved = postgres::IntAt(**settled, 0, 0);
          const bool committed = moved == 3;
          if (!committed && moved != 2) return Refuse("the writer's row was changed by something else");
          writer_ = *std::move(opened);
          claim_.turn += moved;
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
  const bool shared_;
  const std::string schema_;  // quoted
  mutable postgres::Readers readers_;
  mutable RowCache rows_;    // alone: shared, others change what it would know
  std::mutex commit_mutex_;  // guards what follows
  std::unique_ptr<Connection> writer_;
  Claim claim_;
  bool begun_ = false;  // the transaction of the group under way, on writer_
  // What the group's conditions name and memory does not know, and the versions it was decided on.
  std::vector<ByteView> asked_;
  std::vector<StoreVersion> seen_;
  Status refusal_;
};

Status Create(Connection& connection, const std::string& schema, bool shared) {
  // One simple query is one transaction.  Values are sealed: compressing them is work for nothing.
  std::string sql = "CREATE SCHEMA IF NOT EXISTS " + schema + "; CREATE TABLE IF NOT EXISTS " + schema +
                    ".rows (key bytea PRIMARY KEY, version bigint NOT NULL, value bytea NOT NULL); ALTER TABLE " +
                    schema + ".rows ALTER COLUMN value SET STORAGE EXTERNAL; CREATE TABLE IF NOT EXISTS " + schema +
                    ".writer (id int PRIMARY KEY CHECK (id = 1), format bigint NOT NULL, owner bigint NOT NULL, turn "
                    "bigint NOT NULL); INSERT INTO " +
                    schema + ".writer VALUES (1, " + std::to_string(kFormat) + ", 0, 0) ON CONFLICT (id) DO NOTHING";
  if (shared) {
    sql += "; CREATE TABLE IF NOT EXISTS " + schema +
           ".writers (id bigint PRIMARY KEY CHECK (id BETWEEN 1 AND 64), owner bigint NOT NULL, turn bigint NOT NULL)";
  }
  return connection.Run(sql).status();
}

Result<bool> Exists(Connection& connection, const std::string& table) {
  ASSIGN_OR_RETURN(const ResultPtr known, connection.Run("SELECT to_regclass('" + table + "') IS NOT NULL"));
  return std::string_view(PQgetvalue(known.get(), 0, 0)) == "t";
}

// kNotInitialised: there is no store, and none is to be made.
Status EnsureTables(const PostgresOptions& options, const std::string& schema) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, Connection::Open(options.conninfo));
  const bool shared = options.writer != 0;
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(const bool exists, Exists(*connection, schema + ".writer"));
    if (!exists && !options.create_if_missing) {
      return Status(Reason::kNotInitialised, "there is no store in the schema " + options.schema);
    }
    if (exists && !shared) return Status::Ok();
    if (exists) {
      ASSIGN_OR_RETURN(const bool listed, Exists(*connection, schema + ".writers"));
      if (listed) return Status::Ok();
    }
    // IF NOT EXISTS does not keep two that make the same at once from meeting in the catalogue: one of them fails.
    const Status created = Create(*connection, schema, shared);
    if (created.ok()) return created;
    if (attempt == kAttempts) return created;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

const Status& OtherFormat() {
  static const Status status(Reason::kDataCorrupt, "the store's tables are of another version of Strongroom");
  return status;
}

Result<Claim> ClaimAlone(Connection& writer) {
  ASSIGN_OR_RETURN(const ResultPtr owned, writer.Execute("own", Params()));
  if (PQntuples(owned.get()) != 1) return Status(Reason::kDataCorrupt, "the writer's row is missing");
  if (postgres::IntAt(*owned, 0, 1) != kFormat) return OtherFormat();
  return Claim{postgres::IntAt(*owned, 0, 2), postgres::IntAt(*owned, 0, 0), 0};
}

// In the order in which groups take their locks: the row of all, then one's own.
Result<Claim> ClaimShared(Connection& writer, uint32_t id) {
  Params number;
  number.Int(id);
  writer.Begin();
  writer.SendSql("BEGIN");
  writer.Send("join", Params());
  writer.Send("own", number);
  writer.SendSql("COMMIT");
  const Connection::Answers answers = writer.Wait();
  if (!answers.ok()) return answers.failure.status;
  const PGresult& joined = *answers.results[1];
  const PGresult& owned = *answers.results[2];
  if (PQntuples(&joined) != 1) return Status(Reason::kDataCorrupt, "the writer's row is missing");
  if (postgres::IntAt(joined, 0, 1) != kFormat) return OtherFormat();
  return Claim{postgres::IntAt(owned, 0, 1), postgres::IntAt(owned, 0, 0), postgres::IntAt(joined, 0, 0)};
}

}  // namespace

Result<std::unique_ptr<Store>> OpenPostgresStore(const PostgresOptions& options) {
  const Result<std::string> schema = postgres::QuoteName(options.schema);
  if (!schema.ok()) return Status(Reason::kConfigInvalid, schema.status().message());
  if (options.writer > kMaxPostgresWriters) {
    return Status(Reason::kConfigInvalid, "servers that share a store are numbered from 1 to 64");
  }
  RETURN_IF_ERROR(EnsureTables(options, *schema));
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> writer, OpenSession(options, *schema, postgres::SessionKind::kWrites));
  ASSIGN_OR_RETURN(const Claim claim, options.writer == 0 ? ClaimAlone(*writer) : ClaimShared(*writer, options.writer));
  return std::unique_ptr<Store>(std::make_unique<PostgresStore>(options, *schema, std::move(writer), claim));
}

}  // namespace strongroom
