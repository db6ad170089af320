// Makes a picture of a page easy to read: evenly lit, dark on light, at the size that reading likes, lines level.
#pragma once

#include "base/status.h"
#include "paper/page_text.h"
#include "scans/pix.h"
#include "scans/place.h"

namespace strongroom::scans {

struct Straight {
  PixPtr grey;            // 8 bits, about 300 dots per inch
  Transform to_picture;   // from its pixels to those of the picture that was given
  double lean = 0;        // of its lines in that picture, radians, clockwise; quarter turns are not in it
  bool sideways = false;  // its lines seem to run up or down
};

// How much larger the picture should be for reading; 1 when it is near enough.
double ReadingScale(const paper::Picture& picture);
// Null when memory is short.
PixPtr Scaled(Pix* grey, double scale);

// The picture in 8-bit grey.  kInternal when memory is short.
Result<PixPtr> GreyOf(const paper::Picture& picture);

// The same page, in the same orientation.  kInternal when memory is short.
Result<Straight> Straighten(const paper::Picture& picture);

// The page turned clockwise by so many quarters.  kInternal when memory is short.
Result<Straight> Turned(const Straight& page, int quarters);

// The dark parts of an evenly lit page as the set pixels of a 1-bit picture.
PixPtr InkOf(Pix* even_grey);

// What lies evenly lit on a white background, whatever the light was.  Null when memory is short.
PixPtr EvenlyLit(Pix* grey);

}  // namespace strongroom::scans
