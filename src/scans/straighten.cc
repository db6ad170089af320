#include "scans/straighten.h"

#include <algorithm>
#include <cmath>

namespace strongroom::scans {
namespace {

constexpr double kReadingDpi = 300;
constexpr double kPaperInches = 8.27;  // the short side of A4, for pictures that do not say how large they are
constexpr double kMostLeanDegrees = 7;
constexpr double kLeastLeanDegrees = 0.15;  // below it, turning blurs more than it mends
constexpr float kSureLean = 2.5F;           // Leptonica's confidence: best score to worst
constexpr double kPi = 3.14159265358979323846;

Status NoMemory() { return Status(Reason::kInternal, "The picture does not fit into memory."); }

// Of paper between the letters: how far neighbouring pixels lie apart, 0 to 255.
double Grain(Pix* grey) {
  const int width = pixGetWidth(grey);
  const int height = pixGetHeight(grey);
  uint64_t apart = 0;
  uint64_t count = 0;
  const int step = std::max(1, height / 200);
  for (int y = step; y < height; y += step) {
    const uint32_t* const row = Row(grey, y);
    for (int x = 2; x + 2 < width; ++x) {
      const int here = GET_DATA_BYTE(row, x);
      const int before = GET_DATA_BYTE(row, x - 2);
      if (here < 150 || before < 150) continue;
      apart += static_cast<uint64_t>(std::abs(here - before));
      ++count;
    }
  }
  return count == 0 ? 0 : static_cast<double>(apart) / static_cast<double>(count);
}

// How much the lines of `ink` stand out from the gaps between them, over what they would without any lines.
float LineScore(Pix* ink, float* degrees, float* confidence) {
  float score = 0;
  *degrees = 0;
  *confidence = 0;
  const bool failed = pixFindSkewSweepAndSearchScore(ink, degrees, confidence, &score, 4, 2, 0,
                                                     static_cast<float>(kMostLeanDegrees), 1.0F, 0.01F) != 0;
  return failed ? 0 : score;
}

}  // namespace

double ReadingScale(const paper::Picture& picture) {
  const double shorter = std::min(picture.width, picture.height);
  double dpi = picture.dots_per_inch;
  // What the file says is believed when a sheet of that size exists.
  if (dpi < 70 || dpi > 1300 || shorter / dpi > 40) dpi = std::clamp(shorter / kPaperInches, 72.0, 600.0);
  double scale = kReadingDpi / dpi;
  if (scale > 0.75 && scale < 1.25) return 1;
  scale = std::clamp(scale, 0.25, 3.0);
  // Never so large that it costs more than a sheet of A2 does.
  const double pixels = static_cast<double>(picture.width) * picture.height * scale * scale;
  return pixels > 40e6 ? std::min(1.0, scale) : scale;
}

Result<PixPtr> GreyOf(const paper::Picture& picture) {
  const uint64_t needed = uint64_t{picture.width} * picture.height * picture.channels;
  if (picture.width == 0 || picture.height == 0 || (picture.channels != 1 && picture.channels != 3) ||
      picture.samples.size() != needed || picture.width > INT32_MAX || picture.height > INT32_MAX) {
    return Status(Reason::kInvalidArgument, "The picture has no pixels, or not as many as its size says.");
  }
  PixPtr grey(pixCreate(static_cast<int>(picture.width), static_cast<int>(picture.height), 8));
  if (!grey) return NoMemory();
  const auto* sample = reinterpret_cast<const unsigned char*>(picture.samples.data());
  for (uint32_t y = 0; y < picture.height; ++y) {
    uint32_t* const row = Row(grey.get(), static_cast<int>(y));
    for (uint32_t x = 0; x < picture.width; ++x, sample += picture.channels) {
      const uint32_t light =
          picture.channels == 1 ? sample[0] : (sample[0] * 77U + sample[1] * 151U + sample[2] * 28U) >> 8;
      SET_DATA_BYTE(row, x, static_cast<uint8_t>(light));
    }
  }
  return grey;
}

PixPtr Scaled(Pix* grey, double scale) {
  if (scale == 1) return PixPtr(pixClone(grey));
  const auto factor = static_cast<float>(scale);
  return PixPtr(scale < 1 ? pixScaleAreaMap(grey, factor, factor) : pixScaleGrayLI(grey, factor, factor));
}

PixPtr EvenlyLit(Pix* grey) {
  // Light on dark is read as dark on light.
  uint32_t middle = 0;
  pixGetRankValue(grey, 8, 0.5F, &middle);
  PixPtr page(middle < 100 ? pixInvert(nullptr, grey) : pixClone(grey));
  if (!page) return nullptr;
  // Tiles of 20 pixels, whose paper is what is lighter than 60; the paper becomes 230 all over.
  if (pixGetWidth(page.get()) > 100 && pixGetHeight(page.get()) > 100) {
    PixPtr even(pixBackgroundNorm(page.get(), nullptr, nullptr, 20, 30, 60, 80, 230, 2, 1));
    if (even) page = std::move(even);
  }
  // Faint ink becomes dark.  The darkest 1 in 500 is ink on a page that has any.
  uint32_t darkest = 0;
  pixGetRankValue(page.get(), 4, 0.002F, &darkest);
  const int dark = std::min<int>(static_cast<int>(darkest), 170);
  return PixPtr(pixGammaTRC(nullptr, page.get(), 1.0F, dark, 225));
}

PixPtr InkOf(Pix* even_grey) { return PixPtr(pixThresholdToBinary(even_grey, 150)); }

Result<Straight> Straighten(const paper::Picture& picture) {
  ASSIGN_OR_RETURN(PixPtr grey, GreyOf(picture));
  Straight page;
  const double scale = ReadingScale(picture);
  if (scale != 1) {
    grey = Scaled(grey.get(), scale);
    if (!grey) return NoMemory();
    page.to_picture = Transform::Scaled(1 / scale);
  }
  page.grey = EvenlyLit(grey.get());
  if (!page.grey) return NoMemory();
  const double grain = Grain(page.grey.get());
  if (grain > 6 && pixGetWidth(page.grey.get()) > 16 && pixGetHeight(page.grey.get()) > 16) {
    PixPtr smooth(grain > 25 ? pixMedianFilter(page.grey.get(), 3, 3)
                             : pixBlockconvGray(page.grey.get(), nullptr, 1, 1));
    if (smooth) page.grey = std::move(smooth);
  }

  const int width = pixGetWidth(page.grey.get());
  const int height = pixGetHeight(page.grey.get());
  if (width < 64 || height < 64) return page;  // too little to see lines in
  const PixPtr ink = InkOf(page.grey.get());
  const PixPtr turned(ink ? pixRotateOrth(ink.get(), 1) : nullptr);
  if (!ink || !turned) return NoMemory();
  float degrees = 0, sure = 0, side_degrees = 0, side_sure = 0;
  // A score grows with the number of rows and with the square of their length; this makes the two comparable.
  const float score = LineScore(ink.get(), &degrees, &sure) * static_cast<float>(height);
  const float side_score = LineScore(turned.get(), &side_degrees, &side_sure) * static_cast<float>(width);
  page.sideways = side_score > 1.3F * score;
  if (page.sideways) {
    degrees = side_degrees;
    sure = side_sure;
  }
  if (sure < kSureLean || std::abs(degrees) < kLeastLeanDegrees) return page;

  const double radians = degrees * kPi / 180;
  PixPtr level(
      pixRotate(page.grey.get(), static_cast<float>(radians), L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, width, height));
  if (!level) return NoMemory();
  // Leptonica puts the picture into the middle of a larger one and turns that around its own middle.
  const int level_width = pixGetWidth(level.get());
  const int level_height = pixGetHeight(level.get());
  const double middle_x = level_width / 2;
  const double middle_y = level_height / 2;
  const double c = std::cos(radians);
  const double s = std::sin(radians);
  const Transform around = {c,  s, middle_x - c * middle_x - s * middle_y,
                            -s, c, middle_y + s * middle_x - c * middle_y};
  page.to_picture =
      around.Then(Transform::Moved(-((level_width - width) / 2), -((level_height - height) / 2))).Then(page.to_picture);
  page.lean = -radians;
  page.grey = std::move(level);
  return page;
}

Result<Straight> Turned(const Straight& page, int quarters) {
  Straight turned;
  turned.grey.reset((quarters & 3) == 0 ? pixClone(page.grey.get()) : pixRotateOrth(page.grey.get(), quarters & 3));
  if (!turned.grey) return NoMemory();
  turned.to_picture = Transform::TurnedBack(quarters, pixGetWidth(page.grey.get()), pixGetHeight(page.grey.get()))
                          .Then(page.to_picture);
  turned.lean = page.lean;
  turned.sideways = page.sideways != ((quarters & 1) != 0);
  return turned;
}

}  // namespace strongroom::scans
