// Redacted PDFs before outside judges: pdftotext, mutool, qpdf, pdftoppm with tesseract; in the sandbox; and files of
// programs that people print with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "child_process.h"
#include "confined/sandbox.h"
#include "pdf/redact_pdf.h"
#include "pdf/testing/pdf_maker.h"
#include "redact/testing/fake_finder.h"
#include "store/testing/temp_dir.h"
#include "tests/paper/judges.h"

namespace strongroom {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<paper::PaperResult> Redacted(std::string_view file, const paper::PaperOptions& options = {}) {
  static const redact::FakeFinder finder;
  redact::Replacer replacer(redact::Mode::kBlock, &redact::TestStandIns(), nullptr);
  redact::Job job;
  job.finder = &finder;
  job.replacer = &replacer;
  return pdf::RedactPdf(file, job, options);
}

TEST(PdfJudgesTest, NoJudgeSaysASecretAfterwardsAndEachWasSaidBefore) {
  const TempDir directory;
  size_t places = 0;
  for (const pdf::HidingPlace& place : pdf::HidingPlaces()) {
    SCOPED_TRACE(place.name);
    const Judgement before = Judge(directory.path(), place.file);
    // Codes that only a font's own tables spell are not told by unpacked bytes; text is, where a reader sees it.
    EXPECT_TRUE(Says(before, place.secret) || place.name == "written downwards") << "the control finds nothing";
    const Result<paper::PaperResult> result = Redacted(place.file);
    ASSERT_TRUE(result.ok()) << result.status().ToString();
    const Judgement after = Judge(directory.path(), result->bytes);
    EXPECT_FALSE(Says(after, place.secret));
    EXPECT_THAT(after.pdftotext, HasSubstr(pdf::kOtherText));
    EXPECT_THAT(after.mutool, HasSubstr(pdf::kOtherText));
    ++places;
  }
  EXPECT_GE(places, 40U);
  printf("%zu hiding places\n", places);
}

TEST(PdfJudgesTest, TheRestOfEachPageLooksAsBefore) {
  const TempDir directory;
  for (const pdf::HidingPlace& place : pdf::HidingPlaces()) {
    SCOPED_TRACE(place.name);
    if (place.name == "in a glyph of a Type 3 font" || place.name == "in the tile of a pattern")
      continue;  // no box tells where
    if (place.name == "in the group of a soft mask" || place.name == "in a composite font with ToUnicode") continue;
    const Result<paper::PaperResult> result = Redacted(place.file);
    ASSERT_TRUE(result.ok());
    const Result<paper::Picture> before = Drawn(directory.path(), place.file, 1, 72);
    const Result<paper::Picture> after = Drawn(directory.path(), result->bytes, 1, 72);
    ASSERT_TRUE(before.ok() && after.ok());
    EXPECT_LT(ChangedOutside(*before, *after, result->pages[0]), 0.0005);
  }
}

// A page that is a picture of text, made by drawing a page of text.
std::string ScannedPage(const std::string& directory) {
  pdf::PdfMaker text;
  text.AddPage(pdf::Line(72, 700, "The letter was sent to", 20) + pdf::Line(72, 660, "ZZINDIGO ZZWALNUT", 24) +
               pdf::Line(72, 620, "on the third floor", 20));
  const Result<paper::Picture> drawn = Drawn(directory, text.Finish(), 1, 150);
  EXPECT_TRUE(drawn.ok());
  return pdf::PictureFile("/Width " + std::to_string(drawn->width) + " /Height " + std::to_string(drawn->height) +
                              " /BitsPerComponent 8 /ColorSpace /DeviceGray",
                          drawn->samples);
}

TEST(PdfJudgesTest, WordsInAPictureAreReadNoMore) {
  const TempDir directory;
  const std::string file = ScannedPage(directory.path());
  paper::PaperOptions options;
  options.read = [&](const paper::Picture& picture) { return ReadByTesseract(directory.path(), picture); };
  options.render = [&](std::string_view bytes, uint32_t page, uint32_t dots) {
    return Drawn(directory.path(), bytes, page, dots);
  };
  const Result<paper::PaperResult> result = Redacted(file, options);
  ASSERT_TRUE(result.ok()) << result.status().ToString();
  const auto words = [&](std::string_view bytes) {
    const Result<paper::Picture> drawn = Drawn(directory.path(), bytes, 1, 150);
    const Result<paper::PageText> read = ReadByTesseract(directory.path(), *drawn);
    return read.ok() ? read->text : std::string();
  };
  EXPECT_THAT(words(file), HasSubstr("WALNUT"));
  const std::string after = words(result->bytes);
  EXPECT_THAT(after, Not(HasSubstr("WALNUT")));
  EXPECT_THAT(after, Not(HasSubstr("INDIGO")));
  EXPECT_THAT(after, HasSubstr("third floor"));
  // The picture by itself, without the box above it.
  WriteFile(directory.path() + "/result.pdf", result->bytes);
  const Result<ProgramOutput> images =
      RunProgram({"/usr/bin/pdfimages", "-png", directory.path() + "/result.pdf", directory.path() + "/image"});
  ASSERT_TRUE(images.ok());
  const Result<ProgramOutput> read = RunProgram({"/usr/bin/tesseract", directory.path() + "/image-000.png", "stdout"});
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->out, HasSubstr("third floor"));
  EXPECT_THAT(read->out, Not(HasSubstr("WALNUT")));
}

