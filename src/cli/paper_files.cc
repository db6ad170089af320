#include "cli/paper_files.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "base/encoding.h"
#include "base/json_writer.h"
#include "crypto/hash.h"
#include "desk/paper_pages.h"
#include "desk/png.h"
#include "paper/manual_boxes.h"

namespace strongroom {
namespace {

constexpr uint32_t kProofDots = 100;  // per inch: a page can be read

Result<std::string> ReadWhole(InputFile& input, uint64_t most_bytes) {
  std::string bytes;
  while (true) {
    ASSIGN_OR_RETURN(const std::string_view piece, input.Next());
    if (piece.empty()) return bytes;
    if (bytes.size() + piece.size() > most_bytes)
      return Status(Reason::kBodyTooLarge, "The file is larger than " + std::to_string(most_bytes >> 20) + " MiB.");
    bytes.append(piece);
  }
}

redact::Found FoundOf(const paper::FoundBox& box, uint32_t page) {
  redact::Found found;
  found.kind = box.kind;
  found.subtype = box.subtype;
  found.rule = box.rule;
  found.score = box.score;
  found.place.part = box.place == "text" ? std::string() : std::string(box.place);
  found.place.page = page;
  for (const paper::Box& place : box.boxes)
    found.place.boxes.push_back({place.left, place.top, place.right, place.bottom});
  return found;
}

template <typename EachPage, typename EachFind>
void ForEach(const desk::PaperAnswer& answer, const EachPage& page_done, const EachFind& find) {
  uint32_t number = 0;
  for (const paper::PaperPage& page : answer.result.pages) {
    ++number;
    for (const paper::FoundBox& box : page.found) {
      if (!box.lifted) find(FoundOf(box, number));
    }
    page_done(number, page);
  }
  for (const redact::Found& found : answer.finds) find(found);
}

std::string PageName(size_t page) {
  char name[32];
  snprintf(name, sizeof name, "page-%05zu.png", page);
  return name;
}

}  // namespace

void ReportPaper(const desk::PaperAnswer& answer, FindReport& report) {
  ForEach(
      answer, [&report](uint32_t number, const paper::PaperPage& page) { report.AddPage(number, page); },
      [&report](const redact::Found& found) { report.Add(found); });
}

void ReportPaper(const desk::PaperAnswer& answer, const redact::Job& job) {
  ForEach(
      answer, [](uint32_t, const paper::PaperPage&) {},
      [&job](redact::Found found) {
        if (!job.part.empty()) found.place.part = job.part + (found.place.part.empty() ? "" : " " + found.place.part);
        if (job.report) job.report(found);
      });
  for (const std::string& note : answer.notes) {
    if (job.note) job.note(note);
  }
}

PaperFiles::PaperFiles(const PaperSettings& settings, const std::vector<Target>& targets, Terminal& terminal)
    : settings_(settings),
      targets_(targets),
      terminal_(terminal),
      desk_([&settings] {
        desk::PaperDesk::Settings desk;
        desk.program = settings.worker;
        desk.at_once = settings.jobs;
        desk.millis = 24 * 3'600'000;  // a person waits, and can end it
        return desk;
      }()),
      done_bytes_(targets.size()),
      outcomes_(targets.size()) {
  const size_t threads = std::min<size_t>(settings.jobs, targets.size());
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

PaperFiles::~PaperFiles() {
  ending_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void PaperFiles::Work() {
  while (!ending_) {
    const size_t index = next_.fetch_add(1);
    if (index >= targets_.size()) return;
    PaperOutcome outcome = One(index);
    done_bytes_[index] = targets_[index].size_bytes;
    const std::lock_guard<std::mutex> lock(mutex_);
    outcomes_[index] = std::move(outcome);
    done_.notify_all();
  }
}

PaperOutcome PaperFiles::Wait(size_t index, const std::function<void()>& idle) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!outcomes_[index]) {
    if (done_.wait_for(lock, std::chrono::milliseconds(200)) == std::cv_status::timeout) {
      lock.unlock();
      idle();
      lock.lock();
    }
  }
  PaperOutcome outcome = std::move(*outcomes_[index]);
  outcomes_[index].emplace();
  return outcome;
}

uint64_t PaperFiles::done_bytes() const {
  uint64_t sum = 0;
  for (const std::atomic<uint64_t>& bytes : done_bytes_) sum += bytes;
  return sum;
}

PaperOutcome PaperFiles::One(size_t index) {
  PaperOutcome outcome;
  outcome.status = GoThrough(index, outcome);
  return outcome;
}

desk::PaperDesk::Watch PaperFiles::WatchOf(size_t index) {
  desk::PaperDesk::Watch watch;
  watch.progress = [this, index](uint32_t page, uint32_t pages) {
    if (pages > 0) done_bytes_[index] = targets_[index].size_bytes * std::min(page, pages) / pages;
  };
  watch.gone = [this] { return ending_.load(); };
  return watch;
}

Status PaperFiles::GoThrough(size_t index, PaperOutcome& outcome) {
  const Target& target = targets_[index];
  ASSIGN_OR_RETURN(InputFile input, InputFile::Open(target, terminal_));
  if (settings_.is_done && settings_.is_done(target, input.modified_nanos())) {
    outcome.skipped = true;
    return Status::Ok();
  }
  desk::PaperAsk ask = settings_.ask;
  ASSIGN_OR_RETURN(const std::string bytes, ReadWhole(input, ask.limits.bytes));
  const std::optional<redact::Format> format = desk::PaperFormatOf(bytes);
  if (!format) return Status(Reason::kUnsupportedMediaType, "This is no PDF, PNG, JPEG or TIFF.");
  ask.format = *format;
  if (!settings_.manual_boxes.empty()) RETURN_IF_ERROR(AddManualBoxes(bytes, ask));
  // Jobs that no file needs go to pages.
  const auto share = static_cast<uint32_t>(settings_.jobs / std::min<size_t>(settings_.jobs, targets_.size()));
  ASSIGN_OR_RETURN(outcome.answer, desk::DoPages(desk_, ask, bytes, share, WatchOf(index)));
  if (ask.task != desk::Task::kTakeOut) return Status::Ok();
  std::string& out = outcome.answer.result.bytes;
  if (out.empty()) return Status(Reason::kInternal, "The worker answered no file.");
  if (!settings_.proof_directory.empty()) RETURN_IF_ERROR(Prove(target, ask, bytes, outcome.answer));
  const std::string destination = settings_.destination ? settings_.destination(target) : std::string();
  if (destination.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(OutputFile output, OutputFile::Create(destination, input.mode()));
  RETURN_IF_ERROR(output.Write(out));
  RETURN_IF_ERROR(output.Commit());
  out = std::string();
  return Status::Ok();
}

// Boxes may be shares of a page or lengths on it: how large the pages are is looked up first.
Status PaperFiles::AddManualBoxes(const std::string& bytes, desk::PaperAsk& ask) {
  constexpr double kPointsPerInch = 72;
  const bool is_pdf = ask.format == redact::Format::kPdf;
  desk::PaperAsk look = ask;
  look.task = desk::Task::kLook;
  look.search = false;
  look.read_pictures = false;
  look.keep_unread = true;
  ASSIGN_OR_RETURN(const desk::PaperAnswer answer, desk_.Do(look, bytes));
  std::vector<paper::PageSize> sizes;
  for (const paper::PaperPage& page : answer.result.pages)
    sizes.push_back({page.width, page.height, is_pdf ? kPointsPerInch : 0});
  ASSIGN_OR_RETURN(paper::ManualBoxes manual,
                   paper::ParseManualBoxes(settings_.manual_boxes, is_pdf ? "points" : "pixels", sizes));
  ask.boxes = std::move(manual.boxes);
  ask.lifted = std::move(manual.lifted);
  return Status::Ok();
}

// For each page a picture of it before and after, and what was found, all in a folder of the file's own.
Status PaperFiles::Prove(const Target& target, const desk::PaperAsk& ask, const std::string& before,
                         const desk::PaperAnswer& answer) {
  const std::string name = target.path.empty() ? "standard-input" : target.relative;
  const std::string folder = settings_.proof_directory + "/" + name;
  desk::PaperAsk draw = ask;
  draw.task = desk::Task::kDraw;
  draw.dots_per_inch = kProofDots;
  for (size_t page = 1; page <= answer.result.pages.size(); ++page) {
    draw.draw_page = static_cast<uint32_t>(page);
    ASSIGN_OR_RETURN(const desk::PaperAnswer was, desk_.Do(draw, before));
    ASSIGN_OR_RETURN(const desk::PaperAnswer is, desk_.Do(draw, answer.result.bytes));
    const std::string png = desk::EncodePng(desk::SideBySide(was.picture, is.picture));
    if (png.empty()) return Status(Reason::kInternal, "No memory for the picture of a page.");
    ASSIGN_OR_RETURN(OutputFile picture, OutputFile::Create(folder + "/" + PageName(page), 0600));
    RETURN_IF_ERROR(picture.Write(png));
    RETURN_IF_ERROR(picture.Commit());
  }
  ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(folder + "/report.jsonl", 0600));
  Status written;
  FindReport report(/*json=*/true, [&](std::string_view lines) {
    if (written.ok()) written = file.Write(lines);
  });
  report.BeginFile(name);
  ReportPaper(answer, report);
  report.AddDigests(HexEncode(View(Sha256(before))), HexEncode(View(Sha256(answer.result.bytes))));
  report.Finish(1);
  RETURN_IF_ERROR(written);
  return file.Commit();
}

}  // namespace strongroom
