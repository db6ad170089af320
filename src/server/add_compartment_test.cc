#include "server/add_compartment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keys/key_ring.h"
#include "server/fsck.h"
#include "server/testing/restore_vault.h"

namespace strongroom {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class AddCompartmentTest : public testing::Test {
 protected:
  Status Add(const std::string& name) {
    ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files, VaultFiles::Open(vault_.config(), false));
    ASSIGN_OR_RETURN(const SecretBytes root, OpenLock(*files->office().keys, vault_.secret()));
    return AddCompartment(*files, root, name, vault_.clock(), vault_.random());
  }
  std::unique_ptr<RestoreVault::Opened> Open() {
    Result<std::unique_ptr<RestoreVault::Opened>> opened = vault_.Open();
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  static std::vector<std::string> NamesOf(const RestoreVault::Opened& opened) {
    std::vector<std::string> names;
    for (const auto& room : opened.vault->house().compartments()) names.push_back(room->info.name);
    return names;
  }
  Result<std::string> Create(RestoreVault::Opened& opened, const std::string& compartment, const std::string& who) {
    const std::string mail = who + "@example.com";
    CreateRequest request;
    request.compartment = compartment;
    request.collection_point = "restore-test";
    request.external_id = who;
    request.values = {{"mail", mail}};
    ASSIGN_OR_RETURN(const auto made, opened.vault->customers().Create(vault_.AsAll(), request).Wait());
    return made.code;
  }

  RestoreVault vault_;
};

TEST_F(AddCompartmentTest, ItServesLikeTheOthersAndTheLogTellsOfIt) {
  ASSERT_TRUE(Add("north").ok());
  const auto opened = Open();
  ASSERT_NE(opened, nullptr);
  EXPECT_THAT(NamesOf(*opened), testing::Contains("north"));

  const Result<std::string> code = Create(*opened, "north", "nora");
  ASSERT_TRUE(code.ok()) << code.status().ToString();
  House& house = opened->vault->house();
  const Room* const room = house.RoomOf(*house.codes().DecodeCustomer(*code));
  ASSERT_NE(room, nullptr);
  EXPECT_EQ(room->info.name, "north");
  const auto hits =
      opened->vault->customers().Search(vault_.AsAll(), "north", "mail", "nora@example.com", false).Wait();
  ASSERT_TRUE(hits.ok()) << hits.status().ToString();
  EXPECT_THAT(*hits, SizeIs(1));
  // Those of the others are where they were.
  EXPECT_TRUE(RestoreVault::Opens(*opened, "ada"));
  EXPECT_EQ(vault_.Hits(*opened, "ada@example.com"), 1U);

  const auto report = CheckVault(*opened->vault, StoresOfFiles(*opened->files), {.against_log = true});
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_FALSE(report->Damaged()) << (report->findings.empty() ? "" : report->findings.front().Line());
}

TEST_F(AddCompartmentTest, WhatStandsStaysWhenANameIsRefused) {
  EXPECT_EQ(Add("main").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Add("office").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Add("North Wing").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Add("").reason(), Reason::kInvalidArgument);
  size_t count = NamesOf(*Open()).size();
  for (; count < kMostCompartments; ++count) ASSERT_TRUE(Add("c" + std::to_string(count)).ok());
  const Status one_more = Add("too-many");
  EXPECT_EQ(one_more.reason(), Reason::kInvalidArgument);
  EXPECT_THAT(one_more.message(), HasSubstr("at most 15"));
  const auto opened = Open();
  ASSERT_NE(opened, nullptr);
  EXPECT_THAT(NamesOf(*opened), SizeIs(kMostCompartments));
  EXPECT_TRUE(RestoreVault::Opens(*opened, "ada"));
}

TEST_F(AddCompartmentTest, AnAttemptThatBrokeOffIsNamedAndHarmsNothing) {
  {  // As far as the stores and their keys, and no further.
    const auto files = VaultFiles::Open(vault_.config(), false);
    ASSERT_TRUE(files.ok());
    const Result<SecretBytes> root = OpenLock(*(*files)->office().keys, vault_.secret());
    ASSERT_TRUE(root.ok());
    const Result<RoomStores*> stores = (*files)->Room("north", true);
    ASSERT_TRUE(stores.ok());
    ASSERT_TRUE(KeyRing::Create(*(*stores)->keys, *root, 77, vault_.random()).ok());
  }
  const Status again = Add("north");
  EXPECT_EQ(again.reason(), Reason::kAlreadyInitialised);
  EXPECT_THAT(again.message(), HasSubstr("move them away"));
  const auto opened = Open();
  ASSERT_NE(opened, nullptr);
  EXPECT_THAT(NamesOf(*opened), testing::Not(testing::Contains("north")));
  EXPECT_TRUE(RestoreVault::Opens(*opened, "ada"));
}

TEST(NextCompartmentTest, RangesOfCodesDoNotMeetAndBeginBehindTheLast) {
  SystemRandom random;
  std::vector<CompartmentInfo> infos;
  for (size_t i = 0; i < kMostCompartments; ++i) {
    const Result<CompartmentInfo> next = NextCompartment(infos, "c" + std::to_string(i), random);
    ASSERT_TRUE(next.ok());
    if (!infos.empty()) {
      EXPECT_EQ(next->first_bucket, infos.back().last_bucket + 1);
    }
    EXPECT_LT(next->last_bucket, kBucketCount);
    infos.push_back(*next);
  }
  EXPECT_EQ(NextCompartment(infos, "more", random).reason(), Reason::kInvalidArgument);
}

}  // namespace
}  // namespace strongroom
