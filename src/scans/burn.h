// Burning boxes into a picture: the pixels are replaced, and so is everything that the packing of the picture may have
// carried from them to their neighbours.
#pragma once

#include <vector>

#include "base/status.h"
#include "scans/picture_file.h"
#include "scans/place.h"

namespace strongroom::scans {

// What boxes of `page` are burnt with: black (0), or on a faint page as dark a grey as its print.  A program that takes
// one threshold for a whole page would put faint print above the one that black boxes give, and read none of it.
uint32_t ShadeOfBoxes(const PageImage& page);

// Gives every pixel of `page` that lies in one of `quads`, which are in pixels of the stored picture, that shade.
//
// JPEG packs a picture in blocks of 8 by 8 pixels, and a sharp edge shows as faint waves all over its block: what is
// left of a block of which a part is burnt could still tell the letter that stood there.  So in a picture that came as
// JPEG each block that a box touches is burnt as a whole.  Colour is packed more coarsely, in units of up to 32
// pixels, and smoothed over their borders when it is unpacked; the pixels of those units and of two more around them
// lose their colour and keep their brightness.  The copy is packed anew from the burnt pixels, so that its own waves
// can tell of nothing but the box.
//
// kInternal when memory is short.
Status Burn(PageImage& page, const std::vector<Quad>& quads, uint32_t shade = 0);

// A copy of `page`, for which Burn() was called with the same quads and shade, on which the boxes have the colour of
// the paper around them: a reader makes letters of dark bars, and all that counts is what can be read beside them.
// kInternal when a box is not of that shade all over, so that nobody takes it for paper, or when memory is short.
Result<PageImage> WithBoxesAsPaper(const PageImage& page, const std::vector<Quad>& quads, uint32_t shade = 0);

// The boxes of `quads` widened over the ink that they cut through: half a letter beside a box can be read.  `page` is
// upright; a box grows by `most` pixels at most.
std::vector<Quad> WithWholeLetters(const PageImage& page, std::vector<Quad> quads, double most);

}  // namespace strongroom::scans
