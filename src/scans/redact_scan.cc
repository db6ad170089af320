#include "scans/redact_scan.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "paper/page_finder.h"
#include "scans/burn.h"
#include "scans/picture_file.h"
#include "scans/place.h"
#include "scans/reader.h"
#include "scans/recurrences.h"

namespace strongroom::scans {
namespace {

constexpr double kRefusedShare = 0.5;  // of a page's ink, when it could not be read
constexpr double kNotedShare = 0.03;
constexpr double kLeastUnread = 0.0015;  // of the page's area: less is dust
constexpr int kMostRounds = 4;           // of reading again after burning
constexpr size_t kLeastValueBytes = 6;   // shorter ones stand in any file by chance
constexpr int kNearShade = 48;           // of 255: what is further from a box's shade is no box, even as JPEG packed it

// One thing to be burnt, and as which it is told of.
struct Mark {
  paper::FoundBox box;
  std::vector<Quad> quads;  // in the upright picture
};

// A line's words of one find are joined, with the gaps between them.
std::vector<Quad> QuadsOf(const paper::PageText& page, const paper::PageFind& find) {
  std::vector<Quad> quads;
  const paper::PageText::Piece* before = nullptr;
  for (const uint32_t index : find.pieces) {
    const paper::PageText::Piece& piece = page.pieces[index];
    const Quad quad = LeaningIn(piece.box, LeanOfTag(piece.tag));
    quads.push_back(quad);
    // What joins two neighbours: from the end of one to the start of the next, when the second follows on the line.
    if (before != nullptr && page.text.find('\n', before->end) >= piece.begin) {
      const Quad last = LeaningIn(before->box, LeanOfTag(before->tag));
      const double gap = std::hypot(quad[0].x - last[1].x, quad[0].y - last[1].y);
      if (quad[0].x >= last[1].x && gap < 4 * std::max(before->box.height(), piece.box.height()))
        quads.push_back({last[1], quad[0], quad[3], last[2]});
    }
    before = &piece;
  }
  return quads;
}

bool Contains(const std::vector<paper::Box>& outer, const paper::Box& box) {
  // A person's box is drawn by hand, or comes from an earlier look: a pixel does not count.
  return std::any_of(outer.begin(), outer.end(), [&](const paper::Box& one) { return one.Grown(1.5).Contains(box); });
}

bool Covered(const std::vector<Mark>& marks, const Quad& quad) {
  const paper::Box box = Around(quad);
  for (const Mark& mark : marks) {
    for (const Quad& known : mark.quads) {
      const paper::Box around = Around(known);
      if (around.Grown(around.height() * 0.3).Contains(box)) return true;
    }
  }
  return false;
}

std::vector<paper::Box> BoxesOf(const std::vector<paper::PageBox>& boxes, uint32_t page) {
  std::vector<paper::Box> on_page;
  for (const paper::PageBox& box : boxes) {
    if (box.page == page && !box.box.empty()) on_page.push_back(box.box);
  }
  return on_page;
}

// Letters and digits alone, small: how a value is looked for whatever stands between its parts.
std::string Bare(std::string_view text) {
  std::string bare;
  for (const char c : text) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c & 0x80) != 0) bare += c;
    if (c >= 'A' && c <= 'Z') bare += static_cast<char>(c - 'A' + 'a');
  }
  return bare;
}

// Where values that were taken out stand once more, whatever stands between their parts: pieces of `text`.
std::vector<uint32_t> PiecesOfValues(const paper::PageText& text, const std::set<std::string>& bare_values) {
  std::string bare;
  std::vector<uint32_t> piece_of;  // of each byte of it
  for (uint32_t i = 0; i < text.pieces.size(); ++i) {
    const paper::PageText::Piece& piece = text.pieces[i];
    bare += Bare(std::string_view(text.text).substr(piece.begin, piece.end - piece.begin));
    piece_of.resize(bare.size(), i);
  }
  std::set<uint32_t> pieces;
  for (const std::string& value : bare_values) {
    if (value.size() < kLeastValueBytes) continue;
    for (size_t at = bare.find(value); at != std::string::npos; at = bare.find(value, at + 1))
      pieces.insert(piece_of.begin() + static_cast<ptrdiff_t>(at),
                    piece_of.begin() + static_cast<ptrdiff_t>(at + value.size()));
  }
  return {pieces.begin(), pieces.end()};
}

