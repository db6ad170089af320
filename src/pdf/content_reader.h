// A content stream as operations: operands, then an operator (ISO 32000-1 section 7.8.2).  Also reads CMaps, which are
// written alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom::pdf {

struct Token {
  enum class Kind : uint8_t { kNumber, kName, kString, kOpen, kClose, kDictOpen, kDictClose, kOperator, kEnd };
  Kind kind = Kind::kEnd;
  double number = 0;
  std::string_view raw;  // as it stands; for names with the slash, for strings with their delimiters

  bool Is(Kind wanted) const { return kind == wanted; }
  bool IsName(std::string_view name) const { return kind == Kind::kName && raw.substr(1) == name; }
};

// The bytes of a string token: "(a\051)" and "<6129>" are both "a)".
std::string StringOf(const Token& token);
// A name token as libqpdf writes names: "/A#20B" is "/A B".
std::string NameOf(const Token& token);

// An operator of at most three characters as a number, for switches.
constexpr uint32_t Op(std::string_view name) {
  uint32_t code = 0;
  if (name.size() > 3) return ~uint32_t{0};
  for (const char c : name) code = code << 8 | static_cast<unsigned char>(c);
  return code;
}

struct Operation {
  uint32_t code = 0;   // Op(name)
  uint32_t index = 0;  // of the operation in its stream, from 0
  std::string_view name;
  std::vector<Token> operands;  // of an inline image (BI): keys and values of its dictionary
  std::string_view data;        // of an inline image

  double Number(size_t i) const { return i < operands.size() ? operands[i].number : 0; }
  // The i-th of the last `count` operands: readers ignore what stands before them.
  double Last(size_t count, size_t i) const {
    return operands.size() >= count ? operands[operands.size() - count + i].number : 0;
  }
};

// Views point into `bytes`, which outlive it.
class ContentReader {
 public:
  explicit ContentReader(std::string_view bytes) : bytes_(bytes) {}
  Token NextToken();
  // False at the end.  What stands before an operator in no order that makes sense is still its operands.
  bool Next(Operation& operation);

 private:
  void SkipBlanks();
  bool IsStray() const;
  Token ReadString();
  Token ReadHexString();
  void ReadInlineImage(Operation& operation);

  std::string_view bytes_;
  size_t at_ = 0;
  uint32_t index_ = 0;
};

}  // namespace strongroom::pdf
