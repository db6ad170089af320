#include "pdf/content_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/encoding.h"
#include "pdf/content_reader.h"

namespace strongroom::pdf {
namespace {

constexpr double kShiftStep = 50;  // thousandths of the font's size
constexpr size_t kMostColourParts = 33;

// How an operator's operands are written.
enum class Shape : uint8_t {
  kUnknown,
  kNumbers,  // `count` of them
  kName,
  kFont,    // a name and a number
  kDash,    // an array and a number
  kColour,  // numbers, then perhaps a name
  kShow,    // a string
  kArray,   // of strings and numbers
  kSpacedShow,
  kTag,
  kTagged,
  kInline,
};
struct Form {
  Shape shape = Shape::kUnknown;
  size_t count = 0;
  bool paints = false;
};

Form FormOf(uint32_t code) {
  switch (code) {
    case Op("q"):
    case Op("Q"):
    case Op("h"):
    case Op("W"):
    case Op("W*"):
    case Op("n"):
    case Op("BT"):
    case Op("ET"):
    case Op("T*"):
    case Op("EMC"):
      return {Shape::kNumbers, 0};
    case Op("S"):
    case Op("s"):
    case Op("f"):
    case Op("F"):
    case Op("f*"):
    case Op("B"):
    case Op("B*"):
    case Op("b"):
    case Op("b*"):
      return {Shape::kNumbers, 0, true};
    case Op("w"):
    case Op("J"):
    case Op("j"):
    case Op("M"):
    case Op("i"):
    case Op("Tc"):
    case Op("Tw"):
    case Op("Tz"):
    case Op("TL"):
    case Op("Tr"):
    case Op("Ts"):
    case Op("G"):
    case Op("g"):
      return {Shape::kNumbers, 1};
    case Op("m"):
    case Op("l"):
    case Op("Td"):
    case Op("TD"):
    case Op("d0"):
      return {Shape::kNumbers, 2};
    case Op("RG"):
    case Op("rg"):
      return {Shape::kNumbers, 3};
    case Op("v"):
    case Op("y"):
    case Op("re"):
    case Op("K"):
    case Op("k"):
      return {Shape::kNumbers, 4};
    case Op("cm"):
    case Op("c"):
    case Op("Tm"):
    case Op("d1"):
      return {Shape::kNumbers, 6};
    case Op("ri"):
    case Op("gs"):
    case Op("CS"):
    case Op("cs"):
      return {Shape::kName, 1};
    case Op("sh"):
    case Op("Do"):
      return {Shape::kName, 1, true};
    case Op("Tf"):
      return {Shape::kFont, 2};
    case Op("d"):
      return {Shape::kDash, 2};
    case Op("SC"):
    case Op("SCN"):
    case Op("sc"):
    case Op("scn"):
      return {Shape::kColour, 0};
    case Op("Tj"):
    case Op("'"):
      return {Shape::kShow, 1, true};
    case Op("\""):
      return {Shape::kSpacedShow, 3, true};
    case Op("TJ"):
      return {Shape::kArray, 1, true};
    case Op("BMC"):
      return {Shape::kTag, 1};
    case Op("BDC"):
      return {Shape::kTagged, 2};
    case Op("BI"):
      return {Shape::kInline, 0, true};
    default:
      return {};
  }
}

std::string Written(const Token& token) {
  const bool plain = token.Is(Token::Kind::kNumber) && token.raw.size() <= 24 &&
                     token.raw.find_first_not_of("0123456789+-.") == std::string_view::npos;
  return token.Is(Token::Kind::kNumber) && !plain ? NumberText(token.number) : std::string(token.raw);
}

// Between the digits of a hexadecimal string may stand anything: readers pass over it.
std::string WrittenString(const Token& token) {
  return token.raw.starts_with('<') ? "<" + HexEncode(StringOf(token)) + ">" : std::string(token.raw);
}

bool IsMove(uint32_t code) { return code == Op("Td") || code == Op("TD") || code == Op("Tm") || code == Op("T*"); }
bool IsShow(uint32_t code) { return code == Op("Tj") || code == Op("TJ") || code == Op("'") || code == Op("\""); }

class Writer {
 public:
  Writer(std::string_view bytes, const StreamEdits& edits) : bytes_(bytes), edits_(edits) {}

  std::string Run(int unclosed_states) {
    FindChangedTextObjects();
    ContentReader reader(bytes_);
    Operation operation;
    while (reader.Next(operation)) Take(operation);
    if (in_text_ && text_written_) out_ += "ET\n";
    for (; marks_ > 0; --marks_) out_ += "EMC\n";
    for (int i = 0; i < unclosed_states; ++i) out_ += "Q\n";
    return std::move(out_);
  }

