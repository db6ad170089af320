// TierSuggestions: which customers may deserve a higher tier, from what is held of them and how far it has spread
// (PROTECTIONS P12).  Counts alone; no value is looked at beyond whether there is one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "vault/customers.h"
#include "vault/gate.h"

namespace strongroom {

// What is counted of one customer.
struct Exposure {
  uint32_t precious_fields = 0;  // fields with a value that are sensitive or financial
  uint32_t tokens = 0;           // handed out, at most 1,000 are counted
  uint32_t disclosures = 0;      // exports that held the customer, at most 1,000
  uint32_t reveals = 0;          // looks at plain values in the log, of the last 90 days

  // How much it weighs: two for each precious field, two for each disclosure (five count), one for every two tokens
  // (ten count) and for every five reveals (fifty count).
  uint32_t Points() const;
};

struct TierSuggestion {
  std::string code;
  uint8_t tier = 0;
  uint8_t suggested = 1;
  Exposure exposure;
};

struct TierSuggestionPage {
  std::vector<TierSuggestion> suggestions;  // most points first
  size_t looked_at = 0;                     // customers of this page
  bool all_reveals_counted = true;          // false: the log holds more of them than are counted
  std::string next_cursor;                  // empty: the end
};

// Any thread; waits for the store and belongs on a worker.
class TierSuggestions {
 public:
  static constexpr uint32_t kEnoughPoints = 12;
  static constexpr size_t kCustomersPerPage = 1'000;
  static constexpr size_t kMaxRevealEntries = 10'000;
  static constexpr int64_t kRevealMillis = 90 * 24 * 3'600'000LL;

  // All must outlive this.
  TierSuggestions(Gate& gate, const CatalogueService& catalogue, const Customers& customers)
      : gate_(gate), catalogue_(catalogue), customers_(customers) {}

  // Ordinary customers of one compartment with at least `at_least` points.  Action customer.list.
  Receipted<TierSuggestionPage> List(const Caller& caller, std::string_view compartment, std::string_view cursor,
                                     uint32_t at_least) const;

 private:
  Gate& gate_;
  const CatalogueService& catalogue_;
  const Customers& customers_;
};

}  // namespace strongroom
