// Folders with everything that may lie in them.  All numbers are published test numbers.
#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redact/zip_archive.h"
#include "survey/testing/test_search.h"

namespace strongroom::survey {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kText = "Card 4111 1111 1111 1111 for anna.lind@firma.se\n";

class FilesSurvey : public SurveyTest {
 protected:
  Place Look(const Surveying& how) {
    const Result<Place> place = SurveyFiles(folder_, how);
    EXPECT_TRUE(place.ok()) << place.status().message();
    return place.ok() ? *place : Place();
  }
  Place Look() { return Look(TestSurveying()); }
};

// `zip` or else a tar, by `filter` ("gzip") compressed.
std::string Packed(const std::vector<std::pair<std::string, std::string>>& entries, bool zip, const char* filter = "") {
  std::string out(size_t{8} << 20, '\0');
  size_t used = 0;
  archive* const writer = archive_write_new();
  zip ? archive_write_set_format_zip(writer) : archive_write_set_format_ustar(writer);
  if (*filter != '\0') archive_write_add_filter_by_name(writer, filter);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  for (const auto& [name, contents] : entries) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(contents.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_write_header(writer, entry);
    archive_write_data(writer, contents.data(), contents.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

std::string Gzipped(const std::string& contents) {
  std::string out(contents.size() + 4096, '\0');
  size_t used = 0;
  archive* const writer = archive_write_new();
  archive_write_set_format_raw(writer);
  archive_write_add_filter_gzip(writer);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  archive_entry* const entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(writer, entry);
  archive_write_data(writer, contents.data(), contents.size());
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

TEST_F(FilesSurvey, EveryKindOfFileIsLookedIntoAndTheHarmlessOnesHoldNothing) {
  Write("notes.txt", std::string(kText));
  Write("sub/customers.csv",
        "id;mail;colour\n1;anna.lind@firma.se;red\n2;bo.ek@firma.se;blue\n3;eva.al@firma.se;red\n");
  Write("c.json", R"({"customers":[{"phone":"+46 70 123 45 67","n":1},{"phone":"+46 70 123 45 68","n":2}]})");
  Write("page.html", "<p>write to anna.lind@firma.se</p>");
  Write("harmless.txt", "Please turn off the lights before you leave.\n");
  Write("harmless.csv", "sku,price\nA-1,10\nB-2,20\n");
  const Place place = Look();
  EXPECT_EQ(HeldBy(place, "notes.txt", ""), "CREDIT_CARD 1, EMAIL 1");
  EXPECT_EQ(HeldBy(place, "sub/customers.csv", "mail"), "EMAIL 3");
  EXPECT_EQ(HeldBy(place, "sub/customers.csv", "colour"), "");
  EXPECT_EQ(HeldBy(place, "c.json", "customers[].phone"), "PHONE 2");
  EXPECT_THAT(HeldBy(place, "page.html", ""), StartsWith("EMAIL 1"));
  for (const Item& item : place.items) EXPECT_FALSE(item.name.starts_with("harmless")) << item.name;
  EXPECT_EQ(place.items_read, 6U);
}

TEST_F(FilesSurvey, WhatIsNotReadIsNamed) {
  Write("a.pdf", "%PDF-1.7 anna.lind@firma.se");
  Write("b.png", std::string("\x89PNG\r\n\0\0", 8));
  Write("c.bin", std::string("a\0b", 3));
  Write("d.7z", "7z\xBC\xAF\x27\x1C");
  const Place place = Look();
  EXPECT_EQ(place.items_not_looked_into, 4U);
  EXPECT_EQ(ReasonOf(place, "a.pdf"), "this kind is not read here");
  EXPECT_EQ(ReasonOf(place, "c.bin"), "it is no text");
  // Control: with somebody who reads PDFs, it is looked into.
  Surveying how = TestSurveying();
  how.formats.pdf = [](std::string_view, const redact::Job& job) -> Result<std::string> {
    job.report({detect::Kind::kEmail, {}, "email", 1, {}});
    return std::string();
  };
  EXPECT_EQ(HeldBy(Look(how), "a.pdf", ""), "EMAIL 1");
}

TEST_F(FilesSurvey, OfficeDocumentsAreOpened) {
  const Result<std::string> zip =
      redact::WriteZip({{"[Content_Types].xml", "<Types/>"},
                        {"word/document.xml", "<w:document><w:p><w:t>to anna.lind@firma.se</w:t></w:p></w:document>"}});
  ASSERT_TRUE(zip.ok());
  Write("letter.docx", *zip);
  EXPECT_EQ(HeldBy(Look(), "letter.docx", "word/document.xml"), "EMAIL 1");
}

TEST_F(FilesSurvey, MailboxesAreReadMessageByMessage) {
  std::string mailbox;
  for (int i = 0; i < 5; ++i) {
    mailbox +=
        "From sender@firma.se Thu Jan  1 00:00:00 2026\nFrom: Anna Lind <anna.lind@firma.se>\nTo: bo.ek@firma.se\n"
        "Subject: order\nMIME-Version: 1.0\n\nPlease charge 4111 1111 1111 1111.\n>From here on nothing.\n\n";
  }
  Write("archive.mbox", mailbox);
  Write("Maildir/cur/1700000000.1.host:2,S",
        "From: anna.lind@firma.se\nTo: bo.ek@firma.se\nSubject: x\n\nCall +46 70 123 45 67\n");
  const Place place = Look();
  uint64_t cards = 0;
  uint64_t mails = 0;
  for (const Item& item : place.items) {
    if (item.name != "archive.mbox") continue;
    EXPECT_EQ(item.what, "mailbox");
    EXPECT_EQ(item.rows, 5U);
    for (const Field& field : item.fields) {
      for (const Holding& holding : field.holds) {
        if (holding.kind == detect::Kind::kCreditCard) cards += holding.finds;
        if (holding.kind == detect::Kind::kEmail) mails += holding.finds;
      }
    }
  }
  EXPECT_EQ(cards, 5U);
  EXPECT_EQ(mails, 10U);
  const auto in_maildir = std::count_if(place.items.begin(), place.items.end(), [](const Item& item) {
    return item.name.starts_with("Maildir/") && item.what == "message" && item.HoldsAnything();
  });
  EXPECT_EQ(in_maildir, 1);
}

TEST_F(FilesSurvey, ArchivesAreOpenedAndThoseInThem) {
  const std::string csv = "mail\nanna.lind@firma.se\nbo.ek@firma.se\neva.al@firma.se\n";
  const std::string inner = Packed({{"deep/c.csv", csv}}, /*zip=*/false, "gzip");
  Write("backup.zip", Packed({{"a.txt", std::string(kText)}, {"empty.txt", "nothing"}, {"inner.tgz", inner}}, true));
  Write("objects/2026/01/log.txt.gz", Gzipped(std::string(kText)));
  const Place place = Look();
  EXPECT_EQ(HeldBy(place, "backup.zip/a.txt", ""), "CREDIT_CARD 1, EMAIL 1");
  EXPECT_EQ(HeldBy(place, "backup.zip/inner.tgz/deep/c.csv", "mail"), "EMAIL 3") << ReportText({0, {place}});
  EXPECT_EQ(HeldBy(place, "objects/2026/01/log.txt", ""), "CREDIT_CARD 1, EMAIL 1");
}

TEST_F(FilesSurvey, AnInventoryOfObjectsHasTheColumnsOfItsManifest) {
  const std::string rows = R"("shop","cv/anna.lind@firma.se.pdf","120"
"shop","cv/bo.ek@firma.se.pdf","80"
"shop","logo.png","9"
)";
  Write("inventory/data/0a1b.csv.gz", Gzipped(rows));
  const Place without = Look();
  EXPECT_EQ(HeldBy(without, "inventory/data/0a1b.csv", "column B"), "EMAIL 2");
  Write("inventory/2026-01-01T00-00Z/manifest.json",
        R"({"sourceBucket":"shop","fileFormat":"CSV","fileSchema":"Bucket, Key, Size",
            "files":[{"key":"inventory/data/0a1b.csv.gz","size":1}]})");
  const Place with = Look();
  EXPECT_EQ(HeldBy(with, "inventory/data/0a1b.csv", "Key"), "EMAIL 2");
}

TEST_F(FilesSurvey, ABombEndsTheArchiveAndNothingElse) {
  const std::string zeros = Packed({{"before.txt", std::string(kText)}, {"bomb.txt", std::string(6 << 20, 'a')}}, true);
  Write("bomb.zip", zeros);
  Write("beside.txt", std::string(kText));
  Surveying how = TestSurveying();
  how.limits.free_bytes = 1 << 20;
  how.limits.ratio = 100;
  const Place place = Look(how);
  EXPECT_THAT(ReasonOf(place, "bomb.zip"), HasSubstr("more than 100 times its size"));
  EXPECT_EQ(HeldBy(place, "bomb.zip/before.txt", ""), "CREDIT_CARD 1, EMAIL 1");
  EXPECT_EQ(HeldBy(place, "beside.txt", ""), "CREDIT_CARD 1, EMAIL 1");
  how.limits.ratio = 1'000'000;
  how.limits.inflated_bytes = 2 << 20;
  EXPECT_THAT(ReasonOf(Look(how), "bomb.zip"), HasSubstr("more than 2 MiB"));
  // Control: with the limits off it is read to its end.
  how.limits.inflated_bytes = uint64_t{1} << 30;
  EXPECT_EQ(ReasonOf(Look(how), "bomb.zip"), "");
}

TEST_F(FilesSurvey, ArchivesInArchivesEndAtADepth) {
  std::string archive = Packed({{"a.txt", std::string(kText)}}, true);
  for (int i = 0; i < 3; ++i) archive = Packed({{"a.zip", archive}}, true);
  Write("a.zip", archive);
  Surveying how = TestSurveying();
  how.limits.depth = 2;
  EXPECT_THAT(ReasonOf(Look(how), "a.zip/a.zip/a.zip/a.zip"), HasSubstr("deeper than 2"));
  how.limits.depth = 3;
  EXPECT_EQ(HeldBy(Look(how), "a.zip/a.zip/a.zip/a.zip/a.txt", ""), "CREDIT_CARD 1, EMAIL 1");
}

TEST_F(FilesSurvey, AFileThatKillsItsReaderIsNamedAndTheOthersAreRead) {
  Write("a.txt", std::string(kText));
  Write("b.pdf", "%PDF-1.7");
  Write("c.txt", std::string(kText));
  Surveying how = TestSurveying();
  how.formats.pdf = [](std::string_view, const redact::Job&) -> Result<std::string> { std::abort(); };
  const Place place = Look(how);
  EXPECT_EQ(ReasonOf(place, "b.pdf"), "it was too much for the process that opened it");
  EXPECT_EQ(HeldBy(place, "a.txt", ""), "CREDIT_CARD 1, EMAIL 1");
  EXPECT_EQ(HeldBy(place, "c.txt", ""), "CREDIT_CARD 1, EMAIL 1");
}

TEST_F(FilesSurvey, WhatDidNotChangeIsNotReadAgain) {
  Write("a.txt", std::string(kText));
  Write("b.txt", "nothing");
  Surveying how = TestSurveying();
  Memory memory("options");
  how.memory = &memory;
  EXPECT_EQ(Look(how).items_read, 2U);
  Memory later("options");
  ASSERT_TRUE(later.Load(memory.Contents()).ok());
  how.memory = &later;
  const Place unchanged = Look(how);
  EXPECT_EQ(unchanged.items_read, 0U);
  EXPECT_EQ(unchanged.items_unchanged, 2U);
  EXPECT_EQ(HeldBy(unchanged, "a.txt", ""), "CREDIT_CARD 1, EMAIL 1");
  // Control: what changed is read, though its size and time of change be as before.
  const auto time = std::filesystem::last_write_time(Path("b.txt"));
  Write("b.txt", "a@bc.se");
  std::filesystem::last_write_time(Path("b.txt"), time);
  const Place changed = Look(how);
  EXPECT_EQ(changed.items_read, 1U);
  EXPECT_EQ(HeldBy(changed, "b.txt", ""), "EMAIL 1");
  Memory other("other options");
  ASSERT_TRUE(other.Load(memory.Contents()).ok());
  how.memory = &other;
  EXPECT_EQ(Look(how).items_read, 2U);
  EXPECT_FALSE(other.Load("something else").ok());
}

TEST_F(FilesSurvey, NumbersInNamesAreFindsAndMasked) {
  Write("cv anna.lind@firma.se.txt", "nothing");
  const Place place = Look();
  ASSERT_EQ(place.items.size(), 1U);
  EXPECT_EQ(place.items[0].name.find("anna.lind@"), std::string::npos) << place.items[0].name;
  EXPECT_EQ(HeldBy(place, place.items[0].name, "(name)"), "EMAIL 1");
}

TEST_F(FilesSurvey, ItBreaksOffWhenAskedWithWhatItHas) {
  for (int i = 0; i < 400; ++i) Write("f" + std::to_string(1000 + i) + ".txt", std::string(kText));
  Surveying how = TestSurveying();
  int asked = 0;
  how.stop = [&] { return ++asked > 300; };
  const Place place = Look(how);
  EXPECT_FALSE(place.complete);
  EXPECT_LT(place.items_read, 400U);
}

TEST_F(FilesSurvey, AFolderThatIsNotThereIsAnError) {
  EXPECT_EQ(SurveyFiles(Path("none"), TestSurveying()).reason(), Reason::kFileUnreadable);
}

}  // namespace
}  // namespace strongroom::survey
