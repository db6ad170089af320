#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "survey/database.h"
#include "survey/sqlite_locks.h"
#include "survey/testing/test_search.h"

namespace strongroom::survey {
namespace {

using testing::HasSubstr;

class SqliteSurvey : public SurveyTest {
 protected:
  void Execute(const std::string& sql, bool ahead = false) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(Path("shop.db").c_str(), &database), SQLITE_OK);
    if (ahead) sqlite3_exec(database, "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
    ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  static std::string Orders(int rows) {
    return "CREATE TABLE orders(id INTEGER PRIMARY KEY, sku TEXT, amount REAL, notes TEXT, photo BLOB);"
           "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
           std::to_string(rows) +
           ") INSERT INTO orders SELECT i, 'SKU-' || (i % 97), i * 1.5, "
           "CASE WHEN i % 8 = 0 THEN 'paid with 4111 1111 1111 1111' ELSE 'ring twice' END, x'00FF' FROM n;";
  }
  Place Look(const Surveying& how) {
    const Result<Place> place = SurveyDatabase("sqlite:" + Path("shop.db"), how);
    EXPECT_TRUE(place.ok()) << place.status().message();
    return place.ok() ? *place : Place();
  }
  // Names and contents of all files.
  std::map<std::string, std::string> Everything() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) all[entry.path()] = ReadFile(entry.path());
    return all;
  }
};

TEST_F(SqliteSurvey, PlantedColumnsAreFoundAndHarmlessOnesAreNot) {
  Execute(Orders(4000) +
          "CREATE TABLE \"odd \"\"name\"(\"e mail\" TEXT); INSERT INTO \"odd \"\"name\" VALUES "
          "('anna.lind@firma.se'), ('bo.ek@firma.se'), ('eva.al@firma.se');");
  Surveying how = TestSurveying();
  how.sample_rows = 0;
  const Place place = Look(how);
  EXPECT_EQ(place.rows, 4003U);
  EXPECT_EQ(HeldBy(place, "orders", "notes"), "CREDIT_CARD 500");
  for (const char* column : {"id", "sku", "amount"}) EXPECT_EQ(HeldBy(place, "orders", column), "") << column;
  EXPECT_EQ(HeldBy(place, "odd \"name", "e mail"), "EMAIL 3");
}

TEST_F(SqliteSurvey, ASampleIsSpreadOverTheTable) {
  Execute(Orders(20000));
  Surveying how = TestSurveying();
  how.sample_rows = 1000;
  const Place place = Look(how);
  EXPECT_EQ(place.rows, 1000U);
  ASSERT_FALSE(place.items.empty());
  EXPECT_EQ(place.items[0].state, ItemState::kSampled);
  EXPECT_NEAR(place.items[0].fields.at(0).ShareOf(place.items[0].fields[0].holds.at(0)), 0.125, 0.03);
  EXPECT_EQ(place.items[0].all_rows, 20000U);
}

TEST_F(SqliteSurvey, NothingIsWrittenInWhateverModeItIs) {
  for (const bool ahead : {false, true}) {
    std::filesystem::remove(Path("shop.db"));
    Execute(Orders(500), ahead);
    const auto before = Everything();
    ASSERT_EQ(before.size(), 1U);
    Look(TestSurveying());
    EXPECT_EQ(Everything(), before) << ahead;
  }
  // Control: somebody who writes is seen by the same look.
  const auto before = Everything();
  Execute("UPDATE orders SET sku = 'x' WHERE id = 1");
  EXPECT_NE(Everything(), before);
}

TEST_F(SqliteSurvey, WhatAWriterHasNotCheckpointedIsSeen) {
  Execute(Orders(10), true);
  sqlite3* writer = nullptr;
  ASSERT_EQ(sqlite3_open(Path("shop.db").c_str(), &writer), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(writer, "UPDATE orders SET sku = 'to anna.lind@firma.se'", nullptr, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_EQ(HeldBy(Look(TestSurveying()), "orders", "sku"), "EMAIL 10");
  sqlite3_close(writer);
}

TEST_F(SqliteSurvey, AnUnchangedDatabaseIsNotReadAgain) {
  Execute(Orders(100));
  Surveying how = TestSurveying();
  Memory memory("o");
  how.memory = &memory;
  EXPECT_EQ(Look(how).items_read, 1U);
  const Place again = Look(how);
  EXPECT_EQ(again.items_unchanged, 1U);
  EXPECT_EQ(HeldBy(again, "orders", "notes"), "CREDIT_CARD 12");
  Execute("UPDATE orders SET notes = 'x'");
  const Place changed = Look(how);
  EXPECT_EQ(changed.items_read, 1U);
  EXPECT_EQ(HeldBy(changed, "orders", "notes"), "");
}

TEST_F(SqliteSurvey, ADatabaseInAFolderIsLookedInto) {
  Execute(Orders(100));
  const Result<Place> place = SurveyFiles(folder_, TestSurveying());
  ASSERT_TRUE(place.ok());
  EXPECT_EQ(HeldBy(*place, "shop.db/orders", "notes"), "CREDIT_CARD 12");
}

TEST_F(SqliteSurvey, ADamagedFileIsAnErrorOrATableThatIsNotReadAndNeverACrash) {
  Execute(Orders(300));
  const std::string whole = ReadFile(Path("shop.db"));
  EXPECT_FALSE(SurveyDatabase(Write("no.db", "no database"), TestSurveying()).ok());
  for (size_t at = 100; at < whole.size(); at += 997) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 0x5A);
    Write("shop.db", broken);
    const Result<Place> place = SurveyDatabase(Path("shop.db"), TestSurveying());
    if (place.ok()) {
      EXPECT_LE(place->items.size(), 10U);
    }
  }
}