TEST(PdfJudgesTest, TheSandboxIsEnough) {
  const std::vector<pdf::HidingPlace> places = pdf::HidingPlaces();
  for (const pdf::HidingPlace& place : places) {
    if (place.name != "in GBK-EUC-H" && place.name != "in a form's value" && place.name != "in XMP") continue;
    SCOPED_TRACE(place.name);
    std::string out;
    const Status status = RunConfined(
        [&](const SendMessage& send) -> Status {
          ASSIGN_OR_RETURN(const paper::PaperResult result, Redacted(place.file));
          return send('D', result.bytes);
        },
        [&](char, std::string_view payload) {
          out.append(payload);
          return Status::Ok();
        });
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_TRUE(out.starts_with("%PDF-"));
  }
}

TEST(PdfJudgesTest, APasswordForReadersIsAskedAboutAndOneForOwnersIsNoHindrance) {
  const TempDir directory;
  const pdf::HidingPlace place = pdf::HidingPlaces()[0];
  WriteFile(directory.path() + "/plain.pdf", place.file);
  for (const bool reader : {false, true}) {
    const std::string file = directory.path() + "/locked.pdf";
    const Result<ProgramOutput> made = RunProgram({"/usr/bin/qpdf", "--encrypt", reader ? "reader" : "", "owner", "256",
                                                   "--", directory.path() + "/plain.pdf", file});
    ASSERT_TRUE(made.ok() && made->exit_code == 0);
    const Result<paper::PaperResult> result = Redacted(ReadWholeFile(file));
    if (reader) {
      EXPECT_EQ(result.reason(), Reason::kUnsupportedMediaType);
      EXPECT_THAT(result.status().message(), HasSubstr("password"));
      continue;
    }
    ASSERT_TRUE(result.ok()) << result.status().ToString();
    EXPECT_FALSE(Says(Judge(directory.path(), result->bytes), place.secret));
  }
}

// Printed by others: the secret goes, the rest stays and is found by readers.
void ExpectRedacted(const std::string& directory, const std::string& file) {
  const Judgement before = Judge(directory, file);
  ASSERT_TRUE(Says(before, "printed@secret.example"));
  ASSERT_THAT(before.pdftotext, HasSubstr("Ordinary words"));
  const Result<paper::PaperResult> result = Redacted(file);
  ASSERT_TRUE(result.ok()) << result.status().ToString();
  const Judgement after = Judge(directory, result->bytes);
  EXPECT_FALSE(Says(after, "printed@secret.example"));
  EXPECT_THAT(after.pdftotext, HasSubstr("Ordinary words"));
  const Result<paper::Picture> was = Drawn(directory, file, 1, 72);
  const Result<paper::Picture> is = Drawn(directory, result->bytes, 1, 72);
  ASSERT_TRUE(was.ok() && is.ok());
  EXPECT_LT(ChangedOutside(*was, *is, result->pages[0]), 0.0005);
}

TEST(PdfJudgesTest, PrintedByGhostscript) {
  const TempDir directory;
  WriteFile(
      directory.path() + "/page.ps",
      "%!PS\n/Times-Roman findfont 14 scalefont setfont 72 700 moveto (Ordinary words, then printed@secret.example, "
      "and more) show\n"
      "/Helvetica-Bold findfont 11 scalefont setfont 72 650 moveto (Again: printed@secret.example) show showpage\n");
  const Result<ProgramOutput> made = RunProgram({"/usr/bin/gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-o",
                                                 directory.path() + "/page.pdf", directory.path() + "/page.ps"});
  ASSERT_TRUE(made.ok() && made->exit_code == 0);
  ExpectRedacted(directory.path(), ReadWholeFile(directory.path() + "/page.pdf"));
}

TEST(PdfJudgesTest, PrintedByChromium) {
  const TempDir directory;
  WriteFile(directory.path() + "/page.html",
            "<html lang=en><title>Letter to printed@secret.example</title><body style='font-family:Inter'><h1>Ordinary "
            "words</h1>"
            "<p>Write to <b>printed@secret.example</b> or <a href='mailto:printed@secret.example'>here</a>.</p>"
            "<table border=1><tr><td>Mail<td>printed@secret.example<tr><td>Name<td>Nobody</table><p "
            "lang=zh>普通文字</p></body></html>");
  const Result<ProgramOutput> made =
      RunProgram({"/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu",
                  "--user-data-dir=" + directory.path() + "/profile",
                  "--print-to-pdf=" + directory.path() + "/page.pdf", "file://" + directory.path() + "/page.html"});
  ASSERT_TRUE(made.ok() && made->exit_code == 0) << made->err;
  ExpectRedacted(directory.path(), ReadWholeFile(directory.path() + "/page.pdf"));
}

}  // namespace
}  // namespace strongroom
