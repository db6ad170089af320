#include "scans/place.h"

#include <gtest/gtest.h>

#include <cmath>

#include "scans/picture_file.h"

namespace strongroom::scans {
namespace {

TEST(PlaceTest, WhatIsTurnedComesBack) {
  const PixPtr pix(pixCreate(40, 30, 8));
  pixSetPixel(pix.get(), 7, 11, 200);
  for (int quarters = 0; quarters < 4; ++quarters) {
    const PixPtr turned(pixRotateOrth(pix.get(), quarters));
    const Transform back = Transform::TurnedBack(quarters, 40, 30);
    for (int y = 0; y < pixGetHeight(turned.get()); ++y) {
      for (int x = 0; x < pixGetWidth(turned.get()); ++x) {
        uint32_t value = 0;
        pixGetPixel(turned.get(), x, y, &value);
        if (value == 0) continue;
        const Point middle = back({x + 0.5, y + 0.5});
        EXPECT_EQ(middle.x, 7.5) << quarters;
        EXPECT_EQ(middle.y, 11.5) << quarters;
      }
    }
  }
}

TEST(PlaceTest, EveryExifOrientationIsTurnedUprightAndBack) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    PageImage stored;
    stored.pix.reset(pixCreate(40, 30, 8));
    stored.orientation = orientation;
    pixSetPixel(stored.pix.get(), 7, 11, 200);
    const Result<PageImage> upright = Upright(stored);
    ASSERT_TRUE(upright.ok());
    const Transform back = Transform::UprightToStored(orientation, 40, 30);
    int seen = 0;
    for (int y = 0; y < pixGetHeight(upright->pix.get()); ++y) {
      for (int x = 0; x < pixGetWidth(upright->pix.get()); ++x) {
        uint32_t value = 0;
        pixGetPixel(upright->pix.get(), x, y, &value);
        if (value == 0) continue;
        ++seen;
        const Point middle = back({x + 0.5, y + 0.5});
        EXPECT_EQ(middle.x, 7.5) << orientation;
        EXPECT_EQ(middle.y, 11.5) << orientation;
      }
    }
    EXPECT_EQ(seen, 1) << orientation;
  }
}

// Exif 2.32: 6 says that the stored rows run from the right side of the scene, the first at its right edge.
TEST(PlaceTest, OrientationSixStoresTheScenesRightEdgeFirst) {
  const Transform to_stored = Transform::UprightToStored(6, 40, 30);
  const Point upper_right = to_stored({30, 0});
  EXPECT_EQ(upper_right.x, 0);
  EXPECT_EQ(upper_right.y, 0);
}

TEST(PlaceTest, AWordThatLeansIsKnownFromItsBoxAndItsLean) {
  for (const double degrees : {-5.0, -1.0, 0.0, 3.0}) {
    const double radians = degrees * 3.14159265 / 180;
    const double c = std::cos(radians), s = std::sin(radians);
    Quad word = CornersOf({0, 0, 120, 30});
    for (Point& corner : word) corner = {500 + corner.x * c - corner.y * s, 300 + corner.x * s + corner.y * c};
    const Quad again = LeaningIn(Around(word), LeanOfTag(TagOfLean(radians)));
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(again[i].x, word[i].x, 0.1) << degrees;
      EXPECT_NEAR(again[i].y, word[i].y, 0.1) << degrees;
    }
  }
}

}  // namespace
}  // namespace strongroom::scans