class ScanRedactor {
 public:
  ScanRedactor(const redact::Job& job, const paper::PaperOptions& options) : job_(job), options_(options) {
    if (options_.search && job.finder != nullptr) finder_.emplace(job);
  }
  Result<paper::PaperResult> Run(std::string_view bytes);

 private:
  Status Search(const paper::PageText& text, uint32_t number, bool again, std::vector<Mark>& marks);
  Result<paper::PageText> LookAt(const paper::Picture& picture, uint32_t number, paper::PaperPage& page,
                                 std::vector<Mark>& marks);
  Status BurnAll(PageImage& stored, const std::vector<Mark>& marks, size_t first);
  Status Redact(PageImage& stored, uint32_t number, std::vector<Mark>& marks);
  Status CheckResult(std::string_view bytes);
  void Note(uint32_t number, const std::string& what) const {
    if (job_.note) job_.note(Part(number) + ": " + what);
  }
  std::string Part(uint32_t number) const {
    return (job_.part.empty() ? "" : job_.part + " ") + "page " + std::to_string(number);
  }
  void Tell(uint32_t number, const paper::FoundBox& box) const {
    if (!job_.report || box.lifted) return;
    redact::Found found;
    found.kind = box.kind;
    found.subtype = box.subtype;
    found.rule = box.rule;
    found.score = box.score;
    found.place.part = Part(number);
    job_.report(found);
  }

  const redact::Job& job_;
  const paper::PaperOptions& options_;
  std::optional<paper::PageFinder> finder_;
  std::set<std::string> page_values_;           // bare, of the page at hand
  std::set<std::string> values_;                // as they were read, of the file
  std::vector<std::vector<paper::Box>> burnt_;  // by page, in the picture that was written
  std::vector<uint32_t> shades_;                // of the boxes, by page
  std::vector<Quad> burnt_quads_;               // of the page at hand, in the picture as it was stored
};

// Adds what is found in `text` to the marks.  `again`: the page was burnt already, and only what is new counts.
Status ScanRedactor::Search(const paper::PageText& text, uint32_t number, bool again, std::vector<Mark>& marks) {
  if (!finder_) return Status::Ok();
  std::vector<paper::PageFind> finds = finder_->Find(text);
  AddRecurrences(text, finds);
  const std::vector<paper::Box> lifted = BoxesOf(options_.lifted, number);
  for (const paper::PageFind& find : finds) {
    Mark mark;
    mark.quads = QuadsOf(text, find);
    mark.box.kind = find.finding.kind;
    mark.box.subtype = find.finding.subtype;
    mark.box.rule = find.finding.rule;
    mark.box.score = find.finding.score;
    mark.box.place = "picture";
    mark.box.boxes = find.boxes;
    mark.box.lifted =
        std::all_of(find.boxes.begin(), find.boxes.end(), [&](const paper::Box& box) { return Contains(lifted, box); });
    if (again) {
      // Boxes read as letters are no news.
      const bool known =
          std::all_of(mark.quads.begin(), mark.quads.end(), [&](const Quad& quad) { return Covered(marks, quad); });
      if (known || mark.box.lifted) continue;
    }
    if (!mark.box.lifted) {
      const std::string_view value =
          std::string_view(text.text).substr(find.finding.begin, find.finding.end - find.finding.begin);
      page_values_.insert(Bare(value));
      values_.insert(std::string(value));
    }
    Tell(number, mark.box);
    marks.push_back(std::move(mark));
  }
  if (!again || !lifted.empty()) return Status::Ok();
  // What the first reading misread in one place and took out in another.
  for (const uint32_t index : PiecesOfValues(text, page_values_)) {
    paper::PageFind find;
    find.pieces = {index};
    Mark mark;
    mark.quads = QuadsOf(text, find);
    if (Covered(marks, mark.quads[0])) continue;
    mark.box.rule = "seen elsewhere";
    mark.box.score = 1;
    mark.box.place = "picture";
    mark.box.boxes = {text.pieces[index].box};
    Tell(number, mark.box);
    marks.push_back(std::move(mark));
  }
  return Status::Ok();
}

