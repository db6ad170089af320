// A text cut into tokens: runs of letters and digits, single Chinese characters, single marks.  Each carries what the
// model asks of it, so that a text is read once.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "names/lexicon.h"

namespace strongroom::names {

enum class TokenKind : uint8_t { kEdge, kWord, kNumber, kMixed, kMark, kHan };

// How a token is written.
enum class Shape : uint8_t { kOther, kLower, kTitle, kCapitals, kInitial, kCamel };

// What lies between a token and the one before it.
enum class Gap : uint8_t { kNone, kSpace, kLine, kParagraph };

// How much speaks for asking the model.
enum class Gate : uint8_t { kNever, kWeak, kStrong };

struct Token {
  uint32_t begin = 0;  // bytes, [begin, end)
  uint32_t end = 0;
  uint64_t word = 0;    // hash of the folded text; of numbers only their length counts
  uint64_t piece = 0;   // Chinese: hash of the word that the character is part of
  uint32_t lex = 0;     // entry of the lexicon: of the word, in Chinese of the whole piece
  uint32_t code = 0;    // first code point, folded
  uint32_t traits = 0;  // Chinese: HanFlag of the character
  TokenKind kind = TokenKind::kEdge;
  Shape shape = Shape::kOther;
  Gap gap = Gap::kNone;
  Gate gate = Gate::kNever;
  uint8_t length = 0;   // in code points, up to 255
  uint8_t place = 0;    // Chinese: begin, inside, end, single in the piece
  bool opens = false;   // begins a sentence, a line or a quotation
  uint8_t prose = 0;    // how far back the last everyday word in lower case stands, in tokens; kNoProse if it is far
  bool active = false;  // the model is asked
};

inline constexpr uint8_t kNoProse = 24;

// This many edge tokens stand before the first and after the last, so that neighbours can be asked for without a check.
inline constexpr size_t kMargin = 4;

// Cuts `text` (below 4 GiB) and looks every token up.  `tokens` is scratch: its capacity is kept.
void Tokenize(std::string_view text, const Lexicon& lexicon, std::vector<Token>& tokens);

}  // namespace strongroom::names
