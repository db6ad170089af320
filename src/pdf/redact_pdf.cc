#include "pdf/redact_pdf.h"

#include <algorithm>
#include <memory>
#include <qpdf/Buffer.hh>
#include <qpdf/QPDFWriter.hh>

#include "pdf/flatten.h"
#include "pdf/loose_text.h"
#include "pdf/page_cut.h"
#include "pdf/page_search.h"
#include "pdf/scrub.h"
#include "pdf/verify.h"
#include "redact/decider.h"
#include "redact/replacement.h"

namespace strongroom::pdf {
namespace {

std::string Counted(uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// Text of no page, gone through by the eyes that go through pages.
class LooseSearch {
 public:
  explicit LooseSearch(Run& run)
      : run_(run),
        decider_(*run.job.finder, run.job.selection, run.job.replacer != nullptr ? run.job.replacer->shown() : nullptr,
                 true) {}

  void Report(const LooseText& loose) {
    if (!run_.options.search) return;
    decider_.Decide(loose.text, loose.heading, nullptr, found_);
    for (const detect::Finding& finding : found_) {
      ++run_.document_finds;
      ReportFind(run_, finding, run_.job.part.empty() ? loose.part : run_.job.part + " " + loose.part);
    }
  }

  // A bookmark's title without what is personal in it.
  Result<std::string> Clean(const std::string& text) {
    if (text.empty()) return text;
    found_.clear();
    if (run_.options.search) decider_.Decide(text, {}, nullptr, found_);
    std::vector<detect::Finding> all = found_;
    for (const TakenValues::Hit& hit : run_.values.Find(text)) {
      const bool known = std::any_of(all.begin(), all.end(), [&](const detect::Finding& finding) {
        return finding.begin < hit.end && hit.begin < finding.end;
      });
      if (!known) all.push_back({hit.begin, hit.end, hit.kind, 1, {}, "repeated"});
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    std::string out;
    size_t at = 0;
    for (const detect::Finding& finding : all) {
      out += text.substr(at, finding.begin - at);
      RETURN_IF_ERROR(run_.job.replacer->Append(finding, text, out));
      at = finding.end;
    }
    return out + text.substr(at);
  }

 private:
  Run& run_;
  redact::Decider decider_;
  std::vector<detect::Finding> found_;
};

// What a person must know beside the finds.
void NoteWhatWentWhole(const Run& run, const Flattened& flat, uint32_t attachments, bool is_signed) {
  uint64_t hidden = 0;
  for (const PageWork& page : run.pages) hidden += page.hidden;
  const bool goes = run.job.replacer != nullptr;
  if (hidden > 0)
    run.Note(Counted(hidden, "character", "characters") + " that nobody can see " + (goes ? "went." : "would go."));
  if (flat.fields > 0) run.Note("The form's fields become part of their pages: it cannot be filled in afterwards.");
  if (flat.notes > 0)
    run.Note(Counted(flat.notes, "note", "notes") +
             " on pages: what is painted stays as part of the page, the rest goes.");
  if (attachments > 0)
    run.Note(Counted(attachments, "attached file", "attached files") + (goes ? " went." : " would go."));
  if (is_signed) run.Note("The file is signed; the signatures do not hold for the new file and are not in it.");
}

// Refuses what could not be read, or says that it stays.
Status JudgeUnread(const Run& run) {
  for (uint32_t i = 0; i < run.pages.size(); ++i) {
    const PageWork& work = run.pages[i];
    if (work.unread_why.empty()) continue;
    const std::string what = "Page " + std::to_string(i + 1) + " holds " + work.unread_why.front();
    if (run.job.replacer != nullptr && !run.options.keep_unread) {
      return Status(
          Reason::kUnsupportedMediaType,
          what + ", which was not read: it was not redacted.  Have pictures read, or ask to keep what is unread.");
    }
    run.Note(what + ", which was not read.");
  }
  return Status::Ok();
}

std::string Written(QPDF& pdf) {
  QPDFWriter writer(pdf);
  writer.setOutputMemory();
  writer.setStaticID(false);
  writer.setDeterministicID(true);
  writer.setPreserveEncryption(false);
  writer.setObjectStreamMode(qpdf_o_generate);
  writer.setStreamDataMode(qpdf_s_compress);
  // Streams are unpacked and packed again: what stood behind their end does not come along.
  writer.setDecodeLevel(qpdf_dl_specialized);
  writer.setRecompressFlate(true);
  writer.write();
  const std::shared_ptr<Buffer> buffer = writer.getBufferSharedPointer();
  return std::string(reinterpret_cast<const char*>(buffer->getBuffer()), buffer->getSize());
}

Status TakeOut(Run& run, std::string& out) {
  run.values.Build();
  PictureWorks pictures;
  const std::vector<QPDFObjectHandle> pages = run.pdf.getAllPages();
  for (uint32_t i = 0; i < pages.size(); ++i) RETURN_IF_ERROR(CutPage(run, pages[i], i, pictures));
  RETURN_IF_ERROR(BurnPictures(run, pictures));
  RETURN_IF_ERROR(WriteStreams(run));

  std::vector<std::vector<Box>> boxes(pages.size());
  std::vector<uint32_t> drawn;
  for (uint32_t i = 0; i < pages.size(); ++i) {
    for (const OutBox& box : run.pages[i].boxes) boxes[i].push_back(box.box);
    if (run.pages[i].pixels && !boxes[i].empty()) drawn.push_back(i);
  }
  LooseSearch loose(run);
  ScrubJob scrub;
  scrub.clean = [&](const std::string& text) { return loose.Clean(text); };
  scrub.boxes = &boxes;
  scrub.streams = &run.streams;
  scrub.limits = run.options.limits;
  RETURN_IF_ERROR(ScrubDocument(run.pdf, scrub, run.budget));
  out = Written(run.pdf);
  return VerifyGone(out, run.values, drawn, run.options);
}

Status GoThrough(std::string_view bytes, const redact::Job& job, const paper::PaperOptions& options,
                 paper::PaperResult& result) {
  ASSIGN_OR_RETURN(const std::unique_ptr<QPDF> pdf, OpenPdf(bytes, options.limits));
  // Each page is gone through three times, and each time its streams are unpacked; then what is written is looked at.
  paper::PaperLimits in_all = options.limits;
  in_all.inflated_bytes *= 5;
  Budget budget(in_all);
  const Layers layers(pdf->getRoot());
  result.signatures_void = IsSigned(*pdf);
  uint32_t attachments = 0;
  const std::vector<LooseText> loose = LooseTextsOf(*pdf, budget, attachments);
  RETURN_IF_ERROR(budget.status());
  const Flattened flat = FlattenAnnotations(*pdf, layers, budget);

  const std::vector<QPDFObjectHandle> pages = pdf->getAllPages();
  StreamTable streams(pages.size());
  FontCache fonts;
  TakenValues values;
  Interpreter interpreter(*pdf, streams, fonts, layers, flat.levels, budget);
  Run run{bytes,   *pdf,        job,    options,       budget,
          streams, interpreter, values, options.boxes, std::vector<PageWork>(pages.size())};
  run.marked.insert(run.marked.end(), flat.marked.begin(), flat.marked.end());
  LooseSearch search(run);
  for (const LooseText& text : loose) search.Report(text);
  RETURN_IF_ERROR(SearchPages(run, pages));
  NoteWhatWentWhole(run, flat, attachments, result.signatures_void);
  RETURN_IF_ERROR(JudgeUnread(run));
  if (job.replacer != nullptr) RETURN_IF_ERROR(TakeOut(run, result.bytes));
  result.document_finds = run.document_finds;
  for (PageWork& page : run.pages) result.pages.push_back(std::move(page.seen));
  return Status::Ok();
}

}  // namespace

Result<paper::PaperResult> RedactPdf(std::string_view bytes, const redact::Job& job,
                                     const paper::PaperOptions& options) {
  paper::PaperResult result;
  RETURN_IF_ERROR(PdfErrors([&] { return GoThrough(bytes, job, options, result); }));
  return result;
}

}  // namespace strongroom::pdf
