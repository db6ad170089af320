#include "audit/receipt.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace strongroom {
namespace {

TEST(Receipt, AnAnswerComesOutOnlyOnceItsEntryIsDurable) {
  const Receipt receipt = Receipt::Pending();
  std::string out;
  Receipted<std::string>("value", receipt).Then([&out](Result<std::string> value) { out = *value; });
  EXPECT_EQ(out, "");
  receipt.Settle(Status::Ok());
  EXPECT_EQ(out, "value");
}

TEST(Receipt, AnAnswerWhoseEntryFailedIsDroppedForTheFailure) {
  const Receipt receipt = Receipt::Pending();
  Receipted<std::string> receipted("value", receipt);
  receipt.Settle(Status(Reason::kAuditUnavailable));
  EXPECT_EQ(std::move(receipted).Wait().reason(), Reason::kAuditUnavailable);
}

TEST(Receipt, AMappedAnswerIsMadeAtOnceAndStaysInside) {
  const Receipt receipt = Receipt::Pending();
  bool rendered = false;
  auto mapped = Receipted<int>(7, receipt).Map([&rendered](int number) {
    rendered = true;
    return std::to_string(number);
  });
  EXPECT_TRUE(rendered);
  std::string out;
  std::move(mapped).Then([&out](Result<std::string> text) { out = *text; });
  EXPECT_EQ(out, "");
  receipt.Settle(Status::Ok());
  EXPECT_EQ(out, "7");
}

TEST(Receipt, MappingAFailureAsksNothingAndKeepsItsEntry) {
  const Receipt receipt = Receipt::Pending();
  bool asked = false;
  auto mapped = Receipted<int>(Status(Reason::kDenied), receipt).Map([&asked](int) {
    asked = true;
    return std::string();
  });
  Reason told = Reason::kOk;
  std::move(mapped).Then([&told](Result<std::string> text) { told = text.reason(); });
  EXPECT_EQ(told, Reason::kOk) << "a refusal is told once it is recorded";
  receipt.Settle(Status::Ok());
  EXPECT_EQ(told, Reason::kDenied);
  EXPECT_FALSE(asked);
}

TEST(Receipt, WhatCannotBeCopiedCanBeMapped) {
  auto mapped = Receipted<std::unique_ptr<int>>(std::make_unique<int>(3), Receipt::Settled(Status::Ok()))
                    .Map([](std::unique_ptr<int> number) { return *number; });
  EXPECT_EQ(*std::move(mapped).Wait(), 3);
}

}  // namespace
}  // namespace strongroom
