// What the attack is made on: invented people of a spread that everybody may know, and a store with the index of one
// field of them, written by the product itself.  The thief gets the rows, or the rows and the order of writes; keys he
// does not get.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "vault/index_rows.h"

namespace attack {

using namespace strongroom;  // NOLINT: a program of its own

// A value somebody may have, and how many of all people do: what a statistics office publishes.
struct Known {
  std::string value;
  double share = 0;
};

std::vector<Known> Surnames();         // about 500, the most common 2 in 100, as in Sweden
std::vector<Known> BirthDays();        // every day of 1930 to 2008, each year as many as are alive of it
std::vector<Known> YearlyPurchases();  // 0 to 20,000, most of them small

std::vector<std::string> Draw(const std::vector<Known>& known, size_t people, uint64_t seed);
std::vector<std::string> UniqueAddresses(size_t people);

// A row of the index as it lies on the disk: its blinded part.
using Blinded = std::string;

struct Stolen {
  std::map<Blinded, size_t> rows;  // how many rows stand under each
  std::vector<std::vector<Blinded>>
      written_together;  // by person: what one write held, as the write-ahead log shows it
};
Stolen Steal(const FieldDef& field, const std::vector<std::string>& values);

// The rows of a value before they are blinded.  How they are made is no secret.
std::vector<IndexRow> RowsOfValue(const FieldDef& field, const std::string& value);

}  // namespace attack
