#include "pdf/page_cut.h"

#include <algorithm>

#include "pdf/content_writer.h"
#include "pdf/image.h"
#include "pdf/inline_image.h"
#include "pdf/page_lines.h"
#include "pdf/page_search.h"

namespace strongroom::pdf {
namespace {

constexpr double kBoxMargin = 0.6;
constexpr double kPathMargin = 1.5;
constexpr double kLeastCovered = 20;  // square units of the view
constexpr uint32_t kDotsPerInch = 200;
constexpr double kLeastLabel = 3.5;  // size of its letters

double Area(const Box& box) { return box.empty() ? 0 : box.width() * box.height(); }

// As wide as can be: what meets it stands on the same line.
Box Wide(const Box& box) { return {-1e7, box.top, 1e7, box.bottom}; }

class PageCut {
 public:
  PageCut(Run& run, uint32_t number, PageScan scan, PictureWorks& pictures)
      : run_(run), number_(number), work_(run.pages[number]), scan_(std::move(scan)), pictures_(pictures) {}

  Status Do() {
    work_.unclosed_states = scan_.unclosed_states;
    for (uint32_t unit = 0; unit < scan_.units; ++unit) {
      const PageOrders orders = ReadInOrder(scan_, unit);
      TakeAgain(orders.rows, unit);
      TakeAgain(orders.columns, unit);
    }
    // As it is painted as well: what is verified in the end.
    paper::PageText painted;
    for (uint32_t i = 0; i < scan_.glyphs.size(); ++i)
      painted.Add(scan_.TextOf(scan_.glyphs[i]), scan_.glyphs[i].box, i);
    TakeAgain(painted, 0);
    for (const paper::PageText& words : work_.read) TakeAgain(words, ~uint32_t{0});
    CutGlyphs();
    CutPaths();
    return CutPictures();
  }

 private:
  StreamEdits& EditsOf(uint32_t stream) { return run_.streams.At(stream).edits; }

  bool IsLifted(const Box& box) const {
    return std::any_of(run_.options.lifted.begin(), run_.options.lifted.end(), [&](const paper::PageBox& lifted) {
      return lifted.page == number_ + 1 && lifted.box.Grown(0.5).Contains(box);
    });
  }
  // Of a find's box a neighbour's edge is not part, though letters' boxes overlap.
  bool InBoxes(const Box& box) const {
    const Box middle = Core(box, 0.45);
    const Box core = Core(box);
    return std::any_of(work_.boxes.begin(), work_.boxes.end(),
                       [&](const OutBox& out) { return out.box.Meets(out.whole ? core : middle); });
  }

  // What was found anywhere goes everywhere.
  void TakeAgain(const paper::PageText& text, uint32_t unit) {
    const bool glyphs = unit != ~uint32_t{0};
    for (const TakenValues::Hit& hit : run_.values.Find(text.text)) {
      std::vector<Box> lines;
      bool fresh = false;
      uint32_t from = 0;
      auto piece = std::lower_bound(text.pieces.begin(), text.pieces.end(), hit.begin,
                                    [](const paper::PageText::Piece& p, size_t at) { return p.end <= at; });
      for (; piece != text.pieces.end() && piece->begin < hit.end; ++piece) {
        if (IsLifted(piece->box)) continue;
        if (glyphs) {
          const Glyph& glyph = scan_.glyphs[piece->tag];
          Cut& cut = EditsOf(glyph.stream).cuts[glyph.operation][glyph.start];
          cut.length = glyph.length;
          cut.shift = glyph.shift;
          const bool seen = glyph.unit == 0 && glyph.hidden == HiddenBy::kNothing;
          fresh = (seen && !cut.out) || fresh;
          cut.out = true;
          if (!seen) continue;
        } else {
          fresh = fresh || !InBoxes(piece->box);
        }
        const bool new_line = lines.empty() || text.text.find('\n', from) < piece->begin;
        const Box beside = piece->box.Grown(1.5 * piece->box.height());
        if (new_line || !beside.Meets(lines.back()) || !Core(piece->box, 0.3).Grown(0.1).Meets(Wide(lines.back()))) {
          lines.push_back(piece->box);
        } else {
          lines.back() = lines.back().Around(piece->box);
        }
        from = piece->end;
      }
      if (!fresh || lines.empty()) continue;
      detect::Finding finding;
      finding.kind = hit.kind;
      finding.rule = "repeated";
      finding.score = 1;
      ReportFind(run_, finding,
                 (run_.job.part.empty() ? "" : run_.job.part + " ") + "page " + std::to_string(number_ + 1));
      work_.seen.found.push_back({hit.kind, {}, finding.rule, 1, lines, false, glyphs ? "text" : "picture"});
      for (const Box& line : lines) work_.boxes.push_back({line, {}});
    }
  }

