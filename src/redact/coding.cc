#include "redact/coding.h"

#include <algorithm>
#include <charconv>

#include "redact/text.h"

namespace strongroom::redact {
namespace {

// A piece of raw text: a run that stands for itself, or one code.
struct Unit {
  size_t size = 0;  // in raw bytes, at least 1
  bool code = false;
};

struct Entity {
  std::string_view name;
  char32_t value;
};

// HTML 4.01 section 24.2, and what XML knows; letters of names above all.  Longer lists serve symbols.
constexpr Entity kEntities[] = {
    {"AElig", 198},   {"Aacute", 193}, {"Acirc", 194},   {"Agrave", 192}, {"Aring", 197},  {"Atilde", 195},
    {"Auml", 196},    {"Ccedil", 199}, {"ETH", 208},     {"Eacute", 201}, {"Ecirc", 202},  {"Egrave", 200},
    {"Euml", 203},    {"Iacute", 205}, {"Icirc", 206},   {"Igrave", 204}, {"Iuml", 207},   {"Ntilde", 209},
    {"Oacute", 211},  {"Ocirc", 212},  {"Ograve", 210},  {"Oslash", 216}, {"Otilde", 213}, {"Ouml", 214},
    {"THORN", 222},   {"Uacute", 218}, {"Ucirc", 219},   {"Ugrave", 217}, {"Uuml", 220},   {"Yacute", 221},
    {"aacute", 225},  {"acirc", 226},  {"aelig", 230},   {"agrave", 224}, {"amp", 38},     {"apos", 39},
    {"aring", 229},   {"atilde", 227}, {"auml", 228},    {"ccedil", 231}, {"commat", 64},  {"copy", 169},
    {"eacute", 233},  {"ecirc", 234},  {"egrave", 232},  {"emsp", 8195},  {"ensp", 8194},  {"eth", 240},
    {"euml", 235},    {"gt", 62},      {"hyphen", 8208}, {"iacute", 237}, {"icirc", 238},  {"igrave", 236},
    {"iuml", 239},    {"ldquo", 8220}, {"lowbar", 95},   {"lsquo", 8216}, {"lt", 60},      {"mdash", 8212},
    {"nbsp", 160},    {"ndash", 8211}, {"ntilde", 241},  {"num", 35},     {"oacute", 243}, {"ocirc", 244},
    {"ograve", 242},  {"oslash", 248}, {"otilde", 245},  {"ouml", 246},   {"period", 46},  {"plus", 43},
    {"quot", 34},     {"rdquo", 8221}, {"rsquo", 8217},  {"shy", 173},    {"sol", 47},     {"szlig", 223},
    {"thinsp", 8201}, {"thorn", 254},  {"uacute", 250},  {"ucirc", 251},  {"ugrave", 249}, {"uuml", 252},
    {"yacute", 253},  {"yuml", 255},   {"zwj", 8205},    {"zwnj", 8204},
};
constexpr size_t kLongestEntity = 12;

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four digits at raw[at], or nothing below zero.
int32_t Hex4(std::string_view raw, size_t at) {
  if (raw.size() < at + 4) return -1;
  int32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int digit = HexDigit(raw[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

size_t DecodeUnicodeEscape(std::string_view raw, std::string& text) {
  const int32_t first = Hex4(raw, 2);
  if (first < 0) return 0;
  if (first >= 0xD800 && first < 0xDC00 && raw.substr(6).starts_with("\\u")) {
    const int32_t second = Hex4(raw, 8);
    if (second >= 0xDC00 && second < 0xE000) {
      AppendUtf8(text, static_cast<char32_t>(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)));
      return 12;
    }
  }
  const bool lone = first >= 0xD800 && first < 0xE000;
  AppendUtf8(text, lone ? 0xFFFD : static_cast<char32_t>(first));
  return 6;
}

size_t DecodeJsonEscape(std::string_view raw, std::string& text) {
  if (raw.size() < 2) return 0;
  constexpr std::string_view kFrom = "\"\\/bfnrt";
  constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
  if (raw[1] == 'u') return DecodeUnicodeEscape(raw, text);
  const size_t index = kFrom.find(raw[1]);
  if (index == std::string_view::npos) return 0;
  text.push_back(kTo[index]);
  return 2;
}

size_t DecodeNumericEntity(std::string_view raw, std::string& text) {
  const bool hex = raw.size() > 2 && (raw[2] == 'x' || raw[2] == 'X');
  const char* const begin = raw.data() + (hex ? 3 : 2);
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(begin, raw.data() + std::min<size_t>(raw.size(), 14), value, hex ? 16 : 10);
  if (error != std::errc() || end == begin) return 0;
  const bool none = value == 0 || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000);
  AppendUtf8(text, none ? 0xFFFD : value);
  const auto size = static_cast<size_t>(end - raw.data());
  return size < raw.size() && raw[size] == ';' ? size + 1 : size;
}

size_t DecodeEntity(std::string_view raw, std::string& text) {
  if (raw.size() > 2 && raw[1] == '#') return DecodeNumericEntity(raw, text);
  const size_t end = raw.substr(0, kLongestEntity).find(';');
  if (end == std::string_view::npos) return 0;
  const std::string_view name = raw.substr(1, end - 1);
  const auto* found = std::find_if(std::begin(kEntities), std::end(kEntities),
                                   [&](const Entity& entity) { return entity.name == name; });
  if (found == std::end(kEntities)) return 0;
  AppendUtf8(text, found->value);
  return end + 1;
}

char CodeBegins(Coding coding) {
  switch (coding) {
    case Coding::kCsvQuoted:
      return '"';
    case Coding::kJsonString:
      return '\\';
    case Coding::kMarkup:
    case Coding::kMarkupBare:
    case Coding::kMarkupOpen:
      return '&';
    case Coding::kPlain:
    case Coding::kJsonNumber:
      break;
  }
  return '\0';
}

size_t DecodeCode(Coding coding, std::string_view raw, std::string& text) {
  switch (coding) {
    case Coding::kCsvQuoted:
      if (!raw.starts_with("\"\"")) return 0;
      text.push_back('"');
      return 2;
    case Coding::kJsonString:
      return DecodeJsonEscape(raw, text);
    case Coding::kMarkup:
    case Coding::kMarkupBare:
    case Coding::kMarkupOpen:
      return DecodeEntity(raw, text);
    case Coding::kPlain:
    case Coding::kJsonNumber:
      break;
  }
  return 0;
}

// Decodes the unit that `raw` begins with.  Precondition: raw is not empty.
Unit NextUnit(Coding coding, std::string_view raw, std::string& text) {
  const char begins = CodeBegins(coding);
  if (begins == '\0') {
    text.append(raw);
    return {raw.size(), false};
  }
  if (raw[0] == begins) {
    const size_t size = DecodeCode(coding, raw, text);
    if (size > 0) return {size, true};
    text.push_back(raw[0]);
    return {1, false};
  }
  const size_t size = std::min(raw.find(begins), raw.size());
  text.append(raw.substr(0, size));
  return {size, false};
}

// Walks one segment's units beside the edits of its text.
//
// What an edit puts or brings together must not be read as a code that was never written: "&#" before a stand-in that
// begins with x would be one.  So the first byte behind a cut is written as a code of its own when the bytes before it
// are the beginning of one.
class Splicer {
 public:
  Splicer(Coding coding, size_t base, const std::vector<Edit>& edits, std::string& out)
      : coding_(coding), at_(base), begin_(out.size()), edits_(edits), out_(out) {
    while (next_ < edits_.size() && edits_[next_].end <= base) ++next_;
  }

  void Code(std::string_view raw, size_t text_size) {
    const bool cut = next_ < edits_.size() && edits_[next_].begin < at_ + text_size;
    if (!cut) {
      unfinished_ = raw.ends_with(';') ? kNone : out_.size();  // "&#49" goes on with a digit
      out_.append(raw);
    }
    cut_ = cut;
    // All edits that begin in this code put their text here.
    for (size_t i = next_; i < edits_.size() && edits_[i].begin < at_ + text_size; ++i) Put(edits_[i]);
    Advance(text_size);
  }
  void Run(std::string_view raw) {
    while (!raw.empty()) {
      const bool inside = next_ < edits_.size() && edits_[next_].begin <= at_;
      size_t size = raw.size();
      if (inside) {
        cut_ = true;
        Put(edits_[next_]);
        size = std::min(size, edits_[next_].end - at_);
      } else {
        if (next_ < edits_.size()) size = std::min(size, edits_[next_].begin - at_);
        std::string_view kept = raw.substr(0, size);
        if (kept[0] == CodeBegins(coding_)) {
          unfinished_ = out_.size();  // alone: what follows makes no code of it
        } else if (cut_ && WouldGoOn(kept[0])) {
          PutAsCode(kept[0]);
          kept.remove_prefix(1);
        }
        cut_ = false;
        out_.append(kept);
      }
      raw.remove_prefix(size);
      Advance(size);
    }
  }

 private:
  static constexpr size_t kNone = std::string::npos;

  // Once for each edit, and only in the segment it begins in.
  void Put(const Edit& edit) {
    const auto index = static_cast<size_t>(&edit - edits_.data());
    if (index < put_to_ || edit.begin < at_) return;
    put_to_ = index + 1;
    std::string_view with = edit.with;
    if (!with.empty() && WouldGoOn(with[0])) {
      PutAsCode(with[0]);
      with.remove_prefix(1);
    }
    Encode(coding_, with, out_);
  }
  // Whether `c`, as the next byte, belongs to a code or a tag begun before it.
  bool WouldGoOn(char c) const {
    if (coding_ != Coding::kMarkup && coding_ != Coding::kMarkupBare) return false;
    // A lone "<" begins a tag before these.
    const bool tag = out_.size() > begin_ && out_.back() == '<' && (IsLetter(c) || c == '/' || c == '!' || c == '?');
    if (tag && coding_ == Coding::kMarkup) return true;
    if (unfinished_ == kNone) return false;
    const auto continues = [](char byte) { return IsAlnum(byte) || byte == '#'; };
    const std::string_view begun = std::string_view(out_).substr(unfinished_ + 1);
    return (continues(c) || c == ';') && std::all_of(begun.begin(), begun.end(), continues);
  }
  void PutAsCode(char c) {
    out_ += "&#" + std::to_string(static_cast<int>(c)) + ";";
    unfinished_ = kNone;
  }
  void Advance(size_t size) {
    at_ += size;
    while (next_ < edits_.size() && edits_[next_].end <= at_) ++next_;
  }

  const Coding coding_;
  size_t at_;           // in the whole text
  const size_t begin_;  // of the segment in out_
  size_t next_ = 0;     // the first edit that does not end before at_
  size_t put_to_ = 0;
  size_t unfinished_ = kNone;  // in out_: the last code that its next bytes may change
  bool cut_ = false;           // what stood before the next byte is gone, or something was put there
  const std::vector<Edit>& edits_;
  std::string& out_;
};

}  // namespace

bool IsJsonNumber(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at > from;
  };
  const size_t first = at;
  if (!digits() || (text[first] == '0' && at > first + 1)) return false;
  if (at < text.size() && text[at] == '.' && (++at, !digits())) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

void Decode(Coding coding, std::string_view raw, std::string& text) {
  while (!raw.empty()) raw.remove_prefix(NextUnit(coding, raw, text).size);
}

void Encode(Coding coding, std::string_view text, std::string& raw) {
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (coding == Coding::kCsvQuoted && c == '"') {
      raw += "\"\"";
    } else if (coding == Coding::kJsonString && (c == '"' || c == '\\')) {
      raw.append("\\").push_back(c);
    } else if (coding == Coding::kJsonString && byte < 0x20) {
      raw += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : "\\u00";
      if (c == '\n' || c == '\r' || c == '\t') continue;
      raw.push_back("0123456789abcdef"[byte >> 4]);
      raw.push_back("0123456789abcdef"[byte & 15]);
    } else if (coding == Coding::kMarkupBare && (c == ' ' || c == '=' || c == '`')) {
      raw += c == ' ' ? "&#32;" : c == '=' ? "&#61;" : "&#96;";
    } else if ((coding == Coding::kMarkup || coding == Coding::kMarkupBare) &&
               (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')) {
      raw += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : "&#39;";
    } else {
      raw.push_back(c);
    }
  }
}

size_t Splice(Coding coding, std::string_view raw, size_t base, const std::vector<Edit>& edits, std::string& out) {
  if (coding == Coding::kJsonNumber) {
    std::string number;
    const size_t size = Splice(Coding::kPlain, raw, base, edits, number);
    if (number == raw || IsJsonNumber(number)) {
      out += number;
    } else {
      out.push_back('"');
      Encode(Coding::kJsonString, number, out);
      out.push_back('"');
    }
    return size;
  }
  if (coding == Coding::kMarkupOpen) {
    // Without what was taken out it may begin other tags, or none: from now on it is plain text.
    std::string open;
    const size_t size = Splice(Coding::kMarkup, raw, base, edits, open);
    if (open == raw) {
      out += open;
      return size;
    }
    for (const char c : open) c == '<' ? out += "&lt;" : out += c;
    return size;
  }
  Splicer splicer(coding, base, edits, out);
  std::string text;
  size_t size = 0;
  while (!raw.empty()) {
    text.clear();
    const Unit unit = NextUnit(coding, raw, text);
    unit.code ? splicer.Code(raw.substr(0, unit.size), text.size()) : splicer.Run(raw.substr(0, unit.size));
    raw.remove_prefix(unit.size);
    size += text.size();
  }
  return size;
}

}  // namespace strongroom::redact
