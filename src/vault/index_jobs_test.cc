#include "vault/index_jobs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "vault/testing/invented_names.h"
#include "vault/testing/search_house.h"

namespace strongroom {
namespace {

class IndexJobsTest : public testing::Test {
 protected:
  // `count` customers with a name in `given_name` (prefix) and a phone as it was typed (exact).
  void MakePeople(size_t count, std::string_view compartment = {}) {
    for (size_t i = 0; i < count; ++i) {
      const std::string id = std::string(compartment) + std::to_string(i);
      const std::string phone = "070-174 0" + std::to_string(100 + i);
      const auto made =
          house_.customers
              ->Create(house_.As("application"),
                       house_.RequestFor(id, {{"given_name", NameOfPerson(i)}, {"phone", phone}}, compartment))
              .Wait();
      ASSERT_TRUE(made.ok()) << made.status().ToString();
      codes_.push_back(made->code);
    }
  }
  static std::string NameOfPerson(size_t i) {
    return std::string(kGivenNames[i % std::size(kGivenNames)]) + " " +
           std::string(kSurnames[i * 7 % std::size(kSurnames)]);
  }

  Status SetSearch(std::string_view name, SearchKind search) {
    FieldDef field = house_.Get(name);
    field.search = search;
    return house_.Put(std::move(field));
  }

  Status RunAll() { return IndexJobs(*house_.house, *house_.catalogue).RunAll(); }

