#include "scans/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "scans/picture_file.h"
#include "scans/place.h"
#include "scans/testing/drawn_text.h"

namespace strongroom::scans {
namespace {

using testing::HasSubstr;

// One for all tests: it takes its models from the disk once.
PageReader& Reader() {
  static const std::unique_ptr<PageReader> reader = [] {
    Result<std::unique_ptr<PageReader>> opened = PageReader::Open({});
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    return std::move(*opened);
  }();
  return *reader;
}

const std::vector<std::string> kLines = {"The pump had failed and the boxes", "that stood on the floor were wet.",
                                         "Card 4539 1488 0343 6467 was paid", "by the company in the morning."};

paper::Picture PictureOf(PixPtr pix) {
  PageImage page;
  page.pix = std::move(pix);
  page.dots_per_inch = 300;
  return AsPicture(page);
}

const paper::PageText::Piece* PieceOf(const paper::PageText& page, std::string_view word) {
  for (const paper::PageText::Piece& piece : page.pieces) {
    if (std::string_view(page.text).substr(piece.begin, piece.end - piece.begin) == word) return &piece;
  }
  return nullptr;
}

TEST(ReaderTest, WordsAreReadWhereTheyStand) {
  const Result<paper::PageText> page = Reader().Read(PictureOf(DrawnText(kLines)));
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page->text, HasSubstr("that stood on the floor were wet."));
  EXPECT_THAT(page->text, HasSubstr("4539 1488 0343 6467"));
  const paper::PageText::Piece* const piece = PieceOf(*page, "Card");
  ASSERT_NE(piece, nullptr);
  EXPECT_NEAR(piece->box.left, kDrawnMargin, 8);
  EXPECT_GT(piece->box.top, kDrawnMargin + 2 * kDrawnLine - 10);
  EXPECT_LT(piece->box.bottom, kDrawnMargin + 3 * kDrawnLine);
  EXPECT_GT(piece->confidence, 60);
  EXPECT_LT(piece->confidence, 100);
}

TEST(ReaderTest, APageIsReadWhicheverWayItLies) {
  for (int quarters = 1; quarters < 4; ++quarters) {
    const PixPtr upright = DrawnText(kLines);
    const Transform back = Transform::TurnedBack(quarters, pixGetWidth(upright.get()), pixGetHeight(upright.get()));
    const Result<paper::PageText> page = Reader().Read(PictureOf(PixPtr(pixRotateOrth(upright.get(), quarters))));
    ASSERT_TRUE(page.ok());
    EXPECT_THAT(page->text, HasSubstr("stood on the floor")) << quarters;
    const paper::PageText::Piece* const piece = PieceOf(*page, "Card");
    ASSERT_NE(piece, nullptr) << quarters;
    const paper::Box box = Around(Mapped(CornersOf(piece->box), back));
    EXPECT_NEAR(box.left, kDrawnMargin, 8) << quarters;
    EXPECT_NEAR((box.top + box.bottom) / 2, kDrawnMargin + 2.4 * kDrawnLine, 20) << quarters;
  }
}

TEST(ReaderTest, APageAskewIsReadAndItsWordsLean) {
  const PixPtr upright = DrawnText(kLines);
  for (const double degrees : {-4.0, 3.0}) {
    PixPtr askew(pixRotate(upright.get(), static_cast<float>(degrees * 3.14159265 / 180), L_ROTATE_AREA_MAP,
                           L_BRING_IN_WHITE, pixGetWidth(upright.get()), pixGetHeight(upright.get())));
    const Result<paper::PageText> page = Reader().Read(PictureOf(std::move(askew)));
    ASSERT_TRUE(page.ok());
    EXPECT_THAT(page->text, HasSubstr("stood on the floor")) << degrees;
    const paper::PageText::Piece* const piece = PieceOf(*page, "company");
    ASSERT_NE(piece, nullptr) << degrees;
    EXPECT_NEAR(LeanOfTag(piece->tag) * 180 / 3.14159265, degrees, 0.6);
  }
}

TEST(ReaderTest, AnEmptyPageHasNoWords) {
  PixPtr white(pixCreate(800, 600, 8));
  pixSetAll(white.get());
  const Result<paper::PageText> page = Reader().Read(PictureOf(std::move(white)));
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->pieces.empty()) << page->text;
}

TEST(ReaderTest, PicturesThatAreNoneAreRefused) {
  paper::Picture picture;
  EXPECT_EQ(Reader().Read(picture).status().reason(), Reason::kInvalidArgument);
  picture.width = picture.height = 1000;
  picture.samples = "short";
  EXPECT_EQ(Reader().Read(picture).status().reason(), Reason::kInvalidArgument);
  for (const uint32_t side : {1U, 2U, 7U, 31U}) {
    picture.width = picture.height = side;
    picture.samples.assign(size_t{side} * side, '\x7F');
    EXPECT_TRUE(Reader().Read(picture).ok()) << side;
  }
}

TEST(ReaderTest, AModelThatIsNotThereIsSaid) {
  ReaderOptions options;
  options.languages = {"eng", "tlh"};
  EXPECT_EQ(PageReader::Open(options).status().reason(), Reason::kConfigInvalid);
  options.languages = {"../eng"};
  EXPECT_EQ(PageReader::Open(options).status().reason(), Reason::kConfigInvalid);
  options.languages = {};
  EXPECT_EQ(PageReader::Open(options).status().reason(), Reason::kConfigInvalid);
}

TEST(ReaderTest, NoThreadIsStarted) {
  ASSERT_TRUE(Reader().Read(PictureOf(DrawnText(kLines))).ok());
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  EXPECT_EQ(std::distance(begin(tasks), end(tasks)), 1);
}

}  // namespace
}  // namespace strongroom::scans
