// Goes through the content of a page as a reader would, and notes what is painted where (ISO 32000-1 chapters 8, 9).
//
// Forms, tiles of patterns, soft masks and glyph procedures are gone through as they are painted.  Bounded: by the
// budget's work, by depth, and a form inside itself is not entered.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "pdf/content_reader.h"
#include "pdf/font.h"
#include "pdf/layers.h"
#include "pdf/page_scan.h"
#include "pdf/stream_table.h"

namespace strongroom::pdf {

// Fonts that were loaded, for all pages.
using FontCache = std::map<QPDFObjGen, std::shared_ptr<Font>>;

class Interpreter {
 public:
  // What is pointed to outlives it.  `levels` says which forms stand for notes and form values.
  Interpreter(QPDF& pdf, StreamTable& streams, FontCache& fonts, const Layers& layers,
              const std::map<QPDFObjGen, Level>& levels, Budget& budget)
      : pdf_(pdf), streams_(streams), fonts_(fonts), layers_(layers), levels_(levels), budget_(budget) {}

  // `number` is the page's, from 0, and that of its contents in the table.  `contents` are its bytes.  `first` true:
  // executions are counted.
  PageScan Scan(QPDFObjectHandle page, uint32_t number, std::string_view contents, bool first);

 private:
  struct Paint {
    Colour colour = 0;
    int components = 1;  // of the colour space; 0: not one whose colours are known
    bool tint = false;   // of an ink: 0 is none of it
    bool pattern = false;
  };
  struct State {
    Matrix ctm;
    Box clip;
    bool exact_clip = true;  // false: less than all of `clip` is painted on
    Paint fill;
    Paint stroke;
    double fill_alpha = 1;
    double stroke_alpha = 1;
    bool blends = false;  // a mode other than Normal, a soft mask, or inside of something translucent
    double line_width = 1;
    std::shared_ptr<Font> font;
    double size = 0;
    double character_space = 0;
    double word_space = 0;
    double scale = 1;
    double leading = 0;
    double rise = 0;
    int mode = 0;
  };
  // A stream that is being gone through.
  struct Run {
    uint32_t stream = 0;
    QPDFObjectHandle resources;
    int depth = 0;
    uint32_t unit = 0;
    Level level = Level::kText;
    std::vector<bool> marked;  // content that is marked: whether it is hidden
    int hidden = 0;            // how many of them are
    Matrix text;
    Matrix line;
    // The path under construction.
    uint32_t path_first = 0;
    uint32_t path_begin = 0;
    bool path_open = false;
    bool path_curves = false;
    bool path_clips = false;
    std::vector<Point> points;  // of the subpath, in the view
    Point current;              // in user space
  };

  void Execute(std::string_view bytes, Run& run, State state);
  void Apply(const Operation& operation, Run& run, State& state);
  bool ApplyState(const Operation& operation, Run& run, State& state);
  bool ApplyPath(const Operation& operation, Run& run, State& state);
  bool ApplyColour(const Operation& operation, Run& run, State& state);
  bool ApplyText(const Operation& operation, Run& run, State& state);
  bool ApplyMarks(const Operation& operation, Run& run);
  void ApplyGraphicsState(const Operation& operation, Run& run, State& state);

  void MovePath(const Operation& operation, Run& run, const State& state, Point to);
  void ExtendPath(const Operation& operation, Run& run, const State& state, Point to);
  void EndSubPath(Run& run, uint32_t last_operation);
  void PaintPath(const Operation& operation, Run& run, State& state, bool fill, bool stroke);
  void AddCovers(const Path& path, const State& state, const Run& run, bool fill, bool stroke);

  void SetSpace(Paint& paint, const std::string& name, const Run& run);
  void SetColour(Paint& paint, const Operation& operation, Run& run, const State& state);

  void SetFont(QPDFObjectHandle dictionary, double size, State& state);
  void Show(const Operation& operation, Run& run, State& state);
  void ShowString(std::string_view text, uint32_t operation, uint32_t& start, Run& run, State& state);
  void AddGlyph(const FontCode& code, uint32_t operation, uint32_t start, const Matrix& to_view, const Run& run,
                const State& state);
  void PaintGlyphProcedure(const FontCode& code, const Matrix& to_view, const Run& run, const State& state);

  void PaintObject(const Operation& operation, Run& run, const State& state);
  void PaintForm(QPDFObjectHandle form, const Run& run, State state);
  void PaintTile(QPDFObjectHandle pattern, const Run& run, const State& state);
  void PaintInline(const Operation& operation, Run& run, const State& state);
  void AddPicture(QPDFObjectHandle image, const Operation& operation, bool is_inline, const Run& run,
                  const State& state);
  void Drop(const Operation& operation, const Run& run);

  QPDFObjectHandle Resource(const Run& run, const char* kind, const Operation& operation) const;
  bool IsHiddenContent(QPDFObjectHandle object) const;

  QPDF& pdf_;
  StreamTable& streams_;
  FontCache& fonts_;
  const Layers& layers_;
  const std::map<QPDFObjGen, Level>& levels_;
  Budget& budget_;

  PageScan* scan_ = nullptr;
  bool first_ = true;
  Matrix base_;
  QPDFObjectHandle page_resources_;
  std::vector<QPDFObjGen> active_;
  std::set<QPDFObjGen> tiles_;           // of this page
  std::map<QPDFObjGen, bool> has_text_;  // whether a glyph procedure paints text or pictures
  uint32_t order_ = 0;
};

}  // namespace strongroom::pdf
