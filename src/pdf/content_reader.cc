#include "pdf/content_reader.h"

#include <algorithm>
#include <array>

#include "pdf/geometry.h"

namespace strongroom::pdf {
namespace {

constexpr size_t kMostOperands = size_t{1} << 20;

enum : uint8_t { kRegular = 0, kBlank = 1, kDelimiter = 2 };

constexpr std::array<uint8_t, 256> kClass = [] {
  std::array<uint8_t, 256> classes{};
  for (const char c : {'\0', '\t', '\n', '\f', '\r', ' '}) classes[static_cast<unsigned char>(c)] = kBlank;
  for (const char c : {'(', ')', '<', '>', '[', ']', '{', '}', '/', '%'})
    classes[static_cast<unsigned char>(c)] = kDelimiter;
  return classes;
}();

uint8_t ClassOf(char c) { return kClass[static_cast<unsigned char>(c)]; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Numbers as readers take them: signs, digits, one point; whatever follows is passed over.
bool NumberOf(std::string_view text, double& number) {
  size_t at = 0;
  bool negative = false;
  while (at < text.size() && (text[at] == '+' || text[at] == '-')) negative = text[at++] == '-' || negative;
  if (at == text.size() || (!IsDigit(text[at]) && text[at] != '.')) return false;
  double value = 0;
  for (; at < text.size() && IsDigit(text[at]); ++at) value = value * 10 + (text[at] - '0');
  if (at < text.size() && text[at] == '.') {
    double place = 0.1;
    for (++at; at < text.size() && IsDigit(text[at]); ++at, place /= 10) value += place * (text[at] - '0');
  }
  number = Bounded(negative ? -value : value);
  return true;
}

std::string Unescaped(std::string_view inner) {
  std::string out;
  out.reserve(inner.size());
  for (size_t i = 0; i < inner.size(); ++i) {
    char c = inner[i];
    if (c == '\r') {
      if (i + 1 < inner.size() && inner[i + 1] == '\n') ++i;
      out += '\n';
      continue;
    }
    if (c != '\\') {
      out += c;
      continue;
    }
    if (++i >= inner.size()) break;
    c = inner[i];
    if (c >= '0' && c <= '7') {
      int value = c - '0';
      for (int k = 0; k < 2 && i + 1 < inner.size() && inner[i + 1] >= '0' && inner[i + 1] <= '7'; ++k)
        value = value * 8 + (inner[++i] - '0');
      out += static_cast<char>(value);
    } else if (c == '\r') {
      if (i + 1 < inner.size() && inner[i + 1] == '\n') ++i;
    } else if (c != '\n') {
      constexpr std::string_view kLetters = "nrtbf";
      constexpr std::string_view kMeans = "\n\r\t\b\f";
      const size_t known = kLetters.find(c);
      out += known == std::string_view::npos ? c : kMeans[known];
    }
  }
  return out;
}

}  // namespace

std::string StringOf(const Token& token) {
  if (token.raw.size() < 2) return {};
  if (token.raw[0] == '(') {
    const size_t end = token.raw.back() == ')' ? token.raw.size() - 1 : token.raw.size();
    return Unescaped(token.raw.substr(1, end - 1));
  }
  std::string out;
  int high = -1;
  for (const char c : token.raw) {
    const int digit = HexDigit(c);
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      out += static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  if (high >= 0) out += static_cast<char>(high << 4);
  return out;
}

std::string NameOf(const Token& token) {
  std::string name;
  for (size_t i = 0; i < token.raw.size(); ++i) {
    if (token.raw[i] == '#' && i + 2 < token.raw.size() && HexDigit(token.raw[i + 1]) >= 0 &&
        HexDigit(token.raw[i + 2]) >= 0) {
      name += static_cast<char>(HexDigit(token.raw[i + 1]) << 4 | HexDigit(token.raw[i + 2]));
      i += 2;
    } else {
      name += token.raw[i];
    }
  }
  return name;
}

void ContentReader::SkipBlanks() {
  while (at_ < bytes_.size()) {
    if (ClassOf(bytes_[at_]) == kBlank) {
      ++at_;
    } else if (bytes_[at_] == '%') {
      while (at_ < bytes_.size() && bytes_[at_] != '\n' && bytes_[at_] != '\r') ++at_;
    } else {
      return;
    }
  }
}

Token ContentReader::ReadString() {
  const size_t begin = at_;
  int depth = 0;
  for (; at_ < bytes_.size(); ++at_) {
    const char c = bytes_[at_];
    if (c == '\\') {
      ++at_;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0) {
      ++at_;
      break;
    }
  }
  at_ = std::min(at_, bytes_.size());
  return {Token::Kind::kString, 0, bytes_.substr(begin, at_ - begin)};
}

Token ContentReader::ReadHexString() {
  const size_t begin = at_;
  while (at_ < bytes_.size() && bytes_[at_] != '>') ++at_;
  at_ = std::min(at_ + 1, bytes_.size());
  return {Token::Kind::kString, 0, bytes_.substr(begin, at_ - begin)};
}

// A delimiter that closes nothing is nothing.
bool ContentReader::IsStray() const {
  const char c = bytes_[at_];
  if (c == '>') return at_ + 1 >= bytes_.size() || bytes_[at_ + 1] != '>';
  return c == ')' || c == '{' || c == '}';
}

Token ContentReader::NextToken() {
  SkipBlanks();
  while (at_ < bytes_.size() && IsStray()) {
    ++at_;
    SkipBlanks();
  }
  if (at_ >= bytes_.size()) return {};
  const size_t begin = at_;
  const char c = bytes_[at_];
  const auto one = [&](Token::Kind kind, size_t size) {
    at_ += size;
    return Token{kind, 0, bytes_.substr(begin, size)};
  };
  if (ClassOf(c) == kDelimiter && c != '/') {
    const bool twice = at_ + 1 < bytes_.size() && bytes_[at_ + 1] == c;
    if (c == '(') return ReadString();
    if (c == '<') return twice ? one(Token::Kind::kDictOpen, 2) : ReadHexString();
    if (c == '>') return one(Token::Kind::kDictClose, 2);
    if (c == '[') return one(Token::Kind::kOpen, 1);
    return one(Token::Kind::kClose, 1);
  }
  ++at_;
  while (at_ < bytes_.size() && ClassOf(bytes_[at_]) == kRegular) ++at_;
  Token token{Token::Kind::kOperator, 0, bytes_.substr(begin, at_ - begin)};
  if (c == '/') {
    token.kind = Token::Kind::kName;
  } else if (NumberOf(token.raw, token.number)) {
    token.kind = Token::Kind::kNumber;
  }
  return token;
}

// Behind ID and one blank stand the data, up to an EI that looks like one (ISO 32000-1 section 8.9.7).
void ContentReader::ReadInlineImage(Operation& operation) {
  if (at_ < bytes_.size() && ClassOf(bytes_[at_]) == kBlank) ++at_;
  const size_t begin = at_;
  for (size_t end = begin;; ++end) {
    end = bytes_.find("EI", end);
    if (end == std::string_view::npos) {
      operation.data = bytes_.substr(begin);
      at_ = bytes_.size();
      return;
    }
    const bool before = end == begin || ClassOf(bytes_[end - 1]) == kBlank;
    const bool behind = end + 2 >= bytes_.size() || ClassOf(bytes_[end + 2]) == kBlank;
    if (!before || !behind) continue;
    const std::string_view next = bytes_.substr(end + 2, 12);
    const bool text = std::all_of(next.begin(), next.end(), [](char c) {
      return ClassOf(c) == kBlank ? c != '\0'
                                  : static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
    });
    if (!text) continue;
    operation.data = bytes_.substr(begin, end > begin ? end - 1 - begin : 0);
    at_ = end + 2;
    return;
  }
}

bool ContentReader::Next(Operation& operation) {
  operation.operands.clear();
  operation.data = {};
  for (;;) {
    const Token token = NextToken();
    if (token.Is(Token::Kind::kEnd)) return false;
    if (!token.Is(Token::Kind::kOperator)) {
      if (operation.operands.size() < kMostOperands) operation.operands.push_back(token);
      continue;
    }
    if (token.raw == "true" || token.raw == "false" || token.raw == "null") {
      operation.operands.push_back(token);
      continue;
    }
    if (token.raw == "BI") operation.operands.clear();
    if (token.raw == "BI") continue;
    operation.name = token.raw == "ID" ? std::string_view("BI") : token.raw;
    operation.code = Op(operation.name);
    operation.index = index_++;
    if (token.raw == "ID") ReadInlineImage(operation);
    return true;
  }
}

}  // namespace strongroom::pdf
