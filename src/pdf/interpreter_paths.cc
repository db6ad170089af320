// The paths and colours of the interpreter.
#include <algorithm>
#include <cmath>

#include "pdf/interpreter.h"

namespace strongroom::pdf {
namespace {

constexpr size_t kMostSubPaths = 2'000'000;
constexpr uint32_t kMostParts = 300;  // of one path, whose overlaps are looked for
constexpr double kThickLine = 4;      // in units of the view: a line that can cover text

Colour Packed(double red, double green, double blue) {
  const auto part = [](double value) { return static_cast<Colour>(std::lround(std::clamp(value, 0.0, 1.0) * 255)); };
  return part(red) << 16 | part(green) << 8 | part(blue);
}

Colour OfComponents(const Operation& operation, size_t count) {
  const auto at = [&](size_t i) { return operation.Last(count, i); };
  if (count == 1) return Packed(at(0), at(0), at(0));
  if (count == 3) return Packed(at(0), at(1), at(2));
  const double light = 1 - std::clamp(at(3), 0.0, 1.0);
  return Packed((1 - at(0)) * light, (1 - at(1)) * light, (1 - at(2)) * light);
}

bool Near(double a, double b) { return std::abs(a - b) < 0.6; }

// Whether the points are the corners of an upright rectangle, in order.
bool IsRectangle(const std::vector<Point>& points) {
  size_t count = points.size();
  if (count == 5 && Near(points[0].x, points[4].x) && Near(points[0].y, points[4].y)) count = 4;
  if (count != 4) return false;
  const bool across = Near(points[0].y, points[1].y) && Near(points[1].x, points[2].x) &&
                      Near(points[2].y, points[3].y) && Near(points[3].x, points[0].x);
  const bool down = Near(points[0].x, points[1].x) && Near(points[1].y, points[2].y) &&
                    Near(points[2].x, points[3].x) && Near(points[3].y, points[0].y);
  return across || down;
}

Box BoxOf(const std::vector<Point>& points) {
  Box box{points[0].x, points[0].y, points[0].x, points[0].y};
  for (const Point& p : points) {
    box.left = std::min(box.left, p.x);
    box.right = std::max(box.right, p.x);
    box.top = std::min(box.top, p.y);
    box.bottom = std::max(box.bottom, p.y);
  }
  return box;
}

// Whether another part of the path lies in the box of this one: it may be a hole.
bool Overlaps(const PageScan& scan, const Path& path, uint32_t part) {
  if (path.count > kMostParts) return true;
  for (uint32_t i = path.first; i < path.first + path.count; ++i) {
    if (i != part && scan.subpaths[i].box.Meets(scan.subpaths[part].box)) return true;
  }
  return false;
}

}  // namespace

void Interpreter::EndSubPath(Run& run, uint32_t last_operation) {
  if (run.points.empty()) return;
  if (scan_->subpaths.size() < kMostSubPaths)
    scan_->subpaths.push_back({BoxOf(run.points), run.path_begin, last_operation, IsRectangle(run.points)});
  run.points.clear();
}

void Interpreter::MovePath(const Operation& operation, Run& run, const State& state, Point to) {
  if (!run.path_open) {
    run.path_open = true;
    run.path_first = static_cast<uint32_t>(scan_->subpaths.size());
    run.path_curves = false;
  }
  EndSubPath(run, operation.index - 1);
  run.path_begin = operation.index;
  run.current = to;
  run.points.push_back(state.ctm.Apply(to));
}

void Interpreter::ExtendPath(const Operation& operation, Run& run, const State& state, Point to) {
  if (run.points.empty()) {
    MovePath(operation, run, state, run.current);
  }
  run.current = to;
  run.points.push_back(state.ctm.Apply(to));
}

// What a filled rectangle or a thick line covers; of other shapes only that something is there.
void Interpreter::AddCovers(const Path& path, const State& state, const Run& run, bool fill, bool stroke) {
  if (run.unit != 0) return;
  const Paint& paint = fill ? state.fill : state.stroke;
  const double alpha = fill ? state.fill_alpha : state.stroke_alpha;
  if (alpha < 0.02) return;
  const bool solid = state.exact_clip && !paint.pattern && !state.blends && alpha > 0.98;
  const double width = state.line_width * std::sqrt(std::abs(state.ctm.Determinant()));
  for (uint32_t i = path.first; i < path.first + path.count; ++i) {
    const SubPath& part = scan_->subpaths[i];
    Box box = part.box;
    if (fill) {
      if (box.width() < 1 || box.height() < 1) continue;
      const bool whole = solid && part.rectangle && !Overlaps(*scan_, path, i);
      scan_->covers.push_back({Common(box, state.clip), order_, whole, false, paint.colour, run.level});
    } else if (stroke && width >= kThickLine && (box.width() < 1 || box.height() < 1)) {
      if (box.width() < 1) box = {box.left - width / 2, box.top, box.right + width / 2, box.bottom};
      if (box.height() < 1) box = {box.left, box.top - width / 2, box.right, box.bottom + width / 2};
      scan_->covers.push_back({Common(box, state.clip), order_, solid, false, paint.colour, run.level});
    }
  }
  ++order_;
}

void Interpreter::PaintPath(const Operation& operation, Run& run, State& state, bool fill, bool stroke) {
  if (!run.path_open) return;
  EndSubPath(run, operation.index - 1);
  Path path{run.stream,     operation.index,
            run.path_first, static_cast<uint32_t>(scan_->subpaths.size()) - run.path_first,
            run.path_clips, run.path_curves};
  run.path_open = false;
  if (run.path_clips) {
    Box clip{1, 1, 0, 0};
    for (uint32_t i = 0; i < path.count; ++i) {
      const Box& part = scan_->subpaths[path.first + i].box;
      clip = clip.right < clip.left ? part
                                    : Box{std::min(clip.left, part.left), std::min(clip.top, part.top),
                                          std::max(clip.right, part.right), std::max(clip.bottom, part.bottom)};
    }
    state.clip = Common(state.clip, clip);
    state.exact_clip = state.exact_clip && path.count == 1 && scan_->subpaths[path.first].rectangle;
    run.path_clips = false;
  }
  if (run.hidden > 0 && (fill || stroke)) {
    ++scan_->hidden_layer_operations;
    if (!path.clips) {
      for (uint32_t i = path.first; i < path.first + path.count; ++i) {
        for (uint32_t k = scan_->subpaths[i].first_operation; k <= scan_->subpaths[i].last_operation; ++k)
          streams_.At(run.stream).edits.dropped.insert(k);
      }
      Drop(operation, run);
    }
    return;
  }
  if (fill || stroke) {
    AddCovers(path, state, run, fill, stroke);
    scan_->paths.push_back(path);
  }
}

bool Interpreter::ApplyPath(const Operation& operation, Run& run, State& state) {
  const auto point = [&](size_t count, size_t i) {
    return Point{operation.Last(count, i), operation.Last(count, i + 1)};
  };
  switch (operation.code) {
    case Op("m"):
      MovePath(operation, run, state, point(2, 0));
      return true;
    case Op("l"):
      ExtendPath(operation, run, state, point(2, 0));
      return true;
    case Op("c"):
    case Op("v"):
    case Op("y"): {
      const size_t count = operation.code == Op("c") ? 6 : 4;
      run.path_curves = true;
      for (size_t i = 0; i < count; i += 2) ExtendPath(operation, run, state, point(count, i));
      return true;
    }
    case Op("h"):
      return true;
    case Op("re"): {
      const Point p = point(4, 0);
      const Point size = point(4, 2);
      MovePath(operation, run, state, p);
      for (const Point& to : {Point{p.x + size.x, p.y}, Point{p.x + size.x, p.y + size.y}, Point{p.x, p.y + size.y}})
        run.points.push_back(state.ctm.Apply(to));
      return true;
    }
    case Op("W"):
    case Op("W*"):
      run.path_clips = true;
      return true;
    case Op("n"):
      PaintPath(operation, run, state, false, false);
      run.path_clips = false;
      return true;
    case Op("S"):
    case Op("s"):
      PaintPath(operation, run, state, false, true);
      return true;
    case Op("f"):
    case Op("F"):
    case Op("f*"):
      PaintPath(operation, run, state, true, false);
      return true;
    case Op("B"):
    case Op("B*"):
    case Op("b"):
    case Op("b*"):
      PaintPath(operation, run, state, true, true);
      return true;
    default:
      return false;
  }
}

void Interpreter::SetSpace(Paint& paint, const std::string& name, const Run& run) {
  paint = Paint{};
  QPDFObjectHandle space = KeyOf(KeyOf(run.resources, "/ColorSpace"), name);
  std::string kind = name;
  if (space.isName()) kind = space.getName();
  if (space.isArray() && space.getArrayNItems() > 0 && space.getArrayItem(0).isName())
    kind = space.getArrayItem(0).getName();
  if (kind == "/DeviceGray" || kind == "/CalGray" || kind == "/G") return;
  paint.components = 0;
  if (kind == "/DeviceRGB" || kind == "/CalRGB" || kind == "/RGB") paint.components = 3;
  if (kind == "/DeviceCMYK" || kind == "/CMYK") paint.components = 4;
  if (kind == "/ICCBased" && space.isArray() && space.getArrayNItems() > 1) {
    QPDFObjectHandle count = KeyOf(space.getArrayItem(1), "/N");
    if (count.isInteger()) paint.components = static_cast<int>(std::clamp(count.getIntValue(), 0LL, 4LL));
  }
  if (kind == "/Separation" && space.isArray() && space.getArrayNItems() > 1) {
    QPDFObjectHandle ink = space.getArrayItem(1);
    if (ink.isName() && (ink.getName() == "/Black" || ink.getName() == "/All")) {
      paint.components = 1;
      paint.tint = true;
    }
  }
  paint.pattern = kind == "/Pattern";
  if (paint.components == 0) paint.colour = kNoColour;
}

void Interpreter::SetColour(Paint& paint, const Operation& operation, Run& run, const State& state) {
  if (!operation.operands.empty() && operation.operands.back().Is(Token::Kind::kName)) {
    paint.pattern = true;
    paint.colour = kNoColour;
    if (run.hidden == 0) PaintTile(Resource(run, "/Pattern", operation), run, state);
    return;
  }
  if (paint.components == 0) return;
  paint.colour = OfComponents(operation, static_cast<size_t>(paint.components));
  if (paint.tint) paint.colour ^= 0xFFFFFF;
}

bool Interpreter::ApplyColour(const Operation& operation, Run& run, State& state) {
  const auto set = [&](Paint& paint, int components) {
    paint = Paint{};
    paint.components = components;
    paint.colour = OfComponents(operation, static_cast<size_t>(components));
    return true;
  };
  const auto space = [&](Paint& paint) {
    if (!operation.operands.empty()) SetSpace(paint, NameOf(operation.operands.back()), run);
    return true;
  };
  switch (operation.code) {
    case Op("g"):
      return set(state.fill, 1);
    case Op("G"):
      return set(state.stroke, 1);
    case Op("rg"):
      return set(state.fill, 3);
    case Op("RG"):
      return set(state.stroke, 3);
    case Op("k"):
      return set(state.fill, 4);
    case Op("K"):
      return set(state.stroke, 4);
    case Op("cs"):
      return space(state.fill);
    case Op("CS"):
      return space(state.stroke);
    case Op("sc"):
    case Op("scn"):
      SetColour(state.fill, operation, run, state);
      return true;
    case Op("SC"):
    case Op("SCN"):
      SetColour(state.stroke, operation, run, state);
      return true;
    default:
      return false;
  }
}

}  // namespace strongroom::pdf
