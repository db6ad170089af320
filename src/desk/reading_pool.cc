#include "desk/reading_pool.h"

#include <algorithm>

#include "base/encoding.h"
#include "desk/paper_messages.h"

namespace strongroom::desk {
namespace {

constexpr size_t kPieceBytes = size_t{8} << 20;
constexpr size_t kMostHeldBytes = size_t{1} << 30;  // of pictures that are not read yet

// What a reader is asked.
constexpr char kPiece = 'p';  // of a packed picture
constexpr char kRead = 'r';   // the pieces since the last one
constexpr char kText = 't';   // its answer

// A reader's whole life: pieces come, and are read when all are there.
ConfinedService::Serve Reading(scans::PageReader& reader) {
  return [&reader, packed = std::string()](char kind, std::string_view request, const SendMessage& send,
                                           const AskParent&) mutable -> Status {
    if (kind == kPiece) {
      packed += request;
      return Status::Ok();
    }
    const Result<paper::Picture> picture = UnpackPicture(std::exchange(packed, {}));
    RETURN_IF_ERROR(picture.status());
    ASSIGN_OR_RETURN(const paper::PageText text, reader.Read(*picture));
    return send(kText, PackText(text));
  };
}

Status NoQuestions() { return Status(Reason::kInternal, "A reader asks nothing."); }

Result<std::string> ReadBy(ConfinedService& service, std::string_view packed) {
  std::string text;
  const auto hear = [&text](char, std::string_view said) {
    text.append(said);
    return Status::Ok();
  };
  const AskParent answer = [](char, std::string_view) -> Result<std::string> { return NoQuestions(); };
  for (size_t at = 0; at < packed.size(); at += kPieceBytes)
    RETURN_IF_ERROR(service.Call(kPiece, packed.substr(at, kPieceBytes), hear, answer));
  RETURN_IF_ERROR(service.Call(kRead, {}, hear, answer));
  return text;
}

Bytes PackNumber(uint32_t number) {
  Bytes packed;
  ByteWriter(packed).U32(number);
  return packed;
}

bool Same(const paper::Picture& one, const paper::Picture& other) {
  return one.width == other.width && one.height == other.height && one.channels == other.channels &&
         one.dots_per_inch == other.dots_per_inch && one.samples == other.samples;
}

}  // namespace

Result<std::unique_ptr<ReadingPool>> ReadingPool::Start(uint32_t readers, scans::PageReader& reader,
                                                        const SandboxLimits& limits) {
  std::unique_ptr<ReadingPool> pool(new ReadingPool());
  for (uint32_t i = 0; i < readers; ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<ConfinedService> service, ConfinedService::Start(Reading(reader), {}, limits));
    pool->services_.push_back(std::move(service));
  }
  return pool;
}

ReadingPool::~ReadingPool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ReadingPool::Work(ConfinedService& service) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const Picture picture = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Result<std::string> text = ReadBy(service, picture.packed);
    lock.lock();
    held_bytes_ -= picture.packed.size();
    done_.emplace(picture.number, std::move(text));
    changed_.notify_all();
  }
}

Result<std::string> ReadingPool::Answer(char kind, std::string_view question) {
  ByteReader reader(question);
  const uint32_t number = reader.U32();
  std::unique_lock<std::mutex> lock(mutex_);
  if (kind == kBeginQuestion) {
    const std::string_view packed = reader.failed() ? std::string_view() : reader.Rest();
    if (begun_.size() >= MostAhead(services_.size()) || packed.size() > kMostHeldBytes - held_bytes_)
      return Status(Reason::kInternal, "The sandbox begins more than it may.");
    if (packed.empty() || !begun_.insert(number).second)
      return Status(Reason::kInternal, "The sandbox asked nonsense.");
    held_bytes_ += packed.size();
    waiting_.push_back({number, std::string(packed)});
    if (threads_.size() < services_.size())
      threads_.emplace_back([this, service = services_[threads_.size()].get()] { Work(*service); });
    changed_.notify_all();
    return std::string();
  }
  if (kind != kReadQuestion || begun_.erase(number) == 0)
    return Status(Reason::kInternal, "The sandbox asked nonsense.");
  changed_.wait(lock, [&] { return done_.contains(number); });
  const auto done = done_.find(number);
  Result<std::string> text = std::move(done->second);
  done_.erase(done);
  return text;
}

std::list<ReadingAhead::Begun>::iterator ReadingAhead::Find(const paper::Picture& picture) {
  return std::find_if(begun_.begin(), begun_.end(), [&](const Begun& one) { return Same(one.picture, picture); });
}

void ReadingAhead::Begin(const paper::Picture& picture) {
  if (begun_.size() >= most_ || Find(picture) != begun_.end()) return;
  const uint32_t number = next_++;
  if (ask_(kBeginQuestion, PackNumber(number) + PackPicture(picture)).ok()) begun_.push_back({number, picture});
}

Result<paper::PageText> ReadingAhead::Read(const paper::Picture& picture) {
  const auto begun = Find(picture);
  if (begun == begun_.end()) return reader_.Read(picture);
  const uint32_t number = begun->number;
  begun_.erase(begun);
  const Result<std::string> text = ask_(kReadQuestion, PackNumber(number));
  // A reader that ended takes nothing from what is said here.
  return text.ok() ? UnpackText(*text) : reader_.Read(picture);
}

}  // namespace strongroom::desk
