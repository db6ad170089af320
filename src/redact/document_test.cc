#include "redact/document.h"

#include <gtest/gtest.h>

#include "redact/testing/fake_finder.h"
#include "redact/xml_reader.h"
#include "redact/zip_archive.h"

namespace strongroom::redact {
namespace {

using Entries = std::vector<ZipEntry>;

std::string Zip(const Entries& entries) {
  const Result<std::string> zip = WriteZip(entries);
  EXPECT_TRUE(zip.ok());
  return zip.ok() ? *zip : std::string();
}

struct Redacted {
  Status status;
  std::string bytes;
  std::vector<Found> found;
  std::vector<std::string> notes;
  std::map<std::string, std::string> parts;
};

Redacted Redact(std::string_view bytes, Mode mode = Mode::kLabel, const detect::Finder* finder = nullptr,
                DocumentOptions options = {}) {
  static const FakeFinder fake;
  FakeTokenizer tokenizer;
  Replacer replacer(mode, &TestStandIns(), &tokenizer);
  Redacted redacted;
  Job job;
  job.finder = finder == nullptr ? &fake : finder;
  job.replacer = &replacer;
  job.report = [&](const Found& found) { redacted.found.push_back(found); };
  job.note = [&](const std::string& note) { redacted.notes.push_back(note); };
  const Result<std::string> out = RedactOfficeDocument(bytes, job, options);
  redacted.status = out.status();
  if (!out.ok()) return redacted;
  redacted.bytes = *out;
  const Result<Entries> entries = ReadZip(*out);
  EXPECT_TRUE(entries.ok());
  for (const ZipEntry& entry : *entries) redacted.parts[entry.name] = entry.data;
  return redacted;
}

const Entries kDocx = {
    {"[Content_Types].xml", "<Types/>"},
    {"_rels/.rels",
     "<Relationships><Relationship Id=\"a\" Type=\"x/thumbnail\" Target=\"docProps/thumbnail.jpeg\"/></Relationships>"},
    {"docProps/thumbnail.jpeg", "picture of ZZanna"},
    {"docProps/core.xml",
     "<cp:p><dc:creator>Erik</dc:creator><dc:title>for "
     "ZZbo</dc:title><dcterms:created>2026-01-02</dcterms:created></cp:p>"},
    {"word/document.xml",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document><w:p><w:r><w:t>Dear "
     "Z</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>Za</w:t></w:r><w:r><w:t xml:space=\"preserve\">nna ZZ</w:t>"
     "</w:r><w:r><w:t>lind &amp; co</w:t></w:r><w:del w:author=\"Erik\" w:date=\"x\"><w:r><w:delText>old "
     "ZZbo</w:delText></w:r></w:del></w:p>"
     "<w:p><w:r><w:t>id</w:t><w:tab/><w:t>1234</w:t></w:r></w:p><w:p><wp:posOffset>12345678</"
     "wp:posOffset><w:instrText>HYPERLINK \"mailto:a@b.se\"</w:instrText>"
     "<pic:cNvPr id=\"1\" descr=\"ZZanna at work\"/></w:p><!-- ZZbo --></w:document>"},
    {"word/comments.xml",
     "<w:comments><w:comment w:author=\"Erik\" w:initials=\"E\"><w:p><w:r><w:t>ask "
     "ZZbo</w:t></w:r></w:p></w:comment></w:comments>"},
    {"word/_rels/document.xml.rels",
     "<Relationships><Relationship Id=\"b\" Target=\"mailto:a@b.se\" TargetMode=\"External\"/><Relationship "
     "Target=\"ZZx.xml\"/></Relationships>"},
    {"word/media/image1.png", "bytes of a picture"},
    {"word/embeddings/oleObject1.bin", "ZZanna"},
    {"customXml/item1.xml", "<a who=\"ZZbo\"><b>12345678</b></a>"},
};

TEST(Document, TextIsFoundAcrossRunsAndEverywhereItHides) {
  const Redacted redacted = Redact(Zip(kDocx));
  ASSERT_TRUE(redacted.status.ok()) << redacted.status.message();
  for (const auto& [name, data] : redacted.parts) {
    if (name == "word/_rels/document.xml.rels") continue;  // names a part
    EXPECT_EQ(data.find("ZZ"), std::string::npos) << name << data;
    EXPECT_EQ(data.find("Erik"), std::string::npos) << name;
    EXPECT_EQ(data.find("a@b"), std::string::npos) << name;
  }
  const std::string& text = redacted.parts.at("word/document.xml");
  EXPECT_NE(text.find("<w:t>Dear [PERSON]</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t></w:t></w:r><w:r><w:t "
                      "xml:space=\"preserve\"></w:t></w:r><w:r><w:t> &amp; co</w:t>"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("<w:tab/><w:t>[NATIONAL_ID]</w:t>"), std::string::npos) << text;
  EXPECT_NE(text.find("<w:delText>old [PERSON]</w:delText>"), std::string::npos);
  EXPECT_NE(text.find("<wp:posOffset>12345678</wp:posOffset>"), std::string::npos);
  EXPECT_EQ(redacted.parts.count("docProps/thumbnail.jpeg"), 0U);
  EXPECT_EQ(redacted.parts.at("_rels/.rels"), "<Relationships></Relationships>");
  EXPECT_EQ(redacted.parts.at("docProps/core.xml"),
            "<cp:p><dc:creator>Author</dc:creator><dc:title>for "
            "[PERSON]</dc:title><dcterms:created>2026-01-02</dcterms:created></cp:p>");
  EXPECT_NE(redacted.parts.at("word/_rels/document.xml.rels").find("https://removed.invalid/"), std::string::npos);
  EXPECT_TRUE(redacted.parts.at("word/media/image1.png").starts_with("\x89PNG"));
  EXPECT_EQ(redacted.parts.at("word/embeddings/oleObject1.bin"), "");
  EXPECT_EQ(redacted.parts.at("customXml/item1.xml"), "<a who=\"[PERSON]\"><b>[PHONE]</b></a>");
  EXPECT_EQ(redacted.notes.size(), 2U);
}

TEST(Document, TwiceChangesNothing) {
  for (Mode mode : kAllModes) {
    const Redacted once = Redact(Zip(kDocx), mode);
    ASSERT_TRUE(once.status.ok()) << NameOf(mode) << once.status.message();
    const Redacted twice = Redact(once.bytes, mode);
    EXPECT_EQ(once.bytes, twice.bytes) << NameOf(mode);
    EXPECT_TRUE(twice.found.empty()) << NameOf(mode);
  }
}

TEST(Document, SpreadsheetsAreReadByTheirColumns) {
  const Entries sheet = {
      {"[Content_Types].xml", "<Types/>"},
      {"xl/sharedStrings.xml",
       "<sst><si><t>name</t></si><si><t>id</t></si><si><r><t>ZZ</t></r><r><t>anna</t></r></si><si><t>1234</t></"
       "si><si><t>5678</t></si></sst>"},
      {"xl/worksheets/sheet1.xml",
       "<worksheet><row><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row><row><c r=\"A2\" "
       "t=\"s\"><v>2</v></c><c r=\"B2\" t=\"s\"><v>3</v></c></row>"
       "<row><c r=\"A3\"><v>777</v></c><c r=\"B3\" s=\"4\"><v>4321</v></c></row><row><c r=\"B4\" "
       "t=\"n\"><v>12345678</v></c><c r=\"A4\" t=\"s\"><v>4</v></c></row></worksheet>"},
  };
  const Redacted redacted = Redact(Zip(sheet));
  ASSERT_TRUE(redacted.status.ok()) << redacted.status.message();
  EXPECT_EQ(redacted.parts.at("xl/sharedStrings.xml"),
            "<sst><si><t>name</t></si><si><t>id</t></si><si><r><t>[PERSON]</t></r><r><t></t></r></"
            "si><si><t>[NATIONAL_ID]</t></si><si><t>5678</t></si></sst>");
  const std::string& cells = redacted.parts.at("xl/worksheets/sheet1.xml");
  EXPECT_NE(cells.find("<c r=\"A3\"><v>777</v></c><c t=\"str\" r=\"B3\" s=\"4\"><v>[NATIONAL_ID]</v></c>"),
            std::string::npos)
      << cells;
  EXPECT_NE(cells.find("<c r=\"B4\" t=\"str\"><v>[PHONE]</v></c>"), std::string::npos) << cells;
}

TEST(Document, OpenDocumentTextsAreRead) {
  const Entries odt = {
      {"mimetype", "application/vnd.oasis.opendocument.text"},
      {"content.xml",
       "<office:body><text:p>Dear <text:span>ZZ</text:span>anna<text:s/>x</text:p><table:table-cell "
       "office:value=\"12345678\"><text:p>12345678</text:p></table:table-cell></office:body>"},
      {"meta.xml", "<m><meta:initial-creator>Erik</meta:initial-creator></m>"},
      {"Thumbnails/thumbnail.png", "x"},
      {"META-INF/manifest.xml",
       "<m:m><m:file-entry m:full-path=\"Thumbnails/thumbnail.png\"/><m:file-entry "
       "m:full-path=\"content.xml\"/></m:m>"},
  };
  const Redacted redacted = Redact(Zip(odt));
  ASSERT_TRUE(redacted.status.ok()) << redacted.status.message();
  EXPECT_EQ(redacted.parts.at("content.xml"),
            "<office:body><text:p>Dear <text:span>[PERSON]</text:span><text:s/>x</text:p><table:table-cell "
            "office:value=\"0\"><text:p>[PHONE]</text:p></table:table-cell></office:body>");
  EXPECT_EQ(redacted.parts.at("META-INF/manifest.xml"), "<m:m><m:file-entry m:full-path=\"content.xml\"/></m:m>");
  EXPECT_EQ(redacted.parts.at("meta.xml"), "<m><meta:initial-creator>Author</meta:initial-creator></m>");
}

// Finds "later" only from its hundredth question on: what a search that misses something the first time looks like.
class LateFinder : public detect::Finder {
 public:
  explicit LateFinder(int late) : late_(late) {}
  void Find(std::string_view text, std::string_view, std::vector<detect::Finding>& findings) const override {
    findings.clear();
    const size_t at = text.find("later");
    if (++asked_ > late_ && at != std::string_view::npos)
      findings.push_back({at, at + 5, detect::Kind::kPerson, 1.0F, {}, "late"});
  }

 private:
  const int late_;
  mutable int asked_ = 0;
};

TEST(Document, WhatStillHoldsAFindIsNotSaved) {
  const std::string bytes =
      Zip({{"[Content_Types].xml", "<T/>"}, {"word/document.xml", "<d><w:p><w:t>see later</w:t></w:p></d>"}});
  const LateFinder in_time(0);
  EXPECT_TRUE(Redact(bytes, Mode::kBlock, &in_time).status.ok());
  const LateFinder late(1);
  EXPECT_EQ(Redact(bytes, Mode::kBlock, &late).status.reason(), Reason::kInternal);
}

TEST(Document, HostileArchivesAndXmlAreRefused) {
  const auto refused = [](std::string_view bytes) {
    return Redact(bytes).status.reason() == Reason::kUnsupportedMediaType;
  };
  const auto with = [](const std::string& xml) {
    return Zip({{"[Content_Types].xml", "<T/>"}, {"word/document.xml", xml}});
  };
  EXPECT_FALSE(refused(with("<d/>")));  // the positive control
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("PK\x03\x04 and so on"));
  EXPECT_TRUE(refused(Zip({{"a.txt", "x"}})));
  EXPECT_TRUE(refused(with("<d>")));
  EXPECT_TRUE(refused(with("<!DOCTYPE d [<!ENTITY a \"aaaa\">]><d>&a;</d>")));
  EXPECT_TRUE(refused(with("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><d/>")));
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<a>";
  for (int i = 0; i < 300; ++i) deep += "</a>";
  EXPECT_TRUE(refused(with(deep)));
  EXPECT_TRUE(refused(with("<d>" + std::string(8u << 20, ' ') + "</d>")));  // inflates a thousandfold
  std::string whole = Zip(kDocx);
  EXPECT_TRUE(refused(whole.substr(0, whole.size() / 2)));
  whole[60] = static_cast<char>(whole[60] ^ 0x55);
  EXPECT_FALSE(Redact(whole).status.ok());
  ZipLimits limits;
  limits.most_bytes = 1000;
  EXPECT_FALSE(ReadZip(Zip(kDocx), limits).ok());
  limits = {};
  limits.most_entries = 3;
  EXPECT_FALSE(ReadZip(Zip(kDocx), limits).ok());
}

TEST(Document, AnyChangeOfABytesEndsInAnAnswer) {
  const std::string whole = Zip(kDocx);
  size_t opened = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Dice dice(seed);
    std::string changed = whole;
    for (size_t i = 1 + dice.Below(3); i > 0; --i)
      changed[dice.Below(changed.size())] = static_cast<char>(dice.Below(256));
    opened += Redact(changed).status.ok() ? 1 : 0;
  }
  EXPECT_LT(opened, 300U);
}

TEST(Zip, ComesBackWithFixedTimes) {
  const std::string once = Zip(kDocx);
  EXPECT_EQ(once, Zip(kDocx));
  const Result<Entries> entries = ReadZip(once);
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), kDocx.size());
  for (size_t i = 0; i < kDocx.size(); ++i) EXPECT_EQ((*entries)[i].data, kDocx[i].data);
}

}  // namespace
}  // namespace strongroom::redact
