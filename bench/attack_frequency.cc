// How much each way of searching gives away to whoever steals a data store without its keys: ./dev bench attack
//
//   attack_frequency [--people N] [--seed N]
// Makes invented people, has the product index one field of them, takes the rows as a thief would, and guesses.  Beside it: what he would guess
// right without the store, knowing only how values are spread.  docs/search-leakage.md explains the table.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "attack/guess.h"
#include "attack/world.h"

namespace {

using namespace attack;  // NOLINT: a program of its own

FieldDef FieldOf(FieldType type, SearchKind search, RangeBounds range = {}) {
  FieldDef field;
  field.id = 3;
  field.name = "attacked";
  field.type = type;
  field.search = search;
  field.range = std::move(range);
  return field;
}

double ShareEqual(const std::vector<std::string>& guesses, const std::vector<std::string>& values) {
  size_t right = 0;
  for (size_t i = 0; i < values.size(); ++i) right += guesses[i] == values[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(values.size());
}

const std::string& MostCommon(const std::vector<Known>& known) {
  return std::max_element(known.begin(), known.end(), [](const Known& a, const Known& b) { return a.share < b.share; })->value;
}

void Line(const char* what, const char* thief, double right, double without) {
  std::printf("%-34s %-22s %9.2f %% %12.2f %%\n", what, thief, 100 * right, 100 * without);
}

void AttackNames(size_t people, uint64_t seed) {
  const std::vector<Known> known = Surnames();
  const std::vector<std::string> values = Draw(known, people, seed);
  const double without = ShareEqual(std::vector<std::string>(people, MostCommon(known)), values);
  std::printf("\nsurname, %zu different ones\n", known.size());
  for (const SearchKind search : {SearchKind::kExact, SearchKind::kPrefix, SearchKind::kFuzzy}) {
    const FieldDef field = FieldOf(FieldType::kPersonName, search);
    const Stolen stolen = Steal(field, values);
    const std::string name(NameOf(search));
    Line(name.c_str(), "rows", NameRows(field, known, values, stolen), without);
    Line("", "rows and write order", ShareEqual(GuessTexts(field, known, stolen), values), without);
  }
}

void AttackAddresses(size_t people) {
  const std::vector<std::string> values = UniqueAddresses(people);
  std::vector<Known> known;
  // The thief even has the list of all addresses there are, in another order than they were written in.
  for (size_t i = 0; i < people; ++i) known.push_back({values[(i * 7'919 + 13) % people], 1.0 / static_cast<double>(people)});
  const FieldDef field = FieldOf(FieldType::kEmail, SearchKind::kExact);
  const Stolen stolen = Steal(field, values);
  std::printf("\ne-mail, all different, the list of all of them known\n");
  Line("exact", "rows", NameRows(field, known, values, stolen), 1.0 / static_cast<double>(people));
}

struct Closeness {
  double exact = 0;
  double near = 0;
  double error = 0;  // mean
};

// Places stand for values: days, or whole numbers.
Closeness Compare(const std::vector<uint32_t>& guesses, const std::vector<uint32_t>& values, uint32_t near) {
  Closeness all;
  for (size_t i = 0; i < values.size(); ++i) {
    const double off = std::abs(static_cast<double>(guesses[i]) - static_cast<double>(values[i]));
    all.exact += off == 0 ? 1 : 0;
    all.near += off <= near ? 1 : 0;
    all.error += off;
  }
  for (double* sum : {&all.exact, &all.near, &all.error}) *sum /= static_cast<double>(values.size());
  return all;
}

// What one and the same guess for everybody gets: the best one for each question.
Closeness Without(const std::vector<uint32_t>& values, uint32_t last, uint32_t near) {
  std::vector<size_t> count(last + 2);
  for (const uint32_t value : values) ++count[value + 1];
  Closeness best;
  for (uint32_t place = 0; place <= last; ++place) best.exact = std::max(best.exact, static_cast<double>(count[place + 1]));
  for (uint32_t place = 0; place <= last; ++place) count[place + 1] += count[place];
  for (uint32_t place = 0; place <= last; ++place) {
    const size_t inside = count[std::min(last, place + near) + 1] - count[place > near ? place - near : 0];
    best.near = std::max(best.near, static_cast<double>(inside));
  }
  const auto people = static_cast<double>(values.size());
  std::vector<uint32_t> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  best.exact /= people;
  best.near /= people;
  best.error = Compare(std::vector<uint32_t>(values.size(), sorted[sorted.size() / 2]), values, near).error;
  return best;
}

struct Question {
  const char* exact;
  const char* near;
  uint32_t near_by;
  const char* error;
  double unit;
};

void AttackRange(const char* title, FieldType type, const std::vector<Known>& known, const std::vector<RangeBounds>& bounds,
                 const Question& question, size_t people, uint64_t seed) {
  const std::vector<std::string> values = Draw(known, people, seed);
  RangeBounds fine = bounds.front();  // the first tells every value apart
  const auto scale = RangeScale::Of(type, fine);
  const auto places = [&](const std::vector<std::string>& texts) {
    std::vector<uint32_t> out;
    for (const std::string& text : texts) out.push_back(*scale->PlaceOf(text));
    return out;
  };
  const std::vector<uint32_t> truth = places(values);
  const Closeness without = Without(truth, scale->last_place(), question.near_by);
  std::printf("\n%s\n", title);
  for (const RangeBounds& one : bounds) {
    const FieldDef field = FieldOf(type, SearchKind::kRange, one);
    const Stolen stolen = Steal(field, values);
    const std::string name = "range, step " + (one.step.empty() ? "1" : one.step);
    const Closeness got = Compare(places(GuessOrdered(field, known, stolen)), truth, question.near_by);
    Line(name.c_str(), "rows", NameRows(field, known, values, stolen), without.exact);
    Line(("  " + std::string(question.exact)).c_str(), "rows and write order", got.exact, without.exact);
    Line(("  " + std::string(question.near)).c_str(), "rows and write order", got.near, without.near);
    std::printf("%-34s %-22s %9.2f   %12.2f\n", ("  " + std::string(question.error)).c_str(), "rows and write order", got.error / question.unit,
                without.error / question.unit);
  }
}

bool ReadNumber(const char* text, uint64_t& number) {
  const char* const end = text + std::strlen(text);
  return std::from_chars(text, end, number).ptr == end;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t people = 20'000;
  uint64_t seed = 1;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    uint64_t* const number = option == "--people" ? &people : option == "--seed" ? &seed : nullptr;
    if (number == nullptr || i + 1 == argc || !ReadNumber(argv[i + 1], *number) || people < 100 || people > 1'000'000) {
      std::fprintf(stderr, "attack_frequency [--people 100..1000000] [--seed N]\n");
      return 2;
    }
  }
  std::printf("%zu invented people, seed %zu; a store stolen without its keys\n", static_cast<size_t>(people), static_cast<size_t>(seed));
  std::printf("%-34s %-22s %11s %14s\n", "search", "the thief has", "right", "without store");
  AttackAddresses(people);
  AttackNames(people, seed);
  AttackRange("date of birth, 1930 to 2008", FieldType::kDateOfBirth, BirthDays(), {{}, {"", "", "31"}, {"", "", "366"}},
              {"the very day", "within a year", 365, "mean error, years", 365.25}, people, seed);
  AttackRange("purchases of a year, 0 to 20,000", FieldType::kNumber, YearlyPurchases(),
              {{"0", "20000", "1"}, {"0", "20000", "100"}, {"0", "20000", "1000"}},
              {"the very number", "within 100", 100, "mean error", 1}, people, seed);
  return 0;
}
