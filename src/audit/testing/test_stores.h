// The two stores of one room (in memory, or in the engine that the tests are run over), with its key ring and its log,
// for tests of the layers above.  Both stores can be made to fail.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "audit/journal.h"
#include "audit/log_reader.h"
#include "audit/sequencer.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "keys/customer_keys.h"
#include "keys/key_epochs.h"
#include "keys/key_ring.h"
#include "keys/sealed_store.h"
#include "store/faulty_store.h"
#include "store/testing/test_engine.h"

namespace strongroom {

// Must outlive whatever was opened from it.
class TestStores {
 public:
  // Writes a new ring under `root`.
  static Result<std::unique_ptr<TestStores>> Create(const SecretBytes& root, CompartmentId compartment,
                                                    const std::string& origin, Random& random) {
    std::unique_ptr<TestStores> stores(new TestStores(origin, random));
    RETURN_IF_ERROR(KeyRing::Create(stores->keys, root, compartment, random));
    stores->root_ = std::make_shared<RootKey>(root);
    ASSIGN_OR_RETURN(stores->ring_, KeyRing::Open(stores->keys, root, compartment));
    return stores;
  }
  // As a start does: what the ring knows is what the key store says.
  Status OpenRing() {
    ASSIGN_OR_RETURN(ring_, KeyRing::Open(keys, root_->Clone(), ring_->compartment()));
    return Status::Ok();
  }

  Result<std::unique_ptr<Journal>> OpenJournal(const Clock& clock, uint32_t writer = 1) {
    return Journal::Open(data, ring_, clock, random_, {.writer = writer});
  }
  std::unique_ptr<LogReader> OpenLog() { return std::make_unique<LogReader>(data, ring_); }
  std::unique_ptr<CustomerKeys> OpenCustomerKeys(const Clock& clock, std::shared_ptr<const ServerView> view = nullptr) {
    return std::make_unique<CustomerKeys>(keys, ring_, clock, random_, std::move(view));
  }
  std::unique_ptr<SealedStore> OpenSealed(CustomerKeys* customer_keys,
                                          std::shared_ptr<const ServerView> view = nullptr) {
    return std::make_unique<SealedStore>(data, ring_, customer_keys, random_, std::move(view));
  }
  std::unique_ptr<KeyEpochs> OpenEpochs(CustomerKeys* customer_keys, const Clock& clock) {
    return std::make_unique<KeyEpochs>(keys, data, ring_, root_, customer_keys, clock, random_);
  }

  // Merges everything that is durable into the tree; the first call publishes the empty log.
  Status Sequence() {
    if (sequencer_ == nullptr) {
      ASSIGN_OR_RETURN(sequencer_, Sequencer::Open(data, keys, ring_, random_, {.origin = origin_}));
    }
    while (true) {
      ASSIGN_OR_RETURN(const bool merged, sequencer_->Step());
      if (!merged) return Status::Ok();
    }
  }

  // Everything a thief of the data store would hold.
  Result<Bytes> AllStoredBytes() const {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, memory_->Scan({.begin = {}, .end = {}, .limit = 10'000'000}));
    Bytes all;
    for (const StoreRow& row : rows) all += row.key + row.value;
    return all;
  }

  const std::shared_ptr<const KeyRing>& ring() const { return ring_; }

 private:
  TestStores(std::string origin, Random& random) : origin_(std::move(origin)), random_(random) {}
  std::shared_ptr<Store> memory_ = NewTestStore();

 public:
  FaultyStore data{memory_};
  FaultyStore keys{NewTestStore()};

 private:
  const std::string origin_;
  Random& random_;
  std::shared_ptr<RootKey> root_;
  std::shared_ptr<const KeyRing> ring_;
  std::unique_ptr<Sequencer> sequencer_;
};

}  // namespace strongroom
