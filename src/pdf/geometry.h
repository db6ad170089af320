// Places on a page: matrices of ISO 32000-1 section 8.3.4 and the view in which boxes are given.
#pragma once

#include <algorithm>
#include <cmath>

#include "paper/page_text.h"

namespace strongroom::pdf {

using paper::Box;

// A stranger's number as one that can be computed with: no page is so large, and products of a few stay finite.
inline double Bounded(double value) {
  constexpr double kMost = 1e9;
  return value >= -kMost && value <= kMost ? value : value > 0 ? kMost : value < 0 ? -kMost : 0;
}

struct Point {
  double x = 0;
  double y = 0;
};

// [a b 0; c d 0; e f 1], applied to row vectors as the standard writes it: `first * then`.
struct Matrix {
  double a = 1;
  double b = 0;
  double c = 0;
  double d = 1;
  double e = 0;
  double f = 0;

  Point Apply(Point p) const { return {a * p.x + c * p.y + e, b * p.x + d * p.y + f}; }
  double Determinant() const { return a * d - b * c; }
  bool Invertible() const { return std::abs(Determinant()) > 1e-12 && std::isfinite(Determinant()); }
  Matrix Inverse() const {  // precondition: Invertible()
    const double k = 1 / Determinant();
    return {d * k, -b * k, -c * k, a * k, (c * f - d * e) * k, (b * e - a * f) * k};
  }
  // The least box around the image of [x0, x1] x [y0, y1].
  Box Around(double x0, double y0, double x1, double y1) const {
    const Point corners[] = {Apply({x0, y0}), Apply({x1, y0}), Apply({x0, y1}), Apply({x1, y1})};
    Box box{corners[0].x, corners[0].y, corners[0].x, corners[0].y};
    for (const Point& p : corners) {
      box.left = std::min(box.left, p.x);
      box.right = std::max(box.right, p.x);
      box.top = std::min(box.top, p.y);
      box.bottom = std::max(box.bottom, p.y);
    }
    return box;
  }
  // Whether a rectangle stays one with sides along the axes.
  bool KeepsAxes() const {
    const double scale = std::abs(a) + std::abs(b) + std::abs(c) + std::abs(d);
    return (std::abs(b) + std::abs(c) <= 1e-3 * scale) || (std::abs(a) + std::abs(d) <= 1e-3 * scale);
  }
};

// Bounded: what a content stream multiplies without end stays a number.
inline Matrix operator*(const Matrix& first, const Matrix& then) {
  return {Bounded(first.a * then.a + first.b * then.c),          Bounded(first.a * then.b + first.b * then.d),
          Bounded(first.c * then.a + first.d * then.c),          Bounded(first.c * then.b + first.d * then.d),
          Bounded(first.e * then.a + first.f * then.c + then.e), Bounded(first.e * then.b + first.f * then.d + then.f)};
}

inline Box Common(const Box& one, const Box& other) {
  return {std::max(one.left, other.left), std::max(one.top, other.top), std::min(one.right, other.right),
          std::min(one.bottom, other.bottom)};
}

// Without a share of each side: what must be covered for a thing to be hidden.
inline Box Core(const Box& box, double share = 0.2) {
  const double dx = box.width() * share;
  const double dy = box.height() * share;
  return {box.left + dx, box.top + dy, box.right - dx, box.bottom - dy};
}

// A page as it is looked at: its crop box, turned by its /Rotate, origin at the upper left.
struct View {
  Matrix matrix;  // from the page's user space
  double width = 0;
  double height = 0;
  Box box() const { return {0, 0, width, height}; }
};

}  // namespace strongroom::pdf
