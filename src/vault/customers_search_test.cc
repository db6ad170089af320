// Searches between two values and by likeness, through the whole of the vault.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "vault/testing/invented_names.h"
#include "vault/testing/search_house.h"

namespace strongroom {
namespace {

using Codes = std::vector<std::string>;

class SearchTest : public testing::Test {
 protected:
  // Whoever `fits`, in the order of the codes.
  template <typename Fits>
  static Codes BruteForce(const std::map<std::string, std::vector<std::string>>& people, Fits fits) {
    Codes codes;
    for (const auto& [code, values] : people) {
      if (std::any_of(values.begin(), values.end(), fits)) codes.push_back(code);
    }
    return codes;
  }
  static Codes Sorted(Codes codes) {
    std::sort(codes.begin(), codes.end());
    return codes;
  }
  std::ptrdiff_t Alarms() {
    const auto entries = house_.Entries(TestHouse::kMain);
    return std::count_if(entries.begin(), entries.end(),
                         [](const auto& e) { return e.action == Action::kMismatchAlarm; });
  }
  size_t IndexRows() { return house_.LogOf(TestHouse::kMain).Rows("i").size(); }

  SearchHouse house_;
};

std::string Date(std::mt19937_64& random) {
  char text[16];
  std::snprintf(text, sizeof(text), "%04d-%02d-%02d", static_cast<int>(1880 + random() % 140),
                static_cast<int>(1 + random() % 12), static_cast<int>(1 + random() % 28));
  return text;
}

TEST_F(SearchTest, ARangeOfDatesFindsEverybodyInItAndNobodyElse) {
  std::mt19937_64 random(11);
  std::map<std::string, std::vector<std::string>> people;
  for (int i = 0; i < 300; ++i) {
    const std::string born = Date(random);  // some before 1900, the scale's first day
    people[house_.Make("D" + std::to_string(i), {{"born", born}})] = {born};
  }
  int answered = 0;
  int refused = 0;
  size_t hits = 0;
  for (int i = 0; i < 400; ++i) {
    std::string from = Date(random);
    std::string to = i % 4 == 0 ? from : Date(random);
    if (from > to) std::swap(from, to);
    if (i % 7 == 0) from.clear();
    if (i % 7 == 1) to = from.substr(0, 4) + "-12-31";
    const Codes expected =
        BruteForce(people, [&](const std::string& born) { return (from.empty() || from <= born) && born <= to; });
    const auto found = house_.Between("born", from, to);
    if (expected.size() > Customers::kMaxHits) {
      EXPECT_EQ(found.reason(), Reason::kTooManyHits);
      ++refused;
      continue;
    }
    ASSERT_TRUE(found.ok()) << found.status().ToString();
    EXPECT_EQ(Sorted(*found), expected) << from << ' ' << to;
    ++answered;
    hits += expected.size();
  }
  std::printf("%d ranges answered with %zu hits, %d too wide\n", answered, hits, refused);
  EXPECT_GT(answered, 100);
  EXPECT_GT(refused, 50);
  EXPECT_GT(hits, 500u);
  EXPECT_EQ(Alarms(), 0);
}

TEST_F(SearchTest, ARangeOfNumbersFindsAnyOfSeveralValuesBeyondTheBoundsToo) {
  std::mt19937_64 random(12);
  const auto number = [&] {
    return std::to_string(static_cast<int>(random() % 1'400) - 200) + "." + std::to_string(random() % 100);
  };
  std::map<std::string, std::vector<std::string>> people;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::string> values = {number(), number()};
    people[house_.Make("N" + std::to_string(i), {{"score", values[0]}, {"score", values[1]}})] = values;
  }
  int answered = 0;
  size_t hits = 0;
  for (int i = 0; i < 400; ++i) {
    std::string from = number();
    std::string to = std::to_string(std::stod(from) + static_cast<double>(random() % 120));
    const Codes expected = BruteForce(people, [&](const std::string& one) {
      return std::stod(from) <= std::stod(one) && std::stod(one) <= std::stod(to);
    });
    const auto found = house_.Between("score", from, to);
    if (expected.size() > Customers::kMaxHits) {
      EXPECT_EQ(found.reason(), Reason::kTooManyHits);
      continue;
    }
    ASSERT_TRUE(found.ok()) << found.status().ToString();
    EXPECT_EQ(Sorted(*found), expected) << from << ' ' << to;
    ++answered;
    hits += expected.size();
  }
  EXPECT_GT(answered, 200);
  EXPECT_GT(hits, 1'000u);
}

TEST_F(SearchTest, AQueryThatIsNoneIsRefusedAndTheRightOneIsNot) {
  house_.Make("Q1", {{"born", "1984-05-17"}, {"name", "Åsa Sjöberg"}, {"score", "7"}});
  EXPECT_EQ(house_.Between("born", "", "").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(house_.Between("born", "1984", "1985").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(house_.Between("born", "1985-01-01", "1984-01-01").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(house_.Between("score", "one", "two").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(house_.Between("score", "", "two").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(house_.Between("name", "1", "2").reason(), Reason::kFieldNotSearchable);
  EXPECT_EQ(house_.Between("date_of_birth", "1984-01-01", "1985-01-01").reason(), Reason::kFieldNotSearchable);
  EXPECT_EQ(house_.Like("born", "1984-05-17").reason(), Reason::kFieldNotSearchable);
  EXPECT_EQ(house_.Like("given_name", "Åsa").reason(), Reason::kFieldNotSearchable);
  EXPECT_EQ(house_.Equal("born", "1984-05-17").reason(), Reason::kFieldNotSearchable);
  EXPECT_EQ(house_.Like("name", "x").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(house_.Like("name", "…").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(house_.Find("born", {.by = SearchBy::kBetween, .from = "1984-01-01"}, "administrator").reason(),
            Reason::kDenied);
  EXPECT_EQ(house_.Between("born", "1984-01-01", "1984-12-31")->size(), 1u);  // controls
  EXPECT_EQ(house_.Between("score", "7", "7")->size(), 1u);
  EXPECT_EQ(house_.Like("name", "asa sjoberg")->size(), 1u);
  EXPECT_EQ(house_.Equal("name", "ÅSA SJÖBERG")->size(), 1u) << "a fuzzy index answers equality, too";
  EXPECT_EQ(house_.Equal("name", "asa sjoberg")->size(), 0u);
}

TEST_F(SearchTest, AChangeMovesTheRowsAndAnErasureLeavesNone) {
  const std::string code =
      house_.Make("M1", {{"born", "1984-05-17"}, {"name", "Åsa Sjöberg"}, {"score", "7"}, {"score", "900"}});
  const size_t before = IndexRows();
  EXPECT_GT(before, 25u);
  ASSERT_TRUE(house_.Set(code, {{"born", "1991-01-02"}, {"name", "Berit Lundgren"}, {"score", "8"}}).ok());
  EXPECT_EQ(house_.Between("born", "1984-05-17", "1984-05-17")->size(), 0u);
  EXPECT_EQ(house_.Like("name", "Sjöberg")->size(), 0u);
  EXPECT_EQ(house_.Between("score", "890", "910")->size(), 0u);
  EXPECT_EQ(house_.Between("born", "1991-01-01", "1991-12-31")->size(), 1u);
  EXPECT_EQ(house_.Like("name", "Lundgrn")->size(), 1u);
  EXPECT_EQ(house_.Between("score", "8", "8")->size(), 1u);
  EXPECT_EQ(Alarms(), 0) << "the rows of before are gone, not only ignored";
  const Result<ErasureAnswer> erased = house_.customers->Erase(house_.As("privacy-officer"), code).Wait();
  ASSERT_TRUE(erased.ok()) << erased.status().ToString();
  EXPECT_TRUE(erased->key_gone && erased->record_gone && erased->index_rows_gone);
  EXPECT_EQ(IndexRows(), 0u);
}

TEST_F(SearchTest, ARowThatIsPutBackRaisesAnAlarmAndFindsNobody) {
  const std::string code = house_.Make("T1", {{"born", "1984-05-17"}, {"name", "Åsa Sjöberg"}});
  StoreBatch put_back;
  for (const StoreRow& row : house_.LogOf(TestHouse::kMain).Rows("i")) put_back.puts.push_back({row.key, row.value});
  ASSERT_TRUE(house_.Set(code, {{"born", "1991-01-02"}, {"name", "Berit Lundgren"}}).ok());
  ASSERT_TRUE(house_.LogOf(TestHouse::kMain).memory->Commit(put_back).ok());
  EXPECT_EQ(house_.Between("born", "1984-05-17", "1984-05-17")->size(), 0u);
  EXPECT_EQ(Alarms(), 1);
  EXPECT_EQ(house_.Like("name", "Åsa Sjöberg")->size(), 0u);
  EXPECT_EQ(Alarms(), 2);
  EXPECT_EQ(house_.Like("name", "Berit Lundgren")->size(), 1u);  // control
}

TEST_F(SearchTest, NeitherStoresNorLogContainWhatIsIndexed) {
  house_.Make("S1", {{"name", "Åsa Sjöberg"}, {"born", "1984-05-17"}});
  ASSERT_EQ(house_.Like("name", "Asa Sjoberk")->size(), 1u);
  for (const char* text : {"Åsa", "sjo", "^sj", "1984-05", "sjoberk", "Sjoberk"}) {
    EXPECT_FALSE(house_.StoresContain(TestHouse::kMain, text)) << text;
  }
  for (const AuditEntry& entry : house_.Entries(TestHouse::kMain))
    EXPECT_EQ(entry.detail.find("jo"), std::string::npos);
}

// --- how well likeness finds -----------------------------------------------------------------------------------------

enum class Slip {
  kNone,
  kLetterLost,
  kLetterTwice,
  kLetterWrong,
  kLettersSwapped,
  kNoAccents,
  kDigraphs,
  kOtherOrder,
  kBothWrong
};
constexpr std::pair<Slip, const char*> kSlips[] = {{Slip::kNone, "as it is"},
                                                   {Slip::kLetterLost, "a letter left out"},
                                                   {Slip::kLetterTwice, "a letter twice"},
                                                   {Slip::kLetterWrong, "a letter wrong"},
                                                   {Slip::kLettersSwapped, "two letters swapped"},
                                                   {Slip::kNoAccents, "without accents"},
                                                   {Slip::kDigraphs, "aa, ae, oe"},
                                                   {Slip::kOtherOrder, "surname first"},
                                                   {Slip::kBothWrong, "both names a letter wrong"}};

std::string Replaced(std::string text, std::initializer_list<std::pair<std::string_view, std::string_view>> letters) {
  for (const auto& [letter, as] : letters) {
    for (size_t at = text.find(letter); at != std::string::npos; at = text.find(letter, at + as.size()))
      text.replace(at, letter.size(), as);
  }
  return text;
}

// A slip at an ASCII letter inside of a word of at least four.
std::string Slipped(std::string word, Slip slip, std::mt19937_64& random) {
  if (word.size() < 4) return word;
  for (int attempt = 0; attempt < 50; ++attempt) {
    const size_t at = 1 + random() % (word.size() - 2);
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    if (!letter(word[at]) || !letter(word[at + 1])) continue;
    switch (slip) {
      case Slip::kLetterLost:
        return word.erase(at, 1);
      case Slip::kLetterTwice:
        return word.insert(at, 1, word[at]);
      case Slip::kLettersSwapped:
        if (word[at] == word[at + 1]) continue;
        std::swap(word[at], word[at + 1]);
        return word;
      default: {
        const char wrong = static_cast<char>('a' + random() % 26);
        if (wrong == word[at]) continue;
        word[at] = wrong;
        return word;
      }
    }
  }
  return word;
}

std::string Typed(const std::string& name, Slip slip, std::mt19937_64& random) {
  const size_t space = name.find(' ');
  const std::string given = name.substr(0, space);
  const std::string surname = name.substr(space + 1);
  switch (slip) {
    case Slip::kNone:
      return name;
    case Slip::kNoAccents:
      return Replaced(name, {{"å", "a"},
                             {"Å", "A"},
                             {"ä", "a"},
                             {"Ä", "A"},
                             {"ö", "o"},
                             {"Ö", "O"},
                             {"ø", "o"},
                             {"æ", "ae"},
                             {"ü", "u"},
                             {"é", "e"}});
    case Slip::kDigraphs:
      return Replaced(name, {{"å", "aa"},
                             {"Å", "Aa"},
                             {"ä", "ae"},
                             {"Ä", "Ae"},
                             {"ö", "oe"},
                             {"Ö", "Oe"},
                             {"ø", "oe"},
                             {"æ", "ae"},
                             {"ü", "ue"}});
    case Slip::kOtherOrder:
      return surname + ", " + given;
    case Slip::kBothWrong:
      return Slipped(given, Slip::kLetterWrong, random) + " " + Slipped(surname, Slip::kLetterWrong, random);
    default:
      return random() % 3 == 0 ? Slipped(given, slip, random) + " " + surname
                               : given + " " + Slipped(surname, slip, random);
  }
}

TEST_F(SearchTest, LikenessFindsMistypedNamesFirstAndStrangersNever) {
  constexpr int kPeople = 2'000;
  std::mt19937_64 random(13);
  std::vector<std::string> names;
  std::multimap<std::string, std::string> codes_of;
  std::vector<CreateRequest> requests;
  std::vector<std::string> external_ids;
  for (int i = 0; i < kPeople; ++i) {
    names.push_back(DrawName(random));
    external_ids.push_back("L" + std::to_string(i));
  }
  for (int i = 0; i < kPeople; ++i) requests.push_back(house_.RequestFor(external_ids[i], {{"name", names[i]}}));
  const auto made = house_.customers->CreateMany(house_.As("application"), requests).Wait();
  ASSERT_TRUE(made.ok());
  std::map<std::string, std::string> name_of;
  for (int i = 0; i < kPeople; ++i) {
    ASSERT_TRUE((*made)[i].ok());
    name_of[(*made)[i]->code] = names[i];
  }

  int asked = 0;
  int found_all = 0;
  int first_all = 0;
  size_t right_answers = 0;
  size_t answers = 0;
  std::printf("%-28s %6s %8s %8s %8s\n", "typed", "asked", "found", "first", "answers");
  for (const auto& [slip, words] : kSlips) {
    int tried = 0;
    int found = 0;
    int first = 0;
    size_t listed = 0;
    while (tried < 120) {
      const size_t who = random() % kPeople;
      const std::string& name = names[who];
      if (static_cast<size_t>(std::count(names.begin(), names.end(), name)) > 20) continue;  // an answer lists 50
      ++tried;
      const auto codes = house_.Like("name", Typed(name, slip, random));
      if (!codes.ok()) {
        EXPECT_EQ(codes.reason(), Reason::kTooManyHits);
        continue;  // counts as not found
      }
      found += std::find(codes->begin(), codes->end(), (*made)[who]->code) != codes->end() ? 1 : 0;
      first += !codes->empty() && name_of[codes->front()] == name ? 1 : 0;
      listed += codes->size();
      right_answers += static_cast<size_t>(
          std::count_if(codes->begin(), codes->end(), [&](const auto& code) { return name_of[code] == name; }));
    }
    std::printf("%-28s %6d %7.1f%% %7.1f%% %8.1f\n", words, tried, 100.0 * found / tried, 100.0 * first / tried,
                static_cast<double>(listed) / tried);
    asked += tried;
    found_all += found;
    first_all += first;
    answers += listed;
    if (slip == Slip::kNone || slip == Slip::kNoAccents || slip == Slip::kDigraphs || slip == Slip::kOtherOrder) {
      EXPECT_GE(found, tried * 99 / 100) << words;
    } else {
      EXPECT_GE(found, tried * 90 / 100) << words;
    }
  }
  const double precision = static_cast<double>(right_answers) / static_cast<double>(answers);
  std::printf("recall %.3f, first place %.3f, precision %.3f of %zu answers\n", static_cast<double>(found_all) / asked,
              static_cast<double>(first_all) / asked, precision, answers);
  EXPECT_GE(found_all, asked * 95 / 100);
  EXPECT_GE(first_all, asked * 90 / 100);
  EXPECT_GE(precision, 0.5);
  for (const char* stranger : {"Xqvzt Wplkj", "Bartholomew Featherstonehaugh", "Quetzalcoatl", "龚雪"}) {
    const auto nobody = house_.Like("name", stranger);
    ASSERT_TRUE(nobody.ok()) << nobody.status().ToString();
    EXPECT_TRUE(nobody->empty()) << stranger;
  }
  EXPECT_EQ(house_.Like("name", "Anna").reason(), Reason::kTooManyHits)
      << "a list of everybody called Anna is an export";
  EXPECT_EQ(Alarms(), 0);
}

TEST_F(SearchTest, ChineseNamesAreFoundByCharactersAndByPinyin) {
  std::map<std::string, std::string> code_of;
  for (size_t i = 0; i < std::size(kHanNames); ++i) {
    code_of[std::string(kHanNames[i])] = house_.Make("H" + std::to_string(i), {{"name", kHanNames[i]}});
  }
  for (size_t i = 0; i < std::size(kHanNames); ++i) {
    for (const std::string_view query : {kHanNames[i], kHanPinyin[i]}) {
      const auto codes = house_.Like("name", query);
      ASSERT_TRUE(codes.ok());
      ASSERT_FALSE(codes->empty()) << query;
      EXPECT_EQ(codes->front(), code_of[std::string(kHanNames[i])]) << query;
    }
  }
}

}  // namespace
}  // namespace strongroom
