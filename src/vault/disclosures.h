// Export of plain values to somebody outside, and the ledger of who got what (P30): one sealed note beside each
// customer's record, so that the customer can be shown it and it dies with the customer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "vault/customers.h"

namespace strongroom {

struct ExportRequest {
  std::string_view compartment;          // empty: the first
  std::vector<std::string_view> fields;  // plain values of these; at least one
  std::string_view recipient;  // who gets it: a name of our own vocabulary (a partner), required; it stands in the log
  std::string_view contract;   // under what contract; may be empty
  std::string_view cursor;     // of the page before; empty: from the start
  size_t limit = 500;          // customers a page, at most 2,000
};

struct ExportedCustomer {
  std::string code;
  PlainBytes content;                 // the open record
  std::vector<RevealedValue> values;  // point into content
};

struct ExportPage {
  CataloguePtr catalogue;
  std::vector<ExportedCustomer> customers;  // those with a value in at least one of the fields
  std::string next_cursor;                  // empty: the end
};

struct Disclosure {
  UnixMillis time = 0;
  std::string recipient;
  std::string contract;
  std::string purpose;
  std::vector<std::string> fields;
  std::string made_by;  // principal id, 16 hex digits
};

// Any thread; both calls wait and belong on a worker.
class Disclosures {
 public:
  static constexpr size_t kMaxPage = 2'000;
  Disclosures(Gate& gate, CatalogueService& catalogue, Customers& customers)
      : gate_(gate), house_(gate.house()), catalogue_(catalogue), customers_(customers) {}

  // One page of an export.  Action customer.export; each field must be granted in plain for the caller's purpose
  // (required). The ledger's notes and the log entry (which names every customer by audit id) commit in one batch
  // before the page is answered. A field that policy refuses for one customer's tier refuses the page.  A page may be
  // shorter than asked and have a next one.
  Receipted<ExportPage> Export(const Caller& caller, const ExportRequest& request);
  // What was disclosed of one customer, newest first.  Action disclosure.read.
  Receipted<std::vector<Disclosure>> Of(const Caller& caller, std::string_view code);

 private:
  class Page;

  Gate& gate_;
  House& house_;
  CatalogueService& catalogue_;
  Customers& customers_;
};

}  // namespace strongroom
