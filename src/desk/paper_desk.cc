#include "desk/paper_desk.h"

#include <algorithm>

#include "confined/worker.h"
#include "desk/paper_messages.h"

namespace strongroom::desk {
namespace {

constexpr size_t kPieceBytes = size_t{8} << 20;

}  // namespace

bool PaperDesk::TakePlace() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (busy_ >= settings_.at_once) {
    if (waiting_ >= settings_.waiting) return false;
    ++waiting_;
    free_.wait(lock, [this] { return busy_ < settings_.at_once; });
    --waiting_;
  }
  ++busy_;
  return true;
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
  if (!TakePlace()) {
    return Status(Reason::kOverloaded, "As many documents are being gone through as this server can; try again soon.");
  }
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
  RETURN_IF_ERROR(AskWorker(
      {settings_.program, kPaperWorkerArgument}, request,
      [&reader](char kind, std::string_view payload) { return reader.Take(kind, payload); }, limits));
  return reader.Finish();
}

}  // namespace strongroom::desk
