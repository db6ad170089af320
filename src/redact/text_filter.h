// Plain text and logs.
#pragma once

#include <vector>

#include "detect/blocks.h"
#include "redact/filter.h"
#include "redact/ordered_work.h"

namespace strongroom::redact {

// Text in UTF-8; what is not UTF-8 passes through.  UTF-16 is refused (kUnsupportedMediaType): nothing would be found
// in it, and silence would be taken for a clean file.
class TextFilter : public Filter {
 public:
  explicit TextFilter(const Job& job, const detect::BlockLimits& limits = {});
  Status Feed(std::string_view bytes) override;
  Status Finish() override;

 private:
  struct Piece {
    detect::Block block;
    std::vector<detect::Finding> findings;
  };
  Status CheckBeginning(std::string_view bytes);
  Status Drain();
  Status Write(Piece& piece);
  void ReportFind(const Piece& piece, const detect::Finding& finding);
  Status Flush(size_t most);

  const Job job_;
  std::string beginning_;  // the first bytes, until they say what encoding this is
  bool begun_ = false;
  detect::BlockCutter cutter_;
  detect::BlockJoiner joiner_;
  std::vector<Decider> deciders_;  // one a thread
  LineCounter lines_;
  uint64_t passed_ = 0;  // of the input
  std::string out_;
  OrderedWork<Piece> work_;
};

// kUnsupportedMediaType when `beginning`, the first bytes of a text, say UTF-16 or UTF-32.
Status RefuseWideText(std::string_view beginning);

}  // namespace strongroom::redact
