#include "pdf/page_search.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "paper/page_finder.h"
#include "pdf/image.h"
#include "pdf/page_lines.h"
#include "redact/replacement.h"

namespace strongroom::pdf {
namespace {

constexpr uint32_t kDotsPerInch = 200;
constexpr size_t kUnknownRun = 3;                // glyphs that say nothing in a row: text, not a bullet
constexpr double kLeastShare = 0.02;             // of the page: a picture that may hold text
constexpr uint32_t kLeastPixels = 24;            // of a picture's side
constexpr size_t kStrips = 6;                    // pictures of one page that may be the strips of one scan
constexpr size_t kOutlineCurves = 40;            // paths with curves that may be letters
constexpr double kLeastInk = 0.002;              // of a picture's pixels, for it not to be blank
constexpr size_t kMostAhead = size_t{64} << 20;  // bytes of one page's pictures that are held until they are read

constexpr std::string_view kPlaces[] = {"text", "note", "form value"};

bool Labels(redact::Mode mode) {
  return mode == redact::Mode::kLabel || mode == redact::Mode::kNumberedLabel || mode == redact::Mode::kToken;
}

double Area(const Box& box) { return box.empty() ? 0 : box.width() * box.height(); }

class PageSearch {
 public:
  PageSearch(Run& run, QPDFObjectHandle page, uint32_t number)
      : run_(run), page_(page), number_(number), work_(run.pages[number]), finder_(run.job) {}

  // What stands where; and what will be read is begun.
  Status Begin() {
    const std::string contents = PageContents(page_, run_.budget);
    scan_ = run_.interpreter.Scan(page_, number_, contents, true);
    RETURN_IF_ERROR(run_.budget.status());
    work_.seen.width = scan_.view.width;
    work_.seen.height = scan_.view.height;
    NoteHidden();
    if (run_.options.search && run_.options.read && run_.options.begin_to_read) BeginPixels();
    return run_.budget.status();
  }

  Status End() {
    for (uint32_t unit = 0; unit < scan_.units; ++unit) {
      const PageOrders orders = ReadInOrder(scan_, unit);
      CountWords(orders.rows.text);
      if (!run_.options.search) continue;
      for (const paper::PageText* text : {&orders.rows, &orders.columns}) {
        if (!text->text.empty()) RETURN_IF_ERROR(TakeFinds(*text, unit));
      }
    }
    if (run_.options.search) RETURN_IF_ERROR(ReadPixels());
    TakeMarked();
    double unread = 0;
    for (const Box& box : work_.seen.unread) unread += Area(box);
    if (unread > 0) work_.seen.unread_share = std::min(1.0, unread / std::max(InkedArea(), unread));
    return Status::Ok();
  }

 private:
  std::string Part() const {
    const std::string name = "page " + std::to_string(number_ + 1);
    return run_.job.part.empty() ? name : run_.job.part + " " + name;
  }

  // What cannot be seen goes, whatever it says.
  void NoteHidden() {
    for (const Glyph& glyph : scan_.glyphs) {
      if (glyph.hidden == HiddenBy::kNothing) continue;
      Cut& cut = CutOf(glyph);
      ++cut.hidden;
      if (!glyph.blank) ++work_.hidden;
    }
  }
  Cut& CutOf(const Glyph& glyph) {
    Cut& cut = run_.streams.At(glyph.stream).edits.cuts[glyph.operation][glyph.start];
    cut.length = glyph.length;
    cut.shift = glyph.shift;
    return cut;
  }

  void CountWords(std::string_view text) {
    bool inside = false;
    for (const char c : text) {
      const bool blank = c == ' ' || c == '\n';
      if (!blank && !inside) ++work_.seen.words;
      inside = !blank;
    }
  }

  bool IsLifted(const std::vector<Box>& boxes) const {
    if (boxes.empty()) return false;
    return std::all_of(boxes.begin(), boxes.end(), [&](const Box& box) {
      return std::any_of(run_.options.lifted.begin(), run_.options.lifted.end(), [&](const paper::PageBox& lifted) {
        return lifted.page == number_ + 1 && lifted.box.Grown(0.5).Contains(box);
      });
    });
  }

