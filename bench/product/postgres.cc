#include "product/postgres.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "base/encoding.h"
#include "product/bench_vault.h"
#include "product/ceilings.h"
#include "product/load.h"
#include "product/process.h"
#include "product/report.h"
#include "store/postgres_connection.h"
#include "store/testing/postgres_cluster.h"

namespace strongroom::bench {
namespace {

constexpr int kClients = 64;
constexpr int kBatch = 500;
constexpr int kBatchConnections = 8;
constexpr size_t kEntryBytes = 200;  // a log entry, sealed

double Now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// What is held of one person in the tables of pgcrypto's turn: the fields of the bench vault.
constexpr const char* kPgcryptoTables = R"sql(
CREATE EXTENSION pgcrypto;
CREATE TABLE people (id bigserial PRIMARY KEY, full_name bytea, email bytea, phone bytea, birth_date bytea, street bytea,
  postal_code bytea, city bytea, country bytea, customer_since bytea, loyalty_number bytea, email_hash bytea, phone_hash bytea);
CREATE INDEX ON people (email_hash);
CREATE INDEX ON people (phone_hash);
)sql";

// `options` are pgp_sym_encrypt's: s2k-mode=0 leaves the key's derivation out, which is most of its time.
std::string InsertPerson(const std::string& options) {
  const auto sealed = [&](const std::string& value) {
    return "pgp_sym_encrypt(" + value + ", 'key', '" + options + "')";
  };
  std::string sql =
      "\\set n random(1, 1000000000)\nINSERT INTO people (full_name, email, phone, birth_date, street, "
      "postal_code, city, country, customer_since, loyalty_number, email_hash, phone_hash) VALUES (";
  for (const char* value :
       {"'Anna ' || :n || ' Lindqvist'", "'anna.' || :n || '@example.com'", "'+4670' || lpad(:n::text, 7, '0')",
        "'1970-01-01'", "'Storgatan ' || (:n % 999)", "lpad((:n % 100000)::text, 5, '0')", "'Stockholm'", "'SE'",
        "'2010-05-01'", "lpad(:n::text, 16, '0')"}) {
    sql += sealed(value) + ", ";
  }
  return sql + "hmac('anna.' || :n || '@example.com', 'index', 'sha256'), hmac('+4670' || :n, 'index', 'sha256'));\n";
}

class Section {
 public:
  Section(const PostgresOptions& options, PostgresCluster& cluster) : options_(options), cluster_(cluster) {}

  Status Run() {
    ASSIGN_OR_RETURN(vault_,
                     MakeVault(options_.scratch_dir + "/vault-postgres", options_.customers, cluster_.conninfo()));
    ASSIGN_OR_RETURN(const std::vector<RowKind> kinds, CountRows(vault_));
    data_shapes_ = Engine::ShapesOf(kinds, options_.customers, false);
    key_shapes_ = Engine::ShapesOf(kinds, options_.customers, true);
    ASSIGN_OR_RETURN(connection_, postgres::Connection::Open(cluster_.conninfo()));
    RETURN_IF_ERROR(MakePlainTables());
    ASSIGN_OR_RETURN(BenchServer server, BenchServer::Start(vault_, false));
    server_ = &server;
    RETURN_IF_ERROR(Reveals());
    RETURN_IF_ERROR(Creates());
    RETURN_IF_ERROR(BulkCreates());
    RETURN_IF_ERROR(Pgcrypto());
    return server.Stop();
  }

 private:
  // Rows as long as the vault's own, under keys that pgbench can name.
  Status MakePlainTables() {
    size_t record_bytes = 0;
    for (const Engine::Shape& shape : data_shapes_) {
      if (shape.kind == 'c') record_bytes = shape.value_bytes;
    }
    const size_t key_bytes = key_shapes_.empty() ? 0 : key_shapes_[0].value_bytes;
    const std::string rows = std::to_string(options_.customers);
    const auto filled = [&](const std::string& name, size_t bytes) {
      return "CREATE TABLE " + name +
             " (key bytea PRIMARY KEY, version bigint NOT NULL, value bytea NOT NULL); ALTER TABLE " + name +
             " ALTER COLUMN value SET STORAGE EXTERNAL; INSERT INTO " + name +
             " SELECT '\\x63'::bytea || int8send(n), 1, decode(repeat('5a', " + std::to_string(bytes) +
             "), 'hex') FROM generate_series(1, " + rows + ") AS n; ";
    };
    return connection_
        ->Run(filled("plain_records", record_bytes) + filled("plain_keys", key_bytes) +
              "CREATE TABLE plain_log (number bigserial PRIMARY KEY, value bytea NOT NULL); "
              "CREATE TABLE plain_data (key bytea PRIMARY KEY, version bigint NOT NULL, value bytea NOT NULL); "
              "CREATE TABLE plain_wraps (key bytea PRIMARY KEY, version bigint NOT NULL, value bytea NOT NULL)")
        .status();
  }

