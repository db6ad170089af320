// The contract of store.h as tests.  A backend joins by instantiating the suite with a way to make harnesses:
//
//   INSTANTIATE_TEST_SUITE_P(Mine, StoreConformance, testing::Values(StoreBackend{"Mine", MakeMyHarness}),
//   BackendName);
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "store/store.h"

namespace strongroom {

// One empty store of a test's own.
class StoreHarness {
 public:
  virtual ~StoreHarness() = default;
  // Why there is no store: what the backend needs is not on this machine.  Empty: there is one.
  virtual std::string absent() const { return {}; }
  virtual Store& store() = 0;
  // Closes and opens again.  False: the backend keeps nothing across it.
  virtual bool Reopen() = 0;
};

struct StoreBackend {
  std::string name;
  std::function<std::unique_ptr<StoreHarness>()> make;
};

class StoreConformance : public testing::TestWithParam<StoreBackend> {
 protected:
  void SetUp() override {
    harness_ = GetParam().make();
    if (!harness_->absent().empty()) GTEST_SKIP() << harness_->absent();
  }
  Store& store() { return harness_->store(); }

  // The value of a key, "(none)" when absent, "(error)" when the read failed.
  std::string Read(ByteView key);
  StoreVersion Version(ByteView key);
  // Every row of the store as "key=value key=value".
  std::string Dump();
  Status Put(Bytes key, Bytes value);

  std::unique_ptr<StoreHarness> harness_;
};

inline std::string BackendName(const testing::TestParamInfo<StoreBackend>& info) { return info.param.name; }

}  // namespace strongroom