Result<paper::PageText> ScanRedactor::LookAt(const paper::Picture& picture, uint32_t number, paper::PaperPage& page,
                                             std::vector<Mark>& marks) {
  page.width = picture.width;
  page.height = picture.height;
  paper::PageText text;
  if (!options_.search) return text;
  if (options_.read) {
    ASSIGN_OR_RETURN(text, options_.read(picture));
  }
  page.words = static_cast<uint32_t>(text.pieces.size());
  // What a person boxes is dealt with.
  paper::PageText seen = text;
  for (const Mark& mark : marks) {
    for (const paper::Box& box : mark.box.boxes) seen.Add("-", box);
  }
  ASSIGN_OR_RETURN(UnreadInk unread, Unread(picture, seen));
  if (unread.page_share >= kLeastUnread) {
    page.unread_share = unread.share;
    page.unread = std::move(unread.boxes);
  }
  RETURN_IF_ERROR(Search(text, number, false, marks));
  return text;
}

Status ScanRedactor::BurnAll(PageImage& stored, const std::vector<Mark>& marks, size_t first) {
  ASSIGN_OR_RETURN(const PageImage upright, Upright(stored));
  const Transform to_stored =
      Transform::UprightToStored(stored.orientation, pixGetWidth(stored.pix.get()), pixGetHeight(stored.pix.get()));
  std::vector<Quad> quads;
  for (size_t i = first; i < marks.size(); ++i) {
    if (marks[i].box.lifted) continue;
    if (marks[i].box.rule == "manual") {
      for (const paper::Box& box : marks[i].box.boxes) quads.push_back(Mapped(CornersOf(box), to_stored));
      for (const paper::Box& box : marks[i].box.boxes) burnt_.back().push_back(box);
      continue;
    }
    std::vector<Quad> whole = WithWholeLetters(upright, marks[i].quads, 60);
    for (Quad& quad : whole) {
      const double letter = std::min(std::hypot(quad[3].x - quad[0].x, quad[3].y - quad[0].y),
                                     std::hypot(quad[1].x - quad[0].x, quad[1].y - quad[0].y));
      burnt_.back().push_back(Around(quad));
      quads.push_back(Mapped(Grown(quad, std::max(2.0, letter * 0.08)), to_stored));
    }
  }
  burnt_quads_.insert(burnt_quads_.end(), quads.begin(), quads.end());
  return Burn(stored, quads, shades_.back());
}

// Burns, reads what is left beside the boxes, and burns what that shows, until it shows nothing.
Status ScanRedactor::Redact(PageImage& stored, uint32_t number, std::vector<Mark>& marks) {
  RETURN_IF_ERROR(BurnAll(stored, marks, 0));
  if (!options_.search || !options_.read) return Status::Ok();
  for (int round = 0;; ++round) {
    ASSIGN_OR_RETURN(const PageImage rest, WithBoxesAsPaper(stored, burnt_quads_, shades_.back()));
    ASSIGN_OR_RETURN(const PageImage upright, Upright(rest));
    ASSIGN_OR_RETURN(const paper::PageText text, options_.read(AsPicture(upright)));
    const size_t known = marks.size();
    RETURN_IF_ERROR(Search(text, number, true, marks));
    if (marks.size() == known) {
      const std::string left = Bare(text.text);
      const bool lifts = std::any_of(marks.begin(), marks.end(), [](const Mark& mark) { return mark.box.lifted; });
      const bool readable = std::any_of(page_values_.begin(), page_values_.end(), [&](const std::string& value) {
        return value.size() >= kLeastValueBytes && left.find(value) != std::string::npos;
      });
      // Whoever lifts a find may want to keep a value in one place and not in another.
      if (!readable || lifts) return Status::Ok();
      break;
    }
    if (round == kMostRounds) break;
    RETURN_IF_ERROR(BurnAll(stored, marks, known));
  }
  return Status(Reason::kInternal, "Something that was taken out of page " + std::to_string(number) +
                                       " can still be read there; nothing was saved.");
}

