#include "survey/columns.h"

#include <gtest/gtest.h>

#include "survey/testing/test_search.h"

namespace strongroom::survey {
namespace {

Search TestSearch() { return TestSurveying().search; }

const Holding* Only(const Field& field) { return field.holds.size() == 1 ? field.holds.data() : nullptr; }

TEST(ColumnTally, SharesAreOfTheCellsThatAreNotEmpty) {
  ColumnTally column(TestSearch(), "contact");
  for (int i = 0; i < 30; ++i) column.AddCell("person" + std::to_string(i) + "@example.com");
  for (int i = 0; i < 70; ++i) column.AddCell(i % 2 == 0 ? "" : "none");
  const Field field = column.Finish();
  EXPECT_EQ(field.cells, 100U);
  EXPECT_EQ(field.filled, 65U);
  ASSERT_NE(Only(field), nullptr);
  EXPECT_EQ(field.holds[0].kind, detect::Kind::kEmail);
  EXPECT_EQ(field.holds[0].cells, 30U);
  EXPECT_NEAR(field.ShareOf(field.holds[0]), 30.0 / 65, 1e-9);
}

TEST(ColumnTally, SamplesAreMaskedAndFew) {
  ColumnTally column(TestSearch(), "mail");
  for (int i = 0; i < 50; ++i) column.AddCell("anna" + std::to_string(i) + ".lind@firma.se");
  const Field field = column.Finish();
  ASSERT_NE(Only(field), nullptr);
  EXPECT_LE(field.holds[0].samples.size(), kMostSamples);
  for (const std::string& sample : field.holds[0].samples) {
    EXPECT_EQ(sample.find("nna"), std::string::npos) << sample;
    EXPECT_EQ(sample.find("firma"), std::string::npos) << sample;
  }
}

TEST(ColumnTally, WhatAPrintedColumnRepeatsIsCountedEachTime) {
  ColumnTally column(TestSearch(), "note");
  for (int i = 0; i < 1000; ++i) column.AddCell(i % 4 == 0 ? "ask anna.lind@firma.se" : "ok");
  EXPECT_EQ(column.Finish().holds.at(0).finds, 250U);
}

TEST(ColumnTally, NumbersThatPassACheckDigitByChanceAreDoubtful) {
  ColumnTally orders(TestSearch(), "order_no");
  for (int64_t i = 0; i < 2000; ++i) orders.AddCell(std::to_string(4'100'000'000'000'000 + i * 7'919));
  const Field field = orders.Finish();
  for (const Holding& holding : field.holds) EXPECT_TRUE(holding.doubtful) << detect::NameOf(holding.kind);
  // Control: where every number passes, it is no chance.
  ColumnTally cards(TestSearch(), "paid_with");
  for (int i = 0; i < 20; ++i) cards.AddCell(i % 2 == 0 ? "4111111111111111" : "5555555555554444");
  const Field paid = cards.Finish();
  ASSERT_FALSE(paid.holds.empty());
  EXPECT_FALSE(paid.holds[0].doubtful);
}

TEST(ColumnTally, CodesAreNeitherStreetsNorPeople) {
  ColumnTally codes(TestSearch(), "sku");
  for (int i = 0; i < 100; ++i) codes.AddCell("SKU-" + std::to_string(i));
  EXPECT_TRUE(codes.Finish().holds.empty());
  // Control: streets are.
  ColumnTally streets(TestSearch(), "street");
  for (int i = 1; i < 100; ++i) streets.AddCell("Storgatan " + std::to_string(i));
  const Field field = streets.Finish();
  ASSERT_FALSE(field.holds.empty());
  EXPECT_EQ(field.holds[0].kind, detect::Kind::kStreetAddress);
}

TEST(ColumnTally, NamesThatComeLateInALongColumnAreStillFound) {
  static const detect::Detector* const shapes = [] {
    detect::DetectorOptions options;
    options.min_score = redact::kDoubtfulScore;
    return new detect::Detector(options);
  }();
  Search search = TestSearch();
  search.shapes = shapes;
  ColumnTally column(search, "remark");
  for (int i = 0; i < 12'000; ++i) column.AddCell("delivered on round " + std::to_string(i));
  for (int i = 0; i < 2'000; ++i) column.AddCell("met Anna Lindqvist and Erik Johansson, round " + std::to_string(i));
  for (int i = 0; i < 50; ++i) column.AddCell("write to a" + std::to_string(i) + "@firma.se");
  uint64_t people = 0;
  uint64_t mails = 0;
  for (const Holding& holding : column.Finish().holds) {
    if (holding.kind == detect::Kind::kPerson) people = holding.cells;
    if (holding.kind == detect::Kind::kEmail) mails = holding.cells;
  }
  // One of the first sixteen is looked into, and all behind it; what has a shape is always seen.
  EXPECT_GE(people, 1'900U);
  EXPECT_EQ(mails, 50U);
}

TEST(ColumnTally, TwoThreadsTogetherSeeWhatOneWouldHaveSeen) {
  ColumnTally one(TestSearch(), "phone");
  ColumnTally half(TestSearch(), "phone");
  ColumnTally other(TestSearch(), "phone");
  for (int i = 0; i < 200; ++i) {
    const std::string cell = i % 3 == 0 ? "" : "+46 70 123 45 " + std::to_string(10 + i % 90);
    one.AddCell(cell);
    (i % 2 == 0 ? half : other).AddCell(cell);
  }
  half.Merge(other);
  const Field whole = one.Finish();
  const Field merged = half.Finish();
  ASSERT_EQ(whole.holds.size(), merged.holds.size());
  ASSERT_FALSE(whole.holds.empty());
  EXPECT_EQ(whole.filled, merged.filled);
  EXPECT_EQ(whole.holds[0].finds, merged.holds[0].finds);
  EXPECT_EQ(whole.holds[0].cells, merged.holds[0].cells);
}

TEST(Findings, AnItemComesBackAsItWas) {
  Item item{"a.csv", "csv", ItemState::kSampled, "r", 12, 34, 56, {}};
  Field& field = FieldOf(item, "mail");
  field.cells = 10;
  field.filled = 9;
  Holding& holding = HoldingOf(field, detect::Kind::kNationalId, "se.personnummer");
  holding.finds = 8;
  holding.cells = 7;
  holding.score = 0.5F;
  holding.doubtful = true;
  AddSample(holding, "•••1234");
  Bytes packed;
  AppendItem(packed, item);
  const Result<Item> back = ReadItem(packed);
  ASSERT_TRUE(back.ok());
  Bytes again;
  AppendItem(again, *back);
  EXPECT_EQ(again, packed);
  for (size_t cut = 0; cut < packed.size(); ++cut) EXPECT_FALSE(ReadItem(packed.substr(0, cut)).ok()) << cut;
}

TEST(Findings, NamesOfStrangersAreShownHarmless) {
  EXPECT_EQ(Shown("a\x1b[2Jb\xff"), "a?[2Jb?");
  EXPECT_EQ(Shown("åäö"), "åäö");
  EXPECT_EQ(Shown("\xE2\x80\xAEgpj"), "?gpj");
  EXPECT_EQ(Shown("abcdef", 3), "abc…");
}

}  // namespace
}  // namespace strongroom::survey
