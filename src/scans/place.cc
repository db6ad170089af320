#include "scans/place.h"

#include <algorithm>
#include <cmath>

namespace strongroom::scans {
namespace {

constexpr double kLeanUnits = 1e6;  // millionths of a radian

}  // namespace

Transform Transform::Then(const Transform& next) const {
  return {next.xx * xx + next.xy * yx, next.xx * xy + next.xy * yy, next.xx * x0 + next.xy * y0 + next.x0,
          next.yx * xx + next.yy * yx, next.yx * xy + next.yy * yy, next.yx * x0 + next.yy * y0 + next.y0};
}

Transform Transform::TurnedBack(int quarters, double width, double height) {
  switch (quarters & 3) {
    case 1:
      return {0, 1, 0, -1, 0, height};
    case 2:
      return {-1, 0, width, 0, -1, height};
    case 3:
      return {0, -1, width, 1, 0, 0};
    default:
      return {};
  }
}

Transform Transform::UprightToStored(int orientation, double stored_width, double stored_height) {
  const double w = stored_width;
  const double h = stored_height;
  switch (orientation) {
    case 2:
      return {-1, 0, w, 0, 1, 0};
    case 3:
      return {-1, 0, w, 0, -1, h};
    case 4:
      return {1, 0, 0, 0, -1, h};
    case 5:
      return {0, 1, 0, 1, 0, 0};
    case 6:
      return {0, 1, 0, -1, 0, h};
    case 7:
      return {0, -1, w, -1, 0, h};
    case 8:
      return {0, -1, w, 1, 0, 0};
    default:
      return {};
  }
}

Quad CornersOf(const paper::Box& box) {
  return {Point{box.left, box.top}, Point{box.right, box.top}, Point{box.right, box.bottom},
          Point{box.left, box.bottom}};
}

Quad Mapped(const Quad& quad, const Transform& transform) {
  return {transform(quad[0]), transform(quad[1]), transform(quad[2]), transform(quad[3])};
}

paper::Box Around(const Quad& quad) {
  paper::Box box = {quad[0].x, quad[0].y, quad[0].x, quad[0].y};
  for (const Point& corner : quad) {
    box.left = std::min(box.left, corner.x);
    box.top = std::min(box.top, corner.y);
    box.right = std::max(box.right, corner.x);
    box.bottom = std::max(box.bottom, corner.y);
  }
  return box;
}

uint64_t TagOfLean(double radians) { return static_cast<uint64_t>(std::llround(radians * kLeanUnits)); }

double LeanOfTag(uint64_t tag) {
  const double radians = static_cast<double>(static_cast<int64_t>(tag)) / kLeanUnits;
  return std::abs(radians) < 0.4 ? radians : 0;  // whatever another maker of pages put there
}

// With w and h the rectangle's sides: the box is w cos + h sin wide and w sin + h cos high.
Quad LeaningIn(const paper::Box& around, double radians) {
  if (std::abs(radians) < 1e-4) return CornersOf(around);
  const double c = std::cos(radians);
  const double s = std::abs(std::sin(radians));
  const double scale = 1 / (c * c - s * s);
  const double w = (around.width() * c - around.height() * s) * scale;
  const double h = (around.height() * c - around.width() * s) * scale;
  if (w <= 0 || h <= 0) return CornersOf(around);
  const Point middle = {(around.left + around.right) / 2, (around.top + around.bottom) / 2};
  const double sine = std::sin(radians);
  Quad quad = CornersOf({-w / 2, -h / 2, w / 2, h / 2});
  for (Point& corner : quad) {
    corner = {middle.x + corner.x * c - corner.y * sine, middle.y + corner.x * sine + corner.y * c};
  }
  return quad;
}

Quad Grown(const Quad& quad, double by) {
  Quad grown = quad;
  const auto along = [by](Point from, Point to) {
    const double length = std::hypot(to.x - from.x, to.y - from.y);
    return length > 0 ? Point{(to.x - from.x) / length * by, (to.y - from.y) / length * by} : Point{};
  };
  const Point right = along(quad[0], quad[1]);
  const Point down = along(quad[0], quad[3]);
  grown[0] = {quad[0].x - right.x - down.x, quad[0].y - right.y - down.y};
  grown[1] = {quad[1].x + right.x - down.x, quad[1].y + right.y - down.y};
  grown[2] = {quad[2].x + right.x + down.x, quad[2].y + right.y + down.y};
  grown[3] = {quad[3].x - right.x + down.x, quad[3].y - right.y + down.y};
  return grown;
}

}  // namespace strongroom::scans
