// The one question asked of detection: what in this text is personal?
#pragma once

#include <string_view>
#include <vector>

#include "detect/finding.h"

namespace strongroom::detect {

class Finder {
 public:
  virtual ~Finder() = default;

  // Finds what is personal in `text` and puts it in place of what `findings` held.
  //
  // `text` is any bytes; what is not UTF-8 is passed over.  `heading` says what the text stands under: the column of a
  // table, the key of a JSON member, the label of a form's field ("Personnummer", "customer.phone"); empty when nothing
  // is known.  It is context only and nothing is found in it.  The answer is sorted by place, no two findings overlap,
  // none is empty, and none begins or ends inside a UTF-8 sequence of a text that is UTF-8.
  //
  // Time is linear in the text, memory bounded by it.  Any thread, all at once.
  virtual void Find(std::string_view text, std::string_view heading, std::vector<Finding>& findings) const = 0;

  // What it may find at all: who wants nothing of that need not ask.
  virtual KindSet kinds() const { return KindSet::All(); }
};

}  // namespace strongroom::detect
