// Reads Project Wycheproof's JSON (github.com/C2SP/wycheproof) and counts what became of each case.
#pragma once

#include <simdjson.h>

#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace strongroom::vectors {

using Json = simdjson::dom::element;

// The value of a member; fails the test and answers empty when it is not there.
std::string Text(Json object, std::string_view member);
Bytes Hex(Json object, std::string_view member);
uint64_t Number(Json object, std::string_view member);

// What a case shows: whether our code accepted the input and, if so, gave the published output.
enum class Outcome { kAcceptedAndEqual, kAcceptedButDifferent, kRefused, kNotTried };

struct Tally {
  int tried = 0;
  int not_tried = 0;  // outside what our interface takes
  int accepted = 0;   // valid cases that gave the published output
  int refused = 0;    // invalid cases that were refused
};

// Calls `run` with (group, case) for each case of shared/vectors/wycheproof/`file` and holds the outcome against the
// case's "result": "valid" must be accepted, "invalid" refused.  Prints and answers the tally; empty when the file is
// not there (the test is then skipped).
std::optional<Tally> RunWycheproof(const std::string& file, const std::function<Outcome(Json, Json)>& run);

// A parsed file of shared/vectors, for other shapes; empty when it is not there.
std::optional<Json> LoadJson(simdjson::dom::parser& parser, const std::string& path);

}  // namespace strongroom::vectors