  void CutGlyphs() {
    std::vector<Box> more;
    const Glyph* last = nullptr;
    for (const Glyph& glyph : scan_.glyphs) {
      if (glyph.unit != 0) continue;
      StreamEdits& edits = EditsOf(glyph.stream);
      if (InBoxes(glyph.box)) {
        Cut& cut = edits.cuts[glyph.operation][glyph.start];
        cut.length = glyph.length;
        cut.shift = glyph.shift;
        cut.out = true;
        continue;
      }
      // Taken out of a form because of another page: here a box is drawn, too.
      const auto operation = edits.cuts.find(glyph.operation);
      if (operation == edits.cuts.end() || glyph.blank || glyph.hidden != HiddenBy::kNothing) continue;
      const auto cut = operation->second.find(glyph.start);
      if (cut == operation->second.end() || !cut->second.out) continue;
      const bool beside = last != nullptr && !more.empty() && glyph.box.Grown(glyph.size).Meets(more.back()) &&
                          std::abs(glyph.origin.y - last->origin.y) < 0.5 * glyph.size;
      if (beside) {
        more.back() = more.back().Around(glyph.box);
      } else {
        more.push_back(glyph.box);
      }
      last = &glyph;
    }
    for (const Box& box : more) work_.boxes.push_back({box, {}});
  }

  // Lines, signatures and letters drawn as paths that lie in a box.
  void CutPaths() {
    if (work_.boxes.empty()) return;
    for (const Path& path : scan_.paths) {
      if (path.clips || !run_.budget.SpendWork(work_.boxes.size())) continue;
      uint32_t gone = 0;
      StreamEdits& edits = EditsOf(path.stream);
      for (uint32_t i = path.first; i < path.first + path.count; ++i) {
        const SubPath& part = scan_.subpaths[i];
        const bool out = std::any_of(work_.boxes.begin(), work_.boxes.end(), [&](const OutBox& box) {
          if (box.box.Grown(kPathMargin).Contains(part.box)) return true;
          return path.curves && Area(Common(part.box, box.box)) > 0.5 * Area(part.box) && Area(part.box) > 0;
        });
        if (!out) continue;
        ++gone;
        for (uint32_t k = part.first_operation; k <= part.last_operation; ++k) edits.dropped.insert(k);
      }
      if (gone == path.count) edits.dropped.insert(path.paint_operation);
    }
  }

  Status CutPictures() {
    for (const Picture& picture : scan_.pictures) {
      std::vector<Box> burnt;
      std::vector<Box> covered;
      if (picture.unit == 0) {
        for (const OutBox& out : work_.boxes) {
          if (out.box.Meets(picture.box)) burnt.push_back(InPicture(picture.to_view, out.box.Grown(kBoxMargin)));
        }
        for (const Cover& cover : scan_.covers) {
          if (!run_.budget.SpendWork(1)) return run_.budget.status();
          if (!cover.opaque || cover.picture || cover.order < picture.order) continue;
          const Box common = Common(cover.box, picture.box);
          if (Area(common) >= kLeastCovered) covered.push_back(InPicture(picture.to_view, common));
        }
      }
      if (picture.is_inline && burnt.empty()) {
        WriteInlineAnew(picture);
        continue;
      }
      if (picture.is_inline) {
        BurnInline(picture, burnt);
        continue;
      }
      PictureWork& work = pictures_[picture.image.getObjGen()];
      if (work.uses++ == 0) {
        work.image = picture.image;
        work.page = number_;
        work.to_view = picture.to_view;
      }
      work.burnt.insert(work.burnt.end(), burnt.begin(), burnt.end());
      work.covered.insert(work.covered.end(), covered.begin(), covered.end());
    }
    return Status::Ok();
  }