  // Transactions a second of pgbench with this script, 64 clients.
  Result<double> Pgbench(const std::string& script) {
    const std::string file = options_.scratch_dir + "/pgbench.sql";
    std::ofstream(file, std::ios::trunc) << script;
    ASSIGN_OR_RETURN(Process process,
                     Process::Spawn({cluster_.programs() + "/pgbench", "-n", "-h", cluster_.socket_dir(), "-U", "tests",
                                     "-M", "prepared", "-c", std::to_string(kClients), "-j", "1", "-T",
                                     std::to_string(options_.seconds), "-f", file, "postgres"}));
    ASSIGN_OR_RETURN(const std::string output, process.Finish());
    const size_t at = output.find("tps = ");
    if (at == std::string::npos) return Status(Reason::kInternal, "pgbench said: " + output.substr(0, 200));
    return std::strtod(output.c_str() + at + 6, nullptr);
  }

  Result<LoadResult> Load(const std::string& script, int connections) {
    LoadOptions load;
    load.url = server_->plain_url();
    load.script = script;
    load.connections = connections;
    load.seconds = options_.seconds;
    load.scratch_dir = options_.scratch_dir;
    ASSIGN_OR_RETURN(const LoadResult result, RunLoad(load));
    if (result.failures > 0)
      std::printf("  !! %llu answers failed\n", static_cast<unsigned long long>(result.failures));
    return result;
  }

  static void Print(const std::string& label, double rate, const std::string& beside = {}) {
    PrintFigure(label, Text("%.0f /s", rate), beside);
  }

  Status Reveals() {
    PrintSection("PostgreSQL: reveal of two fields, 64 connections, " + std::to_string(options_.customers) +
                 " customers");
    const std::string same = "\\set n random(1, " + std::to_string(options_.customers) +
                             ")\nBEGIN;\nSELECT value FROM plain_records WHERE key = '\\x63'::bytea || int8send(:n);\n"
                             "SELECT value FROM plain_keys WHERE key = '\\x63'::bytea || int8send(:n);\n"
                             "INSERT INTO plain_log (value) VALUES (decode(repeat('5a', " +
                             std::to_string(kEntryBytes) + "), 'hex'));\nEND;\n";
    std::vector<double> ratios;
    for (int round = 0; round < options_.rounds; ++round) {
      ASSIGN_OR_RETURN(const double pgbench, Pgbench(same));
      ASSIGN_OR_RETURN(const LoadResult reveal, Load(RevealScript(vault_.target, options_.customers), kClients));
      Print("pgbench: two reads, one entry, commit", pgbench);
      Print("audited reveal", reveal.requests_per_second,
            Text("p50 %.2f ms  p99 %.2f ms", reveal.p50_millis, reveal.p99_millis));
      ratios.push_back(reveal.requests_per_second / pgbench);
    }
    PrintRatio("audited reveal / pgbench", ratios, 0.4);
    return Status::Ok();
  }

  Status Creates() {
    PrintSection("PostgreSQL: create, single, 64 connections");
    std::string same = "\\set n random(1, 9000000000000000)\nBEGIN;\n";
    for (const Engine::Shape& shape : data_shapes_) same += PlainInsert("plain_data", shape);
    for (const Engine::Shape& shape : key_shapes_) same += PlainInsert("plain_wraps", shape);
    same += "INSERT INTO plain_log (value) VALUES (decode(repeat('5a', " + std::to_string(kEntryBytes) +
            "), 'hex'));\nEND;\n";
    std::vector<double> ratios;
    for (int round = 0; round < options_.rounds; ++round) {
      ASSIGN_OR_RETURN(const double pgbench, Pgbench(same));
      ASSIGN_OR_RETURN(const LoadResult create, Load(CreateScript(vault_.target), kClients));
      Print("pgbench: the same rows, one commit", pgbench);
      Print("create", create.requests_per_second,
            Text("p50 %.2f ms  p99 %.2f ms", create.p50_millis, create.p99_millis));
      ratios.push_back(create.requests_per_second / pgbench);
    }
    PrintRatio("create / pgbench", ratios, 0);
    return Status::Ok();
  }

  static std::string PlainInsert(const std::string& table, const Engine::Shape& shape) {
    return "INSERT INTO " + table + " VALUES (gen_random_uuid()::text::bytea || int8send(:n), 1, decode(repeat('5a', " +
           std::to_string(shape.value_bytes) + "), 'hex'));\n";
  }

