#include "scans/burn.h"

#include <gtest/gtest.h>

#include "scans/testing/drawn_text.h"

namespace strongroom::scans {
namespace {

PageImage White(int depth) {
  PageImage page;
  page.pix.reset(pixCreate(64, 64, depth));
  if (depth == 32) pixSetSpp(page.pix.get(), 3);
  if (depth != 1) pixSetAllArbitrary(page.pix.get(), depth == 32 ? 0xFF804000U : 200U);
  return page;
}

uint32_t At(const PageImage& page, int x, int y) {
  uint32_t value = 0;
  pixGetPixel(page.pix.get(), x, y, &value);
  return value;
}

TEST(BurnTest, PixelsOfTheBoxAreReplacedAndNoOthers) {
  for (const int depth : {1, 8, 32}) {
    PageImage page = White(depth);
    const uint32_t paper = At(page, 5, 5);
    const uint32_t black = depth == 1 ? 1 : 0;
    ASSERT_NE(paper, black);
    ASSERT_TRUE(Burn(page, {CornersOf({10, 12, 20, 18})}).ok());
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 64; ++x) {
        const bool inside = x >= 10 && x < 20 && y >= 12 && y < 18;
        const bool edge = x >= 9 && x <= 20 && y >= 11 && y <= 18;
        if (inside) {
          EXPECT_EQ(At(page, x, y), black) << depth << " " << x << " " << y;
        }
        if (!edge) {
          EXPECT_EQ(At(page, x, y), paper) << depth << " " << x << " " << y;
        }
      }
    }
  }
}

TEST(BurnTest, ABoxThatLeansHasNoHoles) {
  PageImage page = White(8);
  const Quad quad = {Point{20, 10}, Point{50, 25}, Point{44, 37}, Point{14, 22}};
  ASSERT_TRUE(Burn(page, {quad}).ok());
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      // The middle of a pixel is inside when it lies to the right of all four sides.
      bool inside = true;
      for (size_t i = 0; i < 4; ++i) {
        const Point a = quad[i], b = quad[(i + 1) % 4];
        inside = inside && (b.x - a.x) * (y + 0.5 - a.y) - (b.y - a.y) * (x + 0.5 - a.x) >= 0;
      }
      if (inside) {
        EXPECT_EQ(At(page, x, y), 0U) << x << " " << y;
      }
    }
  }
  EXPECT_NE(At(page, 50, 12), 0U);
  EXPECT_NE(At(page, 14, 36), 0U);
}

TEST(BurnTest, BoxesBeyondThePageAreCutOff) {
  PageImage page = White(8);
  ASSERT_TRUE(
      Burn(page, {CornersOf({-1e7, -50, 5, 4}), CornersOf({60, 60, 1e9, 1e9}), CornersOf({200, 0, 300, 9})}).ok());
  EXPECT_EQ(At(page, 0, 0), 0U);
  EXPECT_EQ(At(page, 63, 63), 0U);
  EXPECT_NE(At(page, 30, 30), 0U);
}

TEST(BurnTest, BoxesTakeTheColourOfTheirPaperInACopy) {
  const std::vector<Quad> quads = {CornersOf({10, 12, 20, 18}), CornersOf({20, 12, 30, 18}),
                                   CornersOf({40, 40, 99, 99})};
  for (const int depth : {1, 8, 32}) {
    PageImage page = White(depth);
    const uint32_t paper = At(page, 5, 5);
    ASSERT_TRUE(Burn(page, quads).ok());
    const Result<PageImage> copy = WithBoxesAsPaper(page, quads);
    ASSERT_TRUE(copy.ok());
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 64; ++x) EXPECT_EQ(At(*copy, x, y), paper) << depth << " " << x << " " << y;
    }
    EXPECT_NE(At(page, 15, 15), paper);
  }
}

// Some pixels are print of that shade.
PageImage PrintedIn(uint32_t shade, uint32_t paper) {
  PageImage page;
  page.pix.reset(pixCreate(100, 100, 8));
  pixSetAllArbitrary(page.pix.get(), paper);
  for (int x = 0; x < 100; ++x) {
    for (int y = 40; y < 43; ++y) pixSetPixel(page.pix.get(), x, y, shade);
  }
  return page;
}

