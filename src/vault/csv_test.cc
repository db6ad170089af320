#include "vault/csv.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>
#include <random>

#include "vault/ndjson.h"

namespace strongroom {
namespace {

// A source that gives `step` bytes at a time: rows must not depend on where reads end.
ByteSource Slowly(std::string_view text, size_t step) {
  return [text, step](char* buffer, size_t size) mutable -> Result<size_t> {
    const size_t taken = std::min({size, step, text.size()});
    std::copy_n(text.data(), taken, buffer);
    text.remove_prefix(taken);
    return taken;
  };
}

// Rows as "line:field|field", bad ones as "line!wire-code".
std::vector<std::string> Rows(std::string_view text, size_t step = 1 << 20, CsvOptions options = {}) {
  CsvReader reader(Slowly(text, step), options);
  std::vector<std::string> rows;
  CsvRow row;
  while (true) {
    const auto more = reader.Next(&row);
    if (!more.ok()) {
      rows.push_back("stopped: " + more.status().ToString());
      break;
    }
    if (!*more) break;
    std::string shown = std::to_string(row.line) + (row.error.ok() ? ":" : "!");
    if (!row.error.ok()) shown += InfoOf(row.error.reason()).wire_code;
    for (size_t i = 0; i < row.fields.size(); ++i) shown.append(i == 0 ? "" : "|").append(row.fields[i]);
    rows.push_back(shown);
  }
  return rows;
}

using Lines = std::vector<std::string>;

TEST(Csv, ReadsTheFormsOfRfc4180) {
  const std::string text =
      "name,note\r\n"
      "Anna,\"one, two\"\r\n"
      "\"Bo \"\"B\"\" Ek\",\"line\r\nbreak\"\n"
      "\n"
      ",\n"
      "\"\",last";
  const Lines expected = {"1:name|note", "2:Anna|one, two", "3:Bo \"B\" Ek|line\r\nbreak", "6:|", "7:|last"};
  for (size_t step : {1, 2, 3, 7, 1000}) EXPECT_EQ(Rows(text, step), expected) << step;
}

TEST(Csv, FindsTheDelimiter) {
  EXPECT_EQ(Rows("a;b\n1,5;2,5\n"), (Lines{"1:a|b", "2:1,5|2,5"}));
  EXPECT_EQ(Rows("a\tb\n1\t2\n"), (Lines{"1:a|b", "2:1|2"}));
  EXPECT_EQ(Rows("a|b|c\n1|2|3\n"), (Lines{"1:a|b|c", "2:1|2|3"}));
  EXPECT_EQ(Rows("\"a;b\",c\n1,2\n"), (Lines{"1:a;b|c", "2:1|2"}));
  EXPECT_EQ(Rows("only\none\n"), (Lines{"1:only", "2:one"}));
  EXPECT_EQ(Rows("a,b;c,d\n1,2;3,4\n", 100, {.delimiter = ';', .resume = {}}), (Lines{"1:a,b|c,d", "2:1,2|3,4"}));
}

TEST(Csv, AByteOrderMarkIsNoPartOfTheHeader) {
  EXPECT_EQ(Rows("\xEF\xBB\xBF"
                 "a,b\n1,2\n"),
            (Lines{"1:a|b", "2:1|2"}));
  const Lines utf16 =
      Rows(std::string_view("\xFF\xFE"
                            "a\0,\0",
                            6));
  ASSERT_EQ(utf16.size(), 1u);
  EXPECT_TRUE(utf16[0].starts_with("stopped: file-unreadable")) << utf16[0];
}

TEST(Csv, ABadRowIsReportedWithItsLineAndReadingGoesOn) {
  EXPECT_EQ(Rows("a,b\nx\"y,1\n2,3\n"), (Lines{"1:a|b", "2!import-invalid", "3:2|3"}));
  EXPECT_EQ(Rows("a,b\n\"x\"y,1\n2,3\n"), (Lines{"1:a|b", "2!import-invalid", "3:2|3"}));
  EXPECT_EQ(Rows("a,b\n\"never closed,1\n2,3\n4,5"), (Lines{"1:a|b", "2!import-invalid", "3:2|3", "4:4|5"}));
  EXPECT_EQ(Rows("a,b\n\xff,1\n2,3\n"), (Lines{"1:a|b", "2!invalid-utf8", "3:2|3"}));
}

TEST(Csv, RowsAreBounded) {
  const CsvOptions small{.max_row_bytes = 100, .resume = {}};
  const std::string fits(98, 'x');
  EXPECT_EQ(Rows("a\n" + fits + "\nb\n", 10, small), (Lines{"1:a", "2:" + fits, "3:b"}));
  for (size_t size : {101, 5000, 600'000}) {
    const std::string text = "a,b\n" + std::string(size, 'x') + "\nc,d\n";
    EXPECT_EQ(Rows(text, 1 << 20, small), (Lines{"1:a|b", "2!value-too-long", "3:c|d"})) << size;
  }
}

TEST(Csv, AnUnbalancedQuoteCostsItsOwnRowOnly) {
  std::string text = "a,b\n";
  for (int i = 0; i < 1000; ++i) text += i == 500 ? "\"x,1\n" : "1,2\n";
  const Lines rows = Rows(text);
  ASSERT_EQ(rows.size(), 1001u);
  EXPECT_EQ(std::count_if(rows.begin(), rows.end(), [](const auto& r) { return r.find('!') != r.npos; }), 1);
  EXPECT_EQ(rows[501], "502!import-invalid");
}

TEST(Csv, ReadingResumesAtAnyRow) {
  const std::string text = "id;note\n1;\"a\nb\"\n2;c\n3;\"d;\"\"e\"\"\"\r\n4;f";
  CsvReader whole(SourceOf(text));
  CsvRow row;
  std::vector<CsvPosition> positions{whole.position()};
  Lines expected;
  while (*whole.Next(&row)) {
    positions.push_back(whole.position());
    expected.push_back(std::to_string(row.line) + ":" + std::string(row.fields[0]) + "|" + std::string(row.fields[1]));
  }
  ASSERT_EQ(expected.size(), 5u);
  for (size_t i = 1; i < positions.size(); ++i) {
    const Lines rest = Rows(std::string_view(text).substr(positions[i].byte_offset), 1000, {.resume = positions[i]});
    EXPECT_EQ(rest, Lines(expected.begin() + static_cast<std::ptrdiff_t>(i), expected.end())) << i;
  }
}

TEST(Csv, ASourceThatFailsEndsTheReading) {
  CsvReader reader([](char*, size_t) -> Result<size_t> { return Status(Reason::kFileUnreadable, "disk"); });
  CsvRow row;
  EXPECT_EQ(reader.Next(&row).reason(), Reason::kFileUnreadable);
}

// Whatever is written by the rules is read back.
TEST(Csv, WhatIsWrittenIsReadBack) {
  std::mt19937 random(99);
  const std::string_view pieces[] = {"a", "å", ",", ";", "\"", "\n", "\r\n", " ", "", "王", "|"};
  for (int round = 0; round < 300; ++round) {
    std::string text;
    std::vector<std::vector<std::string>> written;
    const size_t columns = 2 + random() % 4;
    for (size_t r = 0; r < 1 + random() % 20; ++r) {
      written.emplace_back();
      for (size_t c = 0; c < columns; ++c) {
        std::string field;
        for (size_t n = random() % 6; n > 0; --n) field += pieces[random() % std::size(pieces)];
        written.back().push_back(field);
        std::string quoted;
        for (char ch : field) quoted.append(ch == '"' ? 2 : 1, ch);
        text += (c == 0 ? "\"" : ",\"") + quoted + "\"";
      }
      text += random() % 2 == 0 ? "\n" : "\r\n";
    }
    CsvReader reader(Slowly(text, 1 + random() % 50), {.delimiter = ',', .resume = {}});
    CsvRow row;
    for (const auto& expected : written) {
      ASSERT_TRUE(*reader.Next(&row));
      ASSERT_TRUE(row.error.ok()) << row.error.ToString();
      ASSERT_EQ(std::vector<std::string>(row.fields.begin(), row.fields.end()), expected);
    }
    ASSERT_FALSE(*reader.Next(&row));
  }
}

// Not a check: prints the speed here.
TEST(Csv, PrintsItsSpeed) {
  std::string text = "id,name,email,phone,note\n";
  while (text.size() < (16u << 20)) {
    text += "4711,Anna Lindqvist,anna.lindqvist@example.com,+46701740605,\"called, about the invoice\"\n";
  }
  CsvReader reader(SourceOf(text));
  CsvRow row;
  size_t fields = 0;
  const std::clock_t start = std::clock();
  while (*reader.Next(&row)) fields += row.fields.size();
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("CSV: %.0f MB/s, %zu fields\n", static_cast<double>(text.size()) / 1e6 / seconds, fields);
}

TEST(Ndjson, ReadsObjectsAndReportsWhatIsNone) {
  const std::string text = "\xEF\xBB\xBF{\"a\":1}\n\n  {\"a\":\"two\"}\r\n[1]\n{\"a\":1,\"a\":2}\n{broken\n{\"a\":3}";
  for (size_t step : {1, 5, 1000}) {
    NdjsonReader reader(Slowly(text, step));
    NdjsonRow row;
    Lines seen;
    while (*reader.Next(&row)) {
      seen.push_back(std::to_string(row.line) + (row.error.ok()
                                                     ? ":" + std::string(row.document->root().Find("a")->RawText())
                                                     : "!" + std::string(InfoOf(row.error.reason()).wire_code)));
    }
    EXPECT_EQ(seen, (Lines{"1:1", "3:\"two\"", "4!wrong-type", "5!duplicate-key", "6!malformed-json", "7:3"})) << step;
    EXPECT_EQ(reader.position().byte_offset, text.size());
  }
}

TEST(Ndjson, RowsAreBoundedAndReadingResumes) {
  const std::string text = "{\"a\":1}\n{\"a\":\"" + std::string(700'000, 'x') + "\"}\n{\"a\":2}\n{\"a\":3}\n";
  const NdjsonOptions small{.max_row_bytes = 100, .resume = {}};
  NdjsonReader reader(SourceOf(text), small);
  NdjsonRow row;
  ASSERT_TRUE(*reader.Next(&row));
  EXPECT_TRUE(row.error.ok());
  ASSERT_TRUE(*reader.Next(&row));
  EXPECT_EQ(row.error.reason(), Reason::kValueTooLong);
  ASSERT_TRUE(*reader.Next(&row));
  EXPECT_EQ(row.line, 3u);
  NdjsonReader rest(SourceOf(std::string_view(text).substr(reader.position().byte_offset)),
                    {.resume = reader.position()});
  ASSERT_TRUE(*rest.Next(&row));
  EXPECT_EQ(row.line, 4u);
  EXPECT_EQ(row.document->root().Find("a")->RawText(), "3");
  EXPECT_FALSE(*rest.Next(&row));
}

}  // namespace
}  // namespace strongroom
