// What a survey of a large database costs: ./dev bench scan.
//
//   scan_bench [ROWS] [--dir DIR] [--full] [--only sqlite|postgres] [--threads N]
// Makes a table of ROWS rows (default 1,000,000) in SQLite and in a private PostgreSQL: columns with planted personal
// data, and harmless ones that look much like it.  Reads them without search (the ceiling), surveys a sample, and with
// --full every row; each in a process of its own, whose greatest memory is printed.  Ends with 1 when a planted column
// was not found, or a harmless one was said to hold something.
#include <libpq-fe.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <thread>

#include "detect/detector.h"
#include "names/name_finder.h"
#include "store/testing/postgres_cluster.h"
#include "survey/database.h"
#include "survey/surveying.h"

namespace {

using namespace strongroom;          // NOLINT: a program of one file
using namespace strongroom::survey;  // NOLINT

// `i` is the row.  The same words in both dialects.
constexpr const char* kColumns =
    "id BIGINT, order_no TEXT, sku TEXT, status TEXT, amount DOUBLE PRECISION, placed TEXT, batch TEXT, customer TEXT, "
    "contact TEXT, phone TEXT, notes TEXT";
// Cards in one row of a thousand's notes; everybody's name, address and number in columns of their own.
constexpr const char* kValues =
    "i, '7' || (1000000000 + i * 7919), 'SKU-' || (i % 997) || '-' || (i % 13), "
    "CASE i % 4 WHEN 0 THEN 'paid' WHEN 1 THEN 'open' WHEN 2 THEN 'sent' ELSE 'returned' END, (i % 100000) / 4.0, "
    "'2026-' || (1 + i % 9) || '-' || (10 + i % 19), 'B' || (i / 5000) || 'X', "
    "CASE i % 5 WHEN 0 THEN 'Anna Lindqvist' WHEN 1 THEN 'Erik Johansson' WHEN 2 THEN 'Maria Svensson' WHEN 3 THEN "
    "'James Miller' ELSE 'Sarah Thompson' END, "
    "CASE WHEN i % 3 = 0 THEN '' ELSE 'customer' || i || '@example.com' END, '+4670' || (1000000 + i % 8999999), "
    "CASE WHEN i % 1000 = 7 THEN 'paid by phone with 4111 1111 1111 1111' WHEN i % 3 = 0 THEN 'leave at the door' WHEN "
    "i % 3 = 1 THEN 'gift wrap, two boxes' ELSE '' END";
const std::set<std::string> kPlanted = {"customer PERSON", "contact EMAIL", "phone PHONE", "notes CREDIT_CARD"};
constexpr const char* kCatalogue =
    R"({"fields":[{"name":"full_name","type":"person_name"},{"name":"email","type":"email"},
        {"name":"phone","type":"phone"}]})";

double Now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

const detect::Finder& BuiltIn() {
  static const detect::Detector* const detector = [] {
    detect::DetectorOptions options;
    options.min_score = redact::kDoubtfulScore;
    options.names = &names::NameFinder::BuiltIn();
    return new detect::Detector(options);
  }();
  return *detector;
}

const detect::Finder& Shapes() {
  static const detect::Detector* const detector = [] {
    detect::DetectorOptions options;
    options.min_score = redact::kDoubtfulScore;
    return new detect::Detector(options);
  }();
  return *detector;
}

struct Outcome {
  uint64_t rows = 0;
  uint64_t bytes = 0;
  double seconds = 0;
  bool right = true;
};

// Runs it in a child, and prints the greatest memory that one had.
Outcome InChild(const char* what, const std::function<Outcome()>& work) {
  int ends[2] = {-1, -1};
  Outcome outcome;
  outcome.right = false;
  if (pipe(ends) != 0) return outcome;
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const Outcome mine = work();
    const bool told = write(ends[1], &mine, sizeof mine) == static_cast<ssize_t>(sizeof mine);
    fflush(stdout);
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  if (read(ends[0], &outcome, sizeof outcome) != static_cast<ssize_t>(sizeof outcome)) outcome.right = false;
  close(ends[0]);
  struct rusage usage = {};
  int status = 0;
  wait4(child, &status, 0, &usage);
  const double seconds = std::max(outcome.seconds, 1e-9);
  printf("  %-28s %12llu rows in %7.1f s  %9.0f rows/s %7.1f MB/s  greatest memory %ld MiB\n", what,
         static_cast<unsigned long long>(outcome.rows), outcome.seconds, static_cast<double>(outcome.rows) / seconds,
         static_cast<double>(outcome.bytes) / seconds / 1e6, usage.ru_maxrss / 1024);
  return outcome;
}

// Reads every row as a survey does, and searches nothing.
Outcome Ceiling(const std::string& address) {
  Outcome outcome;
  auto database = address.starts_with("sqlite:") ? OpenSqlite(address.substr(7)) : OpenPostgres(address, {});
  outcome.right = database.ok();
  if (!database.ok()) return outcome;
  const double begin = Now();
  const Result<std::vector<Table>> tables = (*database)->Tables();
  outcome.right = tables.ok();
  for (size_t i = 0; tables.ok() && i < tables->size(); ++i) {
    const Status read = (*database)->Read((*tables)[i], 0, [&](RowBatch batch) {
      outcome.rows += batch.rows();
      outcome.bytes += batch.bytes();
      return Status::Ok();
    });
    outcome.right = outcome.right && read.ok();
  }
  outcome.seconds = Now() - begin;
  return outcome;
}