  // Every row in the store is one that some record should have, and the other way round.
  void ExpectExactlyTheRightRows(size_t compartment = TestHouse::kMain) {
    const Room& room = house_.RoomAt(compartment);
    size_t expected = 0;
    const auto ids = room.sealed->ScanRecords(0, 100'000);
    ASSERT_TRUE(ids.ok());
    for (const CustomerId id : *ids) {
      const Result<OpenCustomer> customer = house_.customers->OpenById(id);
      ASSERT_TRUE(customer.ok());
      for (const IndexRow& row : IndexRowsOf(*house_.catalogue->Current(), customer->record, house_.clock)) {
        ++expected;
        const auto there = room.sealed->HasReference(row.label, row.value, id);
        EXPECT_TRUE(there.ok() && *there);
      }
    }
    EXPECT_EQ(house_.LogOf(compartment).Rows("i").size(), expected);
  }

  SearchHouse house_;
  std::vector<std::string> codes_;
};

TEST_F(IndexJobsTest, AnotherSearchFindsPeopleWhoWereThereBefore) {
  MakePeople(450);
  MakePeople(30, "vip");
  ASSERT_TRUE(SetSearch("given_name", SearchKind::kFuzzy).ok());
  const auto meanwhile = house_.Like("given_name", "Asa Oberg");
  EXPECT_EQ(meanwhile.reason(), Reason::kIndexBuilding);
  EXPECT_NE(meanwhile.status().ToString().find("(0 %)"), std::string::npos) << meanwhile.status().ToString();
  EXPECT_EQ(house_.Equal("given_name", NameOfPerson(3))->size(), 1u)
      << "rows for equality are the same in both: they answer on";

  IndexJobs jobs(*house_.house, *house_.catalogue);
  int last = 0;
  bool halfway = false;
  for (int pieces = 0;; ++pieces) {
    const auto step = jobs.RunPiece();
    ASSERT_TRUE(step.ok()) << step.status().ToString();
    if (*step == IndexJobs::Step::kNothing) break;
    ASSERT_EQ(*step, IndexJobs::Step::kWorked);
    const int now = house_.catalogue->ProgressOf(house_.Get("given_name").id);
    EXPECT_GE(now, last) << "progress goes one way";
    EXPECT_LE(now, 99);
    halfway = halfway || (now > 20 && now < 80);
    last = now;
    if (house_.Get("given_name").replaced.has_value()) {
      EXPECT_EQ(house_.Like("given_name", "Asa Oberg").reason(), Reason::kIndexBuilding);
    }
    ASSERT_LT(pieces, 100);
  }
  EXPECT_TRUE(halfway);
  EXPECT_FALSE(house_.Get("given_name").replaced.has_value());
  for (size_t i = 0; i < 450; i += 37) {
    const auto found = house_.Like("given_name", NameOfPerson(i));
    ASSERT_TRUE(found.ok()) << found.status().ToString();
    EXPECT_NE(std::find(found->begin(), found->end(), codes_[i]), found->end()) << NameOfPerson(i);
  }
  EXPECT_EQ(house_.Find("given_name", {.by = SearchBy::kBeginning, .value = "Ann"}).reason(),
            Reason::kFieldNotSearchable);
  ExpectExactlyTheRightRows();
  ExpectExactlyTheRightRows(TestHouse::kVip);
  EXPECT_TRUE(house_.LogOf(TestHouse::kMain).Rows("n").empty()) << "the job's own document is gone, too";
}

TEST_F(IndexJobsTest, EveryKindOfIndexCanBeAddedAndTakenAway) {
  MakePeople(60);
  const std::string code = house_.Make("K1", {{"date_of_birth", "1984-05-17"}, {"health_note", "Sjöberg"}});
  EXPECT_EQ(house_.Between("date_of_birth", "1984-01-01", "").reason(), Reason::kFieldNotSearchable);
  ASSERT_TRUE(SetSearch("date_of_birth", SearchKind::kRange).ok());
  ASSERT_TRUE(SetSearch("given_name", SearchKind::kNone).ok());
  ASSERT_TRUE(SetSearch("nickname", SearchKind::kPrefix).ok());
  ASSERT_TRUE(RunAll().ok());
  EXPECT_EQ(house_.Between("date_of_birth", "1984-01-01", "1984-12-31").ok()
                ? house_.Between("date_of_birth", "1984-01-01", "")->front()
                : "",
            code);
  EXPECT_EQ(house_.Equal("given_name", NameOfPerson(3)).reason(), Reason::kFieldNotSearchable);
  ExpectExactlyTheRightRows();
  ASSERT_TRUE(SetSearch("date_of_birth", SearchKind::kNone).ok());
  ASSERT_TRUE(SetSearch("given_name", SearchKind::kExact).ok());
  ASSERT_TRUE(RunAll().ok());
  EXPECT_EQ(house_.Equal("given_name", NameOfPerson(3))->size(), 1u);
  ExpectExactlyTheRightRows();
}

TEST_F(IndexJobsTest, AnotherRegionFindsNumbersTypedWithoutACountry) {
  MakePeople(50);
  EXPECT_EQ(house_.Equal("phone", "+46701740120")->size(), 0u) << "kept as digits without a country";
  FieldDef phone = house_.Get("phone");
  phone.options.default_region = "SE";
  ASSERT_TRUE(house_.Put(phone).ok());
  EXPECT_EQ(house_.Equal("phone", "+46701740120").reason(), Reason::kIndexBuilding)
      << "what is compared is another: nobody is missed silently";
  ASSERT_TRUE(RunAll().ok());
  EXPECT_EQ(house_.Equal("phone", "+46701740120")->size(), 1u);
  EXPECT_EQ(house_.Equal("phone", "070-1740120")->size(), 1u);
  ExpectExactlyTheRightRows();
  const Result<ErasureAnswer> erased = house_.customers->Erase(house_.As("privacy-officer"), codes_[20]).Wait();
  ASSERT_TRUE(erased.ok() && erased->index_rows_gone);
  ExpectExactlyTheRightRows();
}

TEST_F(IndexJobsTest, OtherBoundsAreAnotherIndex) {
  const std::string code = house_.Make("B1", {{"score", "7"}, {"score", "900"}});
  FieldDef score = house_.Get("score");
  score.range = {"-100", "2000", "10"};
  ASSERT_TRUE(house_.Put(score).ok());
  EXPECT_EQ(house_.Between("score", "7", "7").reason(), Reason::kIndexBuilding);
  ASSERT_TRUE(RunAll().ok());
  EXPECT_EQ(*house_.Between("score", "7", "7"), std::vector<std::string>{code});
  EXPECT_EQ(house_.Between("score", "8", "9")->size(), 0u) << "a step of ten finds nobody who is not in the range";
  ExpectExactlyTheRightRows();
}

TEST_F(IndexJobsTest, WhatIsWrittenAndErasedMeanwhileComesOutRight) {
  MakePeople(300);
  IndexJobs jobs(*house_.house, *house_.catalogue);
  ASSERT_TRUE(SetSearch("given_name", SearchKind::kFuzzy).ok());
  std::mt19937_64 random(21);
  size_t erased = 0;
  size_t made = 0;
  while (house_.Get("given_name").replaced.has_value()) {
    ASSERT_TRUE(jobs.RunPiece().ok());
    for (int i = 0; i < 20; ++i) {
      const size_t who = random() % codes_.size();
      if (codes_[who].empty()) continue;
      switch (random() % 3) {
        case 0:
          ASSERT_TRUE(house_.Set(codes_[who], {{"given_name", DrawName(random)}}).ok());
          break;
        case 1: {
          const auto gone = house_.customers->Erase(house_.As("privacy-officer"), codes_[who]).Wait();
          ASSERT_TRUE(gone.ok() && gone->index_rows_gone) << gone.status().ToString();
          codes_[who].clear();
          ++erased;
          break;
        }
        default:
          codes_.push_back(house_.Make("W" + std::to_string(++made), {{"given_name", DrawName(random)}}));
      }
    }
  }
  EXPECT_GT(erased, 10u);
  EXPECT_GT(made, 10u);
  ExpectExactlyTheRightRows();
}

TEST_F(IndexJobsTest, WritersOnOtherThreadsAndTheJobComeOutRight) {
  MakePeople(400);
  IndexJobs jobs(*house_.house, *house_.catalogue);
  std::atomic<bool> stop{false};
  std::atomic<int> writes{0};
  std::vector<std::thread> writers;
  for (int t = 0; t < 3; ++t) {
    writers.emplace_back([&, t] {
      std::mt19937_64 random(static_cast<uint64_t>(t));
      for (int i = 0; !stop; ++i) {
        if (random() % 4 == 0) {
          house_.Make("T" + std::to_string(t) + "-" + std::to_string(i), {{"given_name", DrawName(random)}});
        } else {
          const Status set = house_.Set(codes_[random() % codes_.size()], {{"given_name", DrawName(random)}});
          EXPECT_TRUE(set.ok() || set.reason() == Reason::kPreconditionFailed) << set.ToString();
        }
        ++writes;
      }
    });
  }
  for (const SearchKind kind : {SearchKind::kFuzzy, SearchKind::kExact, SearchKind::kNone, SearchKind::kPrefix}) {
    EXPECT_TRUE(SetSearch("given_name", kind).ok());
    EXPECT_TRUE(jobs.RunAll().ok());
    EXPECT_FALSE(house_.Get("given_name").replaced.has_value());
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  EXPECT_GT(writes, 20);
  ExpectExactlyTheRightRows();
}

TEST_F(IndexJobsTest, AJobThatBreaksOffAnywhereGoesOnFromThere) {
  MakePeople(230);
  ASSERT_TRUE(SetSearch("given_name", SearchKind::kFuzzy).ok());
  size_t failures = 0;
  for (int attempt = 0; attempt < 60 && house_.Get("given_name").replaced.has_value(); ++attempt) {
    const FaultKind kind = attempt % 2 == 0 ? FaultKind::kFailBefore : FaultKind::kFailAfter;
    (attempt % 3 == 0 ? house_.OfficeLog() : house_.LogOf(TestHouse::kMain)).data.SetPlan(FaultPlan({{.kind = kind}}));
    IndexJobs jobs(*house_.house, *house_.catalogue);
    const auto step = jobs.RunPiece();
    failures += step.ok() ? 0 : 1;
    house_.OfficeLog().data.SetPlan({});
    house_.LogOf(TestHouse::kMain).data.SetPlan({});
    house_.Reopen();
    // The start of a server in between: one good piece.
    IndexJobs again(*house_.house, *house_.catalogue);
    const bool and_more = attempt % 2 == 1;
    ASSERT_TRUE(!and_more || again.RunPiece().ok());
  }
  EXPECT_GE(failures, 3u);
  ASSERT_TRUE(RunAll().ok());
  EXPECT_FALSE(house_.Get("given_name").replaced.has_value());
  ExpectExactlyTheRightRows();
  EXPECT_GE(house_.Like("given_name", NameOfPerson(5))->size(), 1u);
}

TEST_F(IndexJobsTest, TheProofPutsRightWhatTheWalkDidNotSee) {
  MakePeople(40);
  const auto before = house_.LogOf(TestHouse::kMain).Rows("i");
  ASSERT_TRUE(SetSearch("given_name", SearchKind::kFuzzy).ok());
  IndexJobs jobs(*house_.house, *house_.catalogue);
  ASSERT_TRUE(jobs.RunPiece().ok());  // the walk through "main"
  const auto after = house_.LogOf(TestHouse::kMain).Rows("i");
  const auto holds = [](const std::vector<StoreRow>& rows, const Bytes& key) {
    return std::any_of(rows.begin(), rows.end(), [&](const StoreRow& row) { return row.key == key; });
  };
  // Some rows of the new rule vanish and some of the old one come back, as if a write had gone past the walk.
  StoreBatch damage;
  for (size_t i = 0; i < after.size(); i += 3) {
    if (!holds(before, after[i].key)) damage.deletes.push_back(after[i].key);
  }
  for (size_t i = 0; i < before.size(); i += 3) {
    if (!holds(after, before[i].key)) damage.puts.push_back({before[i].key, before[i].value});
  }
  EXPECT_GT(damage.deletes.size(), 50u);
  EXPECT_GT(damage.puts.size(), 20u);
  ASSERT_TRUE(house_.LogOf(TestHouse::kMain).memory->Commit(damage).ok());
  ASSERT_TRUE(jobs.RunAll().ok());
  ExpectExactlyTheRightRows();
  size_t proofs = 0;
  for (const AuditEntry& entry : house_.Entries(TestHouse::kMain))
    proofs += entry.detail.find("index proved") != std::string::npos ? 1 : 0;
  EXPECT_EQ(proofs, 2u) << "one that repaired, and one that found nothing to repair";
}

TEST_F(IndexJobsTest, AJobWaitsForWhoeverWorksByTheRuleBefore) {
  MakePeople(10);
  CataloguePtr held = house_.catalogue->Current();
  ASSERT_TRUE(SetSearch("given_name", SearchKind::kFuzzy).ok());
  IndexJobs jobs(*house_.house, *house_.catalogue);
  EXPECT_EQ(*jobs.RunPiece(), IndexJobs::Step::kWaiting);
  held.reset();
  EXPECT_EQ(*jobs.RunPiece(), IndexJobs::Step::kWorked);
}

TEST_F(IndexJobsTest, WhileAnIndexIsBuiltItsRuleStaysAndTheRestMayChange) {
  MakePeople(10);
  ASSERT_TRUE(SetSearch("given_name", SearchKind::kFuzzy).ok());
  EXPECT_EQ(SetSearch("given_name", SearchKind::kNone).reason(), Reason::kIndexBuilding);
  FieldDef field = house_.Get("given_name");
  field.recipients = {"parcel carrier"};
  field.replaced.reset();  // what a caller says of it counts for nothing
  ASSERT_TRUE(house_.Put(field).ok());
  EXPECT_TRUE(house_.Get("given_name").replaced.has_value());
  house_.Reopen();
  EXPECT_TRUE(house_.Get("given_name").replaced.has_value()) << "and a start forgets nothing";
  ASSERT_TRUE(RunAll().ok());
  EXPECT_EQ(house_.Get("given_name").recipients.size(), 1u);
  EXPECT_TRUE(SetSearch("given_name", SearchKind::kNone).ok());  // control
}

TEST_F(IndexJobsTest, TheThreadOfAServerDoesItByItself) {
  MakePeople(20);
  IndexJobs jobs(*house_.house, *house_.catalogue);
  jobs.Start();
  ASSERT_TRUE(SetSearch("given_name", SearchKind::kFuzzy).ok());
  while (house_.Get("given_name").replaced.has_value()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(jobs.last_status().ok());
  EXPECT_GE(house_.Like("given_name", NameOfPerson(5))->size(), 1u);
}

TEST(SearchOptions, AFieldRefusesTheSearchThatWouldGiveItAway) {
  SearchHouse house;
  const auto refused = [&](FieldType type, SearchKind search, Sensitivity sensitivity = Sensitivity::kPersonal) {
    FieldDef field = SearchHouse::FieldNamed("tried", type, search);
    field.sensitivity = sensitivity;
    return CheckField(field).reason();
  };
  EXPECT_EQ(refused(FieldType::kDate, SearchKind::kExact), Reason::kFieldLowEntropy);
  EXPECT_EQ(refused(FieldType::kBoolean, SearchKind::kPrefix), Reason::kFieldLowEntropy);
  EXPECT_EQ(refused(FieldType::kBoolean, SearchKind::kRange), Reason::kFieldInvalid);
  EXPECT_EQ(refused(FieldType::kEmail, SearchKind::kFuzzy), Reason::kFieldInvalid);
  EXPECT_EQ(refused(FieldType::kText, SearchKind::kRange), Reason::kFieldInvalid);
  EXPECT_EQ(refused(FieldType::kNumber, SearchKind::kRange), Reason::kFieldInvalid) << "without bounds";
  for (const Sensitivity high : {Sensitivity::kSensitive, Sensitivity::kFinancial, Sensitivity::kCredential}) {
    EXPECT_EQ(refused(FieldType::kDate, SearchKind::kRange, high), Reason::kFieldLowEntropy);
    EXPECT_EQ(refused(FieldType::kText, SearchKind::kFuzzy, high), Reason::kFieldLowEntropy);
    EXPECT_EQ(refused(FieldType::kText, SearchKind::kExact, high), Reason::kOk) << "control";
  }
  EXPECT_EQ(refused(FieldType::kDate, SearchKind::kRange), Reason::kOk);  // controls
  EXPECT_EQ(refused(FieldType::kPersonName, SearchKind::kFuzzy), Reason::kOk);
  FieldDef bounds = SearchHouse::FieldNamed("tried", FieldType::kDate, SearchKind::kNone);
  bounds.range.min = "1900-01-01";
  EXPECT_EQ(CheckField(bounds).reason(), Reason::kFieldInvalid);
  FieldDef many = SearchHouse::FieldNamed("tried", FieldType::kText, SearchKind::kFuzzy);
  many.repeated = true;
  EXPECT_EQ(CheckField(many).reason(), Reason::kFieldInvalid);
}

}  // namespace
}  // namespace strongroom
