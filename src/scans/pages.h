// The pages of a file apart from each other, so that several processes can work on them at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "paper/paper.h"

namespace strongroom::scans {

// Each page as a file of its own, in order, packed as it was: a TIFF's pages as TIFFs, a PNG or JPEG as it is.  Where
// pages are packed so that they cannot be taken apart (JPEG in the style of TIFF 6.0), the whole file is the only part.
// kUnsupportedMediaType and kBodyTooLarge as PictureFile::Open says.
Result<std::vector<std::string>> SplitPages(std::string_view bytes, const paper::PaperLimits& limits);

// What RedactScan made of such parts, as one file again.  One part is answered as it is; more must be TIFFs.
// kInternal when they are not.
Result<std::string> JoinPages(const std::vector<std::string>& parts);

}  // namespace strongroom::scans
