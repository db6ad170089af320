// One connection to PostgreSQL, by libpq in binary format: what the store needs of it and no more.
//
// Statements are prepared once a connection.  Errors become Reasons here, with the SQLSTATE and PostgreSQL's own words
// about itself; values never stand in them, since every value is a parameter.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom::postgres {

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

// Parameters of one statement, in PostgreSQL's binary format.
class Params {
 public:
  void Int(int64_t value);
  void Blob(ByteView value);
  void Blobs(const std::vector<ByteView>& values);  // bytea[]
  void Ints(const std::vector<int64_t>& values);    // bigint[]

 private:
  friend class Connection;
  std::vector<Bytes> values_;
};

// Cells of a result in binary format.
ByteView BlobAt(const PGresult& result, int row, int column);
int64_t IntAt(const PGresult& result, int row, int column);

// What went wrong, and whether the connection is of further use.
struct Failure {
  Status status;
  std::string sqlstate;  // empty: the connection is gone, or PostgreSQL sent nothing
};

// How long a network that says nothing is waited for before the connection counts as lost: 10 seconds, or 5.
enum class Patience : uint8_t { kUsual, kShort };

class Connection {
 public:
  // `conninfo`: a URI or key=value words (libpq documentation, 34.1.1).  Several hosts are tried in their order, and
  // the one that takes writes is taken.  kStorageUnavailable.
  static Result<std::unique_ptr<Connection>> Open(const std::string& conninfo, Patience patience = Patience::kUsual);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { PQfinish(raw_); }

  bool usable() const { return PQstatus(raw_) == CONNECTION_OK; }
  // Statements without parameters, one or several; answers the last one's result, in text.
  Result<ResultPtr> Run(const std::string& sql);
  Status Prepare(const char* name, const char* sql);
  Result<ResultPtr> Execute(const char* name, const Params& params);

  // --- pipeline: several statements, one round trip ---
  // Sends; nothing is waited for.  `name` empty: `sql` as it is, else a prepared statement.
  void Begin();
  void Send(const char* name, const Params& params);
  void SendSql(const char* sql);
  // Waits for everything sent since Begin.  One result per statement; those behind a failed one were not run, and
  // `failure` is the first one's.
  struct Answers {
    std::vector<ResultPtr> results;
    Failure failure;
    bool ok() const { return failure.status.ok(); }
  };
  Answers Wait();

 private:
  explicit Connection(PGconn* raw) : raw_(raw) {}
  Failure FailureOf(const PGresult* result) const;
  PGconn* const raw_;
  size_t sent_ = 0;
  bool broken_ = false;
};

// `name` as SQL, quoted; kInvalidArgument unless it is 1 to 60 of a-z 0-9 _ -.
Result<std::string> QuoteName(std::string_view name);

}  // namespace strongroom::postgres
