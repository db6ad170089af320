#include "attack/world.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>

#include "base/clock.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "detect/civil_date.h"
#include "keys/key_ring.h"
#include "keys/sealed_store.h"
#include "store/memory_store.h"
#include "vault/testing/invented_names.h"

namespace attack {
namespace {

void MakeShares(std::vector<Known>& known) {
  double all = 0;
  for (const Known& one : known) all += one.share;
  for (Known& one : known) one.share /= all;
}

Record RecordWith(FieldId field, const std::string& value) {
  Record record;
  record.epoch = 1;
  record.Add(field, value);
  return record;
}

const FakeClock& TheClock() {
  static const FakeClock clock{1'795'000'000'000};
  return clock;
}

template <typename T>
T OrExit(Result<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "attack_frequency: %s\n", result.status().ToString().c_str());
  std::exit(1);
}

void OrExit(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "attack_frequency: %s\n", status.ToString().c_str());
  std::exit(1);
}

}  // namespace

std::vector<Known> Surnames() {
  std::vector<Known> known;
  std::set<std::string> seen;
  const auto add = [&](const std::string& name) {
    if (seen.insert(name).second) known.push_back({name, 1.0 / static_cast<double>(known.size() + 10)});
  };
  for (const std::string_view name : kSurnames) add(std::string(name));
  constexpr std::string_view kFirst[] = {"Lind",  "Berg", "Sten",  "Gran",   "Lund",  "Sjö",  "Ek",   "Björk", "Hed",
                                         "Nor",   "Ny",   "Söder", "Väster", "Öster", "Dal",  "Fors", "Ström", "Alm",
                                         "Ceder", "Eng",  "Flod",  "Grön",   "Hall",  "Käll", "Löv"};
  constexpr std::string_view kSecond[] = {"ström", "berg", "gren", "qvist", "lund", "man",  "mark", "stedt", "holm",
                                          "dahl",  "vall", "hag",  "blad",  "bäck", "roth", "fors", "ås",    "ling"};
  // Mixed, so that names that begin alike are not equally common.
  for (size_t i = 0; i < std::size(kFirst) * std::size(kSecond); ++i) {
    const size_t at = i * 131 % (std::size(kFirst) * std::size(kSecond));
    add(std::string(kFirst[at / std::size(kSecond)]) + std::string(kSecond[at % std::size(kSecond)]));
  }
  MakeShares(known);
  return known;
}

std::vector<Known> BirthDays() {
  std::vector<Known> known;
  for (int year = 1930; year <= 2008; ++year) {
    const double age = 2026 - year;
    // As many a year up to 60, then fewer and fewer; and the waves of a country's birth years.
    const double alive = (age < 60 ? 1.0 : std::exp(-(age - 60) * (age - 60) / 500)) * (1 + 0.2 * std::sin(age / 4.0));
    for (int month = 1; month <= 12; ++month) {
      const double season = 1 + 0.08 * std::cos((month - 4) * 0.5236);  // spring has more births
      for (int day = 1; day <= strongroom::detect::DaysInMonth(year, month); ++day) {
        char text[40];
        std::snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
        known.push_back({text, alive * season});
      }
    }
  }
  MakeShares(known);
  return known;
}

std::vector<Known> YearlyPurchases() {
  std::vector<Known> known;
  for (int amount = 0; amount <= 20'000; ++amount) {
    const double distance = (std::log(amount + 1.0) - std::log(1'500.0)) / 0.9;
    known.push_back({std::to_string(amount), std::exp(-distance * distance / 2) / (amount + 1.0)});
  }
  MakeShares(known);
  return known;
}

std::vector<std::string> Draw(const std::vector<Known>& known, size_t people, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> shares;
  for (const Known& one : known) shares.push_back(one.share);
  std::discrete_distribution<size_t> spread(shares.begin(), shares.end());
  std::vector<std::string> values;
  for (size_t i = 0; i < people; ++i) values.push_back(known[spread(random)].value);
  return values;
}

std::vector<std::string> UniqueAddresses(size_t people) {
  std::vector<std::string> values;
  for (size_t i = 0; i < people; ++i) values.push_back("person" + std::to_string(i) + "@example.org");
  return values;
}

std::vector<IndexRow> RowsOfValue(const FieldDef& field, const std::string& value) {
  const std::set<IndexRow> rows = IndexRowsByRule(field, field.Rule(), RecordWith(field.id, value), TheClock());
  return {rows.begin(), rows.end()};
}

Stolen Steal(const FieldDef& field, const std::vector<std::string>& values) {
  SystemRandom random;
  MemoryStore keys;
  const SecretBytes root = SecretBytes::CopyOf(std::string(32, 'r'));
  OrExit(KeyRing::Create(keys, root, 7, random));
  const auto ring = OrExit(KeyRing::Open(keys, root, 7));
  MemoryStore data;
  const SealedStore sealed(data, ring, nullptr, random);
  Stolen stolen;
  for (size_t person = 0; person < values.size(); ++person) {
    SealedBatch batch;
    for (const IndexRow& row : RowsOfValue(field, values[person])) {
      OrExit(sealed.PutReference(batch, row.label, row.value, person + 1));
    }
    std::vector<Blinded> together;
    for (const StorePut& put : batch.rows().puts) together.push_back(put.key.substr(1, 16));
    stolen.written_together.push_back(std::move(together));
    OrExit(data.Commit(batch.rows()));
  }
  for (const StoreRow& row : OrExit(data.Scan({.begin = "i", .end = "j", .limit = SIZE_MAX})))
    ++stolen.rows[row.key.substr(1, 16)];
  return stolen;
}

}  // namespace attack