  // Notes one find; the answer is whether it goes.
  Result<bool> Take(const paper::PageText& text, const paper::PageFind& find, std::string_view place,
                    bool boxes_count) {
    paper::FoundBox found{
        find.finding.kind, find.finding.subtype, find.finding.rule, find.finding.score, find.boxes, false, place};
    found.lifted = boxes_count && IsLifted(find.boxes);
    work_.seen.found.push_back(found);
    const std::string value = text.text.substr(find.finding.begin, find.finding.end - find.finding.begin);
    if (found.lifted) {
      run_.values.Spare(value);
      return false;
    }
    ReportFind(run_, find.finding, Part());
    run_.values.Add(value, find.finding.kind);
    if (!boxes_count) return true;
    std::string label;
    if (run_.job.replacer != nullptr && Labels(run_.job.replacer->mode()))
      RETURN_IF_ERROR(run_.job.replacer->Append(find.finding, text.text, label));
    for (const Box& box : find.boxes) {
      work_.boxes.push_back({box, label});
      label.clear();
    }
    return true;
  }

  Status TakeFinds(const paper::PageText& text, uint32_t unit) {
    for (const paper::PageFind& find : finder_.Find(text)) {
      bool fresh = false;
      Level level = Level::kText;
      for (const uint32_t piece : find.pieces) {
        const auto glyph = static_cast<uint32_t>(text.pieces[piece].tag);
        fresh = taken_.insert(glyph).second || fresh;
        level = std::max(level, scan_.glyphs[glyph].level);
      }
      if (!fresh) continue;
      ASSIGN_OR_RETURN(const bool goes, Take(text, find, kPlaces[static_cast<size_t>(level)], unit == 0));
      if (!goes) continue;
      for (const uint32_t piece : find.pieces) CutOf(scan_.glyphs[text.pieces[piece].tag]).out = true;
    }
    return Status::Ok();
  }

  // Words of a picture as they stand in the view.
  Status TakeRead(const paper::PageText& words, const Matrix& to_view) {
    paper::PageText placed;
    placed.width = scan_.view.width;
    placed.height = scan_.view.height;
    placed.text = words.text;
    for (const paper::PageText::Piece& piece : words.pieces) {
      placed.pieces.push_back(piece);
      placed.pieces.back().box = to_view.Around(piece.box.left, piece.box.top, piece.box.right, piece.box.bottom);
    }
    work_.pixels = true;
    CountWords(placed.text);
    for (const paper::PageFind& find : finder_.Find(placed)) {
      ASSIGN_OR_RETURN(const bool goes, Take(placed, find, "picture", true));
      (void)goes;
    }
    work_.read.push_back(std::move(placed));
    return Status::Ok();
  }

  // From the pixels of a drawing of the page to its view.
  Matrix FromDrawing(const paper::Picture& drawing) const {
    return {scan_.view.width / std::max(drawing.width, 1U),   0, 0,
            scan_.view.height / std::max(drawing.height, 1U), 0, 0};
  }

  Result<paper::Picture> DrawPage() const {
    ASSIGN_OR_RETURN(paper::Picture drawing, run_.options.render(run_.bytes, number_ + 1, kDotsPerInch));
    drawing.dots_per_inch = kDotsPerInch;
    return drawing;
  }

  Status ReadPage() {
    if (!drawing_) {
      ASSIGN_OR_RETURN(drawing_, DrawPage());
    }
    const Matrix to_view = FromDrawing(*drawing_);
    ASSIGN_OR_RETURN(const paper::PageText words, run_.options.read(*drawing_));
    drawing_.reset();
    RETURN_IF_ERROR(TakeRead(words, to_view));
    page_read_ = true;
    return Status::Ok();
  }

  bool IsSmall(const Picture& picture) const {
    QPDFObjectHandle width = KeyOf(picture.image, "/Width");
    QPDFObjectHandle height = KeyOf(picture.image, "/Height");
    const bool icon = !width.isInteger() || !height.isInteger() || width.getIntValue() < kLeastPixels ||
                      height.getIntValue() < kLeastPixels / 2;
    return icon || (picture.unit == 0 && picture.box.empty());
  }
  bool MayHoldText(const Box& box) const { return Area(box) >= kLeastShare * Area(scan_.view.box()); }

  void Unread(const Box& box, const char* why) {
    work_.seen.unread.push_back(box);
    work_.unread_why.emplace_back(why);
  }

  double InkedArea() const {
    double area = 0;
    for (const Glyph& glyph : scan_.glyphs)
      area += glyph.hidden == HiddenBy::kNothing && !glyph.blank ? Area(glyph.box) : 0;
    for (const Picture& picture : scan_.pictures) area += Area(picture.box);
    return area;
  }

