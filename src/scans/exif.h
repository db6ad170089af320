// What a JPEG or PNG says about itself before its samples: the way up, and the size of the units it was packed in.
#pragma once

#include <string_view>

namespace strongroom::scans {

struct JpegFacts {
  int orientation = 1;  // Exif 2.32 tag 0x0112, 1 to 8
  int unit_width = 8;   // of its minimum coded unit, in pixels (ITU-T T.81, A.2)
  int unit_height = 8;
  bool deep = false;  // more than 8 bits a sample
};

// Any bytes; what is not there keeps its default.
JpegFacts FactsOfJpeg(std::string_view bytes);
// Whether each chunk up to the end of the picture lies in the file: libpng makes room for what a chunk says to hold
// before it reads it.
bool ChunksOfPngFit(std::string_view bytes);
// From an eXIf chunk before the picture's data.
int OrientationOfPng(std::string_view bytes);

}  // namespace strongroom::scans
