#include "pdf/font.h"

#include <algorithm>
#include <charconv>

#include "pdf/content_reader.h"
#include "pdf/glyph_names.h"
#include "pdf/standard_widths.h"
#include "pdf/true_type.h"

namespace strongroom::pdf {
namespace {

constexpr size_t kMostCids = 200'000;

std::string NameIn(QPDFObjectHandle dictionary, const std::string& key) {
  QPDFObjectHandle value = KeyOf(dictionary, key);
  return value.isName() ? value.getName().substr(1) : std::string();
}

// What a map says of a code is worth nothing when it is no character, or one of somebody's own.
bool SaysSomething(std::u32string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char32_t c) {
    return c != 0 && c != 0xFFFD && c != 0xFFFF && (c < 0xE000 || c > 0xF8FF) && c <= 0x10FFFF;
  });
}

// "dup 65 /A put" in the clear part of a Type 1 font: its own encoding.
void ReadType1Encoding(std::string_view program, std::array<std::string, 256>& names) {
  const size_t begin = program.find("/Encoding");
  if (begin == std::string_view::npos) return;
  program = program.substr(begin, std::min<size_t>(program.find("eexec", begin), begin + 20'000) - begin);
  for (size_t at = program.find("dup "); at != std::string_view::npos; at = program.find("dup ", at + 4)) {
    uint32_t code = 0;
    const auto [end, error] = std::from_chars(program.data() + at + 4, program.data() + program.size(), code);
    const size_t slash = program.find('/', at);
    if (error != std::errc() || code > 255 || slash == std::string_view::npos || slash > at + 12) continue;
    const size_t stop = program.find_first_of(" \r\n\t/", slash + 1);
    if (stop != std::string_view::npos) names[code] = std::string(program.substr(slash + 1, stop - slash - 1));
  }
}

}  // namespace

std::shared_ptr<Font> Font::Load(QPDFObjectHandle dictionary, Budget& budget) {
  auto font = std::make_shared<Font>();
  font->dictionary_ = dictionary;
  if (!dictionary.isDictionary()) return font;
  font->LoadToUnicode(budget);
  const std::string subtype = NameIn(dictionary, "/Subtype");
  font->composite_ = subtype == "Type0";
  font->type3_ = subtype == "Type3";
  if (font->composite_) {
    font->LoadComposite(budget);
  } else {
    font->LoadSimple(budget);
  }
  return font;
}

void Font::LoadToUnicode(Budget& budget) {
  QPDFObjectHandle map = dictionary_.getKey("/ToUnicode");
  if (!map.isStream()) return;
  to_unicode_ = CMap::Parse(DecodedStream(map, budget).bytes);
  has_to_unicode_ = true;
}

void Font::LoadHeights(QPDFObjectHandle descriptor) {
  QPDFObjectHandle ascent = KeyOf(descriptor, "/Ascent");
  QPDFObjectHandle descent = KeyOf(descriptor, "/Descent");
  if (ascent.isNumber()) ascent_ = std::clamp(NumberOf(ascent) / 1000, 0.7, 0.95);
  if (descent.isNumber()) descent_ = std::clamp(-std::abs(NumberOf(descent)) / 1000, -0.3, -0.15);
}

void Font::LoadEncoding(Budget& budget) {
  QPDFObjectHandle encoding = dictionary_.getKey("/Encoding");
  QPDFObjectHandle descriptor = dictionary_.getKey("/FontDescriptor");
  const std::string name = encoding.isName() ? encoding.getName().substr(1) : NameIn(encoding, "/BaseEncoding");
  const bool embedded = KeyOf(descriptor, "/FontFile").isStream() || KeyOf(descriptor, "/FontFile2").isStream() ||
                        KeyOf(descriptor, "/FontFile3").isStream();
  QPDFObjectHandle flags = KeyOf(descriptor, "/Flags");
  const bool symbolic = flags.isInteger() && (flags.getIntValue() & 4) != 0;
  const std::string base_font = NameIn(dictionary_, "/BaseFont");

  if (name == "WinAnsiEncoding" || name == "MacRomanEncoding" || name == "StandardEncoding" ||
      (!type3_ && !(embedded && symbolic))) {
    const char16_t* table = EncodingTable(name == "WinAnsiEncoding"    ? BaseEncoding::kWinAnsi
                                          : name == "MacRomanEncoding" ? BaseEncoding::kMacRoman
                                                                       : BaseEncoding::kStandard);
    for (size_t code = 0; code < 256; ++code) {
      if (table[code] != 0) texts_[code] = std::u32string{table[code]};
    }
  }
  if (!embedded && (base_font == "Symbol" || base_font == "ZapfDingbats")) {
    texts_.fill(U"\u2022");  // signs; no letter among them spells a name
  }
  if (embedded && name.empty()) {
    if (QPDFObjectHandle program = KeyOf(descriptor, "/FontFile"); program.isStream())
      ReadType1Encoding(DecodedStream(program, budget).bytes, names_);
    if (QPDFObjectHandle program = KeyOf(descriptor, "/FontFile2");
        program.isStream() && symbolic && !has_to_unicode_) {
      std::unordered_map<uint32_t, uint32_t> glyphs;
      const auto characters = CharactersOfGlyphs(DecodedStream(program, budget).bytes, &glyphs);
      for (const auto& [code, glyph] : glyphs) {
        if (const auto known = characters.find(glyph); known != characters.end())
          texts_[code] = std::u32string{known->second};
      }
    }
  }
  QPDFObjectHandle differences = KeyOf(encoding, "/Differences");
  if (differences.isArray()) {
    long long code = 0;
    for (int i = 0; i < std::min(differences.getArrayNItems(), 2000); ++i) {
      QPDFObjectHandle item = differences.getArrayItem(i);
      if (item.isInteger()) {
        code = std::clamp(item.getIntValue(), -1LL, 256LL);
      } else if (item.isName()) {
        if (code >= 0 && code < 256) names_[static_cast<size_t>(code)] = item.getName().substr(1);
        ++code;
      }
    }
  }
  for (size_t code = 0; code < 256; ++code) {
    if (!names_[code].empty()) texts_[code] = TextOfGlyphName(names_[code]);
  }
}

// pdfTeX calls the glyphs of its bitmaps "a" and their code, which says nothing of what they are.  In every encoding of
// TeX for text the letters and figures lie where ASCII has them, and in its first one ligatures begin at 11; readers
// read them so.  A guess is searched, and the page counts as unread all the same.
void Font::GuessTexts() {
  constexpr std::u32string_view kLigatures[] = {U"ff", U"fi", U"fl", U"ffi", U"ffl"};
  for (size_t code = 11; code < 0x7F; ++code) {
    if (!texts_[code].empty() || names_[code].size() < 2 || names_[code].substr(1) != std::to_string(code)) continue;
    if (code < 16) {
      texts_[code] = kLigatures[code - 11];
    } else if (code > ' ') {
      texts_[code] = std::u32string{static_cast<char32_t>(code)};
    }
    guessed_[code] = !texts_[code].empty();
  }
}

void Font::LoadSimpleWidths() {
  QPDFObjectHandle widths = dictionary_.getKey("/Widths");
  QPDFObjectHandle first = dictionary_.getKey("/FirstChar");
  const double unit = type3_ ? glyph_matrix_.a : 0.001;
  if (!widths.isArray()) {
    const std::string name = NameIn(dictionary_, "/BaseFont");
    for (size_t code = 0; code < 256; ++code)
      widths_[code] = StandardWidth(name, texts_[code].empty() ? 0 : texts_[code][0]) * 0.001;
    return;
  }
  widths_.fill(
      type3_
          ? 0
          : NumberAt(QPDFObjectHandle::newArray({KeyOf(dictionary_.getKey("/FontDescriptor"), "/MissingWidth")}), 0) *
                unit);
  const long long begin = first.isInteger() ? std::clamp(first.getIntValue(), -256LL, 256LL) : 0;
  for (int i = 0; i < std::min(widths.getArrayNItems(), 256); ++i) {
    if (begin + i >= 0 && begin + i < 256) widths_[static_cast<size_t>(begin + i)] = NumberAt(widths, i) * unit;
  }
}

void Font::LoadSimple(Budget& budget) {
  if (type3_) {
    glyph_matrix_ = MatrixOf(dictionary_.getKey("/FontMatrix"), glyph_matrix_);
    QPDFObjectHandle box = dictionary_.getKey("/FontBBox");
    const double top = std::max(NumberAt(box, 1), NumberAt(box, 3)) * glyph_matrix_.d;
    const double bottom = std::min(NumberAt(box, 1), NumberAt(box, 3)) * glyph_matrix_.d;
    if (top > 0 && top < 3) ascent_ = top;
    if (bottom < 0 && bottom > -2) descent_ = bottom;
  }
  LoadEncoding(budget);
  if (type3_ && !has_to_unicode_) GuessTexts();
  LoadSimpleWidths();
  LoadHeights(dictionary_.getKey("/FontDescriptor"));
}

void Font::LoadCidWidths(QPDFObjectHandle descendant) {
  QPDFObjectHandle width = KeyOf(descendant, "/DW");
  if (width.isNumber()) default_width_ = NumberOf(width) / 1000;
  default_vertical_.y = NumberAt(KeyOf(descendant, "/DW2"), 0, 880) / 1000;
  default_vertical_.advance = NumberAt(KeyOf(descendant, "/DW2"), 1, -1000) / 1000;

  // "first [figures of each]" or "first last figures of all" (ISO 32000-1 section 9.7.4.3).
  const auto each = [](QPDFObjectHandle array, int per_glyph, const auto& add) {
    if (!array.isArray()) return;
    const std::vector<QPDFObjectHandle> items = array.getArrayAsVector();
    size_t added = 0;
    for (size_t i = 0; i + 1 < items.size();) {
      QPDFObjectHandle head = items[i];
      QPDFObjectHandle next = items[i + 1];
      if (!head.isNumber()) {
        ++i;
        continue;
      }
      const auto first = static_cast<uint32_t>(std::clamp(NumberOf(head), 0.0, 1e6));
      if (next.isArray()) {
        for (int k = 0; k + per_glyph <= next.getArrayNItems() && added < kMostCids; k += per_glyph, ++added)
          add(first + static_cast<uint32_t>(k / per_glyph), next, k);
        i += 2;
        continue;
      }
      if (i + 1 + static_cast<size_t>(per_glyph) >= items.size()) break;
      std::vector<QPDFObjectHandle> figures(items.begin() + static_cast<ptrdiff_t>(i) + 2,
                                            items.begin() + static_cast<ptrdiff_t>(i) + 2 + per_glyph);
      QPDFObjectHandle values = QPDFObjectHandle::newArray(figures);
      const auto last = static_cast<uint32_t>(std::clamp(NumberOf(next), 0.0, 1e6));
      for (uint32_t cid = first; cid <= last && added < kMostCids; ++cid, ++added) add(cid, values, 0);
      i += 2 + static_cast<size_t>(per_glyph);
    }
  };
  each(KeyOf(descendant, "/W"), 1,
       [&](uint32_t cid, QPDFObjectHandle values, int at) { cid_widths_[cid] = NumberAt(values, at) / 1000; });
  each(KeyOf(descendant, "/W2"), 3, [&](uint32_t cid, QPDFObjectHandle values, int at) {
    cid_verticals_[cid] = {NumberAt(values, at) / 1000, NumberAt(values, at + 1) / 1000,
                           NumberAt(values, at + 2) / 1000};
  });
}

// Codes that are glyph numbers of an embedded TrueType font say what that font's own map says.
void Font::LoadGlyphMap(QPDFObjectHandle descendant, Budget& budget) {
  QPDFObjectHandle program = KeyOf(KeyOf(descendant, "/FontDescriptor"), "/FontFile2");
  if (has_to_unicode_ || set_ != nullptr || !program.isStream()) return;
  QPDFObjectHandle to_glyph = KeyOf(descendant, "/CIDToGIDMap");
  const auto characters = CharactersOfGlyphs(DecodedStream(program, budget).bytes, nullptr);
  if (!to_glyph.isStream()) {
    glyph_texts_ = characters;
    return;
  }
  const std::string map = DecodedStream(to_glyph, budget).bytes;
  for (size_t cid = 0; 2 * cid + 1 < map.size() && cid < 65536; ++cid) {
    const uint32_t glyph = static_cast<uint32_t>(static_cast<unsigned char>(map[2 * cid])) << 8 |
                           static_cast<unsigned char>(map[2 * cid + 1]);
    if (const auto known = characters.find(glyph); known != characters.end())
      glyph_texts_[static_cast<uint32_t>(cid)] = known->second;
  }
}

void Font::LoadComposite(Budget& budget) {
  QPDFObjectHandle encoding = dictionary_.getKey("/Encoding");
  std::string name = encoding.isName() ? encoding.getName().substr(1) : std::string();
  if (encoding.isStream()) {
    encoding_ = CMap::Parse(DecodedStream(encoding, budget).bytes);
    identity_ = false;
    vertical_ = encoding_.vertical() || NumberAt(QPDFObjectHandle::newArray({KeyOf(encoding, "/WMode")}), 0) == 1;
    name = NameIn(encoding, "/UseCMap");
    if (name.empty()) name = encoding_.base();
    if (name.starts_with("Identity")) identity_ = true;
  }
  if (!name.empty() && !name.starts_with("Identity")) {
    set_ = CharacterSet::OfCMap(name);
    identity_ = false;
  }
  if (name.ends_with("V")) vertical_ = true;
  QPDFObjectHandle descendants = dictionary_.getKey("/DescendantFonts");
  if (!descendants.isArray() || descendants.getArrayNItems() < 1) return;
  QPDFObjectHandle descendant = descendants.getArrayItem(0);
  LoadCidWidths(descendant);
  LoadHeights(KeyOf(descendant, "/FontDescriptor"));
  LoadGlyphMap(descendant, budget);
}

FontCode Font::NextComposite(std::string_view text) {
  FontCode next;
  next.size = std::min<size_t>(2, text.size());
  if (encoding_.has_spaces()) {
    next.size = std::clamp<size_t>(encoding_.CodeSize(text), 1, text.size());
  } else if (set_ != nullptr) {
    next.size = std::clamp<size_t>(set_->CodeSize(text), 1, text.size());
  }
  for (const char c : text.substr(0, next.size)) next.code = next.code << 8 | static_cast<unsigned char>(c);
  next.one_byte_space = next.size == 1 && next.code == ' ';

  if (const std::u32string* said = has_to_unicode_ ? to_unicode_.TextOf(next.code, buffer_) : nullptr;
      said != nullptr && SaysSomething(*said)) {
    next.text = *said;
    next.known = true;
  } else if (set_ != nullptr) {
    buffer_ = set_->TextOf(text.substr(0, next.size));
    next.text = buffer_;
    next.known = SaysSomething(buffer_);
  }
  uint32_t cid = next.code;
  bool have_cid = identity_ || encoding_.CidOf(next.code, cid);
  if (!have_cid && set_ != nullptr && next.text.size() == 1 && next.text[0] >= 0x20 && next.text[0] < 0x7F) {
    cid = next.text[0] - 0x1F;  // ASCII begins the collections of all four scripts
    have_cid = next.size != 1;
  }
  if (!next.known) {
    if (const auto known = glyph_texts_.find(cid); known != glyph_texts_.end()) {
      buffer_ = std::u32string{known->second};
      next.text = buffer_;
      next.known = SaysSomething(buffer_);
    }
  }
  const auto width = cid_widths_.find(cid);
  const double across = have_cid && width != cid_widths_.end() ? width->second
                        : !have_cid && next.size == 1          ? 0.5
                                                               : default_width_;
  next.advance = across;
  if (vertical_) {
    Vertical vertical = default_vertical_;
    vertical.x = across / 2;
    if (const auto own = cid_verticals_.find(cid); own != cid_verticals_.end()) vertical = own->second;
    next.advance = vertical.advance;
    next.rise_x = vertical.x;
    next.rise_y = vertical.y;
  }
  return next;
}

FontCode Font::Next(std::string_view text) {
  if (composite_) return NextComposite(text);
  FontCode next;
  next.code = static_cast<unsigned char>(text[0]);
  next.one_byte_space = next.code == ' ';
  next.advance = widths_[next.code];
  const std::u32string* said = has_to_unicode_ ? to_unicode_.TextOf(next.code, buffer_) : nullptr;
  if (said == nullptr || !SaysSomething(*said)) said = &texts_[next.code];
  next.text = *said;
  next.guessed = guessed_[next.code];
  next.known = !next.guessed && SaysSomething(*said);
  return next;
}

}  // namespace strongroom::pdf
