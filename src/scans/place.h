// From one picture of a page to another: straightened, scaled, turned, and back.
#pragma once

#include <array>
#include <cstdint>

#include "paper/page_text.h"

namespace strongroom::scans {

struct Point {
  double x = 0;
  double y = 0;
};
using Quad = std::array<Point, 4>;  // corners in order around it

// x' = xx * x + xy * y + x0, y' = yx * x + yy * y + y0
struct Transform {
  double xx = 1, xy = 0, x0 = 0;
  double yx = 0, yy = 1, y0 = 0;

  Point operator()(Point point) const { return {xx * point.x + xy * point.y + x0, yx * point.x + yy * point.y + y0}; }
  Transform Then(const Transform& next) const;
  static Transform Scaled(double by) { return {by, 0, 0, 0, by, 0}; }
  static Transform Moved(double x, double y) { return {1, 0, x, 0, 1, y}; }
  // From a picture of width x height that was turned by `quarters` clockwise, back to what it was before; the size is
  // that before turning.
  static Transform TurnedBack(int quarters, double width, double height);
  // Of Exif orientation 1 to 8 (Exif 2.32, table 6): from the upright picture to the stored one, whose size is given.
  static Transform UprightToStored(int orientation, double stored_width, double stored_height);
};

Quad CornersOf(const paper::Box& box);
Quad Mapped(const Quad& quad, const Transform& transform);
paper::Box Around(const Quad& quad);

// A word on a page that lies a little askew is a rectangle that leans.  Its PageText::Piece holds the upright box
// around it and, in the tag, how much it leans: from both, its corners.
uint64_t TagOfLean(double radians);  // clockwise is positive, since y grows downwards
double LeanOfTag(uint64_t tag);
Quad LeaningIn(const paper::Box& around, double radians);
Quad Grown(const Quad& quad, double by);  // each side moved outwards by so much

}  // namespace strongroom::scans
