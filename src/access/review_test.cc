// The review: who can see what, when it was last used, what was signed; and the days counted of the logs.
#include "access/review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/testing/format_page.h"
#include "access/testing/test_vault.h"
#include "audit/review_note.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Uses Example() {
  Uses uses;
  uses.next[kOffice] = 7;
  uses.by_person[0x3f0c'55aa'1234'5678] = {{{UseKind::kSignIn, Uses::kNoField}, 20454}, {{UseKind::kShow, 2}, 20455}};
  uses.by_field[3] = 20455;
  return uses;
}

TEST(Uses, AreStoredAsTheirPageSays) {
  EXPECT_EQ(HexEncode(ExampleOfPage("last-use.md")), HexEncode(Example().Encode()));
  EXPECT_EQ(*Uses::Decode(Example().Encode()), Example());
}

TEST(Uses, RefuseDamage) {
  const Bytes good = Example().Encode();
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(Uses::Decode(good.substr(0, size)).ok()) << size;
  EXPECT_FALSE(Uses::Decode(good + "x").ok());
  Bytes other_version = good;
  other_version[0] = 2;
  EXPECT_FALSE(Uses::Decode(other_version).ok());
}

class ReviewTest : public testing::Test {
 protected:
  ReviewTest() : code_(vault_.CreateCustomer({{"email", "ada@example.com"}, {"card", "4111111111111111"}})) {}

  void Reveal(const std::string& role, const std::string& field) {
    RevealRequest request;
    request.code = code_;
    request.fields = {field};
    const auto shown = vault_->customers().Reveal(vault_.As(role, "customer-service"), request).Wait();
    EXPECT_TRUE(shown.ok()) << shown.status().ToString();
  }
  AccessReview Read() {
    Result<AccessReview> review = vault_->review().Read(vault_.As("auditor")).Wait();
    EXPECT_TRUE(review.ok()) << review.status().ToString();
    return *std::move(review);
  }
  ReviewedHolder Of(const std::string& role) {
    const AccessReview review = Read();
    for (const ReviewedHolder& holder : review.people) {
      if (holder.id == vault_.IdOf(role)) return holder;
    }
    ADD_FAILURE() << role << " is not in the review";
    return {};
  }
  void AdvanceDays(int64_t days) { vault_.clock().AdvanceMillis(days * kMillisOfDay); }

  TestVault vault_;
  const std::string code_;
};

TEST_F(ReviewTest, ListsWhoCanSeeWhatAndThoseWhoSeeMostFirst) {
  const AccessReview review = Read();
  EXPECT_EQ(review.people.front().sight.Everything(), true);
  EXPECT_EQ(review.people.size(), std::size(TestVault::kRoles));
  EXPECT_EQ(review.sees_everything, 1) << "a privacy officer who is a person exports with a colleague";
  EXPECT_FALSE(Of("support").sight.Everything());
  EXPECT_EQ(Of("administrator").sight, Sight());
}

TEST_F(ReviewTest, TellsOnWhichDayDataWasLastUsed) {
  vault_.SequenceAll();
  EXPECT_FALSE(Of("support").last_day.has_value());
  AdvanceDays(3);
  const auto day = static_cast<uint32_t>(vault_.clock().NowMillis() / kMillisOfDay);
  Reveal("support", "email");
  AdvanceDays(40);
  EXPECT_FALSE(Of("support").last_day.has_value()) << "not merged into the log yet";
  vault_.SequenceAll();
  const ReviewedHolder support = Of("support");
  EXPECT_EQ(support.last_day, day);
  EXPECT_EQ(support.unused_days, 40);
  EXPECT_EQ(Of("privacy-officer").unused_days, 43) << "never: since the key was made";
}

TEST_F(ReviewTest, WhatWasRefusedIsNoUse) {
  RevealRequest request;
  request.code = code_;
  request.fields = {"email"};
  EXPECT_FALSE(vault_->customers().Reveal(vault_.As("administrator", "customer-service"), request).Wait().ok());
  vault_.SequenceAll();
  EXPECT_FALSE(Of("administrator").last_day.has_value());
  Reveal("everything", "email");
  vault_.SequenceAll();
  EXPECT_TRUE(Of("everything").last_day.has_value()) << "control";
}

TEST_F(ReviewTest, DaysAreCountedOnceAndKept) {
  Reveal("support", "email");
  vault_.SequenceAll();
  const UsesPtr first = *vault_->last_use().CatchUp();
  const auto again = *LastUse::Open(vault_->house(), vault_->catalogue());
  EXPECT_EQ((*again->CatchUp(0))->by_person, first->by_person) << "read from the document alone";
  EXPECT_THAT(first->by_field, SizeIs(1));
  // In pieces or at once, the same is counted.
  Reveal("everything", "card");
  vault_.SequenceAll();
  UsesPtr pieces = *again->CatchUp(1);
  for (int i = 0; i < 100; ++i) pieces = *again->CatchUp(1);
  EXPECT_EQ(pieces->by_person, (*vault_->last_use().CatchUp())->by_person);
  EXPECT_THAT(pieces->by_field, SizeIs(2));
}

TEST_F(ReviewTest, ASignedReviewIsVerifiedWithTheLogsKeyAlone) {
  EXPECT_EQ(vault_->review().Sign(vault_.As("administrator")).Wait().reason(), Reason::kNotInitialised)
      << "a log that was never merged has no name yet";
  vault_.SequenceAll();
  EXPECT_EQ(vault_->review().Sign(vault_.As("auditor")).Wait().reason(), Reason::kDenied);
  const Result<std::string> note = vault_->review().Sign(vault_.As("administrator")).Wait();
  ASSERT_TRUE(note.ok()) << note.status().ToString();
  const VerifierKey key = *vault_->house().office().log->Key();
  const Result<std::string> line = OpenReviewNote(*note, key);
  ASSERT_TRUE(line.ok()) << line.status().ToString();
  EXPECT_THAT(*line, AllOf(HasSubstr(R"("sees_everything":1)"), HasSubstr(R"("sensitive":"alone")"),
                           Not(HasSubstr("test support"))))
      << "ids, not names";
  std::string changed = *note;
  changed[changed.find("\"sees_everything\":1") + 18] = '0';
  EXPECT_EQ(OpenReviewNote(changed, key).reason(), Reason::kLogInvalid);

  const Result<std::vector<SignedReview>> list = vault_->review().List(vault_.As("auditor")).Wait();
  ASSERT_THAT(*list, SizeIs(1));
  EXPECT_EQ(*vault_->review().Get(vault_.As("auditor"), (*list)[0].id).Wait(), *note);
  EXPECT_EQ(vault_->review().Get(vault_.As("support"), (*list)[0].id).Wait().reason(), Reason::kDenied);
  EXPECT_EQ(vault_->review().Get(vault_.As("auditor"), "0000000000000001").Wait().reason(), Reason::kRouteNotFound);
}

TEST_F(ReviewTest, TheNextIsDueAfterTheInterval) {
  vault_.SequenceAll();
  EXPECT_LE(Read().due_at, vault_.clock().NowMillis()) << "none was ever signed";
  ASSERT_TRUE(vault_->review().Sign(vault_.As("administrator")).Wait().ok());
  EXPECT_EQ(Read().due_at, vault_.clock().NowMillis() + 90 * kMillisOfDay);
  EXPECT_EQ(Read().last_signed->by, vault_.IdOf("administrator"));
  EXPECT_EQ(vault_->review().Read(vault_.As("support")).Wait().reason(), Reason::kDenied);
}

}  // namespace
}  // namespace strongroom
