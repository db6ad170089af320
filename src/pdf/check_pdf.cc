#include "pdf/check_pdf.h"

#include <algorithm>
#include <array>
#include <set>

#include "pdf/flatten.h"
#include "pdf/interpreter.h"
#include "pdf/page_lines.h"

namespace strongroom::pdf {
namespace {

constexpr size_t kMostRevisions = 64;
constexpr double kLeastBoxArea = 60;  // square units: a box that could hide a word
constexpr int kDark = 80;             // of 255

NaiveKind KindOf(HiddenBy hidden) {
  switch (hidden) {
    case HiddenBy::kPicture:
      return NaiveKind::kUnderPicture;
    case HiddenBy::kNote:
      return NaiveKind::kUnderNote;
    case HiddenBy::kSameColour:
      return NaiveKind::kSameColour;
    case HiddenBy::kInvisible:
      return NaiveKind::kInvisible;
    case HiddenBy::kOffPage:
    case HiddenBy::kClip:
      return NaiveKind::kOffPage;
    case HiddenBy::kLayer:
      return NaiveKind::kLayer;
    default:
      return NaiveKind::kUnderBox;
  }
}

bool IsDark(Colour colour) {
  if (colour == kNoColour) return false;
  return static_cast<int>(colour >> 16 & 0xFF) < kDark && static_cast<int>(colour >> 8 & 0xFF) < kDark &&
         static_cast<int>(colour & 0xFF) < kDark;
}

// A file opened, with what its pages are gone through by.
struct Opened {
  std::unique_ptr<QPDF> pdf;
  std::unique_ptr<Layers> layers;
  Flattened flat;
  std::vector<QPDFObjectHandle> pages;
};

class Checker {
 public:
  Checker(const paper::PaperOptions& options) : options_(options), budget_(options.limits) {}

  Status Run(std::string_view bytes, NaiveReport& report) {
    ASSIGN_OR_RETURN(Opened file, Open(bytes));
    report.pages = static_cast<uint32_t>(file.pages.size());
    std::set<std::string> words;
    RETURN_IF_ERROR(EachPage(file, [&](uint32_t number, const PageScan& scan) {
      HiddenGlyphs(scan, number, report);
      HiddenPictures(scan, number, report);
      AddWords(scan, words);
      if (options_.progress) options_.progress(number, report.pages);
    }));
    for (const paper::PageBox& marked : file.flat.marked) {
      const bool known = std::any_of(report.finds.begin(), report.finds.end(), [&](const NaiveFind& find) {
        return find.page == marked.page && find.box.Meets(marked.box);
      });
      if (!known) report.finds.push_back({NaiveKind::kUnderNote, marked.page, marked.box, 0});
    }
    RETURN_IF_ERROR(EarlierRevisions(bytes, words, report));
    std::stable_sort(report.finds.begin(), report.finds.end(),
                     [](const NaiveFind& a, const NaiveFind& b) { return a.page < b.page; });
    return budget_.status();
  }

 private:
  Result<Opened> Open(std::string_view bytes) {
    Opened file;
    ASSIGN_OR_RETURN(file.pdf, OpenPdf(bytes, options_.limits));
    file.layers = std::make_unique<Layers>(file.pdf->getRoot());
    file.flat = FlattenAnnotations(*file.pdf, *file.layers, budget_);
    file.pages = file.pdf->getAllPages();
    return file;
  }

  Status EachPage(Opened& file, const std::function<void(uint32_t, const PageScan&)>& look) {
    StreamTable streams(file.pages.size());
    FontCache fonts;
    Interpreter interpreter(*file.pdf, streams, fonts, *file.layers, file.flat.levels, budget_);
    for (uint32_t i = 0; i < file.pages.size(); ++i) {
      const std::string contents = PageContents(file.pages[i], budget_);
      const PageScan scan = interpreter.Scan(file.pages[i], i, contents, true);
      RETURN_IF_ERROR(budget_.status());
      look(i + 1, scan);
    }
    return Status::Ok();
  }

