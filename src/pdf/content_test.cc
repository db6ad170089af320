#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pdf/content_reader.h"
#include "pdf/content_writer.h"
#include "pdf/font.h"
#include "pdf/glyph_names.h"
#include "pdf/taken_values.h"

namespace strongroom::pdf {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> Names(std::string_view content) {
  std::vector<std::string> names;
  ContentReader reader(content);
  Operation operation;
  while (reader.Next(operation)) names.emplace_back(operation.name);
  return names;
}

TEST(ContentReaderTest, ReadsStringsAsReadersDo) {
  const auto read = [](std::string_view text) { return StringOf(ContentReader(text).NextToken()); };
  EXPECT_EQ(read("(a\\051\\n(b)\\\nc)"), "a)\n(b)c");
  EXPECT_EQ(read("<61 6>"), "a`");
  EXPECT_EQ(read("(never closed"), "never closed");
  EXPECT_EQ(read("()"), "");
}

TEST(ContentReaderTest, ManyDelimitersThatCloseNothingAreNothing) {
  EXPECT_THAT(Names(std::string(4'000'000, ')') + "q {} > Q"), ElementsAre("q", "Q"));
}

TEST(ContentReaderTest, NumbersStayFinite) {
  const Token token = ContentReader(std::string(400, '9')).NextToken();
  EXPECT_TRUE(token.Is(Token::Kind::kNumber));
  EXPECT_EQ(token.number, 1e9);
  EXPECT_EQ(ContentReader("-" + std::string(400, '9')).NextToken().number, -1e9);
}

TEST(ContentReaderTest, PassesOverInlinePicturesAndComments) {
  EXPECT_THAT(Names("q % (x) Tj\nBI /W 1 ID \x01 EI(\x02 EI Q"), ElementsAre("q", "BI", "Q"));
  EXPECT_THAT(Names("BI /W 1 ID never ended"), ElementsAre("BI"));
}

TEST(ContentWriterTest, OnlyWhatOperatorsTakeComesThrough) {
  EXPECT_EQ(WriteContent("(secret) 1 0 0 rg % secret\n5 5 m (x) secret /A 7 w", {}, 0), "1 0 0 rg\n5 5 m\n7 w\n");
  EXPECT_EQ(WriteContent("/Span << /MCID 3 /ActualText (secret) >> BDC EMC EMC", {}, 0),
            "/Span <</MCID 3>> BDC\nEMC\n");
  EXPECT_EQ(WriteContent("q BT", {}, 1), "q\nBT\nET\nQ\n");
  EXPECT_EQ(WriteContent("BT <61 xyz.62> Tj [<6 xyz 3>] TJ ET", {}, 0), "BT\n<6162> Tj\n[<63>] TJ\nET\n");
}

TEST(ContentWriterTest, ACutLeavesOneRoundMoveAndNoneAtTheEnd) {
  StreamEdits edits;
  edits.executions = 1;
  edits.cuts[1][1] = {1, -512, 0, true};
  EXPECT_EQ(WriteContent("BT (abc) Tj ET", edits, 0), "BT\n[<61>-500<63>] TJ\nET\n");
  edits.cuts[1][2] = {1, -333, 0, true};
  EXPECT_EQ(WriteContent("BT (abc) Tj ET", edits, 0), "BT\n[<61>] TJ\nET\n");
  edits.cuts[1][0] = {1, -333, 0, true};
  EXPECT_EQ(WriteContent("BT (abc) Tj ET", edits, 0), "");
}

TEST(ContentWriterTest, WhatIsHiddenInSomeExecutionsOnlyStays) {
  StreamEdits edits;
  edits.cuts[1][0] = {1, 0, 1, false};
  edits.executions = 2;
  EXPECT_EQ(WriteContent("BT (a) Tj ET", edits, 0), "BT\n[<61>] TJ\nET\n");
  edits.executions = 1;
  EXPECT_EQ(WriteContent("BT (a) Tj ET", edits, 0), "");
}

TEST(CMapTest, MapsCodesRangesAndLists) {
  const CMap map = CMap::Parse(
      "1 begincodespacerange <00> <7F> endcodespacerange 1 begincodespacerange <8000> <FFFF> endcodespacerange "
      "1 beginbfchar <01> <00410042> endbfchar 2 beginbfrange <10> <12> <0061> <20> <21> [<0078> <0079>] endbfrange");
  std::u32string buffer;
  const auto text = [&](uint32_t code) {
    const std::u32string* said = map.TextOf(code, buffer);
    return said == nullptr ? std::u32string(U"?") : *said;
  };
  EXPECT_EQ(text(1), U"AB");
  EXPECT_EQ(text(0x12), U"c");
  EXPECT_EQ(text(0x21), U"y");
  EXPECT_EQ(text(0x13), U"?");
  EXPECT_EQ(map.CodeSize("\x01\x02"), 1U);
  EXPECT_EQ(map.CodeSize("\x81\x02"), 2U);
}

TEST(CharacterSetTest, PredefinedMapsSayTheirCharacters) {
  const auto text = [](std::string_view map, std::string_view code) {
    const std::shared_ptr<const CharacterSet> set = CharacterSet::OfCMap(map);
    return set == nullptr ? std::u32string(U"none") : set->TextOf(code.substr(0, set->CodeSize(code)));
  };
  EXPECT_EQ(text("UniGB-UCS2-H", "\x67\x4E"), U"\u674E");
  EXPECT_EQ(text("GBK-EUC-H", "\xC0\xEE"), U"\u674E");
  EXPECT_EQ(text("90ms-RKSJ-V", "\x97\x9B"), U"\u674E");
  EXPECT_EQ(text("ETen-B5-H", "\xA7\xF5"), U"\u674E");
  EXPECT_EQ(text("KSCms-UHC-H", "\xB0\xA1"), U"\uAC00");
  EXPECT_EQ(text("H", "\x4D\x7B"), U"\u674E");
  EXPECT_EQ(text("Nobody-H", "ab"), U"none");
}

TEST(GlyphNamesTest, NamesSayCharacters) {
  EXPECT_EQ(TextOfGlyphName("adieresis"), U"\u00E4");
  EXPECT_EQ(TextOfGlyphName("uni00E400E5"), U"\u00E4\u00E5");
  EXPECT_EQ(TextOfGlyphName("f_i.alt"), U"\uFB01");
  EXPECT_EQ(TextOfGlyphName("g123"), U"");
}

TEST(TakenValuesTest, NumbersAreTheSameHoweverTheyAreSetApart) {
  TakenValues values;
  values.Add("4111-1111-1111-1111", detect::Kind::kCreditCard);
  values.Add("4711233", detect::Kind::kNationalId);
  values.Build();
  EXPECT_THAT(values.Find("x 4111 1111 1111 1111 y 4711 233"), SizeIs(2));
  EXPECT_THAT(values.Find("99 14711233"), IsEmpty()) << "a short one inside of a longer one";
  EXPECT_TRUE(values.InBytes("....4111-1111-1111-1111...."));
  EXPECT_FALSE(values.InBytes("....4111-1111-1111-1112...."));
}

TEST(TakenValuesTest, WordsAreWholeAndOfTheSameCase) {
  TakenValues values;
  values.Add("Rosa Lind", detect::Kind::kPerson);
  values.Add("\u738B\u5C0F", detect::Kind::kPerson);
  values.Add("Ed", detect::Kind::kPerson);  // too short
  values.Add("Spared Person", detect::Kind::kPerson);
  values.Spare("Spared Person");
  values.Build();
  EXPECT_EQ(values.size(), 2U);
  EXPECT_THAT(values.Find("Rosa\nLind"), SizeIs(1));
  EXPECT_THAT(values.Find("rosa lind, Rosa Lindberg, Ed"), IsEmpty());
  EXPECT_THAT(values.Find("\u548C\u738B\u5C0F\u8BF4"), SizeIs(1));
  EXPECT_FALSE(values.InName("Rosa Lind"));
}

}  // namespace
}  // namespace strongroom::pdf