 private:
  struct Block {  // since a q
    size_t begin = 0;
    bool painted = false;
    bool cut = false;
    int marks = 0;
  };

  void FindChangedTextObjects() {
    if (edits_.cuts.empty()) return;
    ContentReader reader(bytes_);
    Operation operation;
    bool open = false;
    uint32_t begin = 0;
    const auto end = [&](uint32_t at) {
      const auto cut = edits_.cuts.lower_bound(begin);
      if (open && cut != edits_.cuts.end() && cut->first < at) changed_.push_back(begin);
      open = false;
    };
    while (reader.Next(operation)) {
      if (operation.code == Op("BT") || operation.code == Op("ET")) end(operation.index);
      if (operation.code != Op("BT")) continue;
      open = true;
      begin = operation.index;
    }
    end(~uint32_t{0});
  }

  void Take(const Operation& operation) {
    if (const auto other = edits_.replaced.find(operation.index); other != edits_.replaced.end()) {
      out_ += other->second + "\n";
      Painted();
      return;
    }
    if (edits_.dropped.contains(operation.index)) {
      Cut();
      return;
    }
    const Form form = FormOf(operation.code);
    if (form.shape == Shape::kUnknown) return;
    if (operation.code == Op("q")) blocks_.push_back({out_.size(), false, false, marks_});
    if (operation.code == Op("Q") && EndBlock()) return;
    if (TakeTextObject(operation)) return;
    if (changing_ && IsMove(operation.code)) {
      Move(operation);
      return;
    }
    if (IsShow(operation.code)) {
      Show(operation, form);
      return;
    }
    if (changing_ && (operation.code == Op("Tf") || operation.code == Op("Tz"))) FlushShift();
    if (operation.code == Op("TL")) leading_ = operation.Last(1, 0);
    if (operation.code == Op("TD")) leading_ = -operation.Last(2, 1);
    if (changing_ && (form.shape == Shape::kTag || form.shape == Shape::kTagged || operation.code == Op("EMC")))
      BeginText();
    if (Emit(operation, form) && form.paints) Painted();
  }

  // A saved state in which nothing is painted any more.  True: it went whole, and its Q with it.
  bool EndBlock() {
    if (blocks_.empty()) return false;
    const Block block = blocks_.back();
    blocks_.pop_back();
    if (block.cut && !blocks_.empty()) blocks_.back().cut = true;
    if (block.painted || !block.cut || block.marks != marks_) {
      if (block.painted) Painted();
      return false;
    }
    out_.resize(block.begin);
    return true;
  }
  void Painted() {
    if (!blocks_.empty()) blocks_.back().painted = true;
  }
  void Cut() {
    if (!blocks_.empty()) blocks_.back().cut = true;
  }

  bool TakeTextObject(const Operation& operation) {
    if (operation.code == Op("BT")) {
      in_text_ = true;
      changing_ = std::binary_search(changed_.begin(), changed_.end(), operation.index);
      text_written_ = !changing_;
      ForgetMoves();
      if (text_written_) out_ += "BT\n";
      return true;
    }
    if (operation.code == Op("ET")) {
      if (in_text_ && text_written_) out_ += "ET\n";
      in_text_ = changing_ = false;
      ForgetMoves();
      return true;
    }
    return false;
  }
  void BeginText() {
    if (in_text_ && !text_written_) out_ += "BT\n";
    text_written_ = true;
  }

  // Moves wait for text that is shown; of several with nothing between only the outcome counts.
  void ForgetMoves() {
    has_matrix_ = moved_ = false;
    x_ = y_ = shift_ = 0;
  }
  void Move(const Operation& operation) {
    shift_ = 0;
    if (operation.code == Op("Tm")) {
      has_matrix_ = true;
      for (size_t i = 0; i < 6; ++i) matrix_[i] = operation.Last(6, i);
      x_ = y_ = 0;
    } else if (operation.code == Op("T*")) {
      y_ -= leading_;
    } else {
      x_ += operation.Last(2, 0);
      y_ += operation.Last(2, 1);
      if (operation.code == Op("TD")) {
        leading_ = -operation.Last(2, 1);
        out_ += NumberText(leading_) + " TL\n";
      }
    }
    moved_ = true;
  }
  void FlushMoves() {
    BeginText();
    if (has_matrix_) {
      for (const double number : matrix_) out_ += NumberText(number) + " ";
      out_ += "Tm\n";
    }
    if (moved_ && (x_ != 0 || y_ != 0)) out_ += NumberText(x_) + " " + NumberText(y_) + " Td\n";
    has_matrix_ = moved_ = false;
    x_ = y_ = 0;
  }
  void FlushShift() {
    if (shift_ == 0) return;
    FlushMoves();
    out_ += "[" + Rounded(shift_) + "] TJ\n";
    shift_ = 0;
  }
  static std::string Rounded(double shift) { return NumberText(std::round(shift / kShiftStep) * kShiftStep); }

