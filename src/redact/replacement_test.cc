#include "redact/replacement.h"

#include <gtest/gtest.h>

#include "detect/validators.h"
#include "redact/marks.h"
#include "redact/testing/fake_finder.h"

namespace strongroom::redact {
namespace {

using detect::Finding;
using detect::Kind;

Finding Of(Kind kind, std::string_view value) { return {0, value.size(), kind, 1.0F, {}, {}}; }

std::string Replaced(Mode mode, Kind kind, std::string_view value) {
  FakeTokenizer tokenizer;
  Replacer replacer(mode, &TestStandIns(), &tokenizer);
  std::string out;
  EXPECT_TRUE(replacer.Append(Of(kind, value), value, out).ok());
  return out;
}

TEST(Replacement, BlockHasOneForEachCharacterSeen) {
  EXPECT_EQ(Replaced(Mode::kBlock, Kind::kPerson, "Åsa\u00ADLi 王"), "█████ █");
  EXPECT_EQ(Replaced(Mode::kBlock, Kind::kPerson, "e\u0301"), "█");
  EXPECT_EQ(Replaced(Mode::kBlock, Kind::kPerson, "\u200B"), "█");
}

TEST(Replacement, MaskKeepsAnInitialOrTheLastDigits) {
  EXPECT_EQ(Replaced(Mode::kMask, Kind::kPerson, "Anna-Lisa  Åberg"), "A•••  Å•••");
  EXPECT_EQ(Replaced(Mode::kMask, Kind::kPerson, "王小明"), "王•••");
  EXPECT_EQ(Replaced(Mode::kMask, Kind::kStreetAddress, "Storgatan 5"), "S••• •••");
  EXPECT_EQ(Replaced(Mode::kMask, Kind::kEmail, "anna@firma.se"), "a•••@f•••.se");
  EXPECT_EQ(Replaced(Mode::kMask, Kind::kCreditCard, "4111-1111-1111-1234"), "•••1234");
  EXPECT_EQ(Replaced(Mode::kMask, Kind::kPhone, "070-123 45 67"), "•••67");
  EXPECT_EQ(Replaced(Mode::kMask, Kind::kIban, "SE4550000000058398257466"), "SE•••7466");
  EXPECT_EQ(Replaced(Mode::kMask, Kind::kSecret, "hunter2hunter2"), "•••");
  std::string inside;
  AppendMask(Kind::kPerson, "Anna", IsGlued("xAnna", 1, 5), inside);
  AppendMask(Kind::kPhone, "0701234567", IsGlued("07012345678", 0, 10), inside);
  EXPECT_EQ(inside, "∙∙∙∙∙∙");
}

TEST(Replacement, NumberedLabelsFollowTheValueNotItsSpelling) {
  Replacer replacer(Mode::kNumberedLabel, &TestStandIns(), nullptr);
  std::string out;
  for (std::string_view name : {"Anna Lind", "Bo Ek", "ANNA  LIND"}) {
    ASSERT_TRUE(replacer.Append(Of(Kind::kPerson, name), name, out).ok());
  }
  EXPECT_EQ(out, "[PERSON_1][PERSON_2][PERSON_1]");
}

TEST(Replacement, ATokenThatCannotBeHadIsAnError) {
  FakeTokenizer tokenizer;
  tokenizer.fail = true;
  Replacer replacer(Mode::kToken, nullptr, &tokenizer);
  std::string out;
  EXPECT_EQ(replacer.Append(Of(Kind::kEmail, "anna@firma.se"), "anna@firma.se", out).reason(),
            Reason::kServerUnreachable);
  EXPECT_EQ(out, "");
  tokenizer.fail = false;
  EXPECT_TRUE(replacer.Append(Of(Kind::kEmail, "anna@firma.se"), "anna@firma.se", out).ok());
  EXPECT_EQ(out, "[EMAIL t0]");
}

TEST(Replacement, EveryMarkIsSeenToBeOne) {
  const std::string_view values[] = {"Anna Lind", "王小明", "anna@firma.se", "Anna Svensson-Ek", "ANNA", "a"};
  for (Mode mode : kAllModes) {
    for (Kind kind : {Kind::kPerson, Kind::kEmail, Kind::kLocation}) {
      for (std::string_view value : values) {
        if ((kind == Kind::kEmail) != (value.find('@') != std::string_view::npos)) continue;
        const std::string text = "to " + Replaced(mode, kind, value) + " and";
        std::vector<Span> marks;
        FindMarks(text, marks);
        ASSERT_FALSE(marks.empty()) << text;
        std::string rest = text;
        for (auto mark = marks.rbegin(); mark != marks.rend(); ++mark) rest.erase(mark->begin, mark->end - mark->begin);
        rest.erase(std::remove_if(rest.begin(), rest.end(), [](char c) { return c == ' ' || c == '-'; }), rest.end());
        EXPECT_EQ(rest, "toand") << text;
      }
    }
  }
}

TEST(Replacement, WhatIsNoMarkIsNotTakenForOne) {
  for (std::string_view text : {"[PERSONS]", "[PERSON", "[PERSON_]", "[Person]", "PERSON", "Xenophon", "x@example.com",
                                "某先生来了", "••", "Xerxes", "anna@example.com", "[]", "["}) {
    std::vector<Span> marks;
    FindMarks(text, marks);
    EXPECT_TRUE(marks.empty()) << text;
  }
}

TEST(StandIns, KeepFormatAndPerson) {
  const std::string anna = Replaced(Mode::kStandIn, Kind::kPerson, "Anna Lind");
  EXPECT_EQ(anna, Replaced(Mode::kStandIn, Kind::kPerson, "Anna Lind"));
  std::string upper = anna;
  std::transform(upper.begin(), upper.end(), upper.begin(), ToUpper);
  EXPECT_EQ(upper, Replaced(Mode::kStandIn, Kind::kPerson, "ANNA LIND"));
  EXPECT_EQ(anna.substr(9), Replaced(Mode::kStandIn, Kind::kPerson, "Lind"));
  EXPECT_NE(anna, Replaced(Mode::kStandIn, Kind::kPerson, "Anna Berg"));
  EXPECT_EQ(Replaced(Mode::kStandIn, Kind::kPhone, "+46 70-123 45 67").substr(0, 13), "+00 00-555 01");
  const std::string card = Replaced(Mode::kStandIn, Kind::kCreditCard, "4111 1111 1111 1111");
  EXPECT_EQ(card.substr(0, 7), "9999 99");
  std::string digits = card;
  std::erase(digits, ' ');
  EXPECT_TRUE(detect::CardValid(digits)) << card;
  EXPECT_EQ(detect::CardNetworkOf(digits), detect::CardNetwork::kUnknown);
  const std::string iban = Replaced(Mode::kStandIn, Kind::kIban, "SE4550000000058398257466");
  EXPECT_TRUE(detect::IbanValid(iban)) << iban;
  EXPECT_EQ(iban.substr(4, 4), "0000");
  EXPECT_EQ(Replaced(Mode::kStandIn, Kind::kDateOfBirth, "14 March 1984"), "01 January 1900");
  EXPECT_EQ(Replaced(Mode::kStandIn, Kind::kDate, "1984年3月14日"), "1900年1月01日");
}

TEST(StandIns, HangOnTheKey) {
  const StandIns other(SecretBytes::CopyOf("another key"));
  std::string with_other;
  other.Append(Kind::kPerson, "Anna Lind", with_other);
  EXPECT_NE(with_other, Replaced(Mode::kStandIn, Kind::kPerson, "Anna Lind"));
  EXPECT_TRUE(StandIns::Is(Kind::kPerson, with_other));
}

TEST(StandIns, AreRecognisedAndRealValuesAreNot) {
  const std::pair<Kind, std::string_view> values[] = {
      {Kind::kPerson, "Anna Lind"},
      {Kind::kPerson, "王小明"},
      {Kind::kPerson, "Åsa 王 O'Neil"},
      {Kind::kStreetAddress, "Storgatan 12B, 123 45 Ort"},
      {Kind::kEmail, "anna@firma.se"},
      {Kind::kEmail, "anna@example.com"},
      {Kind::kPhone, "+46 70-123 45 67"},
      {Kind::kPhone, "13912345678"},
      {Kind::kUrl, "https://firma.se/anna?x=1"},
      {Kind::kIpAddress, "10.1.2.3"},
      {Kind::kIpAddress, "fe80::1"},
      {Kind::kMacAddress, "A4:5E:60:01:02:03"},
      {Kind::kCreditCard, "4111 1111 1111 1111"},
      {Kind::kIban, "GB29 NWBK 6016 1331 9268 19"},
      {Kind::kUsSsn, "123-45-6789"},
      {Kind::kNationalId, "19900101-9802"},
      {Kind::kNationalId, "X1234567L"},
      {Kind::kDate, "2024-03-14"},
      {Kind::kDateOfBirth, "14/3/84"},
      {Kind::kAge, "45 years"},
      {Kind::kSecret, "AKIAIOSFODNN7EXAMPLE"},
  };
  for (const auto& [kind, value] : values) {
    const std::string stand_in = Replaced(Mode::kStandIn, kind, value);
    EXPECT_FALSE(StandIns::Is(kind, value)) << value;
    EXPECT_TRUE(StandIns::Is(kind, stand_in)) << value << " -> " << stand_in;
  }
}

TEST(StandIns, OneInEightyOfInventedWordsPassesTheCheckAndNoNameDoes) {
  for (size_t i = 0; i < kStandInWords; i += 7) EXPECT_TRUE(IsStandInWord(StandInWord(i)));
  for (std::string_view name : {"Xiomara", "Xavieras", "Xanthippe", "Xenophon", "Ximenela", "Xelomaka"}) {
    EXPECT_FALSE(IsStandInWord(name)) << name;
  }
}

TEST(Marks, AnyBytesAreGoneThrough) {
  const std::string_view pieces[] = {"[",  "PERSON", "]",  "_",    "1",    "•",    "•••", "█", "@",       ".",
                                     "ab", "X",      "某", "安宁", "\xE2", "\x96", "é",   " ", "Xelomaku"};
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    Dice dice(seed);
    std::string text;
    for (size_t i = dice.Below(30); i > 0; --i) text += dice.OneOf(pieces);
    std::vector<Span> marks;
    FindMarks(text, marks);
    size_t free_from = 0;
    for (const Span& mark : marks) {
      ASSERT_LE(free_from, mark.begin) << text;
      ASSERT_LT(mark.begin, mark.end) << text;
      ASSERT_LE(mark.end, text.size()) << text;
      free_from = mark.end;
    }
  }
}

}  // namespace
}  // namespace strongroom::redact
