// Optional content: which layers are shown when the file is opened (ISO 32000-1 section 8.11).
#pragma once

#include <map>
#include <qpdf/QPDFObjGen.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <set>

namespace strongroom::pdf {

class Layers {
 public:
  explicit Layers(QPDFObjectHandle catalogue);
  // Of a group or a membership dictionary; what is neither is shown, and so is what takes too long to tell: what is
  // shown is searched.  One thread.
  bool Shown(QPDFObjectHandle content) const;

 private:
  // `steps` are what is left; dictionaries of strangers name each other many times over.
  bool Shown(QPDFObjectHandle content, int depth, int& steps) const;
  bool Expression(QPDFObjectHandle array, int depth, int& steps) const;

  mutable std::map<QPDFObjGen, bool> known_;

  bool all_off_ = false;
  std::set<QPDFObjGen> on_;
  std::set<QPDFObjGen> off_;
};

}  // namespace strongroom::pdf
