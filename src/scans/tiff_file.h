// TIFF 6.0 with libtiff, from and to memory: pages of all compressions and depths that libtiff reads.
#pragma once

#include <memory>
#include <string_view>

#include "scans/picture_file.h"

namespace strongroom::scans {

// Thumbnails, masks and pictures inside pages are not pages.
Result<std::unique_ptr<PictureFile>> OpenTiff(std::string_view bytes, const paper::PaperLimits& limits);
std::unique_ptr<PictureWriter> MakeTiffWriter();

}  // namespace strongroom::scans
