#include "scans/unread.h"

#include <gtest/gtest.h>

#include "scans/reader.h"
#include "scans/testing/drawn_text.h"

namespace strongroom::scans {
namespace {

paper::Picture PictureOf(Pix* pix) {
  paper::Picture picture;
  picture.width = static_cast<uint32_t>(pixGetWidth(pix));
  picture.height = static_cast<uint32_t>(pixGetHeight(pix));
  picture.dots_per_inch = 300;
  for (uint32_t y = 0; y < picture.height; ++y) {
    for (uint32_t x = 0; x < picture.width; ++x)
      picture.samples += static_cast<char>(GET_DATA_BYTE(Row(pix, static_cast<int>(y)), x));
  }
  return picture;
}

// A word over the whole of each drawn line.
paper::PageText Read(size_t lines, uint8_t confidence) {
  paper::PageText page;
  for (size_t i = 0; i < lines; ++i) {
    const double top = kDrawnMargin + kDrawnLine * static_cast<double>(i);
    page.Add("words", {kDrawnMargin - 5.0, top, 1500, top + 70}, 0, confidence);
    page.EndLine();
  }
  return page;
}

TEST(UnreadTest, APageOfReadWordsHasNothingUnread) {
  const PixPtr pix = DrawnText({"The pump had failed and the boxes", "that stood on the floor were wet."});
  const Result<UnreadInk> read = Unread(PictureOf(pix.get()), Read(2, 90));
  ASSERT_TRUE(read.ok());
  EXPECT_LT(read->share, 0.05);
  EXPECT_TRUE(read->boxes.empty());
  // The control: the same page with words that nobody is sure of.
  const Result<UnreadInk> unsure = Unread(PictureOf(pix.get()), Read(2, 20));
  ASSERT_TRUE(unsure.ok());
  EXPECT_GT(unsure->share, 0.95);
  EXPECT_FALSE(unsure->boxes.empty());
}

TEST(UnreadTest, HandwritingIsSeenAndWhere) {
  const PixPtr pix = DrawnText({"Signed in the presence of two", "", "", "", "", "and kept in the archive."});
  Scribble(pix.get(), 300, 200, 700, 160);
  paper::PageText page = Read(1, 90);
  const double last = kDrawnMargin + 5.0 * kDrawnLine;
  page.Add("words", {kDrawnMargin - 5.0, last, 1500, last + 70}, 0, 90);
  const Result<UnreadInk> unread = Unread(PictureOf(pix.get()), page);
  ASSERT_TRUE(unread.ok());
  EXPECT_GT(unread->share, 0.15);
  paper::Box all;
  for (const paper::Box& box : unread->boxes) all = all.Around(box);
  EXPECT_GT(all.left, 250);
  EXPECT_LT(all.right, 1150);
  EXPECT_GT(all.top, 150);
  EXPECT_LT(all.bottom, 420);
}

TEST(UnreadTest, RuledLinesBarsAndSpecksAreNoWriting) {
  const PixPtr pix(pixCreate(1600, 900, 8));
  pixSetAll(pix.get());
  for (int y = 100; y < 800; y += 100) {
    const PixPtr mask(pixCreate(1600, 900, 1));
    pixRenderLine(mask.get(), 50, y, 1550, y, 3, L_SET_PIXELS);
    pixRenderLine(mask.get(), 2 * y, 50, 2 * y, 850, 3, L_SET_PIXELS);
    pixSetMasked(pix.get(), mask.get(), 0);
    pixSetPixel(pix.get(), 333, y + 31, 0);
  }
  BOX* bar = boxCreate(300, 320, 400, 50);
  pixSetInRectArbitrary(pix.get(), bar, 0);
  boxDestroy(&bar);
  const Result<UnreadInk> unread = Unread(PictureOf(pix.get()), {});
  ASSERT_TRUE(unread.ok());
  EXPECT_LT(unread->page_share, 0.0015);
  EXPECT_TRUE(unread->boxes.empty());
}

}  // namespace
}  // namespace strongroom::scans