  // Stretches of glyphs of which nobody can say what they say.
  std::vector<Box> UnknownRuns() const {
    std::vector<Box> runs;
    Box run;
    size_t count = 0;
    const auto end = [&] {
      if (count >= kUnknownRun) runs.push_back(run);
      count = 0;
      run = Box{};
    };
    for (const Glyph& glyph : scan_.glyphs) {
      if (glyph.blank) continue;
      if (glyph.known || glyph.hidden != HiddenBy::kNothing) {
        end();
        continue;
      }
      run = run.Around(glyph.box);
      ++count;
    }
    end();
    return runs;
  }

  static bool IsMirrored(const Picture& picture) { return picture.to_view.Determinant() > 0; }

  // As the reader gets it; nothing when it cannot be decoded.
  std::optional<paper::Picture> GreyOfPicture(const Picture& picture) const {
    const std::optional<Samples> samples = SamplesOf(picture.image, run_.options.limits, run_.budget);
    if (!samples || run_.budget.spent()) return std::nullopt;
    paper::Picture grey = GreyOf(picture.image, *samples, IsMirrored(picture), run_.options.limits, run_.budget);
    grey.dots_per_inch =
        static_cast<uint32_t>(std::clamp(72.0 * grey.width / std::max(picture.box.width(), 1.0), 50.0, 1200.0));
    return grey;
  }

  // Its number among the page's pictures.
  Status ReadPicture(size_t index) {
    const Picture& picture = scan_.pictures[index];
    std::optional<paper::Picture> prepared;
    if (const auto known = prepared_.find(index); known != prepared_.end()) {
      prepared = std::move(known->second);
      prepared_.erase(known);
    } else {
      prepared = GreyOfPicture(picture);
    }
    RETURN_IF_ERROR(run_.budget.status());
    if (!prepared) {
      if (MayHoldText(picture.box) || picture.unit != 0) undecoded_.push_back(picture.box);
      return Status::Ok();
    }
    const paper::Picture grey = *std::move(prepared);
    ASSIGN_OR_RETURN(const paper::PageText words, run_.options.read(grey));
    const bool mirrored = IsMirrored(picture);
    const double w = grey.width;
    const double h = grey.height;
    // Pixels, from the upper left, to the unit square, from the lower left.
    const Matrix to_unit = mirrored ? Matrix{-1 / w, 0, 0, -1 / h, 1, 1} : Matrix{1 / w, 0, 0, -1 / h, 0, 1};
    if (words.pieces.empty() && Area(picture.box) >= 0.5 * Area(scan_.view.box()) && HasInk(grey))
      Unread(picture.box, "a picture in which no word could be read");
    return TakeRead(words, to_unit * picture.to_view);
  }

  static bool HasInk(const paper::Picture& picture) {
    size_t dark = 0;
    for (const char c : picture.samples) dark += static_cast<unsigned char>(c) < 128 ? 1 : 0;
    return static_cast<double>(dark) >= kLeastInk * static_cast<double>(picture.samples.size());
  }

  // What is read of the page: pictures each by itself, or a drawing of it.
  struct Pixels {
    bool strips = false;       // the pictures are those of one scan: a drawing is read in their place
    bool outlines = false;     // paths that may be letters
    std::vector<Box> unknown;  // glyphs that say nothing
    bool drawn() const { return strips || outlines || !unknown.empty(); }
  };
  bool can_draw() const { return run_.options.read != nullptr && run_.options.render != nullptr; }
  Pixels PixelsOfPage() const {
    double covered = 0;
    size_t pictures = 0;
    for (const Picture& picture : scan_.pictures) {
      if (IsSmall(picture)) continue;
      ++pictures;
      covered += Area(picture.box);
    }
    Pixels pixels;
    pixels.strips = can_draw() && pictures >= kStrips && covered >= 0.4 * Area(scan_.view.box());
    pixels.unknown = UnknownRuns();
    const size_t curves = static_cast<size_t>(
        std::count_if(scan_.paths.begin(), scan_.paths.end(), [](const Path& path) { return path.curves; }));
    pixels.outlines = scan_.glyphs.empty() && pictures == 0 && curves >= kOutlineCurves;
    return pixels;
  }