  void Show(const Operation& operation, const Form& form) {
    const auto cuts = edits_.cuts.find(operation.index);
    const bool touched =
        cuts != edits_.cuts.end() &&
        std::any_of(cuts->second.begin(), cuts->second.end(), [&](const auto& cut) { return edits_.Gone(cut.second); });
    if (!touched && !changing_) {
      if (Emit(operation, form)) Painted();
      return;
    }
    if (operation.code == Op("\"")) {
      out_ += NumberText(operation.Last(3, 0)) + " Tw " + NumberText(operation.Last(3, 1)) + " Tc\n";
    }
    if (operation.code == Op("'") || operation.code == Op("\"")) {
      if (changing_) {
        shift_ = 0;
        y_ -= leading_;
        moved_ = true;
      } else {
        out_ += "T*\n";
      }
    }
    if (touched) Cut();
    std::string array;
    bool kept = false;
    AppendArray(operation, touched ? &cuts->second : nullptr, array, kept);
    if (!changing_ && !kept) shift_ = 0;
    if (!kept) return;
    FlushMoves();
    out_ += "[" + array + "] TJ\n";
    if (!changing_) shift_ = 0;
    Painted();
  }

  // The operation's strings as the elements of TJ.  What trails behind the last one waits in shift_.
  void AppendArray(const Operation& operation, const std::map<uint32_t, struct Cut>* cuts, std::string& array,
                   bool& kept) {
    uint32_t start = 0;
    double number = shift_;  // that waits for a string
    bool rounds = shift_ != 0;
    shift_ = 0;
    const auto keep = [&](std::string_view text) {
      if (text.empty()) return;
      if (number != 0) array += rounds ? Rounded(number) : NumberText(number);
      number = 0;
      rounds = false;
      array += "<" + HexEncode(text) + ">";
      kept = true;
    };
    const bool is_array = operation.code == Op("TJ");
    for (size_t i = 0; i < operation.operands.size(); ++i) {
      const Token& token = operation.operands[i];
      if (is_array && token.Is(Token::Kind::kNumber)) number += token.number;
      if (!token.Is(Token::Kind::kString) || (!is_array && i + 1 != operation.operands.size())) continue;
      const std::string text = StringOf(token);
      size_t from = 0;
      if (cuts != nullptr) {
        for (auto cut = cuts->lower_bound(start); cut != cuts->end() && cut->first < start + text.size(); ++cut) {
          if (!edits_.Gone(cut->second)) continue;
          const size_t at = cut->first - start;
          if (at < from) continue;
          keep(std::string_view(text).substr(from, at - from));
          number += static_cast<double>(cut->second.shift);
          rounds = true;
          from = std::min(at + cut->second.length, text.size());
        }
      }
      keep(std::string_view(text).substr(from));
      start += static_cast<uint32_t>(text.size());
    }
    shift_ = number;
  }

  bool Emit(const Operation& operation, const Form& form) {
    const std::vector<Token>& operands = operation.operands;
    const auto last = [&](size_t i) -> const Token& { return operands[operands.size() - 1 - i]; };
    std::string line;
    switch (form.shape) {
      case Shape::kNumbers:
        if (operands.size() < form.count) return false;
        for (size_t i = form.count; i > 0; --i) line += NumberOrZero(last(i - 1)) + " ";
        break;
      case Shape::kName:
      case Shape::kTag:
        if (operands.empty() || !last(0).Is(Token::Kind::kName))
          line = form.shape == Shape::kTag ? "/Span " : "";
        else
          line = std::string(last(0).raw) + " ";
        if (line.empty()) return false;
        break;
      case Shape::kFont:
        if (operands.size() < 2 || !last(1).Is(Token::Kind::kName)) return false;
        line = std::string(last(1).raw) + " " + NumberOrZero(last(0)) + " ";
        break;
      case Shape::kShow:
        if (operands.empty() || !last(0).Is(Token::Kind::kString)) return false;
        line = WrittenString(last(0)) + " ";
        break;
      case Shape::kSpacedShow:
        if (operands.size() < 3 || !last(0).Is(Token::Kind::kString)) return false;
        line = NumberOrZero(last(2)) + " " + NumberOrZero(last(1)) + " " + WrittenString(last(0)) + " ";
        break;
      case Shape::kArray:
        line = "[" + Elements(operands, true) + "] ";
        break;
      case Shape::kDash:
        if (operands.empty()) return false;
        line = "[" + Elements({operands.begin(), operands.end() - 1}, false) + "] " + NumberOrZero(last(0)) + " ";
        break;
      case Shape::kColour:
        for (size_t i = operands.size() - std::min(operands.size(), kMostColourParts); i < operands.size(); ++i) {
          if (operands[i].Is(Token::Kind::kNumber) || operands[i].Is(Token::Kind::kName))
            line += Written(operands[i]) + " ";
        }
        break;
      case Shape::kTagged:
        AppendTagged(operands, line);
        break;
      case Shape::kInline:
        AppendInline(operation);
        return true;
      case Shape::kUnknown:
        return false;
    }
    if (operation.code == Op("BMC") || operation.code == Op("BDC")) ++marks_;
    if (operation.code == Op("EMC") && --marks_ < 0) {
      marks_ = 0;
      return false;
    }
    out_ += line;
    out_ += form.shape == Shape::kTagged && line.find("<<") == std::string::npos ? "BMC" : operation.name;
    out_ += '\n';
    return true;
  }

