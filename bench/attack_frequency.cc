// How much each way of searching gives away to whoever steals a data store without its keys: ./dev bench attack
//
//   attack_frequency [--people N] [--runs N]
// Makes invented people, has the product index one field of them, takes the rows as a thief would, and guesses.  Beside
// it: what he would guess right without the store, knowing only how values are spread.  docs/search-leakage.md explains
// the table.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
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
  return std::max_element(known.begin(), known.end(), [](const Known& a, const Known& b) { return a.share < b.share; })
      ->value;
}

// Figures of several runs, in the order they come.
class Figures {
 public:
  void Section(std::string title) { section_ = std::move(title); }
  void Add(const std::string& what, const char* thief, double right, double without, const char* unit = "%") {
    const std::string key = section_ + what + thief;
    auto found = std::find_if(lines_.begin(), lines_.end(), [&](const OneLine& one) { return one.key == key; });
    if (found == lines_.end()) found = lines_.insert(lines_.end(), {key, section_, what, thief, unit, {}, {}});
    found->right.push_back(right);
    found->without.push_back(without);
  }
  void AddRows(const std::string& what, const NamedRows& named) {
    Add(what, "rows: rows named", 100 * named.right, 100 * named.without);
  }
  void Print() const {
    std::printf("%-28s %-22s %18s %16s\n", "search", "the thief has", "right (least-most)", "without store");
    std::string section;
    for (const OneLine& one : lines_) {
      if (one.section != section) std::printf("\n%s\n", one.section.c_str());
      section = one.section;
      const auto [least, most] = std::minmax_element(one.right.begin(), one.right.end());
      std::printf("%-28s %-22s %7.2f (%.2f-%.2f) %s %12.2f %s\n", one.what.c_str(), one.thief, Mean(one.right), *least,
                  *most, one.unit, Mean(one.without), one.unit);
    }
  }

 private:
  struct OneLine {
    std::string key;
    std::string section;
    std::string what;
    const char* thief;
    const char* unit;
    std::vector<double> right;
    std::vector<double> without;
  };
  static double Mean(const std::vector<double>& all) {
    return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
  }
  std::string section_;
  std::vector<OneLine> lines_;
};

void AttackNames(Figures& table, size_t people, uint64_t seed) {
  const std::vector<Known> known = Surnames();
  const std::vector<std::string> values = Draw(known, people, seed);
  const double without = ShareEqual(std::vector<std::string>(people, MostCommon(known)), values);
  table.Section("surname, " + std::to_string(known.size()) + " different ones");
  for (const SearchKind search : {SearchKind::kExact, SearchKind::kPrefix, SearchKind::kFuzzy}) {
    const FieldDef field = FieldOf(FieldType::kPersonName, search);
    const Stolen stolen = Steal(field, values);
    const std::string name(NameOf(search));
    table.AddRows(name, NameRows(field, known, values, stolen));
    table.Add("  " + name + ": the very name", "rows and write order",
              100 * ShareEqual(GuessTexts(field, known, stolen), values), 100 * without);
  }
}

void AttackAddresses(Figures& table, size_t people) {
  const std::vector<std::string> values = UniqueAddresses(people);
  std::vector<Known> known;
  // The thief even has the list of all addresses there are, in another order than they were written in.
  for (size_t i = 0; i < people; ++i)
    known.push_back({values[(i * 7'919 + 13) % people], 1.0 / static_cast<double>(people)});
  const FieldDef field = FieldOf(FieldType::kEmail, SearchKind::kExact);
  const Stolen stolen = Steal(field, values);
  table.Section("e-mail, all different, the list of all of them known");
  table.AddRows("exact", NameRows(field, known, values, stolen));
  table.Add("  the very address", "rows and write order", 100 * ShareEqual(GuessTexts(field, known, stolen), values),
            100.0 / static_cast<double>(people));
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
  for (uint32_t place = 0; place <= last; ++place)
    best.exact = std::max(best.exact, static_cast<double>(count[place + 1]));
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

void AttackRange(Figures& table, const char* title, FieldType type, const std::vector<Known>& known,
                 const std::vector<RangeBounds>& bounds, const Question& question, size_t people, uint64_t seed) {
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
  table.Section(title);
  for (const RangeBounds& one : bounds) {
    const FieldDef field = FieldOf(type, SearchKind::kRange, one);
    const Stolen stolen = Steal(field, values);
    const std::string name = "range, step " + (one.step.empty() ? "1" : one.step);
    const Closeness got = Compare(places(GuessOrdered(field, known, stolen)), truth, question.near_by);
    table.AddRows(name, NameRows(field, known, values, stolen));
    const std::string indent = "  " + (one.step.empty() ? std::string("1") : one.step) + ": ";
    table.Add(indent + question.exact, "rows and write order", 100 * got.exact, 100 * without.exact);
    table.Add(indent + question.near, "rows and write order", 100 * got.near, 100 * without.near);
    table.Add(indent + question.error, "rows and write order", got.error / question.unit, without.error / question.unit,
              " ");
  }
}

bool ReadNumber(const char* text, uint64_t& number) {
  const char* const end = text + std::strlen(text);
  return std::from_chars(text, end, number).ptr == end;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t people = 20'000;
  uint64_t runs = 5;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    uint64_t* const number = option == "--people" ? &people : option == "--runs" ? &runs : nullptr;
    if (number == nullptr || i + 1 == argc || !ReadNumber(argv[i + 1], *number) || people < 100 || people > 1'000'000 ||
        runs < 1 || runs > 100) {
      std::fprintf(stderr, "attack_frequency [--people 100..1000000] [--runs 1..100]\n");
      return 2;
    }
  }
  Figures table;
  for (uint64_t seed = 1; seed <= runs; ++seed) {
    AttackAddresses(table, people);
    AttackNames(table, people, seed);
    AttackRange(table, "date of birth, 1930 to 2008", FieldType::kDateOfBirth, BirthDays(),
                {{}, {"", "", "31"}, {"", "", "366"}},
                {"the very day", "within a year", 365, "mean error, years", 365.25}, people, seed);
    AttackRange(table, "purchases of a year, 0 to 20,000", FieldType::kNumber, YearlyPurchases(),
                {{"0", "20000", "1"}, {"0", "20000", "100"}, {"0", "20000", "1000"}},
                {"the very number", "within 100", 100, "mean error", 1}, people, seed);
  }
  std::printf("%zu invented people, %zu runs; a store stolen without its keys\n", static_cast<size_t>(people),
              static_cast<size_t>(runs));
  table.Print();
  return 0;
}
