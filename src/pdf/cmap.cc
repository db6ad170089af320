#include "pdf/cmap.h"

#include <algorithm>

#include "pdf/content_reader.h"

namespace strongroom::pdf {
namespace {

constexpr size_t kMostRanges = 400'000;

uint32_t CodeOf(std::string_view bytes) {
  uint32_t code = 0;
  for (const char c : bytes.substr(0, 4)) code = code << 8 | static_cast<unsigned char>(c);
  return code;
}

uint32_t NumberOfCid(const Token& token) { return static_cast<uint32_t>(std::clamp(token.number, 0.0, 1e9)); }

}  // namespace

std::u32string FromUtf16(std::string_view bytes) {
  std::u32string text;
  for (size_t at = 0; at + 1 < bytes.size(); at += 2) {
    char32_t unit = CodeOf(bytes.substr(at, 2));
    if (unit >= 0xD800 && unit < 0xDC00 && at + 3 < bytes.size()) {
      const char32_t low = CodeOf(bytes.substr(at + 2, 2));
      if (low < 0xDC00 || low > 0xDFFF) continue;
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      at += 2;
    } else if (unit >= 0xD800 && unit <= 0xDFFF) {
      continue;
    }
    text += unit;
  }
  return text;
}

class CMap::Parser {
 public:
  Parser(std::string_view bytes, CMap& map) : reader_(bytes), map_(map) {}

  void Run() {
    Token before;
    for (Token token = reader_.NextToken(); !token.Is(Token::Kind::kEnd); token = reader_.NextToken()) {
      if (token.Is(Token::Kind::kOperator)) {
        if (token.raw == "begincodespacerange") Spaces();
        if (token.raw == "beginbfchar") TextChars();
        if (token.raw == "beginbfrange") TextRanges();
        if (token.raw == "begincidchar") CidChars();
        if (token.raw == "begincidrange") CidRanges();
        if (token.raw == "usecmap" && before.Is(Token::Kind::kName)) map_.base_ = std::string(before.raw.substr(1));
      }
      if (before.IsName("WMode") && token.Is(Token::Kind::kNumber)) map_.vertical_ = token.number == 1;
      before = token;
    }
  }

 private:
  // The next string; false where the list ends.
  bool NextString(std::string& bytes) {
    const Token token = reader_.NextToken();
    if (!token.Is(Token::Kind::kString)) return false;
    bytes = StringOf(token);
    return true;
  }
  void AddText(uint32_t low, uint32_t high, std::string_view utf16) {
    if (map_.texts_.size() < kMostRanges && low <= high) map_.texts_.push_back({low, high, FromUtf16(utf16)});
  }
  void Spaces() {
    std::string low;
    std::string high;
    while (NextString(low) && NextString(high)) {
      if (low.empty() || low.size() > 4 || map_.spaces_.size() > 1000) continue;
      map_.spaces_.push_back({CodeOf(low), CodeOf(high), low.size()});
    }
  }
  void TextChars() {
    std::string code;
    while (NextString(code)) {
      const Token to = reader_.NextToken();
      if (to.Is(Token::Kind::kString)) AddText(CodeOf(code), CodeOf(code), StringOf(to));
      if (to.Is(Token::Kind::kOperator)) return;
    }
  }
  void TextRanges() {
    std::string low;
    std::string high;
    while (NextString(low) && NextString(high)) {
      Token to = reader_.NextToken();
      if (to.Is(Token::Kind::kString)) {
        AddText(CodeOf(low), CodeOf(high), StringOf(to));
      } else if (to.Is(Token::Kind::kOpen)) {
        uint32_t code = CodeOf(low);
        for (to = reader_.NextToken(); to.Is(Token::Kind::kString); to = reader_.NextToken(), ++code)
          AddText(code, code, StringOf(to));
      } else if (to.Is(Token::Kind::kOperator) || to.Is(Token::Kind::kEnd)) {
        return;
      }
    }
  }
  void CidChars() {
    std::string code;
    while (NextString(code)) {
      const Token to = reader_.NextToken();
      if (!to.Is(Token::Kind::kNumber)) return;
      if (map_.cids_.size() < kMostRanges) map_.cids_.push_back({CodeOf(code), CodeOf(code), NumberOfCid(to)});
    }
  }
  void CidRanges() {
    std::string low;
    std::string high;
    while (NextString(low) && NextString(high)) {
      const Token to = reader_.NextToken();
      if (!to.Is(Token::Kind::kNumber)) return;
      if (map_.cids_.size() < kMostRanges) map_.cids_.push_back({CodeOf(low), CodeOf(high), NumberOfCid(to)});
    }
  }

  ContentReader reader_;
  CMap& map_;
};

CMap CMap::Parse(std::string_view bytes) {
  CMap map;
  Parser(bytes, map).Run();
  const auto by_low = [](const auto& a, const auto& b) { return a.low < b.low; };
  std::stable_sort(map.texts_.begin(), map.texts_.end(), by_low);
  std::stable_sort(map.cids_.begin(), map.cids_.end(), by_low);
  return map;
}

const std::u32string* CMap::TextOf(uint32_t code, std::u32string& buffer) const {
  auto at = std::upper_bound(texts_.begin(), texts_.end(), code,
                             [](uint32_t value, const TextRange& range) { return value < range.low; });
  if (at == texts_.begin()) return nullptr;
  --at;
  if (code > at->high) return nullptr;
  if (code == at->low || at->text.empty()) return &at->text;
  buffer = at->text;
  buffer.back() += code - at->low;
  return &buffer;
}

bool CMap::CidOf(uint32_t code, uint32_t& cid) const {
  auto at = std::upper_bound(cids_.begin(), cids_.end(), code,
                             [](uint32_t value, const CidRange& range) { return value < range.low; });
  if (at == cids_.begin()) return false;
  --at;
  if (code > at->high) return false;
  cid = at->cid + (code - at->low);
  return true;
}

size_t CMap::CodeSize(std::string_view text) const {
  size_t least = 4;
  for (const Space& space : spaces_) {
    least = std::min(least, space.size);
    if (space.size > text.size()) continue;
    bool inside = true;
    for (size_t i = 0; i < space.size && inside; ++i) {
      const unsigned shift = 8 * static_cast<unsigned>(space.size - 1 - i);
      const uint32_t byte = static_cast<unsigned char>(text[i]);
      inside = byte >= (space.low >> shift & 0xFF) && byte <= (space.high >> shift & 0xFF);
    }
    if (inside) return space.size;
  }
  return spaces_.empty() ? 2 : least;
}

}  // namespace strongroom::pdf