  static std::string NumberOrZero(const Token& token) {
    return token.Is(Token::Kind::kNumber) ? Written(token) : std::string("0");
  }
  static std::string Elements(const std::vector<Token>& tokens, bool strings) {
    std::string out;
    for (const Token& token : tokens) {
      if (token.Is(Token::Kind::kNumber)) out += Written(token) + " ";
      if (strings && token.Is(Token::Kind::kString)) out += WrittenString(token);
    }
    return out;
  }
  // Of the properties the number in the structure tree stays.
  static void AppendTagged(const std::vector<Token>& operands, std::string& line) {
    const auto tag =
        std::find_if(operands.begin(), operands.end(), [](const Token& t) { return t.Is(Token::Kind::kName); });
    line = tag != operands.end() && !tag->IsName("OC") ? std::string(tag->raw) + " " : "/Span ";
    for (size_t i = 0; i + 1 < operands.size(); ++i) {
      if (!operands[i].IsName("MCID") || !operands[i + 1].Is(Token::Kind::kNumber)) continue;
      line += "<</MCID " + NumberText(std::floor(operands[i + 1].number)) + ">> ";
      return;
    }
  }
  void AppendInline(const Operation& operation) {
    constexpr std::string_view kKeys[] = {"BPC", "BitsPerComponent", "CS", "ColorSpace",  "D", "Decode",
                                          "DP",  "DecodeParms",      "F",  "Filter",      "H", "Height",
                                          "IM",  "ImageMask",        "I",  "Interpolate", "W", "Width"};
    out_ += "BI";
    int depth = 0;
    bool passes = false;
    for (const Token& token : operation.operands) {
      if (depth == 0 && token.Is(Token::Kind::kName) && !value_next_) {
        passes =
            std::any_of(std::begin(kKeys), std::end(kKeys), [&](std::string_view key) { return token.IsName(key); });
        value_next_ = true;
        if (passes) out_ += " " + std::string(token.raw);
        continue;
      }
      if (token.Is(Token::Kind::kOpen) || token.Is(Token::Kind::kDictOpen)) ++depth;
      if (token.Is(Token::Kind::kClose) || token.Is(Token::Kind::kDictClose)) --depth;
      // The only string is the palette of indexed colours.
      if (passes) out_ += " " + (token.Is(Token::Kind::kString) ? WrittenString(token) : std::string(token.raw));
      if (depth == 0) value_next_ = false;
    }
    value_next_ = false;
    out_ += " ID ";
    out_ += operation.data;
    out_ += "\nEI\n";
  }

  const std::string_view bytes_;
  const StreamEdits& edits_;
  std::string out_;
  std::vector<uint32_t> changed_;  // the BT of text objects from which something goes
  std::vector<Block> blocks_;
  int marks_ = 0;
  bool value_next_ = false;

  bool in_text_ = false;
  bool changing_ = false;
  bool text_written_ = false;
  double leading_ = 0;
  bool has_matrix_ = false;
  bool moved_ = false;
  double matrix_[6] = {};
  double x_ = 0;
  double y_ = 0;
  double shift_ = 0;
};

}  // namespace

std::string NumberText(double value) {
  if (!std::isfinite(value)) return "0";
  char buffer[64];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, std::clamp(value, -1e12, 1e12), std::chars_format::fixed, 5);
  std::string text(buffer, error == std::errc() ? end : buffer);
  text.erase(text.find_last_not_of('0') + 1);
  if (!text.empty() && text.back() == '.') text.pop_back();
  return text.empty() || text == "-0" ? "0" : text;
}

std::string WriteContent(std::string_view bytes, const StreamEdits& edits, int unclosed_states) {
  return Writer(bytes, edits).Run(unclosed_states);
}

}  // namespace strongroom::pdf
