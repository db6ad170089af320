#include "scans/unread.h"

#include <algorithm>
#include <cmath>

#include "scans/reader.h"
#include "scans/straighten.h"

namespace strongroom::scans {
namespace {

// At 300 dots per inch.
constexpr int kSpeck = 7;        // pixels wide and high: dust, and dots of letters
constexpr int kRule = 150;       // a stroke as long as half an inch and straight is a ruled line
constexpr int kReach = 15;       // strokes so near belong together: 1.3 mm
constexpr int kLeastPatch = 40;  // pixels wide and high: smaller ones are not told of
constexpr double kSolid = 0.85;  // of its box: a bar, not writing

// Takes away straight lines that run level or upright over a long way: forms are full of them.
PixPtr WithoutRules(const PixPtr& ink) {
  PixPtr without(pixCopy(nullptr, ink.get()));
  for (const bool level : {true, false}) {
    // Both from the whole: what is taken away of one kind would cut the other into pieces.
    const PixPtr rules(pixOpenBrick(nullptr, ink.get(), level ? kRule : 1, level ? 1 : kRule));
    if (!rules || !without) return nullptr;
    // What is thick as well is no line, but a photograph or a bar.
    const PixPtr thick(pixOpenBrick(nullptr, rules.get(), level ? 1 : 12, level ? 12 : 1));
    if (!thick) return nullptr;
    pixSubtract(rules.get(), rules.get(), thick.get());
    const PixPtr wider(pixDilateBrick(nullptr, rules.get(), 3, 3));
    if (!wider) return nullptr;
    pixSubtract(without.get(), without.get(), wider.get());
  }
  return without;
}

void Wipe(Pix* ink, const paper::Box& box) {
  BOX* area = boxCreate(static_cast<int>(std::floor(box.left)), static_cast<int>(std::floor(box.top)),
                        static_cast<int>(std::ceil(box.width())), static_cast<int>(std::ceil(box.height())));
  if (area != nullptr) pixClearInRect(ink, area);
  boxDestroy(&area);
}

// Bars that redaction left, and edges of the sheet.
void WipeSolid(Pix* ink) {
  const BoxaPtr boxes(pixConnCompBB(ink, 8));
  for (int i = 0; boxes && i < boxaGetCount(boxes.get()); ++i) {
    int x = 0, y = 0, w = 0, h = 0;
    boxaGetBoxGeometry(boxes.get(), i, &x, &y, &w, &h);
    if (w < 12 || h < 12) continue;
    BOX* area = boxCreate(x, y, w, h);
    int count = 0;
    pixCountPixelsInRect(ink, area, &count, nullptr);
    boxDestroy(&area);
    if (count > kSolid * w * h) Wipe(ink, {double(x), double(y), double(x + w), double(y + h)});
  }
}

double Covered(Pix* patches) {
  int count = 0;
  pixCountPixels(patches, &count, nullptr);
  return count;
}

}  // namespace

Result<InkLeft> InkLeftOf(Pix* even_grey, const std::vector<paper::Box>& read) {
  InkLeft left;
  const Status no_memory(Reason::kInternal, "The picture does not fit into memory.");
  const int width = pixGetWidth(even_grey);
  const int height = pixGetHeight(even_grey);
  if (width < 32 || height < 32) return left;
  PixPtr ink = InkOf(even_grey);
  if (!ink) return no_memory;
  ink = WithoutRules(ink);
  if (!ink) return no_memory;
  WipeSolid(ink.get());
  ink.reset(pixSelectBySize(ink.get(), kSpeck, kSpeck, 8, L_SELECT_IF_EITHER, L_SELECT_IF_GT, nullptr));
  if (!ink) return no_memory;
  // Area is counted in what strokes enclose, so that thick ones are worth no more than thin ones.
  const PixPtr all(pixCloseSafeBrick(nullptr, ink.get(), kReach, kReach));
  for (const paper::Box& box : read) Wipe(ink.get(), box.Grown(box.height() * 0.2));
  // What sticks out of a word's box is no word of its own.
  ink.reset(pixSelectBySize(ink.get(), kSpeck * 2, kSpeck * 2, 8, L_SELECT_IF_EITHER, L_SELECT_IF_GT, nullptr));
  const PixPtr rest(ink ? pixCloseSafeBrick(nullptr, ink.get(), kReach, kReach) : nullptr);
  if (!all || !rest) return no_memory;
  const double area = Covered(all.get());
  const double unread = Covered(rest.get());
  left.share = area == 0 ? 0 : std::min(1.0, unread / area);
  left.page_share = unread / (static_cast<double>(width) * height);
  const PixPtr joined(pixCloseSafeBrick(nullptr, rest.get(), kReach * 3, kReach * 3));
  const BoxaPtr boxes(joined ? pixConnCompBB(joined.get(), 8) : nullptr);
  for (int i = 0; boxes && i < boxaGetCount(boxes.get()); ++i) {
    int x = 0, y = 0, w = 0, h = 0;
    boxaGetBoxGeometry(boxes.get(), i, &x, &y, &w, &h);
    if (w >= kLeastPatch && h >= kLeastPatch / 2)
      left.boxes.push_back({double(x), double(y), double(x + w), double(y + h)});
  }
  return left;
}

Result<UnreadInk> Unread(const paper::Picture& picture, const paper::PageText& page) {
  ASSIGN_OR_RETURN(const PixPtr grey, GreyOf(picture));
  const PixPtr lit = EvenlyLit(grey.get());
  const PixPtr even(lit ? Scaled(lit.get(), ReadingScale(picture)) : nullptr);
  if (!even) return Status(Reason::kInternal, "The picture does not fit into memory.");
  const double by_x = static_cast<double>(pixGetWidth(even.get())) / picture.width;
  const double by_y = static_cast<double>(pixGetHeight(even.get())) / picture.height;
  std::vector<paper::Box> read;
  for (const paper::PageText::Piece& piece : page.pieces) {
    if (static_cast<float>(piece.confidence) < kConfidentWord) continue;
    read.push_back({piece.box.left * by_x, piece.box.top * by_y, piece.box.right * by_x, piece.box.bottom * by_y});
  }
  ASSIGN_OR_RETURN(InkLeft left, InkLeftOf(even.get(), read));
  UnreadInk unread = {left.share, left.page_share, {}};
  for (const paper::Box& box : left.boxes)
    unread.boxes.push_back({box.left / by_x, box.top / by_y, box.right / by_x, box.bottom / by_y});
  return unread;
}

}  // namespace strongroom::scans
