// The text of a page in the order of reading, made of glyphs that may have been painted in any order.
#pragma once

#include <cstdint>
#include <vector>

#include "paper/page_text.h"
#include "pdf/page_scan.h"

namespace strongroom::pdf {

struct PageOrders {
  // Lines across the whole page, from the top; wide gaps are two blanks.
  paper::PageText rows;
  // Column by column; empty when no line has a wide gap.  Narrower gaps part columns where other lines near by have
  // such an edge.  The same glyphs, so that an address in one of two columns
  // stands together, and in `rows` a label stands beside its value.
  paper::PageText columns;
};

// Of the glyphs of one unit that can be seen.  A piece is a glyph, its tag the index in scan.glyphs.  What is painted
// twice at one place stands there once.  Pages are read along each direction of writing in turn.
PageOrders ReadInOrder(const PageScan& scan, uint32_t unit);

}  // namespace strongroom::pdf
