#include "desk/paper_worker.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "confined/sandbox.h"
#include "confined/worker.h"
#include "crypto/secret.h"
#include "desk/drawer.h"
#include "desk/paper_messages.h"
#include "desk/reading_pool.h"
#include "detect/civil_date.h"
#include "detect/detector.h"
#include "names/name_finder.h"
#include "pdf/check_pdf.h"
#include "pdf/redact_pdf.h"
#include "redact/decider.h"
#include "scans/pages.h"
#include "scans/picture_file.h"
#include "scans/reader.h"
#include "scans/redact_scan.h"

namespace strongroom::desk {
namespace {

constexpr size_t kPieceBytes = size_t{8} << 20;
constexpr uint32_t kWidestDrawn = 1600;  // pixels: wide enough to read a page by
constexpr size_t kShortestKeyBytes = 16;
constexpr uint32_t kMostReaders = 16;

using Send = std::function<Status(char kind, std::string_view payload)>;

Status SendPieces(const Send& send, char kind, std::string_view bytes) {
  for (size_t at = 0; at < bytes.size(); at += kPieceBytes) RETURN_IF_ERROR(send(kind, bytes.substr(at, kPieceBytes)));
  return Status::Ok();
}

Status CheckAsk(const PaperAsk& ask) {
  const bool stand_ins = ask.mode == redact::Mode::kStandIn || ask.mode == redact::Mode::kNumberedLabel;
  if (ask.mode == redact::Mode::kToken || (ask.format != redact::Format::kPdf && ask.format != redact::Format::kScan) ||
      (stand_ins && ask.stand_in_key.size() < kShortestKeyBytes)) {
    return Status(Reason::kInvalidArgument, "This cannot be done with paper.");
  }
  for (const std::string& language : ask.languages) {
    if (!IsLanguageName(language)) return Status(Reason::kInvalidArgument, "A language's name is none.");
  }
  return Status::Ok();
}

// Each pixel the mean of a square of `by` pixels.
paper::Picture Reduced(const paper::Picture& picture, uint32_t by) {
  paper::Picture small;
  small.width = picture.width / by;
  small.height = picture.height / by;
  small.channels = picture.channels;
  small.dots_per_inch = picture.dots_per_inch / by;
  small.samples.reserve(size_t{small.width} * small.height * small.channels);
  const size_t row = size_t{picture.width} * picture.channels;
  for (size_t y = 0; y < small.height; ++y) {
    for (size_t x = 0; x < small.width; ++x) {
      for (size_t channel = 0; channel < small.channels; ++channel) {
        uint32_t sum = 0;
        for (size_t dy = 0; dy < by; ++dy) {
          for (size_t dx = 0; dx < by; ++dx) {
            sum += static_cast<unsigned char>(
                picture.samples[(y * by + dy) * row + (x * by + dx) * picture.channels + channel]);
          }
        }
        small.samples.push_back(static_cast<char>(sum / (by * by)));
      }
    }
  }
  return small;
}

Result<paper::Picture> DrawScan(const PaperAsk& ask, std::string_view bytes) {
  ASSIGN_OR_RETURN(const std::unique_ptr<scans::PictureFile> file, scans::PictureFile::Open(bytes, ask.limits));
  if (ask.draw_page == 0 || ask.draw_page > file->pages())
    return Status(Reason::kInvalidArgument, "There is no such page.");
  ASSIGN_OR_RETURN(const scans::PageImage stored, file->Page(ask.draw_page - 1));
  ASSIGN_OR_RETURN(const scans::PageImage upright, scans::Upright(stored));
  paper::Picture picture = scans::AsPicture(upright);
  const uint32_t by = (picture.width + kWidestDrawn - 1) / kWidestDrawn;
  return by > 1 && picture.height >= by ? Reduced(picture, by) : std::move(picture);
}

// What the child works with, made before it is.
struct Tools {
  std::unique_ptr<detect::Detector> detector;
  std::unique_ptr<scans::PageReader> reader;  // null: pictures are not read
  uint32_t readers = 1;                       // more than one: others read as well (reading_pool.h)
  bool draws = false;                         // pages of PDF, by asking the worker
  SecretBytes key;
};

Result<Tools> MakeTools(const PaperAsk& ask, const Send& send) {
  Tools tools;
  detect::DetectorOptions options;
  options.kinds = ask.selection.kinds;
  options.min_score = std::min(ask.selection.min_score, redact::kDoubtfulScore);
  options.today = detect::CivilDateOf(ask.now);
  options.names = &names::NameFinder::BuiltIn();
  tools.detector = std::make_unique<detect::Detector>(options);
  tools.key = SecretBytes::CopyOf(ask.stand_in_key.empty() ? std::string(kShortestKeyBytes, '\0') : ask.stand_in_key);
  if (!ask.read_pictures) return tools;
  scans::ReaderOptions models;
  if (!ask.languages.empty()) models.languages = ask.languages;
  Result<std::unique_ptr<scans::PageReader>> reader = scans::PageReader::Open(models);
  if (reader.ok()) {
    tools.reader = std::move(*reader);
    return tools;
  }
  // A PDF may hold no picture at all; if it does, that counts as unread.
  if (ask.format == redact::Format::kScan || !ask.languages.empty()) return reader.status();
  RETURN_IF_ERROR(send(kNoteMessage, reader.status().message()));
  return tools;
}

// In the confined child: pages are drawn by asking for it.
paper::RenderPage AskingRenderer(const AskParent& ask, std::string_view original) {
  struct Sent {
    bool original = true;  // the worker has that one
    size_t size = 0;
    size_t hash = 0;
  };
  const auto sent = std::make_shared<Sent>();
  return [&ask, original, sent](std::string_view pdf, uint32_t page, uint32_t dots) -> Result<paper::Picture> {
    Sent now;
    now.original = pdf.data() == original.data() && pdf.size() == original.size();
    if (!now.original) {
      now.size = pdf.size();
      now.hash = std::hash<std::string_view>()(pdf);
    }
    if (now.original != sent->original || now.size != sent->size || now.hash != sent->hash) {
      RETURN_IF_ERROR(ask(kDocumentQuestion, now.original ? std::string_view() : pdf).status());
      *sent = now;
    }
    ASSIGN_OR_RETURN(const std::string drawn, ask(kDrawQuestion, PackDraw({page, dots})));
    return UnpackPicture(drawn);
  };
}

// In the worker: an empty file stands for the original.
AskParent Renderer(const paper::PaperLimits& limits, std::string_view original) {
  const auto other = std::make_shared<std::string>();
  return [limits, original, other](char kind, std::string_view question) -> Result<std::string> {
    if (kind == kDocumentQuestion) {
      *other = question;
      return std::string();
    }
    if (kind != kDrawQuestion) return Status(Reason::kInternal, "The sandbox asked nonsense.");
    ASSIGN_OR_RETURN(const DrawQuestion draw, UnpackDraw(question));
    ASSIGN_OR_RETURN(const paper::Picture picture,
                     DrawPdfPage(other->empty() ? original : *other, draw.page, draw.dots_per_inch, limits));
    return PackPicture(picture);
  };
}

Status SendResult(const paper::PaperResult& result, const Send& send) {
  for (const paper::PaperPage& page : result.pages) RETURN_IF_ERROR(send(kPageMessage, PackPage(page)));
  RETURN_IF_ERROR(send(kSummaryMessage, PackSummary(result)));
  return SendPieces(send, kBytesMessage, result.bytes);
}

Status SendNaive(const pdf::NaiveReport& report, const Send& send) {
  for (const pdf::NaiveFind& found : report.finds) {
    NaiveFind find;
    find.page = found.page;
    find.what = pdf::NameOf(found.kind);
    find.characters = found.characters;
    if (!found.box.empty()) find.boxes = {found.box};
    RETURN_IF_ERROR(send(kNaiveMessage, PackNaive(find)));
  }
  return Status::Ok();
}

Status Check(const PaperAsk& ask, std::string_view bytes, const paper::PaperOptions& options, const Send& send) {
  if (ask.format != redact::Format::kPdf)
    return Status(Reason::kUnsupportedMediaType, "Only PDF is checked: a picture has nothing under its pixels.");
  ASSIGN_OR_RETURN(const pdf::NaiveReport report, pdf::CheckPdf(bytes, options));
  return SendNaive(report, send);
}

// A scan's pages as files, or files as one scan again.
Status SplitOrJoin(const PaperAsk& ask, std::string_view bytes, const Send& send) {
  if (ask.task == Task::kSplit) {
    ASSIGN_OR_RETURN(const std::vector<std::string> parts, scans::SplitPages(bytes, ask.limits));
    for (const std::string& part : parts) {
      RETURN_IF_ERROR(send(kPartMessage, PackPart(part.size())));
      RETURN_IF_ERROR(SendPieces(send, kBytesMessage, part));
    }
    return Status::Ok();
  }
  std::vector<std::string> parts;
  for (const uint64_t size : ask.parts) {
    parts.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(std::min<uint64_t>(size, bytes.size()));
  }
  ASSIGN_OR_RETURN(const std::string whole, scans::JoinPages(parts));
  return SendPieces(send, kBytesMessage, whole);
}

// The confined child's work.
Status Work(const PaperAsk& ask, std::string_view bytes, const Tools& tools, const Send& send,
            const AskParent& ask_parent) {
  if (ask.task == Task::kDraw) {
    ASSIGN_OR_RETURN(const paper::Picture picture, DrawScan(ask, bytes));
    return SendPieces(send, kPictureMessage, PackPicture(picture));
  }
  if (ask.task == Task::kSplit || ask.task == Task::kJoin) return SplitOrJoin(ask, bytes, send);
  paper::PaperOptions options;
  options.boxes = ask.boxes;
  options.lifted = ask.lifted;
  options.search = ask.search;
  options.keep_unread = ask.keep_unread;
  options.limits = ask.limits;
  std::optional<ReadingAhead> ahead;
  if (tools.reader != nullptr && tools.readers > 1) {
    ahead.emplace(*tools.reader, ask_parent, ReadingPool::MostAhead(tools.readers));
    options.read = [&ahead](const paper::Picture& picture) { return ahead->Read(picture); };
    options.begin_to_read = [&ahead](const paper::Picture& picture) { ahead->Begin(picture); };
    options.pages_ahead = 2 * tools.readers - 1;
  } else if (tools.reader != nullptr) {
    options.read = tools.reader->AsReadPicture();
  }
  if (tools.draws) options.render = AskingRenderer(ask_parent, bytes);
  Status sent;
  const auto keep = [&sent](const Status& status) {
    if (sent.ok()) sent = status;
  };
  options.progress = [&](uint32_t page, uint32_t pages) { keep(send(kProgressMessage, PackProgress(page, pages))); };
  if (ask.task == Task::kCheck) return Check(ask, bytes, options, send);

  const redact::StandIns stand_ins(tools.key);
  redact::Replacer replacer(ask.mode, &stand_ins, /*tokenizer=*/nullptr);
  redact::Job job;
  job.finder = tools.detector.get();
  job.selection = ask.selection;
  job.replacer = ask.task == Task::kTakeOut ? &replacer : nullptr;
  // What stands on pages is told with them, and with its places.
  job.report = [&](const redact::Found& found) {
    if (!found.place.part.starts_with("page ")) keep(send(kFindMessage, PackFind(found)));
  };
  job.note = [&](const std::string& note) { keep(send(kNoteMessage, note)); };
  ASSIGN_OR_RETURN(const paper::PaperResult result, ask.format == redact::Format::kPdf
                                                        ? pdf::RedactPdf(bytes, job, options)
                                                        : scans::RedactScan(bytes, job, options));
  RETURN_IF_ERROR(sent);
  return SendResult(result, send);
}

Status Serve(std::vector<std::pair<char, std::string>> request, const Send& send) {
  if (request.empty() || request[0].first != kAskMessage) return Status(Reason::kInternal, "Nothing was asked.");
  ASSIGN_OR_RETURN(const PaperAsk ask, UnpackAsk(request[0].second));
  RETURN_IF_ERROR(CheckAsk(ask));
  std::string bytes;
  for (size_t i = 1; i < request.size(); ++i) {
    bytes += request[i].second;
    request[i].second = std::string();
  }
  const bool is_pdf = ask.format == redact::Format::kPdf;
  if (ask.task == Task::kDraw && is_pdf) {
    ASSIGN_OR_RETURN(const paper::Picture picture, DrawPdfPage(bytes, ask.draw_page, ask.dots_per_inch, ask.limits));
    return SendPieces(send, kPictureMessage, PackPicture(picture));
  }
  Tools tools;
  if (ask.task == Task::kLook || ask.task == Task::kTakeOut || ask.task == Task::kCheck) {
    ASSIGN_OR_RETURN(tools, MakeTools(ask, send));
  }
  tools.draws = is_pdf && CanDraw();
  if (is_pdf && !tools.draws) RETURN_IF_ERROR(send(kNoteMessage, kCannotDraw));
  SandboxLimits limits;
  limits.memory_bytes = uint64_t{6} << 30;
  limits.cpu_seconds = 1800;
  limits.silent_millis = 600'000;
  limits.answer_bytes = uint64_t{4} << 30;
  limits.questions = 200'000;  // a handful a page
  std::unique_ptr<ReadingPool> pool;
  if (is_pdf && tools.reader != nullptr && ask.task != Task::kCheck && ask.readers > 1) {
    tools.readers = std::min(ask.readers, kMostReaders);
    ASSIGN_OR_RETURN(pool, ReadingPool::Start(tools.readers, *tools.reader, limits));
  }
  const AskParent draw = Renderer(ask.limits, bytes);
  AskParent answer;
  if (tools.draws || pool != nullptr) {
    answer = [&](char kind, std::string_view question) {
      return pool != nullptr && (kind == kBeginQuestion || kind == kReadQuestion) ? pool->Answer(kind, question)
                                                                                  : draw(kind, question);
    };
  }
  const auto work = [&](const SendMessage& say, const AskParent& question) {
    return Work(ask, bytes, tools, say, question);
  };
  return RunConfinedAsking(work, send, answer, limits);
}

}  // namespace

int RunPaperWorker() { return RunWorker(Serve); }

}  // namespace strongroom::desk