  // Glyphs hidden in one way, beside each other, are one find.
  static void HiddenGlyphs(const PageScan& scan, uint32_t number, NaiveReport& report) {
    NaiveFind* last = nullptr;
    for (const Glyph& glyph : scan.glyphs) {
      if (glyph.blank) continue;
      if (glyph.hidden == HiddenBy::kNothing) {
        last = nullptr;
        continue;
      }
      const NaiveKind kind = KindOf(glyph.hidden);
      if (last == nullptr || last->kind != kind || !last->box.Meets(glyph.box.Grown(glyph.size))) {
        report.finds.push_back({kind, number, glyph.box, 0});
        last = &report.finds.back();
      }
      last->box = last->box.Around(glyph.box);
      ++last->characters;
    }
  }

  static void HiddenPictures(const PageScan& scan, uint32_t number, NaiveReport& report) {
    for (const Cover& cover : scan.covers) {
      if (!cover.opaque || cover.picture || !IsDark(cover.colour)) continue;
      if (cover.box.width() * cover.box.height() < kLeastBoxArea) continue;
      const bool over = std::any_of(scan.pictures.begin(), scan.pictures.end(), [&](const Picture& picture) {
        const Box common = Common(picture.box, cover.box);
        return picture.unit == 0 && picture.order < cover.order && !common.empty() &&
               common.width() * common.height() >= kLeastBoxArea;
      });
      if (over) report.finds.push_back({NaiveKind::kPictureUnderBox, number, cover.box, 0});
    }
  }

  static void AddWords(const PageScan& scan, std::set<std::string>& words) {
    for (uint32_t unit = 0; unit < scan.units; ++unit) {
      const PageOrders orders = ReadInOrder(scan, unit);
      std::string word;
      for (const char c : orders.rows.text + " ") {
        if (c != ' ' && c != '\n') {
          word += c;
        } else if (!word.empty()) {
          words.insert(std::move(word));
          word.clear();
        }
      }
    }
  }

  // A file that was saved by appending holds each of its earlier states, up to the end mark of each.
  Status EarlierRevisions(std::string_view bytes, const std::set<std::string>& words, NaiveReport& report) {
    constexpr std::string_view kEnd = "%%EOF";
    std::vector<size_t> ends;
    for (size_t at = bytes.find(kEnd); at != std::string_view::npos; at = bytes.find(kEnd, at + 1))
      ends.push_back(at + kEnd.size());
    if (ends.size() < 2) return Status::Ok();
    ends.pop_back();
    if (ends.size() > kMostRevisions) ends.erase(ends.begin(), ends.end() - kMostRevisions);
    for (const size_t end : ends) {
      std::set<std::string> gone;
      uint32_t page_of_first = 0;
      const Status earlier = PdfErrors([&]() -> Status {
        ASSIGN_OR_RETURN(Opened file, Open(bytes.substr(0, end)));
        ++report.revisions;
        return EachPage(file, [&](uint32_t number, const PageScan& scan) {
          std::set<std::string> then;
          AddWords(scan, then);
          for (const std::string& word : then) {
            if (words.contains(word)) continue;
            if (gone.empty()) page_of_first = number;
            gone.insert(word);
          }
        });
      });
      // The first part of a linearised file is no state of it; it does not open.
      earlier.IgnoreError();
      RETURN_IF_ERROR(budget_.status());
      if (gone.empty()) continue;
      uint32_t characters = 0;
      for (const std::string& word : gone) characters += static_cast<uint32_t>(word.size());
      report.finds.push_back({NaiveKind::kEarlierRevision, page_of_first, {}, characters});
    }
    return Status::Ok();
  }

  const paper::PaperOptions& options_;
  Budget budget_;
};

}  // namespace

std::string_view NameOf(NaiveKind kind) {
  constexpr std::array<std::string_view, 9> kNames = {
      "under a box",  "under a picture",        "under a note",          "in the colour of its ground", "not painted",
      "off the page", "in a layer that is off", "a picture under a box", "in an earlier revision"};
  return kNames[static_cast<size_t>(kind)];
}

Result<NaiveReport> CheckPdf(std::string_view bytes, const paper::PaperOptions& options) {
  NaiveReport report;
  RETURN_IF_ERROR(PdfErrors([&] { return Checker(options).Run(bytes, report); }));
  return report;
}

}  // namespace strongroom::pdf
