// A stream of any length as blocks that can be searched one by one, on any number of threads, with one answer.
//
// Where a block ends depends on the bytes of the stream alone, never on how they arrived: at the first line end after
// Limits::soft bytes (but not inside a private key), or, in a line without end, after Limits::hard bytes and then not
// inside a UTF-8 sequence.  Each block is handed out with some of the text before it and after it, so that a find on a
// border is found whole, with its context, by the block it begins in.
//
//   BlockCutter cutter;
//   while (Read(buffer)) { cutter.Feed(buffer);  while (auto block = cutter.Next()) work(*std::move(block)); }
//   cutter.Finish();                             while (auto block = cutter.Next()) work(*std::move(block));
// where work, on any thread, is finder.Find(block.text, heading, findings), and, in the order of the blocks,
//   joiner.Keep(block, findings);  // only what is this block's own is left
// Then all bodies one after the other are the stream, and the findings kept are sorted and do not overlap.  A finding
// may reach beyond the body it begins in; its end never lies beyond `text`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detect/finding.h"

namespace strongroom::detect {

struct BlockLimits {
  size_t soft = size_t{64} << 10;
  size_t hard = size_t{256} << 10;
  size_t before = size_t{1} << 10;  // text of the stream shown before the body
  size_t after = size_t{4} << 10;   // and after it; a find longer than this may lose its end at a border
};

struct Block {
  std::string text;       // what to search: [before][body][after]
  uint64_t offset = 0;    // of text[0] in the stream, in bytes
  size_t body_begin = 0;  // in text
  size_t body_end = 0;
  bool last = false;

  std::string_view body() const { return std::string_view(text).substr(body_begin, body_end - body_begin); }
};

// One thread.  Memory is bounded by the limits and by what one Feed brings.
class BlockCutter {
 public:
  explicit BlockCutter(const BlockLimits& limits = {}) : limits_(limits) {}

  void Feed(std::string_view bytes);
  // No more will be fed.
  void Finish() { finished_ = true; }
  // The next block whose end and surroundings are known; nothing when more must be fed first, or all is handed out.
  // An empty stream has no block.
  std::optional<Block> Next();

 private:
  // The length of the body that `rest` begins with; nothing while more text could change the answer.
  std::optional<size_t> BodyLength(std::string_view rest);
  size_t LineEnd(std::string_view reach);

  BlockLimits limits_;
  std::string fed_;
  size_t before_ = 0;    // in fed_: where the text shown before the next body begins; all before that is of no more use
  size_t body_ = 0;      // in fed_: where the next body begins
  size_t searched_ = 0;  // how much of what follows body_ is known to hold no line end to cut at
  uint64_t offset_ = 0;  // of fed_[0] in the stream
  bool finished_ = false;
};

// Leaves in `findings` of one block what begins in its body and does not overlap what was kept before.  One thread;
// takes the blocks of one stream in their order.
class BlockJoiner {
 public:
  void Keep(const Block& block, std::vector<Finding>& findings);

 private:
  uint64_t kept_to_ = 0;  // in the stream
};

}  // namespace strongroom::detect
