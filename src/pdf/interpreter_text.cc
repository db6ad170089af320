// The text of the interpreter (ISO 32000-1 section 9.4).
#include <algorithm>
#include <cmath>

#include "pdf/glyph_names.h"
#include "pdf/interpreter.h"

namespace strongroom::pdf {
namespace {

constexpr size_t kMostGlyphs = 4'000'000;  // of a page

bool IsBlankCharacter(char32_t c) {
  return c <= 0x20 || c == 0xA0 || c == 0xAD || (c >= 0x2000 && c <= 0x200F) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x2060 || c == 0x3000 || c == 0xFEFF;
}

double Length(Point p) { return std::sqrt(p.x * p.x + p.y * p.y); }

}  // namespace

void Interpreter::SetFont(QPDFObjectHandle dictionary, double size, State& state) {
  state.size = size;
  state.font = nullptr;
  if (!dictionary.isDictionary()) return;
  const QPDFObjGen id = dictionary.getObjGen();
  if (!dictionary.isIndirect()) {
    state.font = Font::Load(dictionary, budget_);
    return;
  }
  streams_.used.insert(id);
  std::shared_ptr<Font>& known = fonts_[id];
  if (known == nullptr) known = Font::Load(dictionary, budget_);
  state.font = known;
}

bool Interpreter::ApplyText(const Operation& operation, Run& run, State& state) {
  const auto next_line = [&](double x, double y) {
    run.line = Matrix{1, 0, 0, 1, x, y} * run.line;
    run.text = run.line;
  };
  switch (operation.code) {
    case Op("BT"):
      run.text = run.line = Matrix{};
      return true;
    case Op("ET"):
      return true;
    case Op("Tc"):
      state.character_space = operation.Last(1, 0);
      return true;
    case Op("Tw"):
      state.word_space = operation.Last(1, 0);
      return true;
    case Op("Tz"):
      state.scale = operation.Last(1, 0) / 100;
      return true;
    case Op("TL"):
      state.leading = operation.Last(1, 0);
      return true;
    case Op("Tr"):
      state.mode = static_cast<int>(operation.Last(1, 0));
      return true;
    case Op("Ts"):
      state.rise = operation.Last(1, 0);
      return true;
    case Op("Tf"):
      if (operation.operands.size() >= 2) {
        const Token& name = operation.operands[operation.operands.size() - 2];
        QPDFObjectHandle font = name.Is(Token::Kind::kName) ? KeyOf(KeyOf(run.resources, "/Font"), NameOf(name))
                                                            : QPDFObjectHandle::newNull();
        SetFont(font, operation.Last(1, 0), state);
      }
      return true;
    case Op("Td"):
      next_line(operation.Last(2, 0), operation.Last(2, 1));
      return true;
    case Op("TD"):
      state.leading = -operation.Last(2, 1);
      next_line(operation.Last(2, 0), operation.Last(2, 1));
      return true;
    case Op("Tm"):
      run.text = run.line = Matrix{operation.Last(6, 0), operation.Last(6, 1), operation.Last(6, 2),
                                   operation.Last(6, 3), operation.Last(6, 4), operation.Last(6, 5)};
      return true;
    case Op("T*"):
      next_line(0, -state.leading);
      return true;
    case Op("\""):
      state.word_space = operation.Last(3, 0);
      state.character_space = operation.Last(3, 1);
      next_line(0, -state.leading);
      Show(operation, run, state);
      return true;
    case Op("'"):
      next_line(0, -state.leading);
      Show(operation, run, state);
      return true;
    case Op("Tj"):
    case Op("TJ"):
      Show(operation, run, state);
      return true;
    default:
      return false;
  }
}

void Interpreter::Show(const Operation& operation, Run& run, State& state) {
  uint32_t start = 0;
  const bool array = operation.code == Op("TJ");
  for (size_t i = 0; i < operation.operands.size(); ++i) {
    const Token& token = operation.operands[i];
    if (token.Is(Token::Kind::kString) && (array || i + 1 == operation.operands.size())) {
      ShowString(StringOf(token), operation.index, start, run, state);
    } else if (array && token.Is(Token::Kind::kNumber) && state.font != nullptr) {
      const double by = -token.number / 1000 * state.size;
      run.text =
          (state.font->vertical() ? Matrix{1, 0, 0, 1, 0, by} : Matrix{1, 0, 0, 1, by * state.scale, 0}) * run.text;
    }
  }
}

void Interpreter::ShowString(std::string_view text, uint32_t operation, uint32_t& start, Run& run, State& state) {
  if (state.font == nullptr) {
    start += static_cast<uint32_t>(text.size());
    return;
  }
  while (!text.empty()) {
    if (!budget_.SpendWork(4)) return;
    const FontCode code = state.font->Next(text);
    const Matrix to_view = Matrix{state.size * state.scale, 0, 0, state.size, 0, state.rise} * run.text * state.ctm;
    AddGlyph(code, operation, start, to_view, run, state);
    if (state.font->type3() && run.hidden == 0) PaintGlyphProcedure(code, to_view, run, state);
    const double spaces = state.character_space + (code.one_byte_space ? state.word_space : 0);
    const double by = code.advance * state.size + spaces;
    run.text =
        (state.font->vertical() ? Matrix{1, 0, 0, 1, 0, by} : Matrix{1, 0, 0, 1, by * state.scale, 0}) * run.text;
    text.remove_prefix(code.size);
    start += static_cast<uint32_t>(code.size);
  }
}

void Interpreter::AddGlyph(const FontCode& code, uint32_t operation, uint32_t start, const Matrix& to_view,
                           const Run& run, const State& state) {
  if (scan_->glyphs.size() >= kMostGlyphs) {
    budget_.SpendWork(~uint64_t{0});  // nobody reads so much
    return;
  }
  Glyph glyph;
  const Font& font = *state.font;
  if (font.vertical()) {
    glyph.box = to_view.Around(-0.5, code.advance, 0.5, 0);
    glyph.direction = {-to_view.c, -to_view.d};
    glyph.size = Length({to_view.a, to_view.b});
    glyph.span = std::abs(code.advance) * Length(glyph.direction);
  } else {
    const double width = std::abs(code.advance) < 0.05 ? 0.05 : code.advance;
    glyph.box = to_view.Around(0, font.descent(), width, font.ascent());
    glyph.direction = {to_view.a, to_view.b};
    glyph.size = Length({to_view.c, to_view.d});
    glyph.span = std::abs(code.advance) * Length(glyph.direction);
  }
  const double length = Length(glyph.direction);
  glyph.direction = length > 1e-9 ? Point{glyph.direction.x / length, glyph.direction.y / length} : Point{1, 0};
  glyph.vertical = font.vertical();
  glyph.origin = to_view.Apply({0, 0});
  glyph.stream = run.stream;
  glyph.operation = operation;
  glyph.start = start;
  glyph.length = static_cast<uint16_t>(code.size);
  glyph.order = order_++;
  glyph.unit = run.unit;
  glyph.level = run.level;
  const double spaces = state.character_space + (code.one_byte_space ? state.word_space : 0);
  if (std::abs(state.size) > 1e-9)
    glyph.shift = static_cast<float>(std::clamp(-1000 * (code.advance + spaces / state.size), -1e6, 1e6));
  glyph.text_begin = static_cast<uint32_t>(scan_->text.size());
  for (const char32_t c : code.text.substr(0, 16)) AppendUtf8(c, scan_->text);
  glyph.text_size = static_cast<uint16_t>(scan_->text.size() - glyph.text_begin);
  glyph.known = code.known;
  glyph.guessed = code.guessed;
  glyph.blank = std::all_of(code.text.begin(), code.text.end(), IsBlankCharacter) && (code.known || code.text.empty());
  if (!code.known && code.text.empty() && code.code != ' ') glyph.blank = false;
  const bool strokes = state.mode == 1 || state.mode == 5;
  const double alpha = strokes ? state.stroke_alpha : state.fill_alpha;
  glyph.unpainted = state.mode == 3 || state.mode == 7 || alpha < 0.02;
  const Paint& paint = strokes ? state.stroke : state.fill;
  glyph.colour =
      paint.pattern || state.blends || state.mode == 2 || state.mode == 6 || font.type3() ? kNoColour : paint.colour;
  if (run.hidden > 0) {
    glyph.hidden = HiddenBy::kLayer;
  } else if (run.unit == 0 && !glyph.box.Meets(state.clip)) {
    glyph.hidden = HiddenBy::kClip;
  }
  scan_->glyphs.push_back(glyph);
}

// A glyph of a Type 3 font is a content stream, which may show text of its own.
void Interpreter::PaintGlyphProcedure(const FontCode& code, const Matrix& to_view, const Run& run, const State& state) {
  const std::string& name = state.font->GlyphName(code.code);
  QPDFObjectHandle procedure = KeyOf(KeyOf(state.font->dictionary(), "/CharProcs"), "/" + name);
  if (name.empty() || !procedure.isStream()) return;
  streams_.used.insert(procedure.getObjGen());
  const auto [known, added] = has_text_.try_emplace(procedure.getObjGen(), false);
  if (added) {
    const std::shared_ptr<const std::string> bytes = streams_.BytesOf(procedure, budget_);
    ContentReader reader(*bytes);
    Operation operation;
    while (!known->second && budget_.SpendWork(1) && reader.Next(operation)) {
      known->second = operation.code == Op("BT") || operation.code == Op("Do");
    }
  }
  // Every procedure has a number, so that it is written anew like all other streams.
  const uint32_t number = streams_.NumberOf(procedure);
  QPDFObjectHandle own = KeyOf(state.font->dictionary(), "/Resources");
  if (!known->second) {
    streams_.At(number).resources = own.isDictionary() ? own : run.resources;
    return;
  }
  if (!budget_.SpendWork(100)) return;
  Run inner = run;
  // A path that waits outside is none of its own: operations are counted anew in each stream.
  inner.points.clear();
  inner.path_open = false;
  inner.path_clips = false;
  inner.resources = own.isDictionary() ? own : run.resources;
  if (run.depth >= 8 || std::find(active_.begin(), active_.end(), procedure.getObjGen()) != active_.end()) return;
  inner.stream = number;
  inner.depth = run.depth + 1;
  State fresh = state;
  fresh.ctm = state.font->glyph_matrix() * to_view;
  fresh.font = nullptr;
  active_.push_back(procedure.getObjGen());
  const std::shared_ptr<const std::string> bytes = streams_.BytesOf(procedure, budget_);
  Execute(*bytes, inner, std::move(fresh));
  active_.pop_back();
}

}  // namespace strongroom::pdf
