// A house whose keys rotate: for tests of rotation, alone, beside a model, and under callers at the same moment.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vault/key_rotation.h"
#include "vault/testing/test_house.h"

namespace strongroom {

class KeyRotationTest : public testing::Test {
 protected:
  static constexpr std::string_view kTokenDomain = "crm";

  KeyRotationTest() {
    house_.FillCatalogue();
    TokenDomain domain;
    domain.name = kTokenDomain;
    EXPECT_TRUE(house_.tokens->PutDomain(house_.As("everything"), domain).Wait().ok());
    Start();
  }
  void Start() { rotation_ = std::make_unique<KeyRotation>(*house_.gate, options_); }
  void Restart() {
    rotation_.reset();
    house_.Reopen();
    Start();
    EXPECT_EQ(house_.customers->FinishErasures().unfinished, 0u);
  }
  KeyEpochs& Epochs() { return *house_.RoomAt(TestHouse::kMain).epochs; }
  EpochInfo Info(Epoch epoch) {
    const std::vector<EpochInfo> infos = *Epochs().List();
    for (const EpochInfo& info : infos) {
      if (info.epoch == epoch) return info;
    }
    return {};
  }
  std::vector<std::string> Search(std::string_view field, std::string_view value, bool prefix = false) {
    const auto hits = house_.customers->Search(house_.As("everything"), "main", field, value, prefix).Wait();
    EXPECT_TRUE(hits.ok()) << hits.status().ToString();
    std::vector<std::string> codes;
    if (hits.ok()) {
      for (const MaskedCustomer& hit : *hits) codes.push_back(hit.code);
    }
    std::sort(codes.begin(), codes.end());
    return codes;
  }
  Result<std::string> Token(std::string_view code, TokenFormat format) {
    TokenRequest request;
    request.code = code;
    request.field = "email";
    request.format = format;
    auto made = house_.tokens->Create(house_.As("everything"), kTokenDomain, std::span(&request, 1)).Wait();
    if (!made.ok()) return made.status();
    if (!made->front().ok()) return made->front().status();
    return made->front()->token;
  }
  Result<std::string> Resolve(std::string_view token) {
    auto resolved = house_.tokens->Resolve(house_.As("everything"), kTokenDomain, std::span(&token, 1)).Wait();
    if (!resolved.ok()) return resolved.status();
    if (!resolved->front().ok()) return resolved->front().status();
    return std::string(resolved->front()->value.view());
  }
  Result<std::string> Create(std::string_view external_id, std::string_view email) {
    const auto made = house_.customers
                          ->Create(house_.As("application"),
                                   house_.RequestFor(external_id, {{"given_name", "Agneta"}, {"email", email}}))
                          .Wait();
    if (!made.ok()) return made.status();
    return made->code;
  }

  TestHouse house_;
  KeyRotationOptions options_{.rotate_days = 30, .keep_days = 35};
  std::unique_ptr<KeyRotation> rotation_;
};

}  // namespace strongroom
