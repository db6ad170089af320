#include "names/tokens.h"

#include <algorithm>
#include <array>

#include "names/han_words.h"
#include "names/hashing.h"
#include "names/unicode.h"

namespace strongroom::names {
namespace {

constexpr std::array<CodeClass, 128> kAsciiClass = [] {
  std::array<CodeClass, 128> classes = {};
  for (uint32_t c = 0; c < 128; ++c) {
    const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    classes[c] = letter                 ? CodeClass::kLetter
                 : c >= '0' && c <= '9' ? CodeClass::kDigit
                 : c <= 0x20            ? CodeClass::kSpace
                 : c == 0x7F            ? CodeClass::kOther
                                        : CodeClass::kPunct;
  }
  return classes;
}();

// For the quick way through words of plain letters.
enum Ascii : uint8_t { kAsciiLetter = 1, kAsciiDigit = 2, kAsciiUpper = 4 };
constexpr std::array<uint8_t, 256> kAscii = [] {
  std::array<uint8_t, 256> table = {};
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = kAsciiLetter;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = kAsciiLetter | kAsciiUpper;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = kAsciiDigit;
  return table;
}();

class Cutter {
 public:
  Cutter(std::string_view text, const Lexicon& lexicon, std::vector<Token>& tokens)
      : text_(text), lexicon_(lexicon), tokens_(tokens) {}

  void Run() {
    while (at_ < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte < 0x80) {
        Step({byte, 1}, kAsciiClass[byte]);
      } else {
        const Decoded next = DecodeAt(text_, at_);
        Step(next, ClassOf(next.code));
      }
    }
  }

 private:
  void Step(Decoded next, CodeClass kind) {
    switch (kind) {
      case CodeClass::kSpace:
        if (next.code == '\n') {
          gap_ = gap_ < Gap::kLine ? Gap::kLine : Gap::kParagraph;
        } else if (gap_ == Gap::kNone) {
          gap_ = Gap::kSpace;
        }
        at_ += next.size;
        return;
      case CodeClass::kIgnored:
        at_ += next.size;
        return;
      case CodeClass::kLetter:
      case CodeClass::kDigit:
        Word();
        return;
      default:
        Single(next, kind);
    }
  }

  Token& Add(TokenKind kind, size_t begin) {
    Token& token = tokens_.emplace_back();
    token.kind = kind;
    token.begin = static_cast<uint32_t>(begin);
    token.gap = gap_;
    token.opens = gap_ >= Gap::kLine || opens_ || tokens_.size() == kMargin + 1;
    gap_ = Gap::kNone;
    return token;
  }

  void Single(Decoded next, CodeClass kind) {
    Token& token = Add(kind == CodeClass::kHan ? TokenKind::kHan : TokenKind::kMark, at_);
    at_ += next.size;
    token.end = static_cast<uint32_t>(at_);
    token.code = Fold(next.code).code;
    token.length = 1;
    token.word = HashEnd(HashStep(kWordSeed, token.code));
    const bool ends = token.code == '.' || token.code == '!' || token.code == '?' || token.code == 0x3002;
    const bool quotes = token.code == '"' || token.code == '\'' || token.code == 0x201C || token.code == 0x300C ||
                        token.code == 0x300A || token.code == '(' || token.code == '-' || token.code == '*';
    opens_ = kind != CodeClass::kHan && (ends || (quotes && token.opens));
  }

  void Word() {
    const size_t begin = at_;
    uint64_t hash = kWordSeed;
    uint32_t digits = 0, uppers = 0, length = 0, first = 0;
    bool first_upper = false;
    size_t end = at_;
    while (at_ < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (const uint8_t plain = kAscii[byte]; plain != 0) {
        const uint32_t lower = byte | 0x20U;  // of digits too
        if (length == 0) {
          first = lower;
          first_upper = plain > kAsciiUpper;
        }
        digits += plain >> 1 & 1U;
        uppers += plain >> 2;
        hash = HashStep(hash, lower);
        ++length;
        end = ++at_;
        continue;
      }
      if (byte < 0x80) break;
      const Decoded next = DecodeAt(text_, at_);
      const uint32_t size = next.size;
      const CodeClass kind = ClassOf(next.code);
      const Folded folded = Fold(next.code);
      const uint32_t code = folded.code;
      const bool upper = folded.upper;
      if (kind == CodeClass::kIgnored) {
        at_ += size;
        continue;
      }
      if (kind != CodeClass::kLetter && kind != CodeClass::kDigit) break;
      if (length == 0) {
        first = code;
        first_upper = upper;
      }
      digits += kind == CodeClass::kDigit ? 1 : 0;
      uppers += upper ? 1 : 0;
      hash = HashStep(hash, code);
      ++length;
      at_ += size;
      end = at_;
    }
    const uint32_t letters = length - digits;
    Token& token = Add(letters == 0 ? TokenKind::kNumber : digits == 0 ? TokenKind::kWord : TokenKind::kMixed, begin);
    token.end = static_cast<uint32_t>(end);
    token.code = first;
    token.length = static_cast<uint8_t>(std::min<uint32_t>(length, 255));
    token.shape = letters == 0                 ? Shape::kOther
                  : uppers == 0                ? Shape::kLower
                  : letters == 1               ? Shape::kInitial
                  : uppers == length           ? Shape::kCapitals
                  : first_upper && uppers == 1 ? Shape::kTitle
                                               : Shape::kCamel;
    if (token.kind == TokenKind::kNumber) {
      token.word = FeatureHash(1, token.length);
    } else {
      token.word = HashEnd(hash);
      token.lex = token.kind == TokenKind::kWord ? lexicon_.Find(token.word) : 0;
    }
    opens_ = false;
  }

  std::string_view text_;
  const Lexicon& lexicon_;
  std::vector<Token>& tokens_;
  size_t at_ = 0;
  Gap gap_ = Gap::kLine;
  bool opens_ = true;
};

}  // namespace

void Tokenize(std::string_view text, const Lexicon& lexicon, std::vector<Token>& tokens) {
  tokens.clear();
  tokens.resize(kMargin);
  Cutter(text, lexicon, tokens).Run();
  tokens.resize(tokens.size() + kMargin);
  for (size_t i = tokens.size() - kMargin; i < tokens.size(); ++i) {
    tokens[i].begin = tokens[i].end = static_cast<uint32_t>(text.size());
    tokens[i].gap = Gap::kParagraph;
  }
  for (size_t i = kMargin; i + kMargin < tokens.size();) {
    if (tokens[i].kind != TokenKind::kHan) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    while (tokens[end].kind == TokenKind::kHan && tokens[end].gap == Gap::kNone) ++end;
    FindHanWords(tokens.data() + i, end - i, lexicon);
    i = end;
  }
}

}  // namespace strongroom::names
