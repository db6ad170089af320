#include "scans/burn.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "scans/straighten.h"

namespace strongroom::scans {
namespace {

// Sets the pixels whose middle lies in the quad, or that it touches at all: rows are widened by a pixel.
void Fill(Pix* mask, const Quad& quad) {
  const int width = pixGetWidth(mask);
  const int height = pixGetHeight(mask);
  const paper::Box around = Around(quad);
  const int top = std::max(0, static_cast<int>(std::floor(std::max(around.top, -1.0))));
  const int bottom = static_cast<int>(std::ceil(std::min(around.bottom, static_cast<double>(height))));
  for (int y = top; y < std::min(bottom, height); ++y) {
    // Where the outline crosses the row's upper edge, lower edge and anything between.
    double left = 1e9;
    double right = -1e9;
    for (size_t i = 0; i < 4; ++i) {
      Point a = quad[i];
      Point b = quad[(i + 1) % 4];
      if (a.y > b.y) std::swap(a, b);
      if (b.y < y || a.y > y + 1) continue;
      const auto x_at = [&](double row) {
        return b.y - a.y < 1e-9 ? a.x : a.x + (b.x - a.x) * (row - a.y) / (b.y - a.y);
      };
      for (const double x : {x_at(std::max<double>(y, a.y)), x_at(std::min<double>(y + 1, b.y))}) {
        left = std::min(left, x);
        right = std::max(right, x);
      }
      if (b.y - a.y < 1e-9) {
        left = std::min({left, a.x, b.x});
        right = std::max({right, a.x, b.x});
      }
    }
    const int from = std::max(0, static_cast<int>(std::floor(std::max(left, -1.0))));
    const int to = std::min(width, static_cast<int>(std::ceil(std::min(right, static_cast<double>(width)))));
    uint32_t* const row = Row(mask, y);
    for (int x = from; x < to; ++x) SET_DATA_BIT(row, x);
  }
}

// Every unit of width x height that holds a set pixel, as a whole.
PixPtr InUnits(Pix* mask, int unit_width, int unit_height) {
  const int width = pixGetWidth(mask);
  const int height = pixGetHeight(mask);
  PixPtr whole(pixCreate(width, height, 1));
  if (!whole) return nullptr;
  std::vector<char> touched(static_cast<size_t>((width + unit_width - 1) / unit_width));
  for (int top = 0; top < height; top += unit_height) {
    const int bottom = std::min(height, top + unit_height);
    std::fill(touched.begin(), touched.end(), 0);
    for (int y = top; y < bottom; ++y) {
      const uint32_t* const row = Row(mask, y);
      for (int x = 0; x < width; ++x) {
        if (GET_DATA_BIT(row, x) != 0) touched[static_cast<size_t>(x / unit_width)] = 1;
      }
    }
    for (int y = top; y < bottom; ++y) {
      uint32_t* const row = Row(whole.get(), y);
      for (int x = 0; x < width; ++x) {
        if (touched[static_cast<size_t>(x / unit_width)] != 0) SET_DATA_BIT(row, x);
      }
    }
  }
  return whole;
}

void TakeColour(Pix* pix, Pix* mask) {
  for (int y = 0; y < pixGetHeight(pix); ++y) {
    uint32_t* const row = Row(pix, y);
    const uint32_t* const marks = Row(mask, y);
    for (int x = 0; x < pixGetWidth(pix); ++x) {
      if (GET_DATA_BIT(marks, x) == 0) continue;
      const uint32_t light = ((row[x] >> 24) * 77U + (row[x] >> 16 & 0xFF) * 151U + (row[x] >> 8 & 0xFF) * 28U) >> 8;
      row[x] = light << 24 | light << 16 | light << 8;
    }
  }
}

// A picture's pixels, whatever its depth: of a row of the picture, the sample of a channel, 0 for black.
uint32_t Sample(const uint32_t* row, int depth, int x, int channel) {
  if (depth == 1) return GET_DATA_BIT(row, x) != 0 ? 0 : 255;
  if (depth == 8) return GET_DATA_BYTE(row, x);
  return row[x] >> (24 - 8 * channel) & 0xFF;
}

// The colour of the paper around the set pixels of `mask` within `box`: light, as most of what is no ink there. `burnt`
// is no paper.
std::array<uint32_t, 3> PaperAround(Pix* pix, Pix* burnt, const paper::Box& box) {
  constexpr double kReach = 8;
  const int depth = pixGetDepth(pix);
  const int left = std::max(0, static_cast<int>(box.left - kReach));
  const int right = std::min(pixGetWidth(pix), static_cast<int>(box.right + kReach) + 1);
  const int bottom = std::min(pixGetHeight(pix), static_cast<int>(box.bottom + kReach) + 1);
  std::array<std::array<uint32_t, 256>, 3> counts{};
  uint32_t all = 0;
  for (int y = std::max(0, static_cast<int>(box.top - kReach)); y < bottom; ++y) {
    const uint32_t* const row = Row(pix, y);
    const uint32_t* const marks = Row(burnt, y);
    for (int x = left; x < right; ++x) {
      if (GET_DATA_BIT(marks, x) != 0) continue;
      ++all;
      for (int channel = 0; channel < 3; ++channel)
        ++counts[static_cast<size_t>(channel)][Sample(row, depth, x, channel)];
    }
  }
  std::array<uint32_t, 3> colour = {255, 255, 255};
  if (all == 0) return colour;
  for (size_t channel = 0; channel < 3; ++channel) {
    uint32_t lighter = 0;
    for (uint32_t value = 255; value > 0 && lighter <= all / 4; --value) {
      colour[channel] = value;
      lighter += counts[channel][value];
    }
  }
  return colour;
}

bool IsOfShade(Pix* pix, Pix* mask, uint32_t shade) {
  const int depth = pixGetDepth(pix);
  for (int y = 0; y < pixGetHeight(pix); ++y) {
    const uint32_t* const row = Row(pix, y);
    const uint32_t* const marks = Row(mask, y);
    for (int x = 0; x < pixGetWidth(pix); ++x) {
      if (GET_DATA_BIT(marks, x) == 0) continue;
      for (int channel = 0; channel < 3; ++channel) {
        if (Sample(row, depth, x, channel) != shade) return false;
      }
    }
  }
  return true;
}

// The pixels that a burnt box takes; null when memory is short.
PixPtr MaskOf(const PageImage& page, const std::vector<Quad>& quads) {
  PixPtr mask(pixCreate(pixGetWidth(page.pix.get()), pixGetHeight(page.pix.get()), 1));
  if (!mask) return nullptr;
  for (const Quad& quad : quads) Fill(mask.get(), quad);
  return page.jpeg ? InUnits(mask.get(), 8, 8) : std::move(mask);
}

Status NoMemory() { return Status(Reason::kInternal, "The picture does not fit into memory."); }

}  // namespace

uint32_t ShadeOfBoxes(const PageImage& page) {
  constexpr uint64_t kPrint = 500;    // of so many pixels one is print, at least
  constexpr uint32_t kFaintest = 64;  // darker print is not faint
  constexpr uint32_t kLightest = 128;
  Pix* const pix = page.pix.get();
  const int depth = pixGetDepth(pix);
  if (depth == 1) return 0;
  std::array<uint64_t, 256> counts{};
  for (int y = 0; y < pixGetHeight(pix); ++y) {
    const uint32_t* const row = Row(pix, y);
    for (int x = 0; x < pixGetWidth(pix); ++x)
      ++counts[Sample(row, depth, x, 1)];  // of colours the green, most of light
  }
  const uint64_t least = static_cast<uint64_t>(pixGetWidth(pix)) * static_cast<uint64_t>(pixGetHeight(pix)) / kPrint;
  uint64_t darker = 0;
  for (uint32_t shade = 0; shade < kLightest; ++shade) {
    darker += counts[shade];
    if (darker > least) return shade < kFaintest ? 0 : shade;
  }
  return 0;  // hardly any print: nothing to go by
}

Result<PageImage> WithBoxesAsPaper(const PageImage& page, const std::vector<Quad>& quads, uint32_t shade) {
  PageImage copy;
  copy.pix.reset(pixCopy(nullptr, page.pix.get()));
  copy.orientation = page.orientation;
  copy.dots_per_inch = page.dots_per_inch;
  copy.jpeg = page.jpeg;
  const PixPtr burnt = MaskOf(page, quads);
  if (!copy.pix || !burnt) return NoMemory();
  if (!IsOfShade(page.pix.get(), burnt.get(), shade)) return Status(Reason::kInternal, "A box is not whole.");
  for (const Quad& quad : quads) {
    const PixPtr mask = MaskOf(page, {quad});
    if (!mask) return NoMemory();
    if (pixGetDepth(copy.pix.get()) == 1) {
      pixSubtract(copy.pix.get(), copy.pix.get(), mask.get());
      continue;
    }
    const std::array<uint32_t, 3> colour = PaperAround(page.pix.get(), burnt.get(), Around(quad));
    const bool grey = pixGetDepth(copy.pix.get()) == 8;
    pixSetMasked(copy.pix.get(), mask.get(), grey ? colour[0] : colour[0] << 24 | colour[1] << 16 | colour[2] << 8);
  }
  return copy;
}

Status Burn(PageImage& page, const std::vector<Quad>& quads, uint32_t shade) {
  if (quads.empty()) return Status::Ok();
  Pix* const pix = page.pix.get();
  const PixPtr mask = MaskOf(page, quads);
  if (!mask) return NoMemory();
  if (page.jpeg && pixGetDepth(pix) == 32) {
    PixPtr units = InUnits(mask.get(), page.unit_width, page.unit_height);
    if (units) units.reset(pixDilateBrick(nullptr, units.get(), 5, 5));
    if (!units) return NoMemory();
    TakeColour(pix, units.get());
  }
  if (pixGetDepth(pix) == 1) {
    pixOr(pix, pix, mask.get());
  } else {
    pixSetMasked(pix, mask.get(), pixGetDepth(pix) == 8 ? shade : shade << 24 | shade << 16 | shade << 8);
  }
  return Status::Ok();
}

std::vector<Quad> WithWholeLetters(const PageImage& page, std::vector<Quad> quads, double most) {
  const PixPtr grey(pixConvertTo8(page.pix.get(), 0));
  const PixPtr even(grey ? EvenlyLit(grey.get()) : nullptr);
  if (!even) return quads;
  for (Quad& quad : quads) {
    const double width = std::hypot(quad[1].x - quad[0].x, quad[1].y - quad[0].y);
    const double height = std::hypot(quad[3].x - quad[0].x, quad[3].y - quad[0].y);
    if (width < 1 || height < 1) continue;
    const double letter = std::min(width, height);  // a page may lie on its side
    const double reach = std::min(most, letter);
    const paper::Box near = Around(Grown(quad, reach));
    BOX* area = boxCreate(static_cast<int>(near.left), static_cast<int>(near.top), static_cast<int>(near.width()) + 1,
                          static_cast<int>(near.height()) + 1);
    const PixPtr part(area == nullptr ? nullptr : pixClipRectangle(even.get(), area, nullptr));
    boxDestroy(&area);
    const PixPtr ink(part ? InkOf(part.get()) : nullptr);
    const BoxaPtr strokes(ink ? pixConnCompBB(ink.get(), 8) : nullptr);
    const double left = std::max(std::trunc(near.left), 0.0);
    const double top = std::max(std::trunc(near.top), 0.0);
    // In the frame of the quad: along it and across it.
    const Point along = {(quad[1].x - quad[0].x) / width, (quad[1].y - quad[0].y) / width};
    const Point across = {(quad[3].x - quad[0].x) / height, (quad[3].y - quad[0].y) / height};
    double from_x = 0, to_x = width, from_y = 0, to_y = height;
    for (int i = 0; strokes && i < boxaGetCount(strokes.get()); ++i) {
      int x = 0, y = 0, w = 0, h = 0;
      boxaGetBoxGeometry(strokes.get(), i, &x, &y, &w, &h);
      if (h > letter * 1.6 || w > letter * 2) continue;  // larger than letters are: a rule, a drawing
      const Point middle = {left + x + w / 2.0 - quad[0].x, top + y + h / 2.0 - quad[0].y};
      const double at_x = middle.x * along.x + middle.y * along.y;
      const double at_y = middle.x * across.x + middle.y * across.y;
      // A quarter of it lies in the box, both ways: it is one of its letters and not one of a neighbour's.
      const double inside_x = std::min(at_x + w / 2.0, width) - std::max(at_x - w / 2.0, 0.0);
      const double inside_y = std::min(at_y + h / 2.0, height) - std::max(at_y - h / 2.0, 0.0);
      if (inside_x < w * 0.25 || inside_y < h * 0.25) continue;
      from_x = std::max(std::min(from_x, at_x - w / 2.0), -reach);
      to_x = std::min(std::max(to_x, at_x + w / 2.0), width + reach);
      from_y = std::max(std::min(from_y, at_y - h / 2.0), -reach);
      to_y = std::min(std::max(to_y, at_y + h / 2.0), height + reach);
    }
    const auto corner = [&](double x, double y) {
      return Point{quad[0].x + along.x * x + across.x * y, quad[0].y + along.y * x + across.y * y};
    };
    quad = {corner(from_x, from_y), corner(to_x, from_y), corner(to_x, to_y), corner(from_x, to_y)};
  }
  return quads;
}

}  // namespace strongroom::scans
