// Pictures of paper with what is personal burnt out: PNG, JPEG, TIFF of any number of pages.
#pragma once

#include <string_view>

#include "base/status.h"
#include "paper/paper.h"
#include "redact/filter.h"

namespace strongroom::scans {

// The file anew, in its own kind and with its pages in order: upright, with solid boxes over what was found and over
// options.boxes, and without anything but the pixels (picture_file.h).  Boxes are in pixels of the upright picture,
// which is the file's own turned as its Exif orientation says.
//
// Pages are read with options.read, which answers as PageReader does; without it they are unread as a whole.  A page of
// which more than half of the ink could not be read, manual boxes aside, is refused (kUnsupportedMediaType) unless
// options.keep_unread; smaller areas are noted.  What stands once in a find is taken out wherever else it stands on the
// page.
//
// After burning, each page is read and searched again, and what then appears is burnt as well, a few times at most. The
// file that is to be handed out is decoded again: it is refused (kInternal) when a box of it is not dark, or when
// something that was taken out can still be read on a page or in the file's bytes.
//
// With no job.replacer it only looks.  One thread; no files: for strangers' files, call it in a sandbox.
// kUnsupportedMediaType and kBodyTooLarge as picture_file.h says.
Result<paper::PaperResult> RedactScan(std::string_view bytes, const redact::Job& job,
                                      const paper::PaperOptions& options);

}  // namespace strongroom::scans
