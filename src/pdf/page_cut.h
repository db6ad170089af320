// The second look at a page: everything that stands in its boxes, or says again what was taken out, goes.
#pragma once

#include <map>
#include <qpdf/QPDFObjectHandle.hh>
#include <string>
#include <vector>

#include "pdf/page_work.h"

namespace strongroom::pdf {

// A picture and what of it goes, in its unit square with the origin at the upper left.
struct PictureWork {
  QPDFObjectHandle image;
  std::vector<Box> burnt;
  std::vector<Box> covered;  // what nobody sees there: goes when the picture is painted once
  uint32_t uses = 0;
  uint32_t page = 0;  // of the first use, from 0
  Matrix to_view;
};
using PictureWorks = std::map<QPDFObjGen, PictureWork>;

// Completes run.pages[number].boxes and the streams' edits; pictures inside of contents are blackened at once, others
// are noted in `pictures`.
Status CutPage(Run& run, QPDFObjectHandle page, uint32_t number, PictureWorks& pictures);

// Blackens what was noted.  Pictures that cannot be decoded are replaced by what is drawn of them, or emptied.
Status BurnPictures(Run& run, PictureWorks& pictures);

// The page's contents, written anew with black boxes; then all forms and tiles.
Status WriteStreams(Run& run);

}  // namespace strongroom::pdf