  // What is beside the picture between its ID and its EI goes; kinds that cannot be decoded stay as they are.
  void WriteInlineAnew(const Picture& picture) {
    StreamEdits& edits = EditsOf(picture.stream);
    if (edits.replaced.contains(picture.operation)) return;  // burnt on another page, or written anew
    if (IsJpeg(picture.image)) {
      const std::optional<std::string> jpeg = JpegDataOf(picture.image, run_.options.limits);
      if (jpeg) edits.replaced[picture.operation] = InlineImageOf(picture.image, *jpeg, true);
      if (!jpeg) edits.dropped.insert(picture.operation);
      return;
    }
    const std::optional<PictureData> data = DataOf(picture.image, run_.budget);
    const bool plain = KeyOf(picture.image, "/Filter").isNull();
    if (!data || (plain && !data->trimmed)) return;
    edits.replaced[picture.operation] = InlineImageOf(picture.image, data->bytes);
  }

  void BurnInline(const Picture& picture, const std::vector<Box>& burnt) {
    std::optional<Samples> samples = SamplesOf(picture.image, run_.options.limits, run_.budget);
    QPDFObjectHandle space = KeyOf(picture.image, "/ColorSpace");
    StreamEdits& edits = EditsOf(picture.stream);
    if (!samples || space.isArray() || samples->from_jpeg) {
      edits.dropped.insert(picture.operation);
      return;
    }
    // On other pages, too, if it is part of a form.
    std::vector<Box>& all = edits.burnt[picture.operation];
    all.insert(all.end(), burnt.begin(), burnt.end());
    BurnSamples(picture.image, *samples, all);
    edits.replaced[picture.operation] = InlineImageOf(picture.image, samples->bytes);
  }

