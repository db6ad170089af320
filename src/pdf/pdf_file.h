// Strangers' PDF opened with libqpdf, within bounds.
#pragma once

#include <cstdint>
#include <memory>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "paper/paper.h"
#include "pdf/geometry.h"

namespace strongroom::pdf {

// What may still be spent on one file.  A bomb ends here.
class Budget {
 public:
  explicit Budget(const paper::PaperLimits& limits) : inflated_(limits.inflated_bytes) {}
  // False when it is used up; then status() says so.
  bool SpendBytes(uint64_t bytes) { return Spend(inflated_, bytes); }
  bool SpendWork(uint64_t work) { return Spend(work_, work); }
  bool spent() const { return spent_; }
  Status status() const;
  uint64_t bytes_left() const { return inflated_; }

 private:
  bool Spend(uint64_t& of, uint64_t amount) {
    if (spent_ || amount > of) {
      spent_ = true;
      return false;
    }
    of -= amount;
    return true;
  }
  uint64_t inflated_;
  uint64_t work_ = uint64_t{1} << 31;  // operations, glyphs and comparisons
  bool spent_ = false;
};

// Opens `bytes`, which outlive it.  kUnsupportedMediaType for what is no PDF, needs a password or is too broken;
// kBodyTooLarge beyond the limits.  May throw what libqpdf throws: PdfErrors() is the edge.
Result<std::unique_ptr<QPDF>> OpenPdf(std::string_view bytes, const paper::PaperLimits& limits);

// Runs `work` and turns what libqpdf throws into a Status.
Status PdfErrors(const std::function<Status()>& work);

// A stream's bytes, decoded as far as `level` goes; kBodyTooLarge when the budget ends.  Nothing when it cannot be
// decoded (a filter that is not known, broken data before the first byte).
struct StreamBytes {
  bool decoded = false;
  bool broken = false;  // its filters are known, and its data do not end as they should
  std::string bytes;
};
StreamBytes DecodedStream(QPDFObjectHandle stream, Budget& budget,
                          qpdf_stream_decode_level_e level = qpdf_dl_specialized);

// The contents of a page as one stream.
std::string PageContents(QPDFObjectHandle page, Budget& budget);

// An attribute that pages inherit (ISO 32000-1 section 7.7.3.4).
QPDFObjectHandle Inherited(QPDFObjectHandle page, const std::string& key);
View ViewOf(QPDFObjectHandle page);

// Six numbers, or `otherwise`.
Matrix MatrixOf(QPDFObjectHandle array, const Matrix& otherwise = {});
// A number, bounded (geometry.h), or `otherwise`.
double NumberOf(QPDFObjectHandle object, double otherwise = 0);
double NumberAt(QPDFObjectHandle array, int index, double otherwise = 0);
// A key's value where the object is a dictionary or a stream, else null.
QPDFObjectHandle KeyOf(QPDFObjectHandle object, const std::string& key);
bool HasName(QPDFObjectHandle object, const std::string& key, std::string_view name);

}  // namespace strongroom::pdf
