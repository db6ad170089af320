// Everything that is painted on a page, and where: what the interpreter saw.
#pragma once

#include <cstdint>
#include <qpdf/QPDFObjectHandle.hh>
#include <string>
#include <string_view>
#include <vector>

#include "pdf/geometry.h"

namespace strongroom::pdf {

// Why nobody sees a thing that the page paints.
enum class HiddenBy : uint8_t { kNothing, kInvisible, kOffPage, kClip, kLayer, kSameColour, kBox, kPicture, kNote };

// On which level a thing was painted; the wording of paper::FoundBox::place.
enum class Level : uint8_t { kText, kNote, kFormValue };

// Red, green, blue in 0..255 each; kNoColour when it is not known (patterns, spot colours).
using Colour = uint32_t;
inline constexpr Colour kNoColour = 0xFF000000;

struct Glyph {
  Box box;
  Point origin;
  Point direction;  // of writing, of length 1
  double size = 0;  // of an em, across the direction
  double span = 0;  // how far it moves along the direction
  // Where its code stands: stream, operation, place among the bytes of the operation's strings together.
  uint32_t stream = 0;
  uint32_t operation = 0;
  uint32_t start = 0;
  uint16_t length = 0;
  uint16_t text_size = 0;  // in PageScan::text, UTF-8
  uint32_t text_begin = 0;
  uint32_t order = 0;  // of painting
  uint32_t unit = 0;   // 0: the page; else a tile of a pattern, whose place on the page is not its own
  float shift = 0;     // the number in TJ that moves as far as the glyph does
  Colour colour = kNoColour;
  bool known = false;    // that what it says is known
  bool guessed = false;  // that is a guess: searched, and unread all the same
  bool blank = false;
  bool unpainted = false;  // render mode 3, or as good as transparent
  bool vertical = false;
  HiddenBy hidden = HiddenBy::kNothing;
  Level level = Level::kText;
};

struct Picture {
  QPDFObjectHandle image;  // a stream; of an inline image one made of it
  Matrix to_view;          // from the unit square
  Box box;                 // what of it can be seen
  uint32_t stream = 0;
  uint32_t operation = 0;
  uint32_t order = 0;
  uint32_t unit = 0;
  bool is_inline = false;
  bool opaque = false;
  Level level = Level::kText;
};

// An area that was painted on, for telling what lies beneath or behind.
struct Cover {
  Box box;
  uint32_t order = 0;
  bool opaque = false;  // all of the box
  bool picture = false;
  Colour colour = kNoColour;
  Level level = Level::kText;
};

// A path that was painted, as its subpaths.
struct SubPath {
  Box box;
  uint32_t first_operation = 0;
  uint32_t last_operation = 0;
  bool rectangle = false;  // upright
};
struct Path {
  uint32_t stream = 0;
  uint32_t paint_operation = 0;
  uint32_t first = 0;  // in PageScan::subpaths
  uint32_t count = 0;
  bool clips = false;
  bool curves = false;
};

struct PageScan {
  View view;
  std::string text;  // of the glyphs
  std::vector<Glyph> glyphs;
  std::vector<Picture> pictures;
  std::vector<Cover> covers;
  std::vector<Path> paths;
  std::vector<SubPath> subpaths;
  uint32_t units = 1;
  uint32_t hidden_layer_operations = 0;  // painted on layers that are off
  int unclosed_states = 0;               // q without Q in the page's own contents

  std::string_view TextOf(const Glyph& glyph) const {
    return std::string_view(text).substr(glyph.text_begin, glyph.text_size);
  }
};

// Sets Glyph::hidden of what cannot be seen: off the page, painted over, in the colour of its ground, not painted and
// not the text of a scanned picture beneath.  Linear but for covers that overlap.
void MarkHidden(PageScan& scan);

}  // namespace strongroom::pdf
