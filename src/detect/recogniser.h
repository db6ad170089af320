// The table of recognisers: what each looks like, how it is checked, which words stand beside it, how sure it makes us.
// Internal to detect.
#pragma once

#include <span>
#include <string_view>

#include "detect/finding.h"

namespace strongroom::detect::internal {

// How a row is read.
enum class Grammar : uint8_t {
  kShapes,  // `shapes`, and then the validator of the national number `subtype`
  kCard,    // find_numbers.cc, like the next
  kIban,
  kContextual,  // a word of letters and digits whose context is all it has
  kPhone,       // find_phone.cc
  kDate,        // find_date.cc, like the next two
  kBirthDate,
  kAge,
  kEmail,  // find_network.cc, like the next three
  kUrl,
  kIp,
  kMac,
  kKeyBlock,  // find_secret.cc, like the next two
  kKeyPrefix,
  kAssignment,
};

struct Recogniser {
  std::string_view name;  // Finding::rule
  Kind kind = Kind::kNationalId;
  Grammar grammar = Grammar::kShapes;
  // Finding::subtype; of kShapes, the national number whose validator decides.
  std::string_view subtype;
  // kShapes: forms separated by '|'.  'd' a digit, 'L' a letter, 'X' either, '?' where separators stand, if any do.
  std::string_view shapes;
  // How sure: of a number written without separators, of one in the grouping of its country, of one with a word beside
  // it.  Rows of other grammars have their own steps between, `in_context` being the top.
  float plain = 0;
  float grouped = 0;
  float in_context = 0;
  // Words of context: English, Swedish, Chinese, the country's own language.  An underscore joins a phrase.
  std::string_view words;
  // Lines of text; what is to be found stands between « and ».
  std::string_view examples;
  // Lines of text in which the row must find nothing.
  std::string_view near_misses;
};

// At most 62: a row is a bit of a RowSet, two of which have other uses.  Where two finds are alike in all else, the
// earlier row stays.
std::span<const Recogniser> Recognisers();

}  // namespace strongroom::detect::internal
