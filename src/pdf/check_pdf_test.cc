#include "pdf/check_pdf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pdf/testing/pdf_maker.h"

namespace strongroom::pdf {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

NaiveReport Check(const std::string& file) {
  const Result<NaiveReport> report = CheckPdf(file, {});
  EXPECT_TRUE(report.ok()) << report.status().ToString();
  return report.ok() ? *report : NaiveReport{};
}

std::string Page(std::string_view contents, const std::string& keys = "", const std::string& resources = "") {
  PdfMaker pdf;
  pdf.AddPage(contents, keys, resources);
  return pdf.Finish();
}

TEST(CheckPdfTest, TextUnderABoxIsFoundAndBesideItIsNot) {
  const NaiveReport report =
      Check(Page(Line(72, 700, "secret words") + "0 g 60 690 200 30 re f\n" + Line(72, 600, "plain")));
  ASSERT_THAT(report.finds, SizeIs(1));
  EXPECT_EQ(report.finds[0].kind, NaiveKind::kUnderBox);
  EXPECT_EQ(report.finds[0].characters, 11U);
  EXPECT_NEAR(report.finds[0].box.left, 72, 1);
}

TEST(CheckPdfTest, ABoxPaintedFirstIsAGroundAndHidesNothing) {
  EXPECT_THAT(Check(Page("0.9 g 60 690 200 30 re f\n0 g " + Line(72, 700, "in a table"))).finds, IsEmpty());
  EXPECT_THAT(Check(Page("0 g 60 690 200 30 re f\n1 g " + Line(72, 700, "white on black"))).finds, IsEmpty());
}

TEST(CheckPdfTest, EachWayOfHidingHasItsName) {
  const auto kind = [](const std::string& file) {
    const NaiveReport report = Check(file);
    return report.finds.empty() ? std::string("nothing") : std::string(NameOf(report.finds[0].kind));
  };
  EXPECT_EQ(kind(Page(Line(72, 700, "secret") + "3 w 60 704 m 200 704 l S\n")), "nothing") << "too thin to cover";
  EXPECT_EQ(kind(Page(Line(72, 700, "secret") + "20 w 60 704 m 200 704 l S\n")), "under a box");
  EXPECT_EQ(kind(Page("1 g " + Line(72, 700, "secret"))), "in the colour of its ground");
  EXPECT_EQ(kind(Page("BT 3 Tr /F1 12 Tf 72 700 Td (secret) Tj ET")), "not painted");
  EXPECT_EQ(kind(Page(Line(900, 700, "secret"))), "off the page");
  PdfMaker note;
  const int look = note.AddStream("/Type /XObject /Subtype /Form /BBox [0 0 200 30]", "0 g 0 0 200 30 re f");
  note.AddPage(Line(72, 700, "secret"), "/Annots [<< /Type /Annot /Subtype /Square /Rect [60 690 260 720] /AP << /N " +
                                            std::to_string(look) + " 0 R >> >>]");
  EXPECT_EQ(kind(note.Finish()), "under a note");
  EXPECT_EQ(kind(Page(Line(72, 700, "secret"), "/Annots [<< /Type /Annot /Subtype /Redact /Rect [60 690 260 720] >>]")),
            "under a note");
  PdfMaker picture;
  const int image =
      picture.AddStream("/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray",
                        std::string(1, '\0'));
  picture.AddPage(Line(72, 700, "secret") + "q 200 0 0 30 60 690 cm /Im1 Do Q", "",
                  "/XObject << /Im1 " + std::to_string(image) + " 0 R >>");
  EXPECT_EQ(kind(picture.Finish()), "under a picture");
}

TEST(CheckPdfTest, PixelsUnderADarkBoxAreFound) {
  PdfMaker pdf;
  const int image = pdf.AddStream(
      "/Type /XObject /Subtype /Image /Width 2 /Height 2 /BitsPerComponent 8 /ColorSpace /DeviceGray", "abcd");
  pdf.AddPage("q 595 0 0 842 0 0 cm /Im1 Do Q 0 g 100 100 200 30 re f", "",
              "/XObject << /Im1 " + std::to_string(image) + " 0 R >>");
  const NaiveReport report = Check(pdf.Finish());
  ASSERT_THAT(report.finds, SizeIs(1));
  EXPECT_EQ(report.finds[0].kind, NaiveKind::kPictureUnderBox);
}

TEST(CheckPdfTest, WordsOfAnEarlierRevisionAreCounted) {
  PdfMaker pdf;
  const int page = pdf.AddPage(Line(72, 700, "stays secret"));
  const std::string first = pdf.Finish();
  EXPECT_THAT(Check(first).finds, IsEmpty());
  const std::string stays = Line(72, 700, "stays");
  const NaiveReport report = Check(PdfMaker::Revised(
      first, page - 1, "<< /Length " + std::to_string(stays.size()) + " >>\nstream\n" + stays + "\nendstream"));
  EXPECT_EQ(report.revisions, 2U);
  ASSERT_THAT(report.finds, SizeIs(1));
  EXPECT_EQ(report.finds[0].kind, NaiveKind::kEarlierRevision);
  EXPECT_EQ(report.finds[0].characters, 6U);
}

TEST(CheckPdfTest, EveryHiddenHidingPlaceOnAPageIsFound) {
  for (const HidingPlace& place : HidingPlaces()) {
    for (const std::string_view name : {"in render mode 3", "in white", "under a black box", "off the page",
                                        "clipped away", "in a layer that is off"}) {
      if (place.name == name) {
        EXPECT_THAT(Check(place.file).finds, SizeIs(1)) << name;
      }
    }
    if (place.name == "shown by Tj") {
      EXPECT_THAT(Check(place.file).finds, IsEmpty());
    }
  }
}

}  // namespace
}  // namespace strongroom::pdf
