#include "pdf/page_scan.h"

#include <cstdlib>

namespace strongroom::pdf {
namespace {

constexpr size_t kBands = 128;
constexpr size_t kMostChecks = 20'000;  // of one glyph
constexpr int kSameColour = 12;         // of 255, in each part
// A picture larger than this share of the page is a scan: text under it, or in it unpainted, is what was read there.
constexpr double kScanShare = 0.5;

bool SameColour(Colour one, Colour other) {
  for (unsigned shift = 0; shift < 24; shift += 8) {
    if (std::abs(static_cast<int>(one >> shift & 0xFF) - static_cast<int>(other >> shift & 0xFF)) > kSameColour)
      return false;
  }
  return true;
}

// Covers by the horizontal bands of the page they touch.
class Bands {
 public:
  explicit Bands(const PageScan& scan) : scan_(scan), bands_(kBands) {
    for (size_t i = 0; i < scan.covers.size(); ++i) {
      const Box& box = scan.covers[i].box;
      if (box.empty()) continue;
      for (size_t band = BandOf(box.top); band <= BandOf(box.bottom); ++band) bands_[band].push_back(i);
    }
  }
  const std::vector<size_t>& At(double y) const { return bands_[BandOf(y)]; }

 private:
  size_t BandOf(double y) const {
    const double share = scan_.view.height > 0 ? y / scan_.view.height : 0;
    return static_cast<size_t>(std::clamp(share * kBands, 0.0, static_cast<double>(kBands - 1)));
  }
  const PageScan& scan_;
  std::vector<std::vector<size_t>> bands_;
};

HiddenBy Beneath(const PageScan& scan, const Cover& cover) {
  if (cover.level == Level::kNote) return HiddenBy::kNote;
  if (!cover.picture) return HiddenBy::kBox;
  const double share = cover.box.width() * cover.box.height() / (scan.view.width * scan.view.height);
  return share >= kScanShare ? HiddenBy::kNothing : HiddenBy::kPicture;
}

HiddenBy Judge(const PageScan& scan, const Bands& bands, const Glyph& glyph) {
  if (!glyph.box.Meets(scan.view.box())) return HiddenBy::kOffPage;
  const Box core = Core(glyph.box);
  const Cover* ground = nullptr;
  bool on_picture = false;
  size_t checks = 0;
  for (const size_t i : bands.At((core.top + core.bottom) / 2)) {
    const Cover& cover = scan.covers[i];
    if (!cover.box.Meets(core) || ++checks > kMostChecks) continue;
    if (cover.picture) on_picture = true;
    if (cover.order < glyph.order) {
      ground = &cover;
    } else if (cover.opaque && cover.box.Contains(core)) {
      const HiddenBy beneath = Beneath(scan, cover);
      if (beneath != HiddenBy::kNothing) return beneath;
    }
  }
  if (glyph.unpainted) return on_picture ? HiddenBy::kNothing : HiddenBy::kInvisible;
  if (glyph.colour == kNoColour) return HiddenBy::kNothing;
  if (ground == nullptr) return SameColour(glyph.colour, 0xFFFFFF) ? HiddenBy::kSameColour : HiddenBy::kNothing;
  const bool plain = ground->opaque && ground->colour != kNoColour && ground->box.Contains(core);
  return plain && SameColour(glyph.colour, ground->colour) ? HiddenBy::kSameColour : HiddenBy::kNothing;
}

}  // namespace

void MarkHidden(PageScan& scan) {
  const Bands bands(scan);
  for (Glyph& glyph : scan.glyphs) {
    if (glyph.unit == 0 && glyph.hidden == HiddenBy::kNothing) glyph.hidden = Judge(scan, bands, glyph);
  }
}

}  // namespace strongroom::pdf
