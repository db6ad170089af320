// Pictures of a PDF: their pixels for reading, and parts of them blackened for good (ISO 32000-1 section 8.9).
#pragma once

#include <optional>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <string>
#include <vector>

#include "base/status.h"
#include "paper/page_text.h"
#include "paper/paper.h"
#include "pdf/geometry.h"
#include "pdf/pdf_file.h"

namespace strongroom::pdf {

// A stream's samples as they are stored, without filters.
struct Samples {
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t bits = 8;        // of one component
  uint32_t components = 1;  //
  bool from_jpeg = false;
  std::string bytes;  // rows begin at bytes
  size_t stride() const { return (size_t{width} * components * bits + 7) / 8; }
};

// Nothing when it cannot be decoded here (JPEG 2000, JBIG2, fax, broken) or is too large.
std::optional<Samples> SamplesOf(QPDFObjectHandle image, const paper::PaperLimits& limits, Budget& budget);

// In grey, over white where it is transparent.  `mirrored` true: left and right change sides.
paper::Picture GreyOf(QPDFObjectHandle image, const Samples& samples, bool mirrored, const paper::PaperLimits& limits,
                      Budget& budget);

// Sets all samples inside of the boxes, which lie in the unit square with the origin at the upper left, to black, in
// the picture and its masks.  False when it cannot be decoded: nothing was changed.
bool BurnImage(QPDFObjectHandle image, const std::vector<Box>& boxes, const paper::PaperLimits& limits, Budget& budget);
// Of samples that are held; for pictures inside of content.
void BurnSamples(QPDFObjectHandle image, Samples& samples, const std::vector<Box>& boxes);

// Puts pixels in a picture's place, in red, green and blue or grey; its masks go.
void ReplaceImage(QPDFObjectHandle image, const paper::Picture& pixels);

// Whether it is a JPEG with no other filter around it, and its data without anything that is no picture (jpeg.h).
bool IsJpeg(QPDFObjectHandle image);
std::optional<std::string> JpegDataOf(QPDFObjectHandle image, const paper::PaperLimits& limits);
// The data of any other picture, without filters.  Nothing when they cannot be decoded.
struct PictureData {
  std::string bytes;
  bool trimmed = false;  // something stood behind the last row, or the packed data do not end as they should
};
std::optional<PictureData> DataOf(QPDFObjectHandle image, Budget& budget);

// What stands beside a picture in its stream goes: what a JPEG says of its camera, of the place, a small copy; bytes
// behind the end of the packed data, and behind the last row.  The pixels stay as they are.  Of pictures that cannot be
// decoded here (JPEG 2000, JBIG2, fax) all stays.
void ScrubImage(QPDFObjectHandle image, const paper::PaperLimits& limits, Budget& budget);

// Of any other stream: data that are broken are kept as far as they decode, not as they came.
void ScrubStream(QPDFObjectHandle stream, Budget& budget);

// The place of a box of the view in the picture's unit square, origin at the upper left.
Box InPicture(const Matrix& to_view, const Box& box);

}  // namespace strongroom::pdf
