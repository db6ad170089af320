// Files of pictures: PNG, JPEG and TIFF, page by page, and written anew.
//
// Nothing of a file reaches its copy but the pixels, their resolution and the way up: no Exif, XMP, ICC profile,
// comment, thumbnail, palette, transparency, further picture or private tag.  What cannot be seen on the page (what is
// transparent, samples finer than 8 bits) is gone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "paper/paper.h"
#include "scans/pix.h"

namespace strongroom::scans {

enum class FileKind : uint8_t { kPng, kJpeg, kTiff };
// By the first bytes.
std::optional<FileKind> KindOfPicture(std::string_view bytes);

struct PageImage {
  PixPtr pix;           // 1 (set is dark), 8 (grey) or 32 bits (red, green, blue); as stored, not yet upright
  int orientation = 1;  // of Exif, 1 to 8: how the stored picture is turned upright
  uint32_t dots_per_inch = 0;
  bool jpeg = false;  // its samples were stored as JPEG, in units so wide and high:
  int unit_width = 0;
  int unit_height = 0;
  bool lost_depth = false;  // it had more than 8 bits a sample, or colours that are not red, green and blue
};

class PictureFile {
 public:
  virtual ~PictureFile() = default;
  // kUnsupportedMediaType for what is no such picture or is broken, kBodyTooLarge for what passes a limit; both say
  // so before anything is decoded.  The bytes outlive it.
  static Result<std::unique_ptr<PictureFile>> Open(std::string_view bytes, const paper::PaperLimits& limits);

  virtual uint32_t pages() const = 0;
  // From 0, in any order.
  virtual Result<PageImage> Page(uint32_t index) = 0;
};

class PictureWriter {
 public:
  virtual ~PictureWriter() = default;
  static std::unique_ptr<PictureWriter> Make(FileKind kind);

  // In order; a PNG or a JPEG has one.  kInternal when it cannot be written.
  virtual Status Add(const PageImage& page) = 0;
  virtual Result<std::string> Finish() = 0;
};

// The page as it is looked at.  kInternal when memory is short.
Result<PageImage> Upright(const PageImage& page);
// For a reader.  `page` is upright.
paper::Picture AsPicture(const PageImage& page);

// A 32-bit picture as 8-bit grey when it has no colour, and as 1 bit when `two_tone` says that it had one.
PixPtr Narrowed(PixPtr pix, bool two_tone);

// kBodyTooLarge when a picture of this size passes the limits.
Status CheckSize(uint64_t width, uint64_t height, const paper::PaperLimits& limits);

}  // namespace strongroom::scans
