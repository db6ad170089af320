#include "desk/paper_pages.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace strongroom::desk {
namespace {

constexpr std::string_view kFirstPage = "page 1:";  // how a note on the only page of a part begins

std::vector<paper::PageBox> OfPage(const std::vector<paper::PageBox>& boxes, uint32_t page) {
  std::vector<paper::PageBox> own;
  for (const paper::PageBox& box : boxes) {
    if (box.page == page) own.push_back({1, box.box});
  }
  return own;
}

class Pages {
 public:
  Pages(PaperDesk& desk, const PaperAsk& ask, const PaperDesk::Watch& watch, const PaperAnswer& split)
      : desk_(desk), ask_(ask), watch_(watch), answers_(split.parts.size()) {
    size_t at = 0;
    for (const uint64_t size : split.parts) {
      parts_.push_back(std::string_view(split.result.bytes).substr(at, size));
      at += size;
    }
  }

  Result<PaperAnswer> Do(uint32_t at_once) {
    std::vector<std::thread> others;
    for (uint32_t i = 1; i < std::min<size_t>(at_once, parts_.size()); ++i) others.emplace_back([this] { Work(); });
    Work();
    for (std::thread& thread : others) thread.join();
    if (failed_) return Failure();
    return Joined();
  }

 private:
  // Those that were not begun, or were broken off, have another's failure to thank for it.
  Status Failure() const {
    Status broken_off(Reason::kInternal, "no page failed");
    for (size_t i = 0; i < answers_.size(); ++i) {
      if (!answers_[i] || answers_[i]->ok()) continue;
      const Status status = answers_[i]->status();
      if (status.reason() != Reason::kShuttingDown)
        return Status(status.reason(), "Page " + std::to_string(i + 1) + ": " + status.message());
      broken_off = status;
    }
    return broken_off;
  }

  void Work() {
    while (!failed_) {
      const size_t index = next_.fetch_add(1);
      if (index >= parts_.size()) return;
      const auto page = static_cast<uint32_t>(index + 1);
      PaperAsk ask = ask_;
      ask.boxes = OfPage(ask_.boxes, page);
      ask.lifted = OfPage(ask_.lifted, page);
      PaperDesk::Watch watch;
      watch.gone = [this] { return failed_ || (watch_.gone && watch_.gone()); };
      answers_[index] = desk_.Do(ask, parts_[index], watch);
      if (!answers_[index]->ok()) failed_ = true;
      const auto done = static_cast<uint32_t>(done_.fetch_add(1) + 1);
      if (watch_.progress) watch_.progress(done, static_cast<uint32_t>(parts_.size()));
    }
  }

  Result<PaperAnswer> Joined() {
    PaperAnswer all;
    PaperAsk join = ask_;
    join.task = Task::kJoin;
    std::string bytes;
    for (size_t i = 0; i < answers_.size(); ++i) {
      PaperAnswer& one = **answers_[i];
      for (paper::PaperPage& page : one.result.pages) all.result.pages.push_back(std::move(page));
      for (std::string& note : one.notes) {
        if (note.starts_with(kFirstPage)) note = "page " + std::to_string(i + 1) + note.substr(kFirstPage.size() - 1);
        if (std::find(all.notes.begin(), all.notes.end(), note) == all.notes.end()) all.notes.push_back(note);
      }
      all.kept.push_back(one.names);
      join.parts.push_back(one.result.bytes.size());
      bytes += one.result.bytes;
      one.result.bytes = std::string();
    }
    if (ask_.task != Task::kTakeOut) return all;
    join.limits.bytes = std::max<uint64_t>(join.limits.bytes, bytes.size());
    ASSIGN_OR_RETURN(PaperAnswer joined, desk_.Do(join, bytes, watch_));
    all.result.bytes = std::move(joined.result.bytes);
    return all;
  }

  PaperDesk& desk_;
  const PaperAsk& ask_;
  const PaperDesk::Watch& watch_;
  std::vector<std::string_view> parts_;
  std::vector<std::optional<Result<PaperAnswer>>> answers_;
  std::atomic<size_t> next_ = 0;
  std::atomic<size_t> done_ = 0;
  std::atomic<bool> failed_ = false;
};

}  // namespace

Result<PaperAnswer> DoPages(PaperDesk& desk, const PaperAsk& ask, std::string_view bytes, uint32_t at_once,
                            const PaperDesk::Watch& watch) {
  const bool may_split = ask.task == Task::kLook || ask.task == Task::kTakeOut;
  if (at_once < 2 || !may_split) return desk.Do(ask, bytes, watch);
  if (ask.format == redact::Format::kPdf) {
    PaperAsk together = ask;
    together.readers = at_once;
    return desk.Do(together, bytes, watch);
  }
  PaperAsk split = ask;
  split.task = Task::kSplit;
  PaperDesk::Watch quiet;
  quiet.gone = watch.gone;
  ASSIGN_OR_RETURN(const PaperAnswer parts, desk.Do(split, bytes, quiet));
  if (parts.parts.size() < 2) return desk.Do(ask, bytes, watch);
  return Pages(desk, ask, watch, parts).Do(at_once);
}

}  // namespace strongroom::desk