Outcome Survey(const std::string& address, int64_t sample_rows, size_t threads, bool print) {
  Outcome outcome;
  Surveying how;
  how.search.finder = &BuiltIn();
  how.search.shapes = &Shapes();
  how.search.selection.kinds = PersonalKinds();
  how.sample_rows = sample_rows;
  how.threads = threads;
  const double begin = Now();
  Result<Place> place = SurveyDatabase(address, how);
  outcome.seconds = Now() - begin;
  outcome.right = place.ok();
  if (!place.ok()) {
    printf("  %s\n", place.status().message().c_str());
    return outcome;
  }
  outcome.rows = place->rows;
  outcome.bytes = place->bytes;
  std::set<std::string> found;
  for (const Item& item : place->items) {
    for (const Field& field : item.fields) {
      for (const Holding& holding : field.holds) {
        if (!holding.doubtful) found.insert(field.name + " " + std::string(detect::NameOf(holding.kind)));
      }
    }
  }
  for (const std::string& planted : kPlanted) {
    if (!found.contains(planted)) printf("  NOT FOUND: %s\n", planted.c_str());
  }
  for (const std::string& one : found) {
    if (!kPlanted.contains(one)) printf("  HARMLESS, and said to hold something: %s\n", one.c_str());
  }
  outcome.right = found == kPlanted;
  if (!print) return outcome;
  Report report;
  const auto catalogue = ReadCatalogue(kCatalogue);
  if (catalogue.ok()) report.catalogue = *catalogue;
  place->name = place->name.substr(0, place->name.find(':'));
  report.places.push_back(*std::move(place));
  printf("%s", ReportText(report).c_str());
  return outcome;
}

bool Measure(const char* title, const std::string& address, bool full, size_t threads) {
  printf("%s\n", title);
  const Outcome ceiling = InChild("read, nothing searched", [&] { return Ceiling(address); });
  const Outcome sample = InChild("scan of a sample (default)", [&] { return Survey(address, 20'000, threads, !full); });
  if (!full) return ceiling.right && sample.right;
  const Outcome all = InChild("scan of all rows (--full)", [&] { return Survey(address, 0, threads, true); });
  printf("  full scan / read without search: %.3f of its rows/s\n", ceiling.seconds / std::max(all.seconds, 1e-9));
  return ceiling.right && sample.right && all.right && all.rows == ceiling.rows;
}

bool MakeSqlite(const std::string& path, int64_t rows) {
  sqlite3* database = nullptr;
  bool ok = sqlite3_open(path.c_str(), &database) == SQLITE_OK;
  const std::string sql = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE orders(" +
                          std::string(kColumns) +
                          "); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                          std::to_string(rows) + ") INSERT INTO orders SELECT " + kValues + " FROM n;";
  ok = ok && sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  sqlite3_close(database);
  return ok;
}

bool MakePostgres(const PostgresCluster& cluster, int64_t rows) {
  PGconn* const connection = PQconnectdb(cluster.conninfo().c_str());
  bool ok = true;
  for (const std::string& sql : {"CREATE UNLOGGED TABLE orders(" + std::string(kColumns) + ")",
                                 "INSERT INTO orders SELECT " + std::string(kValues) +
                                     " FROM generate_series(1::bigint, " + std::to_string(rows) + ") i",
                                 std::string("VACUUM ANALYZE orders")}) {
    PGresult* const result = PQexec(connection, sql.c_str());
    if (PQresultStatus(result) != PGRES_COMMAND_OK) printf("%s", PQerrorMessage(connection));
    ok = ok && PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
  }
  PQfinish(connection);
  return ok;
}

}  // namespace

int main(int argc, char** argv) {
  int64_t rows = 1'000'000;
  bool full = false;
  bool postgres = true;
  bool sqlite = true;
  size_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::string folder = std::filesystem::temp_directory_path();
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::string next = i + 1 < argc ? argv[i + 1] : "";
    if (argument == "--full") {
      full = true;
    } else if (argument == "--only" && (next == "sqlite" || next == "postgres")) {
      postgres = next == "postgres";
      sqlite = next == "sqlite";
      ++i;
    } else if (argument == "--dir" && !next.empty()) {
      folder = argv[++i];
    } else if (argument == "--threads" && !next.empty()) {
      std::from_chars(argv[i + 1], argv[i + 1] + next.size(), threads);
      ++i;
    } else if (std::from_chars(argv[i], argv[i] + argument.size(), rows).ec != std::errc()) {
      fprintf(stderr, "usage: scan_bench [ROWS] [--dir DIR] [--full] [--only sqlite|postgres] [--threads N]\n");
      return 2;
    }
  }
  printf("%lld rows, %zu threads\n", static_cast<long long>(rows), threads);
  BuiltIn();
  Shapes();
  bool right = true;
  if (sqlite) {
    const std::string path = folder + "/strongroom-scan-bench-" + std::to_string(getpid()) + ".db";
    right = MakeSqlite(path, rows) && Measure("SQLite", "sqlite:" + path, full, threads);
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  if (!postgres) {
    printf("%s\n", right ? "Planted columns found, harmless ones not." : "NOT as planted.");
    return right ? 0 : 1;
  }
  const Result<std::unique_ptr<PostgresCluster>> cluster = PostgresCluster::Start();
  if (!cluster.ok()) {
    printf("PostgreSQL: %s\n", cluster.status().message().c_str());
    return right ? 0 : 1;
  }
  right = MakePostgres(**cluster, rows) && right;
  right =
      Measure("PostgreSQL", "postgresql://tests@/postgres?host=" + (*cluster)->socket_dir(), full, threads) && right;
  printf("%s\n", right ? "Planted columns found, harmless ones not." : "NOT as planted.");
  return right ? 0 : 1;
}
