// A connection is lost at each byte of a request, and at bytes all over its answer: what is asked again under the same
// Idempotency-Key was done once, and what never arrived was not done.
#include "wire.h"

#include <gtest/gtest.h>

#include "world.h"

namespace strongroom {
namespace {

constexpr size_t kEach = 7;  // of the answer's bytes; of the request's each one

class WireTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world_.Make().ok());
    Result<Wire*> wire = world_.OpenWire();
    ASSERT_TRUE(wire.ok()) << wire.status().ToString();
    wire_ = *wire;
  }

  // Of somebody without an external id, who is known by name alone.
  std::string Create(const std::string& name, bool with_key = true) const {
    return wire_->Request("POST", "/v1/customers",
                          "{\"purpose\":\"customer-service\",\"compartment\":\"main\",\"collection_point\":\"counter\","
                          "\"values\":{\"name\":\"" +
                              name + "\"}}",
                          with_key ? "Idempotency-Key: key-of-" + name + "\r\n" : "");
  }
  size_t Count(const std::string& name) {
    const auto hits = world_.vault()->customers().Search(world_.Program(), "main", "name", name, false).Wait();
    return hits.ok() ? hits->size() : 1'000;
  }
  // How often more than one came of a request whose answer was lost at each of its bytes, and which was sent again.
  int DoneTwice(bool with_key) {
    const size_t answer_size = wire_->Ask(Create("measure", with_key)).size_bytes;
    EXPECT_GT(answer_size, 100U);
    int twice = 0;
    for (size_t read = answer_size % kEach; read <= answer_size; read += kEach) {
      const std::string name = "answer" + std::to_string(read);
      const std::string request = Create(name, with_key);
      wire_->AskAndLose(request, request.size(), read, read % 2 == 1);
      EXPECT_EQ(Count(name), 1U) << "byte " << read;
      const WireAnswer again = wire_->Ask(request);
      EXPECT_EQ(again.status, 201) << again.body;
      twice += Count(name) == 1 ? 0 : 1;
    }
    return twice;
  }

  World world_{{.rocksdb = false, .disk = {}}};
  Wire* wire_ = nullptr;
};

TEST_F(WireTest, WhatNeverArrivedWholeIsNotDone) {
  const std::string request = Create("nobody");
  for (size_t sent = 0; sent < request.size(); ++sent) {
    wire_->AskAndLose(request, sent, 0, sent % 2 == 1);
  }
  ASSERT_EQ(Count("nobody"), 0U);
  wire_->AskAndLose(request, request.size(), 0, false);
  EXPECT_EQ(Count("nobody"), 1U) << "control: with its last byte it is";
}

TEST_F(WireTest, AnAnswerLostAtAnyByteIsGivenAgainAndTheWorkIsDoneOnce) { EXPECT_EQ(DoneTwice(true), 0); }

TEST_F(WireTest, ControlWithoutAKeyTheSameLossesMakeTwo) { EXPECT_GT(DoneTwice(false), 20); }

// Cut off before anybody can tell whether the request was read.
TEST_F(WireTest, AResetBehindTheLastByteIsSettledByTheKey) {
  for (int i = 0; i < 20; ++i) {
    const std::string name = "reset" + std::to_string(i);
    const std::string request = Create(name);
    wire_->AskAndLose(request, request.size(), 0, true);
    ASSERT_LE(Count(name), 1U);
    ASSERT_EQ(wire_->Ask(request).status, 201);
    ASSERT_EQ(Count(name), 1U);
  }
}

}  // namespace
}  // namespace strongroom