  // One connection a store, as the product has, each batch of 500 customers in one transaction, everything sent before
  // anything is waited for.
  Result<double> PipelinedInserts() {
    std::atomic<uint64_t> customers{0};
    const double begin = Now();
    const auto insert = [&](const char* sql, const std::vector<Engine::Shape>& shapes, bool counts) -> Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<postgres::Connection> connection,
                       postgres::Connection::Open(cluster_.conninfo()));
      RETURN_IF_ERROR(connection->Prepare("insert", sql));
      std::mt19937_64 random(static_cast<uint64_t>(Now() * 1e6));  // other keys each time
      while (Now() < begin + options_.seconds) {
        connection->Begin();
        connection->SendSql("BEGIN");
        for (int customer = 0; customer < kBatch; ++customer) {
          for (const Engine::Shape& shape : shapes) {
            Bytes key;
            ByteWriter writer(key);
            writer.U64(random());
            writer.U64(random());
            postgres::Params params;
            params.Blob(key);
            params.Int(1);
            params.Blob(Bytes(shape.value_bytes, 'x'));
            connection->Send("insert", params);
          }
        }
        connection->SendSql("COMMIT");
        const postgres::Connection::Answers answers = connection->Wait();
        if (!answers.ok()) return answers.failure.status;
        if (counts) customers += kBatch;
      }
      return Status::Ok();
    };
    Status keyed;
    std::thread keys([&] { keyed = insert("INSERT INTO plain_wraps VALUES ($1, $2, $3)", key_shapes_, false); });
    const Status written = insert("INSERT INTO plain_data VALUES ($1, $2, $3)", data_shapes_, true);
    keys.join();
    RETURN_IF_ERROR(keyed);
    RETURN_IF_ERROR(written);
    return static_cast<double>(customers) / (Now() - begin);
  }

  Status BulkCreates() {
    PrintSection("PostgreSQL: create, batches of 500, 8 connections");
    std::vector<double> ratios;
    for (int round = 0; round < options_.rounds; ++round) {
      ASSIGN_OR_RETURN(const double plain, PipelinedInserts());
      ASSIGN_OR_RETURN(const LoadResult create, Load(CreateBatchScript(vault_.target, kBatch), kBatchConnections));
      Print("plain pipelined inserts, customers", plain);
      Print("customers", create.requests_per_second * kBatch);
      ratios.push_back(create.requests_per_second * kBatch / plain);
    }
    PrintRatio("bulk create / plain inserts", ratios, 0.5);
    return Status::Ok();
  }

  Status Pgcrypto() {
    RETURN_IF_ERROR(connection_->Run(kPgcryptoTables).status());
    const std::string read =
        "\\set n random(1, 1000)\nBEGIN;\nSELECT pgp_sym_decrypt(email, 'key'), pgp_sym_decrypt(phone, "
        "'key') FROM people WHERE id = :n;\nINSERT INTO plain_log (value) VALUES (decode(repeat('5a', " +
        std::to_string(kEntryBytes) + "), 'hex'));\nEND;\n";
    for (const char* mode : {"cipher-algo=aes256", "cipher-algo=aes256, s2k-mode=0"}) {
      PrintSection(std::string("PostgreSQL: pgcrypto on the same work, ") + mode);
      RETURN_IF_ERROR(connection_->Run("TRUNCATE people RESTART IDENTITY").status());
      std::vector<double> creates, reveals;
      for (int round = 0; round < options_.rounds; ++round) {
        ASSIGN_OR_RETURN(const double inserts, Pgbench(InsertPerson(mode)));
        ASSIGN_OR_RETURN(const LoadResult create, Load(CreateScript(vault_.target), kClients));
        ASSIGN_OR_RETURN(const double selects, Pgbench(read));
        ASSIGN_OR_RETURN(const LoadResult reveal, Load(RevealScript(vault_.target, options_.customers), kClients));
        Print("pgcrypto: insert of ten fields, two hashed", inserts);
        Print("create", create.requests_per_second);
        Print("pgcrypto: two fields read, one entry written", selects);
        Print("audited reveal", reveal.requests_per_second);
        creates.push_back(create.requests_per_second / inserts);
        reveals.push_back(reveal.requests_per_second / selects);
      }
      PrintRatio("create / pgcrypto", creates, 0);
      PrintRatio("audited reveal / pgcrypto", reveals, 0);
    }
    return Status::Ok();
  }

  const PostgresOptions options_;
  PostgresCluster& cluster_;
  BenchVault vault_;
  std::vector<Engine::Shape> data_shapes_;
  std::vector<Engine::Shape> key_shapes_;
  std::unique_ptr<postgres::Connection> connection_;
  BenchServer* server_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<PostgresCluster>> StartCluster() {
  return PostgresCluster::Start({"shared_buffers=256MB", "max_connections=100", "autovacuum=on", "max_wal_size=4GB"});
}

Status PostgresSection(const PostgresOptions& options) {
  Result<std::unique_ptr<PostgresCluster>> cluster = StartCluster();
  if (!cluster.ok()) {
    PrintSection("PostgreSQL: " + cluster.status().message());
    return Status::Ok();
  }
  return Section(options, **cluster).Run();
}

}  // namespace strongroom::bench
