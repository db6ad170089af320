// Invented customers for trying Strongroom out: deterministic by seed, belonging to nobody.
//
// What looks like it could reach or name a person comes from ranges kept free of people: telephone numbers reserved
// for fiction, e-mail domains of RFC 2606, card numbers behind prefixes that payment sandboxes publish, identity
// numbers from ranges for tests or never issued.  examples/README.md names each range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace strongroom::tools {

// A CSV file (RFC 4180, but LF line ends; UTF-8, header first) of `rows` customers.
// The same seed gives the same bytes on every machine: nothing of it comes from the standard library's distributions.
std::string MakeCustomers(uint64_t seed, size_t rows);

}  // namespace strongroom::tools