  Run& run_;
  const uint32_t number_;
  PageWork& work_;
  const PageScan scan_;
  PictureWorks& pictures_;
};

// What is seen of a picture in a drawing of its page, in the picture's own directions.
paper::Picture Cropped(const paper::Picture& drawing, const View& view, const Matrix& to_view) {
  paper::Picture out;
  out.channels = drawing.channels;
  const double scale = kDotsPerInch / 72.0;
  const auto pixels = [&](double x, double y) {
    return static_cast<uint32_t>(std::clamp(std::sqrt(x * x + y * y) * scale, 1.0, 8000.0));
  };
  out.width = pixels(to_view.a, to_view.b);
  out.height = pixels(to_view.c, to_view.d);
  out.samples.assign(size_t{out.width} * out.height * out.channels, '\xFF');
  for (uint32_t row = 0; row < out.height; ++row) {
    for (uint32_t column = 0; column < out.width; ++column) {
      const Point p = to_view.Apply({(column + 0.5) / out.width, 1 - (row + 0.5) / out.height});
      const double x = p.x / view.width * drawing.width;
      const double y = p.y / view.height * drawing.height;
      if (x < 0 || y < 0 || x >= drawing.width || y >= drawing.height) continue;
      const size_t from = (static_cast<size_t>(y) * drawing.width + static_cast<size_t>(x)) * out.channels;
      std::copy_n(drawing.samples.begin() + static_cast<ptrdiff_t>(from), out.channels,
                  out.samples.begin() + static_cast<ptrdiff_t>((size_t{row} * out.width + column) * out.channels));
    }
  }
  return out;
}

std::string Rectangle(const Box& box) {
  return NumberText(box.left) + " " + NumberText(box.top) + " " + NumberText(box.width()) + " " +
         NumberText(box.height()) + " re\n";
}

// The boxes, painted in the view's directions above everything else.
std::string PaintedBoxes(const View& view, const std::vector<OutBox>& boxes, bool& labels) {
  if (boxes.empty()) return {};
  const Matrix m = view.matrix.Inverse();
  std::string out = "q\n";
  for (const double number : {m.a, m.b, m.c, m.d, m.e, m.f}) out += NumberText(number) + " ";
  out += "cm\n0 g\n";
  for (const OutBox& box : boxes) out += Rectangle(box.box.Grown(kBoxMargin));
  out += "f\n";
  for (const OutBox& box : boxes) {
    if (box.label.empty() || box.label.size() > 80) continue;
    // Helvetica's capitals are 0.72 em wide at most on the average; what does not fit is not written.
    const double size =
        std::min(box.box.height() * 0.7, box.box.width() / (0.72 * static_cast<double>(box.label.size())));
    if (size < kLeastLabel) continue;
    std::string escaped;
    for (const char c : box.label) {
      if (c == '(' || c == ')' || c == '\\') escaped += '\\';
      if (c >= ' ' && c <= '~') escaped += c;
    }
    out += "BT\n1 g\n/SrLabel " + NumberText(size) + " Tf\n1 0 0 -1 " + NumberText(box.box.left + size * 0.2) + " " +
           NumberText(box.box.bottom - box.box.height() * 0.28) + " Tm\n(" + escaped + ") Tj\nET\n";
    labels = true;
  }
  return out + "Q\n";
}

void AddLabelFont(QPDFObjectHandle page) {
  QPDFObjectHandle resources = Inherited(page, "/Resources");
  resources = resources.isDictionary() ? resources.shallowCopy() : QPDFObjectHandle::newDictionary();
  QPDFObjectHandle fonts = resources.getKey("/Font");
  fonts = fonts.isDictionary() ? fonts.shallowCopy() : QPDFObjectHandle::newDictionary();
  fonts.replaceKey("/SrLabel", QPDFObjectHandle::parse("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"));
  resources.replaceKey("/Font", fonts);
  page.replaceKey("/Resources", resources);
}

}  // namespace

Status CutPage(Run& run, QPDFObjectHandle page, uint32_t number, PictureWorks& pictures) {
  const std::string contents = PageContents(page, run.budget);
  PageScan scan = run.interpreter.Scan(page, number, contents, false);
  RETURN_IF_ERROR(run.budget.status());
  return PageCut(run, number, std::move(scan), pictures).Do();
}

Status BurnPictures(Run& run, PictureWorks& pictures) {
  for (auto& [id, work] : pictures) {
    std::vector<Box> boxes = work.burnt;
    if (work.uses == 1) boxes.insert(boxes.end(), work.covered.begin(), work.covered.end());
    if (boxes.empty() || BurnImage(work.image, boxes, run.options.limits, run.budget)) continue;
    RETURN_IF_ERROR(run.budget.status());
    const std::string where = "A picture on page " + std::to_string(work.page + 1);
    if (run.options.render) {
      ASSIGN_OR_RETURN(const paper::Picture drawing, run.options.render(run.bytes, work.page + 1, kDotsPerInch));
      ReplaceImage(work.image, Cropped(drawing, ViewOf(run.pdf.getAllPages()[work.page]), work.to_view));
      run.Note(where + " is of a kind that cannot be changed; what is seen of it was put in its place.");
      if (BurnImage(work.image, boxes, run.options.limits, run.budget)) continue;
    }
    ReplaceImage(work.image, {1, 1, 1, 0, std::string("\xFF", 1)});
    run.Note(where + " was emptied: it is of a kind that cannot be changed.");
  }
  return run.budget.status();
}

Status WriteStreams(Run& run) {
  const std::vector<QPDFObjectHandle> pages = run.pdf.getAllPages();
  for (uint32_t i = 0; i < run.streams.size(); ++i) {
    ContentStream& stream = run.streams.At(i);
    if (i >= pages.size()) {
      const std::shared_ptr<const std::string> bytes = run.streams.BytesOf(stream.handle, run.budget);
      RETURN_IF_ERROR(run.budget.status());
      stream.handle.replaceStreamData(WriteContent(*bytes, stream.edits, 0), QPDFObjectHandle::newNull(),
                                      QPDFObjectHandle::newNull());
      continue;
    }
    QPDFObjectHandle page = pages[i];
    const PageWork& work = run.pages[i];
    const std::string contents = PageContents(page, run.budget);
    RETURN_IF_ERROR(run.budget.status());
    bool labels = false;
    std::string whole = WriteContent(contents, stream.edits, work.unclosed_states);
    const std::string boxes = PaintedBoxes(ViewOf(page), work.boxes, labels);
    if (!boxes.empty()) whole = "q\n" + whole + "Q\n" + boxes;
    page.replaceKey("/Contents", run.pdf.newStream(whole));
    if (labels) AddLabelFont(page);
  }
  return Status::Ok();
}

}  // namespace strongroom::pdf
