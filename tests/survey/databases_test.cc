// PostgreSQL and MariaDB: planted columns are found, nothing is written, and a role that may only read is enough.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "store/testing/postgres_cluster.h"
#include "survey/testing/test_search.h"
#include "tests/survey/mariadb_server.h"

namespace strongroom::survey {
namespace {

using testing::HasSubstr;

constexpr const char* kPostgresOrders =
    "INSERT INTO orders(sku, amount, email, notes) SELECT 'SKU-' || (i % 97), i * 1.5, "
    "CASE WHEN i % 2 = 0 THEN 'p' || i || '@example.com' END, "
    "CASE WHEN i % 8 = 0 THEN E'paid\\twith\\n4111 1111 1111 1111 \\\\ ok' ELSE 'ring twice' END "
    "FROM generate_series(1, 30000) i";

class PostgresSurvey : public ::testing::Test {
 protected:
  void SetUp() override {
    const Result<PostgresCluster*> cluster = PostgresCluster::OfThisProcess();
    if (!cluster.ok()) GTEST_SKIP() << cluster.status().message();
    cluster_ = *cluster;
    Execute("DROP TABLE IF EXISTS orders, secrets");
    Execute("DROP ROLE IF EXISTS reader");
    Execute(
        "CREATE TABLE orders(id bigserial PRIMARY KEY, sku text, amount numeric, email text, notes text, "
        "placed timestamptz DEFAULT now(), paid boolean, photo bytea)");
    Execute(kPostgresOrders);
    Execute("CREATE TABLE secrets(mail text)");
    Execute("CREATE ROLE reader LOGIN");
    Execute("GRANT SELECT ON orders TO reader");
    Execute("ANALYZE");
  }
  std::string Ask(const std::string& sql) const {
    PGconn* const connection = PQconnectdb(cluster_->conninfo().c_str());
    PGresult* const result = PQexec(connection, sql.c_str());
    std::string answer;
    for (int row = 0; row < PQntuples(result); ++row) {
      for (int column = 0; column < PQnfields(result); ++column)
        answer += PQgetvalue(result, row, column) + std::string(" ");
    }
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK) {
      ADD_FAILURE() << PQerrorMessage(connection);
    }
    PQclear(result);
    PQfinish(connection);
    return answer;
  }
  void Execute(const std::string& sql) const { Ask(sql); }
  Place Look(const std::string& user, const Surveying& how) {
    const Result<Place> place =
        SurveyDatabase("postgresql://" + user + "@/postgres?port=5432&host=" + cluster_->socket_dir(), how);
    EXPECT_TRUE(place.ok()) << place.status().message();
    return place.ok() ? *place : Place();
  }
  PostgresCluster* cluster_ = nullptr;
};

TEST_F(PostgresSurvey, PlantedColumnsAreFoundByARoleThatMayOnlyRead) {
  Surveying how = TestSurveying();
  how.sample_rows = 0;
  how.threads = 2;
  const Place place = Look("reader", how);
  EXPECT_EQ(place.rows, 30000U);
  EXPECT_EQ(HeldBy(place, "public.orders", "notes"), "CREDIT_CARD 3750");
  EXPECT_EQ(HeldBy(place, "public.orders", "email"), "EMAIL 15000");
  for (const char* column : {"id", "sku", "amount", "placed"}) {
    EXPECT_EQ(HeldBy(place, "public.orders", column), "") << column;
  }
  EXPECT_THAT(ReasonOf(place, "public.orders"), HasSubstr("photo"));
  EXPECT_THAT(ReasonOf(place, "public.secrets"), HasSubstr("may not read"));
}

TEST_F(PostgresSurvey, ASampleIsSpreadOverTheTable) {
  Surveying how = TestSurveying();
  how.sample_rows = 3000;
  const Place place = Look("tests", how);
  EXPECT_GT(place.rows, 1000U);
  EXPECT_LT(place.rows, 12000U);
  ASSERT_FALSE(place.items.empty());
  EXPECT_EQ(place.items[0].state, ItemState::kSampled);
  EXPECT_THAT(HeldBy(place, "public.orders", "notes"), HasSubstr("CREDIT_CARD"));
}

TEST_F(PostgresSurvey, NothingIsWritten) {
  Execute("CHECKPOINT");
  Execute("SELECT count(*) FROM orders");  // hint bits
  Execute("VACUUM orders");
  Execute("CHECKPOINT");
  const auto rows = [&] {
    return Ask("SELECT md5(string_agg(o::text, ',' ORDER BY id)), max(xmin::text::bigint) FROM orders o");
  };
  const std::string before = rows();
  const std::string next_before = Ask("SELECT pg_snapshot_xmax(pg_current_snapshot())");
  Surveying how = TestSurveying();
  how.sample_rows = 0;
  Look("tests", how);
  EXPECT_EQ(rows(), before);
  // No transaction of the survey took a number, which every one that writes does.
  EXPECT_EQ(Ask("SELECT pg_snapshot_xmax(pg_current_snapshot())"), next_before);
  // Control: the same look sees somebody who writes.
  Execute("UPDATE orders SET sku = 'x' WHERE id = 1");
  EXPECT_NE(rows(), before);
  EXPECT_NE(Ask("SELECT pg_snapshot_xmax(pg_current_snapshot())"), next_before);
}

TEST_F(PostgresSurvey, ATableThatIsLockedIsNamedAndDoesNotHoldItUp) {
  PGconn* const holder = PQconnectdb(cluster_->conninfo().c_str());
  PQclear(PQexec(holder, "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"));
  const Place place = Look("tests", TestSurveying());
  EXPECT_THAT(ReasonOf(place, "public.orders"), HasSubstr("locked"));
  PQfinish(holder);
}

TEST_F(PostgresSurvey, AnUnchangedTableIsNotReadAgain) {
  Surveying how = TestSurveying();
  Memory memory("o");
  how.memory = &memory;
  Ask("SELECT pg_stat_force_next_flush()");
  EXPECT_EQ(Look("tests", how).items_unchanged, 0U);
  const Place again = Look("tests", how);
  EXPECT_GE(again.items_unchanged, 1U);
  EXPECT_THAT(HeldBy(again, "public.orders", "email"), HasSubstr("EMAIL"));
  Execute("UPDATE orders SET email = 'none'; SELECT pg_stat_force_next_flush()");
  const Place changed = Look("tests", how);
  EXPECT_EQ(HeldBy(changed, "public.orders", "email"), "");
}

TEST_F(PostgresSurvey, APasswordIsNeitherShownNorNeededInTheName) {
  const Result<Place> refused =
      SurveyDatabase("postgresql://nobody:hunter2@/postgres?host=" + cluster_->socket_dir(), TestSurveying());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().message().find("hunter2"), std::string::npos);
  EXPECT_EQ(Look("tests:hunter2", TestSurveying()).name.find("hunter2"), std::string::npos);
}

