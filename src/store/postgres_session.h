// What the PostgreSQL backend says to PostgreSQL: its statements, prepared on every session alike, and its reads.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/postgres_connection.h"
#include "store/postgres_store.h"

namespace strongroom::postgres {

// SQLSTATE with which the statements that take a turn fail for whoever may not: division by zero.  What stands behind
// one in the pipeline is then not run.
inline constexpr std::string_view kNotTheOwner = "22012";
// And of a session that PostgreSQL ended because it left a transaction open for too long.
inline constexpr std::string_view kHeldTooLong = "25P03";

enum class SessionKind : uint8_t { kReads, kWrites };

// A connection to the schema (quoted), its statements prepared; kStorageUnavailable when PostgreSQL would not flush.
Result<std::unique_ptr<Connection>> OpenSession(const PostgresOptions& options, const std::string& schema,
                                                SessionKind kind = SessionKind::kReads);

// Reads, on any session.
Result<std::optional<StoreValue>> GetFrom(Connection& connection, ByteView key);
Result<std::vector<std::optional<StoreValue>>> MultiGetFrom(Connection& connection, const std::vector<Bytes>& keys);
Result<std::vector<StoreRow>> ScanFrom(Connection& connection, const ScanRange& range);

// A transaction that stays open on a session of its own, and stands still.
Result<std::unique_ptr<StoreReader>> OpenSnapshot(const PostgresOptions& options, const std::string& schema);

// Sessions for reads: as many as are used at once, up to a number.
class Readers {
 public:
  Readers(const PostgresOptions& options, std::string schema) : options_(options), schema_(std::move(schema)) {}

  // Runs `read` on a session; on a new one when the one it had was lost, since reading twice does no harm.
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
  Result<std::unique_ptr<Connection>> Take();
  void Return(std::unique_ptr<Connection> connection);
  void ForgetIdle();

  const PostgresOptions options_;
  const std::string schema_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  size_t out_ = 0;
};

}  // namespace strongroom::postgres