  // What fails here is tried again, and told of, when its turn comes.
  void BeginPixels() {
    const Pixels pixels = PixelsOfPage();
    bool drawn = pixels.drawn();
    size_t held = 0;
    for (size_t i = 0; i < scan_.pictures.size() && held < kMostAhead && !run_.budget.spent(); ++i) {
      const Picture& picture = scan_.pictures[i];
      if (IsSmall(picture) || pixels.strips) continue;
      std::optional<paper::Picture> grey = GreyOfPicture(picture);
      if (grey) {
        run_.options.begin_to_read(*grey);
        held += grey->samples.size();
      } else {
        drawn = drawn || MayHoldText(picture.box) || picture.unit != 0;
      }
      prepared_.emplace(i, std::move(grey));
    }
    if (!drawn || !can_draw()) return;
    if (Result<paper::Picture> drawing = DrawPage(); drawing.ok()) {
      drawing_ = *std::move(drawing);
      run_.options.begin_to_read(*drawing_);
    }
  }

  Status ReadPixels() {
    const bool can_read = run_.options.read != nullptr;
    const Pixels pixels = PixelsOfPage();
    for (size_t i = 0; i < scan_.pictures.size(); ++i) {
      const Picture& picture = scan_.pictures[i];
      if (IsSmall(picture) || pixels.strips) continue;
      if (can_read) {
        // One that is painted again in another place is read again: its boxes lie elsewhere.
        RETURN_IF_ERROR(ReadPicture(i));
      } else if (MayHoldText(picture.box)) {
        Unread(picture.box, "a picture");
      }
    }
    const std::vector<Box>& unknown = pixels.unknown;
    if (can_draw() && (pixels.drawn() || !undecoded_.empty())) RETURN_IF_ERROR(ReadPage());
    if (!page_read_) {
      for (const Box& box : undecoded_) Unread(box, "a picture of a kind that cannot be decoded");
      for (const Box& box : unknown) Unread(box, "text in a font that names no characters");
      if (pixels.outlines) Unread(scan_.view.box(), "drawn lines that may be letters");
      return Status::Ok();
    }
    for (const Box& box : unknown) {
      const auto& words = work_.read.back().pieces;
      if (std::none_of(words.begin(), words.end(), [&](const auto& word) { return word.box.Meets(box); }))
        Unread(box, "text in a font that names no characters");
    }
    return Status::Ok();
  }

  void TakeMarked() {
    for (const paper::PageBox& marked : run_.marked) {
      if (marked.page != number_ + 1) continue;
      const Box box = Common(marked.box, scan_.view.box());
      if (box.empty()) continue;
      detect::Finding finding;
      finding.rule = "manual";
      finding.score = 1;
      work_.seen.found.push_back({finding.kind, {}, finding.rule, 1, {box}, false, "text"});
      ReportFind(run_, finding, Part());
      work_.boxes.push_back({box, {}, true});
    }
  }

  Run& run_;
  QPDFObjectHandle page_;
  const uint32_t number_;
  PageWork& work_;
  paper::PageFinder finder_;
  PageScan scan_;
  std::set<uint32_t> taken_;
  std::map<size_t, std::optional<paper::Picture>> prepared_;  // pictures that were begun, by number; or not decoded
  std::optional<paper::Picture> drawing_;                     // likewise
  std::vector<Box> undecoded_;
  bool page_read_ = false;
};

}  // namespace

void ReportFind(const Run& run, const detect::Finding& finding, const std::string& part) {
  if (!run.job.report) return;
  redact::Found found;
  found.kind = finding.kind;
  found.subtype = finding.subtype;
  found.rule = finding.rule;
  found.score = finding.score;
  found.place.part = part;
  run.job.report(found);
}

Status SearchPages(Run& run, const std::vector<QPDFObjectHandle>& pages) {
  const auto count = static_cast<uint32_t>(pages.size());
  std::deque<PageSearch> begun;
  uint32_t next = 0;
  for (uint32_t i = 0; i < count; ++i) {
    for (; next < count && next <= uint64_t{i} + run.options.pages_ahead; ++next) {
      begun.emplace_back(run, pages[next], next);
      RETURN_IF_ERROR(begun.back().Begin());
    }
    RETURN_IF_ERROR(begun.front().End());
    begun.pop_front();
    if (run.options.progress) run.options.progress(i + 1, count);
  }
  return Status::Ok();
}

}  // namespace strongroom::pdf
