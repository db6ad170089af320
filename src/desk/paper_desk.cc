#include "desk/paper_desk.h"

#include <algorithm>
#include <chrono>

#include "confined/worker.h"
#include "desk/paper_messages.h"

namespace strongroom::desk {
namespace {

constexpr size_t kPieceBytes = size_t{8} << 20;
constexpr std::chrono::milliseconds kLook{200};  // how often `gone` is asked

bool IsGone(const PaperDesk::Watch& watch) { return watch.gone && watch.gone(); }

Status BrokenOff() { return Status(Reason::kShuttingDown, "It was broken off: nobody waits for it any more."); }

}  // namespace

Status PaperDesk::TakePlace(const Watch& watch) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (busy_ >= settings_.at_once) {
    if (waiting_ >= settings_.waiting) {
      return Status(Reason::kOverloaded,
                    "As many documents are being gone through as this server can; try again soon.");
    }
    ++waiting_;
    bool gone = false;
    while (busy_ >= settings_.at_once && !gone) {
      if (free_.wait_for(lock, kLook) == std::cv_status::no_timeout) continue;
      lock.unlock();  // who is asked may take its time
      gone = IsGone(watch);
      lock.lock();
    }
    --waiting_;
    if (gone) {
      if (busy_ < settings_.at_once) free_.notify_one();  // this thread may have been told of it, and has no use for it
      return BrokenOff();
    }
  }
  ++busy_;
  return Status::Ok();
}

void PaperDesk::GivePlace() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --busy_;
  }
  free_.notify_one();
}

Result<PaperAnswer> PaperDesk::Do(const PaperAsk& ask, std::string_view bytes, const Watch& watch) {
  if (bytes.size() > ask.limits.bytes) {
    return Status(Reason::kBodyTooLarge, "The file is larger than " + std::to_string(ask.limits.bytes >> 20) + " MiB.");
  }
  RETURN_IF_ERROR(TakePlace(watch));
  struct Place {
    PaperDesk& desk;
    ~Place() { desk.GivePlace(); }
  } const place{*this};
  const Bytes packed = PackAsk(ask);
  WorkerRequest request = {{kAskMessage, packed}};
  for (size_t at = 0; at < bytes.size(); at += kPieceBytes)
    request.emplace_back(kBytesMessage, bytes.substr(at, kPieceBytes));
  WorkerLimits limits;
  limits.millis = settings_.millis;
  limits.gone = watch.gone;
  AnswerReader reader(watch.progress);
  const Status status = AskWorker(
      {settings_.program, kPaperWorkerArgument}, request,
      [&reader](char kind, std::string_view payload) { return reader.Take(kind, payload); }, limits);
  if (!status.ok()) return IsGone(watch) ? BrokenOff() : status;
  return reader.Finish();
}

}  // namespace strongroom::desk
