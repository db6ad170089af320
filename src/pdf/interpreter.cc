#include "pdf/interpreter.h"

#include <algorithm>
#include <cmath>

#include "pdf/inline_image.h"

namespace strongroom::pdf {
namespace {

constexpr int kDeepest = 24;
constexpr size_t kMostStates = 4096;
constexpr uint64_t kFormWork = 1000;  // what entering a form costs, in operations
constexpr double kHuge = 1e7;

bool Translucent(double alpha) { return alpha < 0.999; }

}  // namespace

PageScan Interpreter::Scan(QPDFObjectHandle page, uint32_t number, std::string_view contents, bool first) {
  PageScan scan;
  scan.view = ViewOf(page);
  scan_ = &scan;
  first_ = first;
  order_ = 0;
  base_ = scan.view.matrix;
  page_resources_ = Inherited(page, "/Resources");
  active_.clear();
  tiles_.clear();
  Run run;
  run.stream = number;
  run.resources = page_resources_;
  State state;
  state.ctm = base_;
  state.clip = Box{-kHuge, -kHuge, kHuge, kHuge};
  Execute(contents, run, state);
  scan_ = nullptr;
  MarkHidden(scan);
  return scan;
}

QPDFObjectHandle Interpreter::Resource(const Run& run, const char* kind, const Operation& operation) const {
  if (operation.operands.empty() || !operation.operands.back().Is(Token::Kind::kName))
    return QPDFObjectHandle::newNull();
  return KeyOf(KeyOf(run.resources, kind), NameOf(operation.operands.back()));
}

void Interpreter::Drop(const Operation& operation, const Run& run) {
  streams_.At(run.stream).edits.dropped.insert(operation.index);
}

void Interpreter::Execute(std::string_view bytes, Run& run, State state) {
  ContentStream& stream = streams_.At(run.stream);
  stream.resources = run.resources;
  if (first_) ++stream.edits.executions;
  std::vector<State> saved;
  ContentReader reader(bytes);
  Operation operation;
  while (reader.Next(operation)) {
    if (!budget_.SpendWork(1 + operation.operands.size())) return;
    if (operation.code == Op("q")) {
      if (saved.size() < kMostStates) saved.push_back(state);
    } else if (operation.code == Op("Q")) {
      if (saved.empty()) {
        Drop(operation, run);
      } else {
        state = std::move(saved.back());
        saved.pop_back();
      }
    } else {
      Apply(operation, run, state);
    }
  }
  if (run.depth == 0) scan_->unclosed_states = static_cast<int>(saved.size());
}

void Interpreter::Apply(const Operation& operation, Run& run, State& state) {
  if (ApplyText(operation, run, state) || ApplyPath(operation, run, state) || ApplyColour(operation, run, state) ||
      ApplyState(operation, run, state) || ApplyMarks(operation, run))
    return;
  switch (operation.code) {
    case Op("Do"):
      PaintObject(operation, run, state);
      break;
    case Op("BI"):
      PaintInline(operation, run, state);
      break;
    case Op("sh"):
      if (run.hidden > 0) {
        Drop(operation, run);
      } else {
        scan_->covers.push_back({state.clip, order_++, false, false, kNoColour, run.level});
      }
      break;
    default:
      break;
  }
}

bool Interpreter::ApplyState(const Operation& operation, Run& run, State& state) {
  switch (operation.code) {
    case Op("cm"): {
      const Matrix matrix{operation.Last(6, 0), operation.Last(6, 1), operation.Last(6, 2),
                          operation.Last(6, 3), operation.Last(6, 4), operation.Last(6, 5)};
      state.ctm = matrix * state.ctm;
      return true;
    }
    case Op("w"):
      state.line_width = operation.Last(1, 0);
      return true;
    case Op("gs"):
      ApplyGraphicsState(operation, run, state);
      return true;
    default:
      return false;
  }
}

void Interpreter::ApplyGraphicsState(const Operation& operation, Run& run, State& state) {
  QPDFObjectHandle parameters = Resource(run, "/ExtGState", operation);
  if (!parameters.isDictionary()) return;
  if (QPDFObjectHandle alpha = parameters.getKey("/ca"); alpha.isNumber()) state.fill_alpha = NumberOf(alpha);
  if (QPDFObjectHandle alpha = parameters.getKey("/CA"); alpha.isNumber()) state.stroke_alpha = NumberOf(alpha);
  if (QPDFObjectHandle width = parameters.getKey("/LW"); width.isNumber()) state.line_width = NumberOf(width);
  if (QPDFObjectHandle mode = parameters.getKey("/BM"); mode.isName()) {
    state.blends = mode.getName() != "/Normal" && mode.getName() != "/Compatible";
  } else if (mode.isArray()) {
    state.blends = true;
  }
  if (QPDFObjectHandle font = parameters.getKey("/Font"); font.isArray() && font.getArrayNItems() == 2)
    SetFont(font.getArrayItem(0), NumberAt(font, 1), state);
  if (QPDFObjectHandle mask = parameters.getKey("/SMask"); mask.isDictionary()) {
    state.blends = true;
    QPDFObjectHandle group = mask.getKey("/G");
    if (group.isStream() && run.hidden == 0) PaintForm(group, run, state);
  }
}

bool Interpreter::IsHiddenContent(QPDFObjectHandle object) const {
  QPDFObjectHandle content = KeyOf(object, "/OC");
  return content.isDictionary() && !layers_.Shown(content);
}

void Interpreter::PaintObject(const Operation& operation, Run& run, const State& state) {
  QPDFObjectHandle object = Resource(run, "/XObject", operation);
  if (!object.isStream()) return;
  if (run.hidden > 0 || IsHiddenContent(object)) {
    ++scan_->hidden_layer_operations;
    Drop(operation, run);
    return;
  }
  if (HasName(object, "/Subtype", "/Image")) {
    streams_.used.insert(object.getObjGen());
    AddPicture(object, operation, false, run, state);
  } else if (HasName(object, "/Subtype", "/Form")) {
    streams_.used.insert(object.getObjGen());
    PaintForm(object, run, state);
  } else {
    Drop(operation, run);
  }
}

void Interpreter::PaintForm(QPDFObjectHandle form, const Run& run, State state) {
  const QPDFObjGen id = form.getObjGen();
  if (run.depth >= kDeepest || std::find(active_.begin(), active_.end(), id) != active_.end()) return;
  if (!budget_.SpendWork(kFormWork)) return;
  Run inner;
  inner.stream = streams_.NumberOf(form);
  inner.resources = KeyOf(form, "/Resources");
  if (!inner.resources.isDictionary()) inner.resources = run.resources;
  inner.depth = run.depth + 1;
  inner.unit = run.unit;
  inner.level = run.level;
  if (const auto level = levels_.find(id); level != levels_.end()) inner.level = level->second;
  state.ctm = MatrixOf(KeyOf(form, "/Matrix")) * state.ctm;
  if (QPDFObjectHandle box = KeyOf(form, "/BBox"); box.isArray() && box.getArrayNItems() == 4) {
    state.exact_clip = state.exact_clip && state.ctm.KeepsAxes();
    state.clip =
        Common(state.clip, state.ctm.Around(NumberAt(box, 0), NumberAt(box, 1), NumberAt(box, 2), NumberAt(box, 3)));
  }
  if (KeyOf(form, "/Group").isDictionary()) {
    state.blends = state.blends || Translucent(state.fill_alpha);
    if (state.fill_alpha >= 0.02) state.fill_alpha = 1;
  }
  active_.push_back(id);
  const std::shared_ptr<const std::string> bytes = streams_.BytesOf(form, budget_);
  Execute(*bytes, inner, std::move(state));
  active_.pop_back();
}

// Where the tiles lie on the page does not matter: what stands in one is gone through by itself.
void Interpreter::PaintTile(QPDFObjectHandle pattern, const Run& run, const State& state) {
  if (!pattern.isStream()) return;
  streams_.used.insert(pattern.getObjGen());
  if (!tiles_.insert(pattern.getObjGen()).second) return;
  Run apart = run;
  apart.unit = scan_->units++;
  State fresh;
  fresh.ctm = base_;
  fresh.clip = Box{-kHuge, -kHuge, kHuge, kHuge};
  fresh.fill = state.fill;
  fresh.fill.pattern = false;
  PaintForm(pattern, apart, fresh);
}

void Interpreter::PaintInline(const Operation& operation, Run& run, const State& state) {
  if (run.hidden > 0) {
    Drop(operation, run);
    return;
  }
  QPDFObjectHandle image = InlineImageAsStream(pdf_, operation, run.resources);
  if (image.isStream()) {
    AddPicture(image, operation, true, run, state);
  } else {
    Drop(operation, run);
  }
}

void Interpreter::AddPicture(QPDFObjectHandle image, const Operation& operation, bool is_inline, const Run& run,
                             const State& state) {
  Picture picture;
  picture.image = image;
  picture.to_view = state.ctm;
  const Box whole = state.ctm.Around(0, 0, 1, 1);
  picture.box = Common(Common(whole, state.clip), run.unit == 0 ? scan_->view.box() : whole);
  picture.stream = run.stream;
  picture.operation = operation.index;
  picture.order = order_++;
  picture.unit = run.unit;
  picture.is_inline = is_inline;
  picture.level = run.level;
  const bool stencil = KeyOf(image, "/ImageMask").isBool() && KeyOf(image, "/ImageMask").getBoolValue();
  picture.opaque = !stencil && KeyOf(image, "/SMask").isNull() && KeyOf(image, "/Mask").isNull() && !state.blends &&
                   !Translucent(state.fill_alpha) && state.ctm.KeepsAxes() && state.exact_clip;
  if (run.unit == 0) scan_->covers.push_back({picture.box, picture.order, picture.opaque, true, kNoColour, run.level});
  scan_->pictures.push_back(std::move(picture));
}

bool Interpreter::ApplyMarks(const Operation& operation, Run& run) {
  switch (operation.code) {
    case Op("BDC"): {
      bool hides = false;
      if (operation.operands.size() >= 2 && operation.operands[operation.operands.size() - 2].IsName("OC"))
        hides = !layers_.Shown(Resource(run, "/Properties", operation));
      run.marked.push_back(hides);
      run.hidden += hides ? 1 : 0;
      return true;
    }
    case Op("BMC"):
      run.marked.push_back(false);
      return true;
    case Op("EMC"):
      if (!run.marked.empty()) {
        run.hidden -= run.marked.back() ? 1 : 0;
        run.marked.pop_back();
      }
      return true;
    default:
      return false;
  }
}

}  // namespace strongroom::pdf
