// What is personal on a page, and the boxes it stands in.
#pragma once

#include <vector>

#include "detect/finding.h"
#include "paper/page_text.h"
#include "redact/decider.h"
#include "redact/filter.h"

namespace strongroom::paper {

struct PageFind {
  detect::Finding finding;       // in the page's text
  std::vector<uint32_t> pieces;  // those it touches, whole or in part
  std::vector<Box> boxes;        // one for each line it stands on
};

// Searches pages one after the other; one thread.  A line that breaks inside a find (an address over two lines) does
// not hide it: the text is searched as it stands and with single line ends read as blanks; what was read from a picture
// also as it may have been misread (misread.h).
class PageFinder {
 public:
  // What `job` points to outlives this.
  explicit PageFinder(const redact::Job& job);
  // Sorted by place, no two overlap.
  std::vector<PageFind> Find(const PageText& page);

 private:
  redact::Selection selection_;
  redact::Decider decider_;
  std::vector<detect::Finding> findings_;
};

}  // namespace strongroom::paper
