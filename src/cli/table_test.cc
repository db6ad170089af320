#include "cli/table.h"

#include <gtest/gtest.h>

#include "cli/field_values.h"
#include "cli/progress.h"
#include "cli/terminal.h"

namespace strongroom {
namespace {

JsonDocument Parse(std::string_view text) {
  auto document = JsonDocument::ParseObject(text);
  EXPECT_TRUE(document.ok()) << document.status().ToString();
  return std::move(*document);
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCellOnAScreen) {
  TextTable table({"NAME", "CITY"});
  table.Row({"Åsa", "Malmö"});
  table.Row({"王小明", "x"});
  EXPECT_EQ(table.Render(),
            "NAME    CITY\n"
            "------  -----\n"
            "Åsa     Malmö\n"
            "王小明  x\n");
  EXPECT_EQ(TextTable({"A"}).Render(), "");
}

TEST(Table, WidthsCountWhatIsSeen) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("åäö"), 3u);
  EXPECT_EQ(DisplayWidth("a\u0301"), 1u);
  EXPECT_EQ(DisplayWidth("한국"), 4u);
  EXPECT_EQ(DisplayWidth(""), 0u);
}

TEST(Table, WhatSteersATerminalIsNotShown) {
  EXPECT_EQ(Printable("Ada\x1b[31mRed\x07"), "Ada?[31mRed?");
  EXPECT_EQ(Printable("c1 \u009b2J bidi \u202Egnp.exe"), "c1 ?2J bidi ?gnp.exe");
  EXPECT_EQ(Printable("two\nlines\tand tab"), "two lines and tab");
  EXPECT_EQ(Printable("bad \xff utf8"), "bad ? utf8");
  EXPECT_EQ(Printable("Åsa 王小明 😀"), "Åsa 王小明 😀");
}

TEST(Table, PrintableJsonIsTheSameJson) {
  EXPECT_EQ(PrintableJson("{\"n\":\"a\u009bb\u202ec\",\"o\":\"Åsa\\u001b\"}\n"),
            "{\"n\":\"a\\u009bb\\u202ec\",\"o\":\"Åsa\\u001b\"}\n");
}

TEST(Table, CellsAreFoundByPathAndShownForPeople) {
  const JsonDocument document =
      Parse(R"({"a":{"b":"x"},"n":null,"yes":true,"list":["p","q"],"number":12.5,"o":{"k":[1]}})");
  const JsonValue root = document.root();
  EXPECT_EQ(CellOf(root, "a.b"), "x");
  EXPECT_EQ(CellOf(root, "a.c"), "");
  EXPECT_EQ(CellOf(root, "n"), "");
  EXPECT_EQ(CellOf(root, "n.x"), "");
  EXPECT_EQ(CellOf(root, "yes"), "yes");
  EXPECT_EQ(CellOf(root, "list"), "p, q");
  EXPECT_EQ(CellOf(root, "number"), "12.5");
  EXPECT_EQ(MembersOf(Parse(R"({"id":"1","longer":"2","in":{"x":true}})").root(), {"longer"}),
            "id:     1\nin:\n  x: yes\n");
}

TEST(Table, MaskedValuesSayThatTheyAreHidden) {
  const JsonDocument document =
      Parse(R"({"name":{"masked":"A•• L•••"},"tier":{"plain":"gold"},"tag":[{"masked":"x•"},{"masked":"y•"}]})");
  EXPECT_EQ(MaskedValuesTable(document.root()),
            "FIELD  VALUE\n"
            "-----  --------  ------\n"
            "name   A•• L•••  hidden\n"
            "tier   gold\n"
            "tag    x•        hidden\n"
            "tag    y•        hidden\n");
}

TEST(Progress, LinesTellShareRowsSpeedAndTimeLeft) {
  EXPECT_EQ(ProgressLine({.done_bytes = 5u << 20,
                          .total_bytes = 20u << 20,
                          .rows = 123'456,
                          .rows_this_run = 30'000,
                          .bytes_this_run = 5u << 20,
                          .elapsed_millis = 2'000}),
            " 25 % [#####               ]  123,456 rows  15,000/s  5.0 of 20.0 MiB  0:06 left");
  EXPECT_EQ(ProgressLine({}), "0 rows  0.0 MiB");
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(1'000), "1,000");
  EXPECT_EQ(WithThousands(1'234'567), "1,234,567");
  EXPECT_EQ(DurationText(35), "0:35");
  EXPECT_EQ(DurationText(3'723), "1:02:03");
}

}  // namespace
}  // namespace strongroom
