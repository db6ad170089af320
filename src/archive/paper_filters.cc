#include "archive/paper_filters.h"

#include <utility>

#include "archive/find_summary.h"
#include "desk/png.h"

namespace strongroom {
namespace {

constexpr uint32_t kDrawnDots = 110;  // per inch: small print can be read
constexpr int kMostMillis = 300'000;
constexpr size_t kMostBoxes = 20'000;

desk::PaperDesk::Settings DeskOf(const std::string& worker) {
  desk::PaperDesk::Settings settings;
  settings.program = worker;
  settings.at_once = 2;
  settings.waiting = 8;  // of the server's workers, which wait for much else besides
  settings.millis = kMostMillis;
  return settings;
}

paper::PaperLimits Limits() {
  paper::PaperLimits limits;
  limits.pages = PaperFilters::kMostPages;
  limits.bytes = PaperFilters::kMostBytes;
  limits.pixels = uint64_t{1} << 27;
  limits.inflated_bytes = uint64_t{1} << 30;
  return limits;
}

}  // namespace

PaperFilters::PaperFilters(Gate& gate, std::string worker)
    : gate_(gate), worker_(std::move(worker)), desk_(DeskOf(worker_)) {}

Result<desk::PaperAsk> PaperFilters::AskOf(const PaperLook& ask) const {
  desk::PaperAsk paper;
  const auto wrong = [](const char* message) { return Status(Reason::kInvalidArgument, message); };
  if (!ask.kinds.empty()) paper.selection.kinds = detect::KindSet();
  for (const std::string_view name : ask.kinds) {
    const std::optional<detect::Kind> kind = detect::KindOf(name);
    if (!kind) return wrong("'types' holds what is no type of find; PERSON is one");
    paper.selection.kinds.Add(*kind);
  }
  if (ask.min_score && !(*ask.min_score >= 0 && *ask.min_score <= 1)) return wrong("'min_score' lies between 0 and 1");
  if (ask.min_score) paper.selection.min_score = static_cast<float>(*ask.min_score);
  if (ask.boxes.size() > kMostBoxes || ask.lifted.size() > kMostBoxes) return wrong("there are more than 20,000 boxes");
  const std::optional<redact::Format> format = desk::PaperFormatOf(ask.document);
  if (!format) return Status(Reason::kUnsupportedMediaType, "'document' is no PDF, PNG, JPEG or TIFF");
  paper.format = *format;
  paper.now = gate_.house().clock().NowMillis();
  paper.search = ask.search;
  paper.boxes = ask.boxes;
  paper.lifted = ask.lifted;
  paper.limits = Limits();
  return paper;
}

Result<LookedPaper> PaperFilters::Do(const desk::PaperAsk& ask, std::string_view document,
                                     const std::function<bool()>& gone) {
  if (worker_.empty()) return Status(Reason::kConfigInvalid, "This server opens no paper.");
  LookedPaper looked;
  looked.is_pdf = ask.format == redact::Format::kPdf;
  desk::PaperDesk::Watch watch;
  watch.gone = [this, &gone] { return letting_go_ || (gone && gone()); };
  Result<desk::PaperAnswer> answer = desk_.Do(ask, document, watch);
  if (answer.ok()) {
    looked.answer = std::move(*answer);
    return looked;
  }
  if (letting_go_) return Status(Reason::kShuttingDown, "The vault is closing: the document was not gone through.");
  if (answer.reason() == Reason::kShuttingDown)
    return Status(Reason::kRequestTimeout, "The caller left before the document was gone through.");
  return answer.status();
}

void PaperFilters::Record(const LookedPaper& looked, AuditEntry& entry) {
  FindCounts counts{};
  uint64_t drawn = 0;
  uint64_t lifted = 0;
  uint64_t all = 0;
  for (const paper::PaperPage& page : looked.answer.result.pages) {
    for (const paper::FoundBox& found : page.found) {
      lifted += found.lifted ? 1 : 0;
      if (found.lifted) continue;
      ++all;
      if (found.rule == "manual") {
        ++drawn;
      } else {
        ++counts[static_cast<size_t>(found.kind)];
      }
    }
  }
  all += looked.answer.result.document_finds;
  entry.count = BoundedCount(all);
  std::string detail = looked.is_pdf ? "pdf" : "scan";
  const size_t pages = looked.answer.result.pages.size();
  detail += ", " + std::to_string(pages) + (pages == 1 ? " page: " : " pages: ");
  if (drawn > 0) detail += std::to_string(drawn) + " drawn, ";
  if (lifted > 0) detail += std::to_string(lifted) + " lifted, ";
  entry.detail = detail + FindSummary(counts);
}

Receipted<LookedPaper> PaperFilters::Look(const Caller& caller, const PaperLook& ask) {
  Permit permit = gate_.Authorise(caller, Action::kPaperLook);
  if (!permit.granted()) return permit.Refuse<LookedPaper>();
  Result<desk::PaperAsk> paper = AskOf(ask);
  if (!paper.ok()) return permit.Fail<LookedPaper>(paper.status());
  paper->task = desk::Task::kLook;
  paper->keep_unread = true;  // it is named, and nothing is passed on
  Result<LookedPaper> looked = Do(*paper, ask.document, ask.gone);
  if (!looked.ok()) return permit.Fail<LookedPaper>(looked.status());
  Record(*looked, permit.entry());
  return permit.Finish(std::move(*looked));
}

Receipted<PaperPicture> PaperFilters::Draw(const Caller& caller, const PaperDraw& draw) {
  Permit permit = gate_.Authorise(caller, Action::kPaperLook);
  if (!permit.granted()) return permit.Refuse<PaperPicture>();
  PaperLook look;
  look.document = draw.document;
  Result<desk::PaperAsk> ask = AskOf(look);
  if (!ask.ok()) return permit.Fail<PaperPicture>(ask.status());
  ask->task = desk::Task::kDraw;
  ask->draw_page = draw.page;
  ask->dots_per_inch = kDrawnDots;
  const Result<LookedPaper> drawn = Do(*ask, draw.document, draw.gone);
  if (!drawn.ok()) return permit.Fail<PaperPicture>(drawn.status());
  PaperPicture picture;
  picture.png = desk::EncodePng(drawn->answer.picture);
  picture.width = drawn->answer.picture.width;
  picture.height = drawn->answer.picture.height;
  if (picture.png.empty()) return permit.Fail<PaperPicture>(Status(Reason::kInternal, "no memory for a page"));
  permit.entry().detail = std::string(drawn->is_pdf ? "pdf" : "scan") + ", one page drawn";
  return permit.Finish(std::move(picture));
}

Receipted<LookedPaper> PaperFilters::TakeOut(const Caller& caller, const PaperTakeOut& ask) {
  Permit permit = gate_.Authorise(caller, Action::kPaperRedact);
  if (!permit.granted()) return permit.Refuse<LookedPaper>();
  Result<desk::PaperAsk> paper = AskOf(ask);
  if (!paper.ok()) return permit.Fail<LookedPaper>(paper.status());
  const std::optional<redact::Mode> mode = redact::ModeOf(ask.mode);
  if (!mode || (*mode != redact::Mode::kBlock && *mode != redact::Mode::kMask && *mode != redact::Mode::kLabel)) {
    return permit.Fail<LookedPaper>(Status(Reason::kInvalidArgument, "'mode' is block, mask or label"));
  }
  paper->task = desk::Task::kTakeOut;
  paper->mode = *mode;
  paper->keep_unread = ask.keep_unread;
  Result<LookedPaper> looked = Do(*paper, ask.document, ask.gone);
  if (!looked.ok()) return permit.Fail<LookedPaper>(looked.status());
  if (looked->answer.result.bytes.empty())
    return permit.Fail<LookedPaper>(Status(Reason::kInternal, "the worker answered no file"));
  Record(*looked, permit.entry());
  return permit.Finish(std::move(*looked));
}

}  // namespace strongroom
