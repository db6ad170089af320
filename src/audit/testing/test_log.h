// A log to test with: two stores (in memory, or in the engine that the tests are run over), a key ring, and everything
// repeatable.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/entry.h"
#include "audit/journal.h"
#include "base/clock.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "keys/key_epochs.h"
#include "keys/key_ring.h"
#include "store/faulty_store.h"
#include "store/testing/test_engine.h"

namespace strongroom {

constexpr CompartmentId kTestCompartment = 7;

inline AuditId TestAuditId(uint64_t number) {
  AuditId id{};
  for (int i = 0; i < 8; ++i) id[i] = static_cast<uint8_t>((number * 0x9e3779b97f4a7c15u) >> (8 * i));
  id[15] = 1;
  return id;
}

// The entry of an ordinary reveal of two fields by an application.
inline AuditEntry RevealEntry(uint64_t customer = 1) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kApplication;
  entry.actor = 0x3f0c'55aa'1234'5678;
  entry.address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3};
  entry.request_id = 0x0102'0304'0506'0708 + customer;
  entry.action = Action::kCustomerReveal;
  entry.decision = Decision::kPlain;
  entry.rule = 12;
  entry.purpose = "support";
  entry.fields = {3, 200};
  entry.customers = {TestAuditId(customer)};
  return entry;
}

struct TestLog {
  // Beneath what can be made to fail: what lies on the "disk".
  std::shared_ptr<Store> memory = NewTestStore();
  FaultyStore data{memory};
  std::shared_ptr<Store> key_memory = NewTestStore();
  FaultyStore keys{key_memory};
  FakeClock clock{1'795'000'000'000};
  SystemRandom random;  // any thread; the tests' own choices come from seeded generators
  std::shared_ptr<const KeyRing> ring;

  explicit TestLog(CompartmentId compartment = kTestCompartment) {
    const Status created = KeyRing::Create(keys, Root(), compartment, random, clock.NowMillis());
    EXPECT_TRUE(created.ok()) << created.ToString();
    OpenRing(compartment);
  }
  static SecretBytes Root() { return SecretBytes::CopyOf(std::string(32, 'r')); }

  // As a start does: what the ring knows is what the key store says.
  void OpenRing(CompartmentId compartment) {
    Result<std::shared_ptr<const KeyRing>> opened = KeyRing::Open(keys, Root(), compartment);
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    if (opened.ok()) ring = *opened;
  }
  std::unique_ptr<KeyEpochs> OpenEpochs(CustomerKeys* customer_keys, const Clock& of) {
    return std::make_unique<KeyEpochs>(keys, data, ring, std::make_shared<RootKey>(Root()), customer_keys, of, random);
  }

  std::unique_ptr<Journal> OpenJournal(uint32_t writer = 1) {
    Result<std::unique_ptr<Journal>> journal = Journal::Open(data, ring, clock, random, {.writer = writer});
    EXPECT_TRUE(journal.ok()) << journal.status().ToString();
    return journal.ok() ? *std::move(journal) : nullptr;
  }

  // All rows of the data store whose keys begin with `prefix`.
  std::vector<StoreRow> Rows(ByteView prefix = {}) const {
    Result<std::vector<StoreRow>> rows =
        memory->Scan({.begin = Bytes(prefix), .end = PrefixEnd(prefix), .limit = 1'000'000});
    EXPECT_TRUE(rows.ok());
    return *std::move(rows);
  }

  // Writes `count` entries, about customers first, first + 1, ..., a few to a group.
  void Write(size_t count, uint32_t writer = 1, uint64_t first = 0) {
    const std::unique_ptr<Journal> journal = OpenJournal(writer);
    ASSERT_NE(journal, nullptr);
    std::vector<Receipt> receipts;
    for (size_t i = 0; i < count; ++i) {
      clock.AdvanceMillis(1);
      receipts.push_back(journal->Submit(SealedBatch(), RevealEntry(first + i)));
      if (i % 5 == 4) {
        ASSERT_TRUE(receipts.back().Wait().ok());
      }
    }
    for (const Receipt& receipt : receipts) ASSERT_TRUE(receipt.Wait().ok());
  }
};

}  // namespace strongroom
