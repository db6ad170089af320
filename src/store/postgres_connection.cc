#include "store/postgres_connection.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace strongroom::postgres {
namespace {

// Types of parameters (pg_type.dat); PostgreSQL infers the rest from the statement.
constexpr uint32_t kByteaType = 17;
constexpr uint32_t kInt8Type = 20;

void AppendInt32(Bytes& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

void AppendInt64(Bytes& out, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

// One dimension, counted from 1, no nulls (src/backend/utils/adt/arrayfuncs.c, array_send).
void BeginArray(Bytes& out, uint32_t element_type, size_t size) {
  AppendInt32(out, size == 0 ? 0 : 1);
  AppendInt32(out, 0);
  AppendInt32(out, element_type);
  if (size == 0) return;
  AppendInt32(out, static_cast<uint32_t>(size));
  AppendInt32(out, 1);
}

// Connections that are new, and lost ones that are noticed: what a network that swallows packets may take at most.
struct Default {
  const char* name;
  const char* usual;
  const char* short_patience;
};
constexpr std::array<Default, 7> kDefaults = {{
    {"connect_timeout", "5", "5"},
    {"tcp_user_timeout", "10000", "5000"},
    {"keepalives_idle", "5", "2"},
    {"keepalives_interval", "2", "1"},
    {"keepalives_count", "3", "3"},
    {"target_session_attrs", "read-write", "read-write"},
    {"application_name", "strongroom", "strongroom"},
}};

Reason ReasonOf(std::string_view sqlstate) {
  if (sqlstate == "53100") return Reason::kStorageFull;                         // disk_full
  if (sqlstate == "XX001" || sqlstate == "XX002") return Reason::kDataCorrupt;  // data_corrupted, index_corrupted
  return Reason::kStorageUnavailable;
}

}  // namespace

void Params::Int(int64_t value) {
  Bytes& out = values_.emplace_back();
  AppendInt64(out, static_cast<uint64_t>(value));
}

void Params::Blob(ByteView value) { values_.emplace_back(value); }

void Params::Blobs(const std::vector<ByteView>& values) {
  Bytes& out = values_.emplace_back();
  size_t size = 20;
  for (const ByteView value : values) size += value.size() + 4;
  out.reserve(size);
  BeginArray(out, kByteaType, values.size());
  for (const ByteView value : values) {
    AppendInt32(out, static_cast<uint32_t>(value.size()));
    out.append(value);
  }
}

void Params::Ints(const std::vector<int64_t>& values) {
  Bytes& out = values_.emplace_back();
  BeginArray(out, kInt8Type, values.size());
  for (const int64_t value : values) {
    AppendInt32(out, 8);
    AppendInt64(out, static_cast<uint64_t>(value));
  }
}

ByteView BlobAt(const PGresult& result, int row, int column) {
  return {PQgetvalue(&result, row, column), static_cast<size_t>(PQgetlength(&result, row, column))};
}

int64_t IntAt(const PGresult& result, int row, int column) {
  uint64_t value = 0;
  for (const char c : BlobAt(result, row, column)) value = value << 8 | static_cast<unsigned char>(c);
  return static_cast<int64_t>(value);
}

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& conninfo, Patience patience) {
  char* parse_error = nullptr;
  PQconninfoOption* const given = PQconninfoParse(conninfo.c_str(), &parse_error);
  if (given == nullptr) {
    PQfreemem(parse_error);  // it repeats what was given, a password too
    return Status(Reason::kConfigInvalid,
                  "the address of the PostgreSQL store is neither a URI nor words like host=... dbname=...");
  }
  std::vector<const char*> names;
  std::vector<const char*> values;
  const auto says = [given](std::string_view name) {
    for (const PQconninfoOption* option = given; option->keyword != nullptr; ++option) {
      if (option->keyword == name) return option->val != nullptr;
    }
    return false;
  };
  for (const Default& standard : kDefaults) {
    if (says(standard.name)) continue;
    names.push_back(standard.name);
    values.push_back(patience == Patience::kShort ? standard.short_patience : standard.usual);
  }
  for (const PQconninfoOption* option = given; option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    names.push_back(option->keyword);
    values.push_back(option->val);
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* const raw = PQconnectdbParams(names.data(), values.data(), /*expand_dbname=*/0);
  PQconninfoFree(given);
  if (raw == nullptr) return Status(Reason::kStorageUnavailable, "out of memory");
  std::unique_ptr<Connection> connection(new Connection(raw));
  if (!connection->usable()) {
    return Status(Reason::kStorageUnavailable, std::string("PostgreSQL does not answer: ") + PQerrorMessage(raw));
  }
  // What PostgreSQL has to say beside errors is not for our output.
  PQsetNoticeProcessor(
      raw, [](void*, const char*) {}, nullptr);
  return connection;
}

Failure Connection::FailureOf(const PGresult* result) const {
  const char* const sqlstate = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* const words = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  Failure failure;
  failure.sqlstate = sqlstate == nullptr ? "" : sqlstate;
  if (failure.sqlstate.empty()) {
    failure.status = Status(Reason::kStorageUnavailable, "the connection to PostgreSQL was lost");
  } else {
    failure.status = Status(ReasonOf(failure.sqlstate),
                            "PostgreSQL refused (" + failure.sqlstate + "): " + (words == nullptr ? "" : words));
  }
  return failure;
}

Result<ResultPtr> Connection::Run(const std::string& sql) {
  ResultPtr result(PQexec(raw_, sql.c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return FailureOf(result.get()).status;
  return result;
}

Status Connection::Prepare(const char* name, const char* sql) {
  const ResultPtr result(PQprepare(raw_, name, sql, 0, nullptr));
  return PQresultStatus(result.get()) == PGRES_COMMAND_OK ? Status::Ok() : FailureOf(result.get()).status;
}

Result<ResultPtr> Connection::Execute(const char* name, const Params& params) {
  Begin();
  Send(name, params);
  Answers answers = Wait();
  if (!answers.ok()) return answers.failure.status;
  return std::move(answers.results.front());
}

void Connection::Begin() {
  sent_ = 0;
  broken_ = PQenterPipelineMode(raw_) != 1;
}

void Connection::Send(const char* name, const Params& params) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  for (const Bytes& value : params.values_) {
    values.push_back(value.data());
    lengths.push_back(static_cast<int>(value.size()));
    formats.push_back(1);
  }
  const int count = static_cast<int>(values.size());
  broken_ = broken_ || PQsendQueryPrepared(raw_, name, count, values.data(), lengths.data(), formats.data(), 1) != 1;
  ++sent_;
}

void Connection::SendSql(const char* sql) {
  broken_ = broken_ || PQsendQueryParams(raw_, sql, 0, nullptr, nullptr, nullptr, nullptr, 1) != 1;
  ++sent_;
}

Connection::Answers Connection::Wait() {
  Answers answers;
  if (broken_ || PQpipelineSync(raw_) != 1) {
    answers.failure = FailureOf(nullptr);
    return answers;
  }
  for (size_t i = 0; i < sent_; ++i) {
    ResultPtr result(PQgetResult(raw_));
    const ExecStatusType status = PQresultStatus(result.get());
    const bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!ok && answers.ok()) answers.failure = FailureOf(status == PGRES_PIPELINE_ABORTED ? nullptr : result.get());
    if (result == nullptr || !usable()) return answers;
    answers.results.push_back(std::move(result));
    if (PQgetResult(raw_) != nullptr)
      answers.failure = FailureOf(nullptr);  // one result a statement, then the null between two
  }
  const ResultPtr sync(PQgetResult(raw_));
  if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC || PQexitPipelineMode(raw_) != 1)
    answers.failure = FailureOf(nullptr);
  return answers;
}

Result<std::string> QuoteName(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  if (name.empty() || name.size() > 60 || !std::all_of(name.begin(), name.end(), fits)) {
    return Status(Reason::kInvalidArgument, "a schema's name has 1 to 60 letters a-z, digits, '_' and '-'");
  }
  return "\"" + std::string(name) + "\"";
}

}  // namespace strongroom::postgres
