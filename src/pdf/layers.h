// Optional content: which layers are shown when the file is opened (ISO 32000-1 section 8.11).
#pragma once

#include <qpdf/QPDFObjGen.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <set>

namespace strongroom::pdf {

class Layers {
 public:
  explicit Layers(QPDFObjectHandle catalogue);
  // Of a group or a membership dictionary; what is neither is shown.
  bool Shown(QPDFObjectHandle content) const { return Shown(content, 0); }

 private:
  bool Shown(QPDFObjectHandle content, int depth) const;
  bool Expression(QPDFObjectHandle array, int depth) const;

  bool all_off_ = false;
  std::set<QPDFObjGen> on_;
  std::set<QPDFObjGen> off_;
};

}  // namespace strongroom::pdf