class MariaDbSurvey : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = MariaDbServer::Start();
    if (started.ok()) server_ = started->release();
  }
  static void TearDownTestSuite() { delete std::exchange(server_, nullptr); }
  void SetUp() override {
    if (server_ == nullptr) GTEST_SKIP() << "MariaDB is not on this machine";
    const Status made = server_->Execute(
        "DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; USE shop;"
        "CREATE TABLE orders(id BIGINT PRIMARY KEY, sku VARCHAR(40), amount DOUBLE, email TEXT, notes TEXT, photo "
        "BLOB);"
        "INSERT INTO orders SELECT seq, CONCAT('SKU-', seq % 97), seq * 1.5, "
        "IF(seq % 2 = 0, CONCAT('p', seq, '@example.com'), NULL), "
        "IF(seq % 8 = 0, 'paid with 4111 1111 1111 1111', 'ring twice'), NULL FROM seq_1_to_12000;"
        "CREATE TABLE pairs(a INT, b INT, mail TEXT, PRIMARY KEY(a, b)); INSERT INTO pairs VALUES "
        "(1, 1, 'anna.lind@firma.se'), (1, 2, 'bo.ek@firma.se'), (2, 1, 'eva.al@firma.se');"
        "DROP USER IF EXISTS reader@localhost; CREATE USER reader@localhost; GRANT SELECT ON shop.* TO "
        "reader@localhost; ANALYZE TABLE orders, "
        "pairs");
    ASSERT_TRUE(made.ok()) << made.message();
  }
  Place Look(const Surveying& how) {
    const Result<Place> place = SurveyDatabase(server_->Address("reader", "shop"), how);
    EXPECT_TRUE(place.ok()) << place.status().message();
    return place.ok() ? *place : Place();
  }
  static MariaDbServer* server_;
};
MariaDbServer* MariaDbSurvey::server_ = nullptr;

TEST_F(MariaDbSurvey, PlantedColumnsAreFoundByAnAccountThatMayOnlyRead) {
  Surveying how = TestSurveying();
  how.sample_rows = 0;
  const Place place = Look(how);
  EXPECT_EQ(place.rows, 12003U);
  EXPECT_EQ(HeldBy(place, "orders", "notes"), "CREDIT_CARD 1500");
  EXPECT_EQ(HeldBy(place, "orders", "email"), "EMAIL 6000");
  EXPECT_EQ(HeldBy(place, "pairs", "mail"), "EMAIL 3");
  for (const char* column : {"id", "sku", "amount"}) EXPECT_EQ(HeldBy(place, "orders", column), "") << column;
}

TEST_F(MariaDbSurvey, ASampleIsSpreadAndNothingIsWritten) {
  const std::string look = "CHECKSUM TABLE shop.orders, shop.pairs EXTENDED";
  const Result<std::string> before = server_->Ask(look);
  Surveying how = TestSurveying();
  how.sample_rows = 1000;
  const Place place = Look(how);
  EXPECT_GE(place.rows, 1000U);
  EXPECT_LT(place.rows, 2000U);
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(*server_->Ask(look), *before);
  // Control: the same look sees somebody who writes.
  ASSERT_TRUE(server_->Execute("UPDATE shop.orders SET sku = 'x' WHERE id = 1").ok());
  EXPECT_NE(*server_->Ask(look), *before);
}

TEST_F(MariaDbSurvey, AddressesThatAreNoneAreRefused) {
  for (const char* address :
       {"mysql://", "mysql://host", "mysql://u@host/", "mysql://u@host:99999/db", "mysql://u@h/d?x=1"}) {
    EXPECT_FALSE(SurveyDatabase(address, TestSurveying()).ok()) << address;
  }
}

}  // namespace
}  // namespace strongroom::survey