TEST(BurnTest, BoxesAreBlackButOnFaintPagesAsDarkAsThePrint) {
  EXPECT_EQ(ShadeOfBoxes(PrintedIn(20, 250)), 0U);
  EXPECT_EQ(ShadeOfBoxes(PrintedIn(120, 180)), 120U);
  EXPECT_EQ(ShadeOfBoxes(PrintedIn(170, 180)), 0U);
  EXPECT_EQ(ShadeOfBoxes(White(1)), 0U);
  PageImage page = PrintedIn(120, 180);
  const std::vector<Quad> quads = {CornersOf({10, 12, 20, 18})};
  ASSERT_TRUE(Burn(page, quads, 120).ok());
  EXPECT_EQ(At(page, 15, 15), 120U);
  EXPECT_FALSE(WithBoxesAsPaper(page, quads).ok());
  const Result<PageImage> copy = WithBoxesAsPaper(page, quads, 120);
  ASSERT_TRUE(copy.ok());
  EXPECT_EQ(At(*copy, 15, 15), 180U);
}

TEST(BurnTest, WhatIsNotBlackIsNotTakenForABox) {
  PageImage page = White(8);
  const std::vector<Quad> quads = {CornersOf({10, 12, 20, 18})};
  EXPECT_FALSE(WithBoxesAsPaper(page, quads).ok());
  ASSERT_TRUE(Burn(page, quads).ok());
  ASSERT_TRUE(WithBoxesAsPaper(page, quads).ok());
  pixSetPixel(page.pix.get(), 15, 15, 60);
  EXPECT_FALSE(WithBoxesAsPaper(page, quads).ok());
}

TEST(BurnTest, WholeBlocksOfAJpegGo) {
  PageImage page = White(32);
  page.jpeg = true;
  page.unit_width = page.unit_height = 16;
  ASSERT_TRUE(Burn(page, {CornersOf({18, 18, 22, 22})}).ok());
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      const bool block = x >= 16 && x < 24 && y >= 16 && y < 24;
      const uint32_t value = At(page, x, y);
      EXPECT_EQ(value >> 8 == 0, block) << x << " " << y;
      // Colour is gone from the unit and two pixels around it.
      const bool near = x >= 14 && x < 34 && y >= 14 && y < 34;
      const bool grey = value >> 24 == (value >> 16 & 0xFF) && value >> 24 == (value >> 8 & 0xFF);
      EXPECT_EQ(grey, near) << x << " " << y;
    }
  }
}

// What a JPEG spreads over a block is told apart from nothing else: two pictures that differ in the box alone end as
// the same picture, pixel for pixel.  Without whole blocks they do not: the control.
TEST(BurnTest, TheWavesAroundWhatWasBurntAreGone) {
  // Of the same digits, so that the word behind them stands at the same place.
  const PixPtr drawn[] = {DrawnText({"Card 1881 paid"}, 1200), DrawnText({"Card 8118 paid"}, 1200)};
  paper::Box differs;
  for (int y = 0; y < pixGetHeight(drawn[0].get()); ++y) {
    for (int x = 0; x < pixGetWidth(drawn[0].get()); ++x) {
      uint32_t one = 0, other = 0;
      pixGetPixel(drawn[0].get(), x, y, &one);
      pixGetPixel(drawn[1].get(), x, y, &other);
      if (one != other) differs = differs.Around({double(x), double(y), x + 1.0, y + 1.0});
    }
  }
  ASSERT_FALSE(differs.empty());
  const auto same = [&](bool whole_blocks) {
    PixPtr burnt[2];
    for (size_t i = 0; i < 2; ++i) {
      const std::string file = JpegOf(drawn[i].get(), 40);
      Result<PageImage> page = (*PictureFile::Open(file, {}))->Page(0);
      page->jpeg = whole_blocks;
      EXPECT_TRUE(Burn(*page, {CornersOf(differs)}).ok());
      burnt[i] = std::move(page->pix);
    }
    int equal = 0;
    pixEqual(burnt[0].get(), burnt[1].get(), &equal);
    return equal == 1;
  };
  EXPECT_TRUE(same(true));
  EXPECT_FALSE(same(false));
}

TEST(BurnTest, ABoxGrowsOverTheLettersItCuts) {
  PageImage page;
  page.pix = DrawnText({"HHHHHHHH"}, 800);
  const double middle_y = kDrawnMargin + 35;
  const std::vector<Quad> grown = WithWholeLetters(page, {CornersOf({100, middle_y - 28, 190, middle_y + 28})}, 60);
  const paper::Box box = Around(grown[0]);
  // Its ends stand in the gaps between letters, where the column is white.
  for (const double x : {box.left - 1, box.right + 1}) {
    int dark = 0;
    for (int y = 0; y < pixGetHeight(page.pix.get()); ++y) dark += At(page, static_cast<int>(x), y) < 128 ? 1 : 0;
    EXPECT_EQ(dark, 0) << x;
  }
  EXPECT_LE(box.left, 100);
  EXPECT_GE(box.right, 190);
}

}  // namespace
}  // namespace strongroom::scans
