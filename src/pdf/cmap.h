// CMaps: what codes of composite fonts stand for (ISO 32000-1 section 9.7.5, ToUnicode in 9.10.3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom::pdf {

class CMap {
 public:
  // Reads what a stream says; lines that make no sense are passed over.  Bounded by the stream's size.
  static CMap Parse(std::string_view bytes);

  // The text of a code; null when the map has none.
  const std::u32string* TextOf(uint32_t code, std::u32string& buffer) const;
  // The glyph number of a code.
  bool CidOf(uint32_t code, uint32_t& cid) const;
  // How many bytes the code that begins `text` has.  Precondition: it is not empty.
  size_t CodeSize(std::string_view text) const;
  bool has_spaces() const { return !spaces_.empty(); }
  bool vertical() const { return vertical_; }
  const std::string& base() const { return base_; }  // the map it is built upon (usecmap); empty: none

 private:
  struct Space {
    uint32_t low = 0;
    uint32_t high = 0;
    size_t size = 0;
  };
  struct TextRange {
    uint32_t low = 0;
    uint32_t high = 0;
    std::u32string text;  // of low; the last character counts on
  };
  struct CidRange {
    uint32_t low = 0;
    uint32_t high = 0;
    uint32_t cid = 0;
  };
  class Parser;

  std::vector<Space> spaces_;
  std::vector<TextRange> texts_;  // sorted by low, as are cids_
  std::vector<CidRange> cids_;
  std::string base_;
  bool vertical_ = false;
};

// UTF-16BE as characters; a lone surrogate is dropped.
std::u32string FromUtf16(std::string_view bytes);

}  // namespace strongroom::pdf
