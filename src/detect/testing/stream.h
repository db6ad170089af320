// A stream fed in pieces and searched block by block, as the filters do it, for tests and fuzzers.
#pragma once

#include <cstdlib>
#include <string_view>
#include <vector>

#include "detect/blocks.h"
#include "detect/finder.h"

namespace strongroom::detect {

// Findings at their places in the whole text.  Ends the program when the blocks are not the text, each byte once.
inline std::vector<Finding> FindInStream(std::string_view text, size_t piece, const Finder& finder,
                                         const BlockLimits& limits) {
  BlockCutter cutter(limits);
  BlockJoiner joiner;
  std::vector<Finding> all;
  std::vector<Finding> findings;
  size_t bytes = 0;
  const auto drain = [&] {
    while (const std::optional<Block> block = cutter.Next()) {
      if (block->offset + block->body_begin != bytes) std::abort();
      bytes += block->body().size();
      finder.Find(block->text, "", findings);
      joiner.Keep(*block, findings);
      for (Finding finding : findings) {
        finding.begin += block->offset;
        finding.end += block->offset;
        all.push_back(finding);
      }
    }
  };
  for (size_t at = 0; at < text.size(); at += piece) {
    cutter.Feed(text.substr(at, piece));
    drain();
  }
  cutter.Finish();
  drain();
  if (bytes != text.size()) std::abort();
  return all;
}

}  // namespace strongroom::detect
