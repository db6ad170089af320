// A house to test with: an office and the compartments "main" and "vip", the default policy (and the
// few rules it lacks for a test), and a caller for each role.
//
// Every store is a FaultyStore over a MemoryStore, or over the engine that the tests are run over: tests make commits
// fail, and look at what lies on the "disk".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/entry.h"
#include "audit/testing/test_log.h"
#include "vault/catalogue_service.h"
#include "vault/customers.h"
#include "vault/gate.h"
#include "vault/house.h"
#include "vault/tokens.h"

namespace strongroom {

struct TestHouse {
  static constexpr size_t kMain = 0;
  static constexpr size_t kVip = 1;
  static constexpr std::string_view kPoint = "web-shop";

  TestHouse();

  // Drops every room and opens it again from what the stores hold, as a start of the server does.  The stores take
  // writes again.
  void Reopen();

  // A caller with this role of the default policy, any purpose listed, "support" claimed unless told otherwise.
  // Besides the default roles there is "everything": whatever policy can allow, in plain.
  Caller As(std::string_view role, std::string_view purpose = "support") const;

  // Fields and a collection point "web-shop" that gathers all of them:
  //   given_name (person_name, prefix), email (email, exact), phone (phone, exact), date_of_birth, card (financial),
  //   health_note (text, sensitive), nickname (text, exact, repeated), language (text, internal), passport (file),
  //   password (credential).  Purposes "support" and "delivery".
  void FillCatalogue();
  // A customer with given_name, email, phone and card, as an application makes it; answers the code.
  std::string MakeCustomer(std::string_view external_id, std::string_view email, std::string_view compartment = {});
  CreateRequest RequestFor(std::string_view external_id, std::vector<ValueIn> values,
                           std::string_view compartment = {}) const;

  // The compartment's data as it is, and back to that: what a restore of a copy does.  Drops every room and opens it.
  std::vector<StoreRow> CopyData(size_t compartment) const { return logs_[compartment]->Rows(); }
  void PutBackData(size_t compartment, const std::vector<StoreRow>& copy);
  // The same of the key store.
  std::vector<StoreRow> CopyKeys(size_t compartment) const;
  void PutBackKeys(size_t compartment, const std::vector<StoreRow>& copy);

  TestLog& OfficeLog() { return *office_log_; }
  TestLog& LogOf(size_t compartment) { return *logs_[compartment]; }
  Room& RoomAt(size_t compartment) { return *house->compartments()[compartment]; }

  // Every entry of the log, in order, after all that was submitted is durable.
  std::vector<AuditEntry> Entries(size_t compartment);
  std::vector<AuditEntry> OfficeEntries();
  // Whether `text` stands anywhere in a value or key of the compartment's two stores.
  bool StoresContain(size_t compartment, std::string_view text) const;

  // For the next Reopen().  Unlike a server's, no certificates: tests look for what an erasure leaves.
  ErasureOptions erasing{.certificate_days = 0, .merge_millis = 0};
  FakeClock clock{1'795'000'000'000};
  SystemRandom random;
  std::unique_ptr<PolicyInForce> policy;
  std::unique_ptr<House> house;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<CatalogueService> catalogue;
  std::unique_ptr<Customers> customers;
  std::unique_ptr<Tokens> tokens;

 private:
  std::unique_ptr<Room> OpenRoom(TestLog& log, CompartmentInfo info);
  void Close();

  std::unique_ptr<TestLog> office_log_;
  std::vector<std::unique_ptr<TestLog>> logs_;
};

}  // namespace strongroom
