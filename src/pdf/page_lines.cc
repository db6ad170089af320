#include "pdf/page_lines.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>

namespace strongroom::pdf {
namespace {

constexpr double kSameLine = 0.35;    // of an em, between baselines
constexpr double kLeastBlank = 0.16;  // of an em, between glyphs
constexpr double kWideGap = 1.8;      // of an em: between columns
constexpr double kNarrowGap = 0.7;    // of an em: between columns, where other lines have an edge as well
constexpr double kSameEdge = 1.5;     // points
constexpr double kNearLines = 15;     // ems, between baselines of lines whose edges are compared
constexpr double kParagraph = 1.9;    // of an em, between baselines
constexpr size_t kMostOpenBlocks = 64;

// A glyph along its direction of writing.
struct Placed {
  uint32_t glyph = 0;
  double along = 0;
  double end = 0;
  double across = 0;
  double size = 0;
};

// A stretch of a line without a wide gap: [begin, end) of the placed glyphs.
struct Segment {
  size_t begin = 0;
  size_t end = 0;
  double across = 0;
  double size = 0;
  double left = 0;
  double right = 0;
};

struct Line {
  std::vector<Segment> segments;
  double across = 0;
  double size = 0;
  double blank = 0;  // the least gap that is one
};

std::string_view Ligature(std::string_view text) {
  constexpr std::string_view kPlain[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
  if (text.size() != 3 || text[0] != '\xEF' || text[1] != '\xAC') return text;
  const auto last = static_cast<unsigned char>(text[2]);
  return last >= 0x80 && last <= 0x86 ? kPlain[last - 0x80] : text;
}

// Where columns begin or end, by the lines that have them.
class Edges {
 public:
  // Lines from the top down.
  void Add(double at, double across) {
    std::vector<double>& known = buckets_[Bucket(at)];
    if (known.empty() || known.back() < across) known.push_back(across);
  }
  // Whether another line near by has one there.
  bool Has(double at, double across, double size) const {
    for (const int64_t bucket : {Bucket(at) - 1, Bucket(at), Bucket(at) + 1}) {
      const auto known = buckets_.find(bucket);
      if (known == buckets_.end()) continue;
      const auto line = std::lower_bound(known->second.begin(), known->second.end(), across - kNearLines * size);
      size_t looked = 0;  // at more than its own line's only on a page that is made to cost time
      for (auto other = line; other != known->second.end() && *other <= across + kNearLines * size && looked < 64;
           ++other, ++looked) {
        if (std::abs(*other - across) > kSameLine * size) return true;
      }
    }
    return false;
  }

 private:
  static int64_t Bucket(double at) { return std::llround(std::clamp(at, -1e9, 1e9) / kSameEdge); }
  std::map<int64_t, std::vector<double>> buckets_;
};

class Reader {
 public:
  explicit Reader(const PageScan& scan) : scan_(scan) {}

  void Read(std::vector<Placed>& glyphs, PageOrders& orders) {
    const std::vector<Line> lines = LinesOf(glyphs);
    double before = 0;
    bool wide = false;
    for (size_t i = 0; i < lines.size(); ++i) {
      const Line& line = lines[i];
      if (i > 0 && line.across - before > kParagraph * std::max(line.size, lines[i - 1].size)) orders.rows.EndLine();
      before = line.across;
      for (size_t k = 0; k < line.segments.size(); ++k) {
        if (k > 0) orders.rows.text += "  ";
        Write(glyphs, line.segments[k], line.blank, orders.rows);
      }
      orders.rows.EndLine();
      wide = wide || line.segments.size() > 1;
    }
    orders.rows.EndLine();
    if (wide) WriteColumns(glyphs, Narrowed(glyphs, lines), orders.columns);
  }

 private:
  std::vector<Line> LinesOf(std::vector<Placed>& glyphs) const {
    std::stable_sort(glyphs.begin(), glyphs.end(),
                     [](const Placed& a, const Placed& b) { return a.across < b.across; });
    std::vector<Line> lines;
    for (size_t begin = 0; begin < glyphs.size();) {
      double size = glyphs[begin].size;
      size_t end = begin + 1;
      while (end < glyphs.size() &&
             glyphs[end].across - glyphs[begin].across <= kSameLine * std::max(size, glyphs[end].size)) {
        size = std::max(size, glyphs[end].size);
        ++end;
      }
      std::stable_sort(glyphs.begin() + static_cast<ptrdiff_t>(begin), glyphs.begin() + static_cast<ptrdiff_t>(end),
                       [](const Placed& a, const Placed& b) { return a.along < b.along; });
      lines.push_back(LineOf(glyphs, begin, end));
      begin = end;
    }
    return lines;
  }

  static double MedianGap(const std::vector<Placed>& glyphs, size_t begin, size_t end) {
    std::vector<double> gaps;
    for (size_t i = begin + 1; i < end; ++i)
      gaps.push_back((glyphs[i].along - glyphs[i - 1].end) / std::max(glyphs[i].size, 1e-6));
    if (gaps.size() < 3) return 0;
    std::nth_element(gaps.begin(), gaps.begin() + static_cast<ptrdiff_t>(gaps.size() / 2), gaps.end());
    return std::clamp(gaps[gaps.size() / 2], 0.0, 1.0);
  }

  static Line LineOf(const std::vector<Placed>& glyphs, size_t begin, size_t end) {
    Line line;
    line.across = glyphs[begin].across;
    // Letters that were set apart have gaps everywhere; a blank is wider than these.
    line.blank = kLeastBlank + 1.3 * MedianGap(glyphs, begin, end);
    Segment segment{begin, begin, glyphs[begin].across, glyphs[begin].size, glyphs[begin].along, glyphs[begin].end};
    for (size_t i = begin; i < end; ++i) {
      line.size = std::max(line.size, glyphs[i].size);
      if (i > begin && glyphs[i].along - segment.right > std::max(kWideGap, 2 * line.blank) * glyphs[i].size) {
        segment.end = i;
        line.segments.push_back(segment);
        segment = {i, i, glyphs[i].across, glyphs[i].size, glyphs[i].along, glyphs[i].end};
      }
      segment.right = std::max(segment.right, glyphs[i].end);
      segment.size = std::max(segment.size, glyphs[i].size);
    }
    segment.end = end;
    line.segments.push_back(segment);
    return line;
  }

  // Cells of a table may stand close: a long number and the next column's.  The gap between them is no wider than one
  // inside of a line, but what follows it begins, or ends, where cells of other lines do.
  static std::vector<Line> Narrowed(const std::vector<Placed>& glyphs, const std::vector<Line>& lines) {
    Edges lefts;
    Edges rights;
    for (const Line& line : lines) {
      for (size_t k = 1; k < line.segments.size(); ++k) {
        lefts.Add(line.segments[k].left, line.across);
        rights.Add(line.segments[k].right, line.across);
      }
    }
    std::vector<Line> narrowed;
    for (const Line& line : lines) {
      narrowed.push_back(line);
      std::vector<Segment>& segments = narrowed.back().segments;
      segments.clear();
      for (const Segment& segment : line.segments) {
        std::vector<Segment> parts = PartsOf(glyphs, segment, std::max(kNarrowGap, 2 * line.blank));
        segments.push_back(parts[0]);
        for (size_t i = 1; i < parts.size(); ++i) {
          if (lefts.Has(parts[i].left, line.across, line.size) || rights.Has(parts[i].right, line.across, line.size)) {
            segments.push_back(parts[i]);
          } else {
            segments.back().end = parts[i].end;
            segments.back().right = std::max(segments.back().right, parts[i].right);
          }
        }
      }
    }
    return narrowed;
  }

  // The segment, taken apart at every gap wider than `gap` ems; at least one part.
  static std::vector<Segment> PartsOf(const std::vector<Placed>& glyphs, const Segment& segment, double gap) {
    std::vector<Segment> parts;
    for (size_t i = segment.begin; i < segment.end; ++i) {
      if (i == segment.begin || glyphs[i].along - parts.back().right > gap * glyphs[i].size) {
        if (i > segment.begin) parts.back().end = i;
        parts.push_back({i, i, glyphs[i].across, segment.size, glyphs[i].along, glyphs[i].end});
      }
      parts.back().right = std::max(parts.back().right, glyphs[i].end);
    }
    parts.back().end = segment.end;
    return parts;
  }

  void Write(const std::vector<Placed>& glyphs, const Segment& segment, double blank, paper::PageText& out) const {
    for (size_t i = segment.begin; i < segment.end; ++i) {
      const Placed& placed = glyphs[i];
      const Glyph& glyph = scan_.glyphs[placed.glyph];
      if (i > segment.begin) {
        const Placed& last = glyphs[i - 1];
        const double step = placed.along - last.along;
        const bool again = step < 0.25 * std::max(last.end - last.along, 1e-6) &&
                           scan_.TextOf(scan_.glyphs[last.glyph]) == scan_.TextOf(glyph);
        if (again) continue;
        if (placed.along - last.end > blank * placed.size) out.Blank();
      }
      out.Add(glyph.known || glyph.guessed ? Ligature(scan_.TextOf(glyph)) : std::string_view("\xEF\xBF\xBD"),
              glyph.box, placed.glyph);
    }
  }

  // Segments that stand under each other are a column's.
  void WriteColumns(const std::vector<Placed>& glyphs, const std::vector<Line>& lines, paper::PageText& out) const {
    struct Block {
      double left = 0;
      double right = 0;
      double across = 0;
      double size = 0;
      std::vector<std::pair<const Segment*, double>> segments;
    };
    std::vector<Block> blocks;
    for (const Line& line : lines) {
      for (const Segment& segment : line.segments) {
        Block* home = nullptr;
        int meets = 0;
        const size_t oldest = blocks.size() > kMostOpenBlocks ? blocks.size() - kMostOpenBlocks : 0;
        for (size_t i = oldest; i < blocks.size(); ++i) {
          Block& block = blocks[i];
          const bool near = segment.across - block.across <= 2.4 * std::max(segment.size, block.size);
          if (!near || segment.left >= block.right || block.left >= segment.right) continue;
          ++meets;
          home = &block;
        }
        if (meets != 1) home = &blocks.emplace_back(Block{segment.left, segment.right, 0, 0, {}});
        home->left = std::min(home->left, segment.left);
        home->right = std::max(home->right, segment.right);
        home->across = segment.across;
        home->size = segment.size;
        home->segments.emplace_back(&segment, line.blank);
      }
    }
    for (const Block& block : blocks) {
      for (const auto& [segment, blank] : block.segments) {
        Write(glyphs, *segment, blank, out);
        out.EndLine();
      }
      out.EndLine();
    }
  }

  const PageScan& scan_;
};

}  // namespace

PageOrders ReadInOrder(const PageScan& scan, uint32_t unit) {
  std::map<int, std::vector<Placed>> directions;  // by degrees
  for (uint32_t i = 0; i < scan.glyphs.size(); ++i) {
    const Glyph& glyph = scan.glyphs[i];
    if (glyph.unit != unit || glyph.hidden != HiddenBy::kNothing || glyph.blank) continue;
    const int degrees = static_cast<int>(std::lround(std::atan2(glyph.direction.y, glyph.direction.x) * 57.29577951));
    const Point along = glyph.direction;
    const Point across{-along.y, along.x};
    Placed placed{i, glyph.origin.x * along.x + glyph.origin.y * along.y, 0,
                  glyph.origin.x * across.x + glyph.origin.y * across.y, std::max(glyph.size, 1e-3)};
    placed.end = placed.along + glyph.span;
    directions[degrees == -180 ? 180 : degrees].push_back(placed);
  }
  PageOrders orders;
  orders.rows.width = orders.columns.width = scan.view.width;
  orders.rows.height = orders.columns.height = scan.view.height;
  Reader reader(scan);
  for (auto& [degrees, glyphs] : directions) reader.Read(glyphs, orders);
  return orders;
}

}  // namespace strongroom::pdf
