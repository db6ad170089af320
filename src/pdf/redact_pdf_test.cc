#include "pdf/redact_pdf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "crypto/secret.h"
#include "pdf/content_writer.h"
#include "pdf/image.h"
#include "pdf/interpreter.h"
#include "pdf/page_lines.h"
#include "pdf/testing/pdf_maker.h"
#include "pdf/verify.h"
#include "redact/replacement.h"
#include "redact/testing/fake_finder.h"

namespace strongroom::pdf {
namespace {

using paper::PaperOptions;
using paper::PaperResult;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

struct Outcome {
  Result<PaperResult> result = Status(Reason::kInternal, "did not run");
  std::vector<redact::Found> found;
  std::string notes;
};

Outcome Redact(std::string_view bytes, const PaperOptions& options = {}, bool look = false,
               redact::Mode mode = redact::Mode::kBlock) {
  static const redact::FakeFinder finder;
  redact::Replacer replacer(mode, &redact::TestStandIns(), nullptr);
  Outcome outcome;
  redact::Job job;
  job.finder = &finder;
  job.replacer = look ? nullptr : &replacer;
  job.report = [&](const redact::Found& found) { outcome.found.push_back(found); };
  job.note = [&](const std::string& note) { outcome.notes += note + "\n"; };
  outcome.result = RedactPdf(bytes, job, options);
  return outcome;
}

TakenValues ValuesOf(std::string_view secret) {
  TakenValues values;
  values.Add(secret, detect::Kind::kEmail);
  values.Build();
  return values;
}

// The text of all pages as the interpreter reads it.
std::string TextOf(std::string_view bytes) {
  std::string text;
  const Status status = PdfErrors([&]() -> Status {
    ASSIGN_OR_RETURN(const std::unique_ptr<QPDF> pdf, OpenPdf(bytes, {}));
    Budget budget{paper::PaperLimits{}};
    const std::vector<QPDFObjectHandle> pages = pdf->getAllPages();
    StreamTable streams(pages.size());
    FontCache fonts;
    const Layers layers(pdf->getRoot());
    const std::map<QPDFObjGen, Level> levels;
    Interpreter interpreter(*pdf, streams, fonts, layers, levels, budget);
    for (uint32_t i = 0; i < pages.size(); ++i) {
      const std::string contents = PageContents(pages[i], budget);
      text += ReadInOrder(interpreter.Scan(pages[i], i, contents, true), 0).rows.text;
    }
    return Status::Ok();
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  return text;
}

// Whatever the place: it is there before, and not afterwards.
TEST(RedactPdfTest, NothingIsLeftInAnyHidingPlace) {
  const std::vector<HidingPlace> places = HidingPlaces();
  ASSERT_GE(places.size(), 40U);
  for (const HidingPlace& place : places) {
    SCOPED_TRACE(place.name);
    const TakenValues values = ValuesOf(place.secret);
    EXPECT_FALSE(VerifyGone(place.file, values, {}, {}).ok()) << "the control finds nothing";
    const Outcome outcome = Redact(place.file);
    ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
    const Status gone = VerifyGone(outcome.result->bytes, values, {}, {});
    EXPECT_TRUE(gone.ok()) << gone.ToString();
    EXPECT_THAT(TextOf(outcome.result->bytes), HasSubstr(kOtherText));
  }
}

TEST(RedactPdfTest, WhatIsSeenIsReportedWithItsPlaceAndNeverItsWords) {
  for (const HidingPlace& place : HidingPlaces()) {
    const Outcome outcome = Redact(place.file);
    EXPECT_THAT(outcome.notes, Not(HasSubstr(place.secret)));
    for (const redact::Found& found : outcome.found) EXPECT_THAT(found.place.part, Not(HasSubstr(place.secret)));
    if (place.name != "in a form's value") continue;
    ASSERT_TRUE(outcome.result.ok());
    ASSERT_THAT(outcome.result->pages, SizeIs(1));
    ASSERT_THAT(outcome.result->pages[0].found, SizeIs(1));
    EXPECT_EQ(outcome.result->pages[0].found[0].place, "form value");
    EXPECT_EQ(outcome.result->document_finds, 2U);  // V and DV
  }
}

TEST(RedactPdfTest, ALookWritesNothingAndSaysTheSame) {
  PdfMaker pdf;
  pdf.AddPage(Line(72, 700, "call aaq@secret.example now"));
  const std::string file = pdf.Finish();
  const Outcome look = Redact(file, {}, true);
  ASSERT_TRUE(look.result.ok());
  EXPECT_THAT(look.result->bytes, IsEmpty());
  ASSERT_THAT(look.result->pages[0].found, SizeIs(1));
  const paper::Box box = look.result->pages[0].found[0].boxes.at(0);
  EXPECT_NEAR(box.top, 842 - 700 - 0.8 * 12, 3);
  EXPECT_GT(box.left, 72 + 12);
  EXPECT_EQ(Redact(file).found.size(), look.found.size());
}

TEST(RedactPdfTest, TheRestOfTheLineStaysWhereItStood) {
  PdfMaker pdf;
  pdf.AddPage(Line(72, 700, "before aaq@secret.example after"));
  const std::string file = pdf.Finish();
  const Outcome outcome = Redact(file);
  ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
  const auto place_of = [](std::string_view bytes) {
    Budget budget{paper::PaperLimits{}};
    Result<std::unique_ptr<QPDF>> opened = OpenPdf(bytes, {});
    QPDFObjectHandle page = (*opened)->getAllPages()[0];
    StreamTable streams(1);
    FontCache fonts;
    const Layers layers((*opened)->getRoot());
    const std::map<QPDFObjGen, Level> levels;
    Interpreter interpreter(**opened, streams, fonts, layers, levels, budget);
    const std::string contents = PageContents(page, budget);
    const PageScan scan = interpreter.Scan(page, 0, contents, true);
    return scan.glyphs.back().box.left;
  };
  EXPECT_NEAR(place_of(file), place_of(outcome.result->bytes), 0.05 * 12);
}

TEST(RedactPdfTest, HowManyLettersThereWereIsNotToldByOperators) {
  const auto redacted = [](const std::string& secret) {
    PdfMaker pdf;
    std::string letters = "BT /F1 12 Tf 1 0 0 1 60 700 Tm (x) Tj\n";
    for (size_t i = 0; i < secret.size(); ++i)
      letters +=
          "1 0 0 1 " + std::to_string(80 + 100 * i / secret.size()) + " 700 Tm (" + secret.substr(i, 1) + ") Tj\n";
    pdf.AddPage(letters + "1 0 0 1 300 700 Tm (y) Tj ET");
    const Outcome outcome = Redact(pdf.Finish());
    EXPECT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
    Result<std::unique_ptr<QPDF>> opened = OpenPdf(outcome.result->bytes, {});
    Budget budget{paper::PaperLimits{}};
    const std::string contents = PageContents((*opened)->getAllPages()[0], budget);
    return contents.substr(0, contents.find("0 g\n"));
  };
  const std::string one = redacted("aaaaa@bbbbbbbb.cccc");
  EXPECT_EQ(one, redacted("aaaaaaaaaa@bbbbbbbbbbbbbbb.cccccc"));
  EXPECT_THAT(one, HasSubstr("<78>"));
}

TEST(RedactPdfTest, BoxesOfAPersonGoWhateverStandsThere) {
  PdfMaker pdf;
  pdf.AddPage(Line(72, 700, "Quite ordinary") + Line(72, 600, "Also ordinary") +
              "0 0 1 RG 80 595 m 120 610 140 590 150 600 c S\n");
  PaperOptions options;
  options.boxes = {{1, {60, 842 - 620, 300, 842 - 590}}};
  options.search = false;
  const Outcome outcome = Redact(pdf.Finish(), options);
  ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
  const std::string text = TextOf(outcome.result->bytes);
  EXPECT_THAT(text, HasSubstr("Quite ordinary"));
  EXPECT_THAT(text, Not(HasSubstr("Also")));
  EXPECT_EQ(outcome.result->pages[0].found.at(0).rule, "manual");
  Result<std::unique_ptr<QPDF>> opened = OpenPdf(outcome.result->bytes, {});
  Budget budget{paper::PaperLimits{}};
  EXPECT_THAT(PageContents((*opened)->getAllPages()[0], budget), Not(HasSubstr(" c\n"))) << "the curve is still drawn";
}

TEST(RedactPdfTest, AFindThatIsLiftedStays) {
  PdfMaker pdf;
  pdf.AddPage(Line(72, 700, "aaq@secret.example") + Line(72, 600, "bbq@secret.example"));
  const std::string file = pdf.Finish();
  const Outcome look = Redact(file, {}, true);
  ASSERT_THAT(look.result->pages[0].found, SizeIs(2));
  PaperOptions options;
  options.lifted = {{1, look.result->pages[0].found[0].boxes[0]}};
  const Outcome outcome = Redact(file, options);
  ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
  const std::string text = TextOf(outcome.result->bytes);
  EXPECT_THAT(text, HasSubstr("aaq@secret.example"));
  EXPECT_THAT(text, Not(HasSubstr("bbq")));
  EXPECT_TRUE(outcome.result->pages[0].found[0].lifted);
}

TEST(RedactPdfTest, WhatWasFoundOnceGoesEverywhere) {
  PdfMaker pdf;
  pdf.AddPage(Line(72, 700, "id 4711233"));        // "id" beside it: found
  pdf.AddPage(Line(72, 700, "later 4711 233 x"));  // nothing beside it
  const std::string file = pdf.Finish();
  EXPECT_THAT(TextOf(file), HasSubstr("4711 233"));
  const Outcome outcome = Redact(file);
  ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
  EXPECT_THAT(TextOf(outcome.result->bytes), Not(HasSubstr("4711")));
  EXPECT_EQ(outcome.result->pages[1].found.at(0).rule, "repeated");
}

TEST(RedactPdfTest, ALabelIsWrittenOnTheBox) {
  PdfMaker pdf;
  pdf.AddPage(Line(72, 700, "aaqqqqqqqqqqq@secretsecret.example"));
  const Outcome outcome = Redact(pdf.Finish(), {}, false, redact::Mode::kLabel);
  ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
  EXPECT_THAT(TextOf(outcome.result->bytes), HasSubstr("[EMAIL]"));
}

// A page-sized grey picture whose upper half a reader reads as an address.
std::string GreyPicture() {
  std::string samples;
  for (int y = 0; y < 100; ++y) samples += std::string(100, y < 50 ? '\x40' : '\x80');
  return PictureFile("/Width 100 /Height 100 /BitsPerComponent 8 /ColorSpace /DeviceGray", samples);
}

paper::ReadPicture ReaderOf(const std::string& word) {
  return [word](const paper::Picture& picture) -> Result<paper::PageText> {
    paper::PageText text;
    text.width = picture.width;
    text.height = picture.height;
    text.Add(word, {10, 20, 60, 30});
    return text;
  };
}

TEST(RedactPdfTest, PixelsUnderAFindAreBlack) {
  const std::string file = GreyPicture();
  PaperOptions options;
  options.read = ReaderOf("aaq@secret.example");
  const Outcome outcome = Redact(file, options);
  ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
  ASSERT_THAT(outcome.result->pages[0].found, SizeIs(1));
  EXPECT_EQ(outcome.result->pages[0].found[0].place, "picture");
  Result<std::unique_ptr<QPDF>> opened = OpenPdf(outcome.result->bytes, {});
  Budget budget{paper::PaperLimits{}};
  int pictures = 0;
  for (QPDFObjectHandle object : (*opened)->getAllObjects()) {
    if (!object.isStream() || !HasName(object, "/Subtype", "/Image")) continue;
    ++pictures;
    const std::optional<Samples> samples = SamplesOf(object, {}, budget);
    ASSERT_TRUE(samples);
    EXPECT_EQ(samples->bytes[25 * 100 + 30], '\0');
    EXPECT_EQ(samples->bytes[25 * 100 + 80], '\x40') << "beside the box";
    EXPECT_EQ(samples->bytes[45 * 100 + 30], '\x40') << "below the box";
  }
  EXPECT_EQ(pictures, 1);
}

TEST(RedactPdfTest, APictureThatNobodyReadsIsRefusedUnlessItIsKept) {
  const std::string file = GreyPicture();
  const Outcome refused = Redact(file);
  EXPECT_EQ(refused.result.reason(), Reason::kUnsupportedMediaType);
  PaperOptions options;
  options.keep_unread = true;
  const Outcome kept = Redact(file, options);
  ASSERT_TRUE(kept.result.ok()) << kept.result.status().ToString();
  EXPECT_THAT(kept.notes, HasSubstr("Page 1 holds a picture, which was not read."));
  EXPECT_THAT(kept.result->pages[0].unread, SizeIs(1));
}

TEST(RedactPdfTest, APictureThatCannotBeDecodedIsReplacedByWhatIsDrawnOfIt) {
  const std::string file =
      PictureFile("/Width 100 /Height 100 /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /JPXDecode",
                  "qqhidden@secret.example");
  PaperOptions options;
  options.boxes = {{1, {100, 100, 200, 200}}};
  options.search = false;
  const Outcome emptied = Redact(file, options);
  ASSERT_TRUE(emptied.result.ok()) << emptied.result.status().ToString();
  EXPECT_THAT(emptied.notes, HasSubstr("was emptied"));
  EXPECT_TRUE(VerifyGone(emptied.result->bytes, ValuesOf("qqhidden@secret.example"), {}, {}).ok());
  EXPECT_FALSE(VerifyGone(file, ValuesOf("qqhidden@secret.example"), {}, {}).ok());

  options.render = [](std::string_view, uint32_t, uint32_t) -> Result<paper::Picture> {
    return paper::Picture{595, 842, 1, 72, std::string(size_t{595} * 842, '\x55')};
  };
  const Outcome drawn = Redact(file, options);
  ASSERT_TRUE(drawn.result.ok()) << drawn.result.status().ToString();
  EXPECT_THAT(drawn.notes, HasSubstr("put in its place"));
}

TEST(RedactPdfTest, InlinePicturesAreBlackenedToo) {
  PdfMaker pdf;
  std::string samples(32 * 32, 'Z');
  pdf.AddPage(Line(72, 780, kOtherText) + "q 300 0 0 300 100 100 cm BI /W 32 /H 32 /BPC 8 /CS /G ID " + samples +
              "\nEI Q\n");
  PaperOptions options;
  options.boxes = {{1, {90, 400, 500, 800}}};
  options.search = false;
  const Outcome outcome = Redact(pdf.Finish(), options);
  ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
  Result<std::unique_ptr<QPDF>> opened = OpenPdf(outcome.result->bytes, {});
  Budget budget{paper::PaperLimits{}};
  const std::string contents = PageContents((*opened)->getAllPages()[0], budget);
  EXPECT_THAT(contents, HasSubstr("/AHx"));
  EXPECT_THAT(contents, Not(HasSubstr("ZZZZ")));
  EXPECT_THAT(contents, Not(HasSubstr("5a5a5a")));
}

TEST(RedactPdfTest, APictureThatIsItsOwnMaskIsBlackened) {
  PdfMaker pdf;
  const int image = pdf.Reserve();
  const std::string ref = std::to_string(image) + " 0 R";
  pdf.Set(image,
          "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /SMask " +
              ref + " /Mask " + ref + " /Length 1 >>\nstream\nZ\nendstream");
  pdf.AddPage("q 100 0 0 100 100 100 cm /Im1 Do Q", "", "/XObject << /Im1 " + ref + " >>");
  PaperOptions options;
  options.boxes = {{1, {0, 0, 595, 842}}};
  options.search = false;
  const Outcome outcome = Redact(pdf.Finish(), options);
  ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
  EXPECT_THAT(outcome.result->bytes, Not(HasSubstr("/SMask")));
}

TEST(RedactPdfTest, LayersThatNameEachOtherManyTimesEnd) {
  PdfMaker pdf;
  int layer = pdf.Add("<< /Type /OCG /Name (x) >>");
  for (int i = 0; i < 30; ++i) {
    const std::string reference = std::to_string(layer) + " 0 R ";
    layer = pdf.Add("<< /Type /OCMD /P /AllOn /OCGs [" + reference + reference + "] >>");
  }
  pdf.AddPage(
      "/OC /P1 BDC " + Line(72, 780, kOtherText) + Line(72, 700, "aaq@secret.example") + " EMC", "",
      "/Properties << /P1 " + std::to_string(layer) + " 0 R >> /Font << /F1 " + std::to_string(pdf.font()) + " 0 R >>");
  const Outcome outcome = Redact(pdf.Finish());
  ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
  EXPECT_TRUE(VerifyGone(outcome.result->bytes, ValuesOf("aaq@secret.example"), {}, {}).ok());
  EXPECT_THAT(TextOf(outcome.result->bytes), HasSubstr(kOtherText));
}

// Numbers without end, and their products: places stay places, and what stands in none is hidden and goes.
TEST(RedactPdfTest, PlacesOfHugeNumbersStayPlaces) {
  const std::string huge(400, '9');
  const std::string many = "99999999 99999999 -99999999 99999999 1 1 cm 99999999 0 0 99999999 0 0 cm ";
  for (const std::string& matrix : {huge + " 0 0 1 0 0 cm ", "1 0 0 " + huge + " 0 -" + huge + " cm ", many}) {
    PdfMaker pdf;
    pdf.AddPage(Line(72, 780, kOtherText) + "q " + matrix + matrix + matrix + "0 0 1 rg 0 0 5 5 re f " +
                Line(0, 0, "aaq@secret.example") + " BI /W 1 /H 1 /BPC 8 /CS /G ID Z\nEI Q\n");
    PaperOptions options;
    options.boxes = {{1, {0, 300, 595, 842}}};
    const Outcome outcome = Redact(pdf.Finish(), options);
    ASSERT_TRUE(outcome.result.ok()) << outcome.result.status().ToString();
    EXPECT_TRUE(VerifyGone(outcome.result->bytes, ValuesOf("aaq@secret.example"), {}, {}).ok());
    EXPECT_THAT(outcome.result->bytes, Not(HasSubstr("nan")));
    for (const paper::FoundBox& found : outcome.result->pages[0].found) {
      for (const paper::Box& box : found.boxes) EXPECT_TRUE(std::isfinite(box.width() * box.height()));
    }
  }
}

// Operations of a glyph's procedure are counted anew: a path that waits outside has none of their numbers.
TEST(RedactPdfTest, APathThatWaitsForAGlyphOfAnotherStreamIsNotEndedThere) {
  PdfMaker pdf;
  const int procedure = pdf.AddStream("", "f BT ET");
  const int font = pdf.Add(
      "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [.1 0 0 .1 0 0] /FirstChar 97 /LastChar 97 "
      "/Widths [9] /Encoding << /Differences [97 /a] >> /CharProcs << /a " +
      std::to_string(procedure) + " 0 R >> >>");
  pdf.AddPage("q 100 700 m 150 750 l BT /F3 12 Tf 100 700 Td (a) Tj ET S Q", "",
              "/Font << /F3 " + std::to_string(font) + " 0 R /F1 " + std::to_string(pdf.font()) + " 0 R >>");
  PaperOptions options;
  options.boxes = {{1, {0, 0, 595, 842}}};
  options.search = false;
  EXPECT_TRUE(Redact(pdf.Finish(), options).result.ok());
}

TEST(RedactPdfTest, BadFilesAreRefused) {
  for (const std::string& file : {std::string(), std::string("hello"), std::string("%PDF-1.7\nnothing more")})
    EXPECT_EQ(Redact(file).result.reason(), Reason::kUnsupportedMediaType);
  PdfMaker pdf;
  for (int i = 0; i < 3; ++i) pdf.AddPage(Line(72, 700, "x"));
  const std::string file = pdf.Finish();
  EXPECT_TRUE(Redact(file).result.ok());
  PaperOptions few;
  few.limits.pages = 2;
  EXPECT_EQ(Redact(file, few).result.reason(), Reason::kBodyTooLarge);
  PaperOptions small;
  small.limits.bytes = 100;
  EXPECT_EQ(Redact(file, small).result.reason(), Reason::kBodyTooLarge);
}

TEST(RedactPdfTest, ABombEndsAtTheLimit) {
  PdfMaker pdf;
  pdf.AddPage(std::string(2'000'000, ' '));
  const std::string file = pdf.Finish();
  PaperOptions options;
  EXPECT_TRUE(Redact(file, options).result.ok());
  options.limits.inflated_bytes = 100'000;
  EXPECT_EQ(Redact(file, options).result.reason(), Reason::kBodyTooLarge);
}

TEST(RedactPdfTest, FormsThatPaintThemselvesOrEachOtherManyTimesEnd) {
  PdfMaker pdf;
  const int first = pdf.Reserve();
  const std::string ref = std::to_string(first) + " 0 R";
  pdf.Set(first, "<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /Fm1 " + ref +
                     " >> >> /Length 7 >>\nstream\n/Fm1 Do\nendstream");
  pdf.AddPage(Line(72, 780, kOtherText) + "/Fm1 Do", "", "/XObject << /Fm1 " + ref + " >>");
  EXPECT_TRUE(Redact(pdf.Finish()).result.ok());

  PdfMaker many;  // each form paints the next twenty times: 20^12
  int inner = many.AddStream("/Type /XObject /Subtype /Form /BBox [0 0 9 9]", "0 g");
  for (int i = 0; i < 12; ++i) {
    std::string twenty;
    for (int k = 0; k < 20; ++k) twenty += "/Fm1 Do ";
    inner = many.AddStream("/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /Fm1 " +
                               std::to_string(inner) + " 0 R >> >>",
                           twenty);
  }
  many.AddPage("/Fm1 Do", "", "/XObject << /Fm1 " + std::to_string(inner) + " 0 R >>");
  EXPECT_EQ(Redact(many.Finish()).result.reason(), Reason::kBodyTooLarge);
}

TEST(RedactPdfTest, TheResultIsOneRevisionWithAnIdOfItsOwn) {
  PdfMaker pdf;
  pdf.trailer_keys = "/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]";
  const int page = pdf.AddPage(Line(72, 700, "aaq@secret.example"));
  const std::string file = PdfMaker::Revised(pdf.Finish(), page - 1, "<< /Length 0 >>\nstream\n\nendstream");
  const Outcome outcome = Redact(file);
  ASSERT_TRUE(outcome.result.ok());
  const std::string& out = outcome.result->bytes;
  EXPECT_EQ(out.find("%%EOF"), out.rfind("%%EOF"));
  EXPECT_THAT(out, Not(HasSubstr("00112233445566778899aabbccddeeff")));
  EXPECT_THAT(out, HasSubstr("/ID"));
}

TEST(RedactPdfTest, ASignatureIsReportedVoidAndGone) {
  PdfMaker pdf;
  const int value =
      pdf.Add("<< /Type /Sig /Filter /Adobe.PPKLite /Name (aaqhidden@secret.example) /Contents <00ff> >>");
  const int field = pdf.Add("<< /Type /Annot /Subtype /Widget /FT /Sig /T (s) /V " + std::to_string(value) +
                            " 0 R /Rect [0 0 0 0] >>");
  pdf.catalogue_keys = "/AcroForm << /SigFlags 3 /Fields [" + std::to_string(field) + " 0 R] >>";
  pdf.AddPage(Line(72, 780, kOtherText), "/Annots [" + std::to_string(field) + " 0 R]");
  const Outcome outcome = Redact(pdf.Finish());
  ASSERT_TRUE(outcome.result.ok());
  EXPECT_TRUE(outcome.result->signatures_void);
  EXPECT_TRUE(VerifyGone(outcome.result->bytes, ValuesOf("aaqhidden@secret.example"), {}, {}).ok());
  EXPECT_THAT(outcome.result->bytes, Not(HasSubstr("/Sig")));
}

// Of a table: the heading is far from its neighbour, the number is not, and goes on in its cell's next line.
TEST(RedactPdfTest, ANumberOverTwoLinesOfACellGoesThoughTheNextColumnIsClose) {
  const auto finds = [](double column) {
    PdfMaker pdf;
    pdf.AddPage(Line(72, 720, "Season") + Line(242, 720, "No") + Line(286, 720, "Cur") + Line(72, 700, "Spring") +
                Line(242, 700, "1234") + Line(column, 700, "kr") + Line(242, 686, "5678"));
    const Outcome outcome = Redact(pdf.Finish());
    EXPECT_TRUE(outcome.result.ok());
    return outcome.found.size();
  };
  EXPECT_EQ(finds(286), 1U);
  EXPECT_EQ(finds(281), 0U) << "the control: words that stand under no edge of another line are of the same line";
}

// As pdfTeX calls glyphs of its bitmaps: by their codes.  Without somebody who reads drawings the page stays unread.
TEST(RedactPdfTest, GlyphsCalledByTheirCodesAreGuessedAndCountAsUnread) {
  const auto file = [](char first_letter) {
    PdfMaker pdf;
    std::string names;
    std::string procedures;
    const int glyph = pdf.AddStream("", "600 0 0 0 500 700 d1 0 0 500 700 re f");
    for (int code = 64; code < 123; ++code) {
      names += std::string(" /") + first_letter + std::to_string(first_letter == 'a' ? code : code + 1);
      procedures += std::string(" /") + first_letter + std::to_string(first_letter == 'a' ? code : code + 1) + " " +
                    std::to_string(glyph) + " 0 R";
    }
    std::string widths;
    for (int code = 64; code < 123; ++code) widths += " 600";
    const int font = pdf.Add(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 600 700] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 64 "
        "/LastChar 122 /Widths [" +
        widths + "] /Encoding << /Differences [64" + names + "] >> /CharProcs <<" + procedures + " >> >>");
    pdf.AddPage("BT /F1 12 Tf 72 700 Td (ZZINDIGO) Tj ET", "", "/Font << /F1 " + std::to_string(font) + " 0 R >>");
    return pdf.Finish();
  };
  EXPECT_EQ(Redact(file('a')).result.status().reason(), Reason::kUnsupportedMediaType);
  PaperOptions keep;
  keep.keep_unread = true;
  EXPECT_THAT(Redact(file('a'), keep).found, SizeIs(1));
  EXPECT_THAT(Redact(file('b'), keep).found, IsEmpty()) << "the control: these numbers are not the codes";
}

TEST(RedactPdfTest, CleanLinksAndBookmarksStay) {
  PdfMaker pdf;
  const int root = pdf.Reserve();
  const int page = pdf.AddPage(Line(72, 700, kOtherText),
                               "/Annots [<< /Type /Annot /Subtype /Link /Rect [70 690 200 710] /A << /S /URI /URI "
                               "(https://plain.example/) >> >>]");
  const int item = pdf.Add("<< /Title (Chapter) /Parent " + std::to_string(root) + " 0 R /Dest [" +
                           std::to_string(page) + " 0 R /Fit] >>");
  pdf.Set(root, "<< /Type /Outlines /First " + std::to_string(item) + " 0 R /Last " + std::to_string(item) +
                    " 0 R /Count 1 >>");
  pdf.catalogue_keys = "/Outlines " + std::to_string(root) + " 0 R";
  const Outcome outcome = Redact(pdf.Finish());
  ASSERT_TRUE(outcome.result.ok());
  Result<std::unique_ptr<QPDF>> opened = OpenPdf(outcome.result->bytes, {});
  QPDFObjectHandle kept = (*opened)->getRoot().getKey("/Outlines").getKey("/First");
  EXPECT_EQ(kept.getKey("/Title").getUTF8Value(), "Chapter");
  EXPECT_TRUE(kept.getKey("/Dest").isArray());
  QPDFObjectHandle first = (*opened)->getAllPages()[0];
  EXPECT_EQ(first.getKey("/Annots").getArrayNItems(), 1);
}

}  // namespace
}  // namespace strongroom::pdf
