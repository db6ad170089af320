#include "survey/sqlite_messages.h"

#include <gtest/gtest.h>

namespace strongroom::survey {
namespace {

Table Orders() {
  Table table;
  table.name = "orders";
  table.from = "\"orders\"";
  table.columns = {"id", "e mail"};
  table.selected = {"\"id\"", "substr(\"e mail\", 1, 9)"};
  table.rows = 77;
  table.key = "rowid";
  return table;
}

TEST(SqliteMessages, TablesAndRequestsComeThroughAsTheyWere) {
  const Result<ReadAsk> back = UnpackRead(PackRead(Orders(), 20'000));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->sample_rows, 20'000U);
  EXPECT_EQ(PackTable(back->table), PackTable(Orders()));
  EXPECT_EQ(back->table.columns[1], "e mail");
  const Bytes packed = PackTable(Orders());
  EXPECT_TRUE(UnpackTable(packed).ok()) << "the control";
  for (size_t size = 0; size < packed.size(); ++size) EXPECT_FALSE(UnpackTable(packed.substr(0, size)).ok()) << size;
  EXPECT_FALSE(UnpackTable(packed + "x").ok());
}

TEST(SqliteMessages, BatchesComeThroughAsTheyWereAndNonsenseDoesNot) {
  RowBatch batch(2);
  for (const char* cell : {"a", "", "ccc", "dd"}) batch.AddCell(cell);
  const Bytes packed = PackBatch(batch);
  const Result<RowBatch> back = UnpackBatch(packed, 2);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->rows(), 2U);
  EXPECT_EQ(back->Cell(0, 0), "a");
  EXPECT_EQ(back->Cell(0, 1), "");
  EXPECT_EQ(back->Cell(1, 0), "ccc");
  EXPECT_EQ(back->Cell(1, 1), "dd");
  EXPECT_FALSE(UnpackBatch(packed, 1).ok());
  EXPECT_FALSE(UnpackBatch(packed, 0).ok());
  for (size_t size = 0; size < packed.size(); ++size) EXPECT_FALSE(UnpackBatch(packed.substr(0, size), 2).ok());
  // Ends that run backwards, or beyond the bytes.
  for (const char wrong : {'\x00', '\x7F'}) {
    Bytes odd = packed;
    odd[8 + 8] = wrong;  // the third cell's
    EXPECT_FALSE(UnpackBatch(odd, 2).ok());
  }
}

}  // namespace
}  // namespace strongroom::survey
