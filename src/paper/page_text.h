// A page as words that stand somewhere: what a PDF's operators or a reader of pictures made of it, in one shape, so
// that the same search serves both.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace strongroom::paper {

// On a page as it is looked at: origin at the upper left corner, y grows downwards.  Units are the page's own: points
// (1/72 inch) on a page of PDF, pixels in a picture.
struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;

  bool empty() const { return right <= left || bottom <= top; }
  double width() const { return right - left; }
  double height() const { return bottom - top; }
  bool Meets(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
  bool Contains(const Box& other) const {
    return left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom;
  }
  Box Around(const Box& other) const;  // the least box that contains both; an empty one adds nothing
  Box Grown(double by) const { return {left - by, top - by, right + by, bottom + by}; }
};

struct PageText {
  // One stretch of `text` (a word, a glyph) and where it stands.  `tag` is for whoever made the page: which glyph it
  // was.
  struct Piece {
    uint32_t begin = 0;  // in bytes of text, [begin, end)
    uint32_t end = 0;
    Box box;
    uint64_t tag = 0;
    uint8_t confidence = 100;  // of a reader of pictures, in percent
  };

  double width = 0;
  double height = 0;
  std::string text;           // UTF-8, in the order of reading; a line ends with '\n', a block with an empty line
  std::vector<Piece> pieces;  // sorted by begin; no two overlap; blanks and line ends belong to none

  // Appends a piece, as it stands at the end of the text.
  void Add(std::string_view word, const Box& box, uint64_t tag = 0, uint8_t confidence = 100);
  void Blank() { text += ' '; }
  void EndLine() { text += '\n'; }
};

// A picture in memory: 8 bits a sample, rows from the top, without gaps.
struct Picture {
  uint32_t width = 0;  // in pixels
  uint32_t height = 0;
  uint32_t channels = 1;       // 1: grey, 3: red, green, blue
  uint32_t dots_per_inch = 0;  // 0: not known
  std::string samples;         // width * height * channels
};

}  // namespace strongroom::paper
