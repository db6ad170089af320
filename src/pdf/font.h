// A font as far as redaction needs it: where a string's codes begin, what each one says, how far it moves.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <qpdf/QPDFObjectHandle.hh>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pdf/character_sets.h"
#include "pdf/cmap.h"
#include "pdf/geometry.h"
#include "pdf/pdf_file.h"

namespace strongroom::pdf {

// One code of a shown string.
struct FontCode {
  uint32_t code = 0;
  size_t size = 1;              // in bytes
  double advance = 0;           // in ems, along the line of writing
  double rise_x = 0;            // of vertical writing: from the origin to the glyph's own, in ems
  double rise_y = 0;            //
  bool one_byte_space = false;  // word spacing is added (ISO 32000-1 section 9.3.3)
  bool known = false;           // `text` is what it says; else nobody knows
  bool guessed = false;         // not known, and `text` is what it most likely says
  std::u32string_view text;     // valid until the next call
};

// Bounded by the font's own streams.  One thread.
class Font {
 public:
  static std::shared_ptr<Font> Load(QPDFObjectHandle dictionary, Budget& budget);

  // The code that begins `text`.  Precondition: it is not empty.
  FontCode Next(std::string_view text);

  bool vertical() const { return vertical_; }
  double ascent() const { return ascent_; }    // in ems, above the baseline
  double descent() const { return descent_; }  // below it, negative
  // Of a Type 3 font: from glyph space to text space; and its glyphs by name.
  bool type3() const { return type3_; }
  const Matrix& glyph_matrix() const { return glyph_matrix_; }
  QPDFObjectHandle dictionary() const { return dictionary_; }
  const std::string& GlyphName(uint32_t code) const { return names_[code & 0xFF]; }

 private:
  void LoadSimple(Budget& budget);
  void LoadComposite(Budget& budget);
  void LoadEncoding(Budget& budget);
  void GuessTexts();
  void LoadSimpleWidths();
  void LoadCidWidths(QPDFObjectHandle descendant);
  void LoadHeights(QPDFObjectHandle descriptor);
  void LoadToUnicode(Budget& budget);
  void LoadGlyphMap(QPDFObjectHandle descendant, Budget& budget);
  FontCode NextComposite(std::string_view text);

  QPDFObjectHandle dictionary_;
  bool composite_ = false;
  bool type3_ = false;
  bool vertical_ = false;
  double ascent_ = 0.8;
  double descent_ = -0.2;
  Matrix glyph_matrix_{0.001, 0, 0, 0.001, 0, 0};
  CMap to_unicode_;
  bool has_to_unicode_ = false;

  // Simple fonts, by code.
  std::array<std::u32string, 256> texts_;
  std::array<std::string, 256> names_;
  std::array<bool, 256> guessed_{};
  std::array<double, 256> widths_{};

  // Composite ones.
  CMap encoding_;
  bool identity_ = true;
  std::shared_ptr<const CharacterSet> set_;
  std::unordered_map<uint32_t, double> cid_widths_;
  struct Vertical {
    double advance = -1;
    double x = 0;
    double y = 0.88;
  };
  std::unordered_map<uint32_t, Vertical> cid_verticals_;
  double default_width_ = 1;
  Vertical default_vertical_;
  std::unordered_map<uint32_t, char32_t> glyph_texts_;  // of an embedded TrueType font, by glyph number
  std::u32string buffer_;
};

}  // namespace strongroom::pdf