// The number in the line "Seccomp:" of the only child's status: 2 when the kernel filters its calls.
std::string FilterOfTheChild() {
  const std::string own = "/proc/self/task/" + std::to_string(gettid()) + "/children";
  std::string child;
  std::ifstream(own) >> child;
  std::ifstream status("/proc/" + child + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Seccomp:")) return line.substr(line.find_first_not_of(" \t", 8));
  }
  return "no child";
}

TEST_F(SqliteSurvey, TheFileIsParsedByAChildThatIsConfined) {
  Execute(Orders(10));
  const auto filter = [this](Confinement confinement) {
    const auto database = OpenSqlite(Path("shop.db"), confinement);
    EXPECT_TRUE(database.ok());
    const auto tables = (*database)->Tables();
    EXPECT_TRUE(tables.ok());
    EXPECT_EQ(tables->size(), 1U);
    return FilterOfTheChild();
  };
  EXPECT_EQ(filter(Confinement::kFull), "2");
  EXPECT_EQ(filter(Confinement::kNone), "0") << "the control";
  EXPECT_EQ(FilterOfTheChild(), "no child");
}

TEST_F(SqliteSurvey, WhatAWriterLeftHalfDoneIsNotReadAsIfItWereWhole) {
  Execute(Orders(10));
  Write("shop.db-journal", std::string(512, '\0'));  // one that is over and was kept
  EXPECT_TRUE(SurveyDatabase(Path("shop.db"), TestSurveying()).ok()) << "the control";
  Write("shop.db-journal", "\xD9\xD5\x05\xF9\x20\xA1\x63\xD7" + std::string(504, '\1'));
  const auto before = Everything();
  const Result<Place> place = SurveyDatabase(Path("shop.db"), TestSurveying());
  EXPECT_FALSE(place.ok());
  EXPECT_EQ(Everything(), before);
}

// A writer waits for a reader, and a reader for a writer.
TEST_F(SqliteSurvey, SqlitesLocksAreKept) {
  Execute(Orders(10));
  sqlite3* writer = nullptr;
  ASSERT_EQ(sqlite3_open(Path("shop.db").c_str(), &writer), SQLITE_OK);
  const int file = open(Path("shop.db").c_str(), O_RDONLY | O_CLOEXEC);
  SqliteLocks locks(file, Path("shop.db"), std::chrono::milliseconds(50));
  const char* const write = "UPDATE orders SET sku = 'x' WHERE id = 1";
  ASSERT_TRUE(locks.Take());
  EXPECT_FALSE(locks.IsReserved());
  EXPECT_EQ(sqlite3_exec(writer, write, nullptr, nullptr, nullptr), SQLITE_BUSY);
  EXPECT_EQ(sqlite3_exec(writer, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_TRUE(locks.IsReserved());
  EXPECT_EQ(sqlite3_exec(writer, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  locks.GiveBack();
  EXPECT_EQ(sqlite3_exec(writer, write, nullptr, nullptr, nullptr), SQLITE_OK) << "the control";
  EXPECT_EQ(sqlite3_exec(writer, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_FALSE(locks.Take());
  sqlite3_close(writer);
  close(file);
}

int64_t GreatestMemory() {
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * int64_t{1024};
}

TEST_F(SqliteSurvey, MemoryDoesNotGrowWithTheRows) {
  constexpr int64_t kMuch = 16 << 20;
  Execute(
      "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE visits(agent TEXT, note TEXT);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600000) INSERT INTO visits "
      "SELECT 'a browser of some kind, number ' || (i % 7), CASE WHEN i % 1000 = 1 THEN 'a.lind@firma.se' ELSE "
      "'nothing to say here, nothing at all' END FROM n");
  Surveying how = TestSurveying();
  how.threads = 2;
  Look(how);  // a sample: what is made once is made
  const int64_t before = GreatestMemory();
  how.sample_rows = 0;
  const Place place = Look(how);
  EXPECT_EQ(place.rows, 600'000U);
  EXPECT_EQ(HeldBy(place, "visits", "note"), "EMAIL 600");
  const int64_t after = GreatestMemory();
  EXPECT_LT(after - before, kMuch);
  // Control: whoever keeps the rows needs more than that.
  const auto database = OpenSqlite(Path("shop.db"));
  ASSERT_TRUE(database.ok());
  const auto tables = (*database)->Tables();
  ASSERT_TRUE(tables.ok());
  std::vector<RowBatch> kept;
  ASSERT_TRUE((*database)
                  ->Read((*tables)[0], 0,
                         [&](RowBatch batch) {
                           kept.push_back(std::move(batch));
                           return Status::Ok();
                         })
                  .ok());
  EXPECT_GT(GreatestMemory() - after, kMuch);
}

}  // namespace
}  // namespace strongroom::survey