// The file as a stranger gets it.
Status ScanRedactor::CheckResult(std::string_view bytes) {
  const Status failed(Reason::kInternal, "Something was still in the file after it was redacted; it was not saved.");
  for (const std::string& value : values_) {
    if (value.size() >= kLeastValueBytes && bytes.find(value) != std::string_view::npos) return failed;
  }
  paper::PaperLimits limits = options_.limits;
  limits.bytes = UINT64_MAX;
  ASSIGN_OR_RETURN(const std::unique_ptr<PictureFile> file, PictureFile::Open(bytes, limits));
  if (file->pages() != burnt_.size()) return failed;
  for (uint32_t i = 0; i < file->pages(); ++i) {
    ASSIGN_OR_RETURN(const PageImage page, file->Page(i));
    const paper::Picture picture = AsPicture(page);
    for (const paper::Box& box : burnt_[i]) {
      // The middle of what of the box lies on the page, whatever its lean, and the pixels beside it.
      const paper::Box seen = {std::max(box.left, 0.0), std::max(box.top, 0.0),
                               std::min(box.right, static_cast<double>(picture.width)),
                               std::min(box.bottom, static_cast<double>(picture.height))};
      if (seen.width() < 4 || seen.height() < 4) continue;
      const double x = (seen.left + seen.right) / 2;
      const double y = (seen.top + seen.bottom) / 2;
      for (const int dx : {-1, 0, 1}) {
        const size_t at = (static_cast<size_t>(y) * picture.width + static_cast<size_t>(x + dx)) * picture.channels;
        for (uint32_t c = 0; c < picture.channels; ++c) {
          const int value = static_cast<unsigned char>(picture.samples[at + c]);
          if (std::abs(value - static_cast<int>(shades_[i])) > kNearShade) return failed;
        }
      }
    }
  }
  return Status::Ok();
}

Result<paper::PaperResult> ScanRedactor::Run(std::string_view bytes) {
  ASSIGN_OR_RETURN(const std::unique_ptr<PictureFile> file, PictureFile::Open(bytes, options_.limits));
  const bool looks = job_.replacer == nullptr;
  const std::unique_ptr<PictureWriter> writer = PictureWriter::Make(*KindOfPicture(bytes));
  paper::PaperResult result;
  for (uint32_t index = 0; index < file->pages(); ++index) {
    const uint32_t number = index + 1;
    ASSIGN_OR_RETURN(PageImage stored, file->Page(index));
    std::vector<Mark> marks;
    for (const paper::Box& box : BoxesOf(options_.boxes, number)) {
      Mark mark;
      mark.box.rule = "manual";
      mark.box.score = 1;
      mark.box.place = "picture";
      mark.box.boxes = {box};
      mark.quads = {CornersOf(box)};
      Tell(number, mark.box);
      marks.push_back(std::move(mark));
    }
    page_values_.clear();
    burnt_quads_.clear();
    burnt_.emplace_back();
    shades_.push_back(ShadeOfBoxes(stored));
    paper::PaperPage page;
    {
      ASSIGN_OR_RETURN(const PageImage upright, Upright(stored));
      RETURN_IF_ERROR(LookAt(AsPicture(upright), number, page, marks).status());
    }
    if (page.unread_share > kRefusedShare && !looks && !options_.keep_unread) {
      return Status(Reason::kUnsupportedMediaType,
                    Part(number) + ": " + std::to_string(static_cast<int>(page.unread_share * 100)) +
                        " % of what is drawn or written there could not be read (handwriting, a photograph?). Look at "
                        "it, mark what must go by hand, or ask for such pages to be kept as they are.");
    }
    if (page.unread_share > kNotedShare && !page.unread.empty()) {
      Note(number, std::to_string(page.unread.size()) + (page.unread.size() == 1 ? " area" : " areas") +
                       " could not be read (handwriting, a stamp, a drawing?); look at it before you hand it on.");
    }
    if (!looks) {
      if (stored.lost_depth) Note(number, "its colours were brought to 8 bits of red, green and blue.");
      RETURN_IF_ERROR(Redact(stored, number, marks));
      ASSIGN_OR_RETURN(PageImage upright, Upright(stored));
      upright.jpeg = stored.jpeg;
      RETURN_IF_ERROR(writer->Add(upright));
    }
    for (Mark& mark : marks) page.found.push_back(std::move(mark.box));
    result.pages.push_back(std::move(page));
    if (options_.progress) options_.progress(number, file->pages());
  }
  if (looks) return result;
  ASSIGN_OR_RETURN(result.bytes, writer->Finish());
  RETURN_IF_ERROR(CheckResult(result.bytes));
  return result;
}

}  // namespace

Result<paper::PaperResult> RedactScan(std::string_view bytes, const redact::Job& job,
                                      const paper::PaperOptions& options) {
  if (options.search && job.finder == nullptr) return Status(Reason::kInternal, "a search without a finder");
  return ScanRedactor(job, options).Run(bytes);
}

}  // namespace strongroom::scans
