// All content streams of a file, each with a number, and what is to be taken out of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <qpdf/QPDFObjGen.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "pdf/pdf_file.h"

namespace strongroom::pdf {

struct Cut {
  uint32_t length = 0;  // of the code, in bytes
  float shift = 0;      // what the glyph moved, in thousandths of the font's size
  uint32_t hidden = 0;  // in how many of the stream's executions it cannot be seen
  bool out = false;     // whatever hides it: it goes
};

struct StreamEdits {
  // By operation, then by the place of the code among the operation's string bytes.
  std::map<uint32_t, std::map<uint32_t, Cut>> cuts;
  std::set<uint32_t> dropped;                  // operations
  std::map<uint32_t, std::string> replaced;    // operations by other bytes
  std::map<uint32_t, std::vector<Box>> burnt;  // of pictures inside of the content: boxes in their unit square
  uint32_t executions = 0;

  bool Gone(const Cut& cut) const { return cut.out || (cut.hidden > 0 && cut.hidden >= executions); }
};

struct ContentStream {
  QPDFObjectHandle handle;  // not set for a page's contents, which may be several streams
  QPDFObjectHandle resources;
  StreamEdits edits;
};

class StreamTable {
 public:
  explicit StreamTable(size_t pages) : streams_(pages) {}

  // The number of a form, tile, glyph procedure.  Pages have the first numbers.
  uint32_t NumberOf(QPDFObjectHandle stream);
  ContentStream& At(uint32_t number) { return streams_[number]; }
  uint32_t size() const { return static_cast<uint32_t>(streams_.size()); }
  // Its bytes; kept while there is room.
  std::shared_ptr<const std::string> BytesOf(QPDFObjectHandle stream, Budget& budget);

  // What was painted from: all else in resources is painted by nobody.
  std::set<QPDFObjGen> used;

 private:
  std::vector<ContentStream> streams_;
  std::map<QPDFObjGen, uint32_t> numbers_;
  std::map<QPDFObjGen, std::shared_ptr<const std::string>> kept_;
  size_t kept_bytes_ = 0;
};

}  // namespace strongroom::pdf
