#include "http/io_loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace strongroom {
namespace {

constexpr int kSweepMillis = 250;
constexpr int kEventsPerWait = 128;

thread_local const IoLoop* current_loop = nullptr;

int64_t Now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

Status SystemFailure(const char* what) {
  return Status(Reason::kInternal, std::string(what) + " failed: " + std::strerror(errno));
}

}  // namespace

Result<std::unique_ptr<IoLoop>> IoLoop::Create() {
  std::unique_ptr<IoLoop> loop(new IoLoop);
  loop->epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  if (loop->epoll_fd_ < 0) return SystemFailure("epoll_create1");
  loop->wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (loop->wake_fd_ < 0) return SystemFailure("eventfd");
  // Edge-triggered, so that the counter need never be read back; a null target marks it.
  RETURN_IF_ERROR(loop->Watch(loop->wake_fd_, nullptr));
  // Request ids must differ, not be secret: a random start, then SplitMix64, whose 2^64 outputs are all different.
  if (getrandom(&loop->id_state_, sizeof loop->id_state_, 0) != sizeof loop->id_state_)
    return SystemFailure("getrandom");
  loop->Tick();
  return loop;
}

IoLoop::~IoLoop() {
  Join();
  if (wake_fd_ >= 0) close(wake_fd_);
  if (epoll_fd_ >= 0) close(epoll_fd_);
}

void IoLoop::Start() {
  thread_ = std::thread([this] { Run(); });
}

void IoLoop::Join() {
  if (!thread_.joinable()) return;
  stop_.store(true);
  const uint64_t one = 1;
  if (write(wake_fd_, &one, sizeof one) < 0 && errno != EAGAIN) std::abort();
  thread_.join();
  while (pushing_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
}

bool IoLoop::IsCurrent() const { return current_loop == this; }

void IoLoop::Push(LoopTask* task) {
  // Once the task is in the inbox it may run, and be the last thing this loop was kept for; Join() waits for us.
  pushing_.fetch_add(1, std::memory_order_relaxed);
  LoopTask* head = inbox_.load(std::memory_order_relaxed);
  do {
    task->next_ = head;
  } while (!inbox_.compare_exchange_weak(head, task, std::memory_order_seq_cst, std::memory_order_relaxed));
  // seq_cst pairs with Run(): either the loop sees the task before it sleeps, or we see that it sleeps.
  if (sleeping_.load(std::memory_order_seq_cst) && sleeping_.exchange(false)) {
    const uint64_t one = 1;
    // EAGAIN: the counter is full, so the loop has been woken often enough.
    if (write(wake_fd_, &one, sizeof one) < 0 && errno != EAGAIN) std::abort();
  }
  pushing_.fetch_sub(1, std::memory_order_release);
}

bool IoLoop::RunInbox() {
  LoopTask* stack = inbox_.exchange(nullptr, std::memory_order_acquire);
  if (stack == nullptr) return false;
  LoopTask* in_order = nullptr;
  while (stack != nullptr) {
    LoopTask* next = stack->next_;
    stack->next_ = in_order;
    in_order = stack;
    stack = next;
  }
  while (in_order != nullptr) {
    LoopTask* next = in_order->next_;  // before it runs: it may push itself again
    in_order->RunOnLoop();
    in_order = next;
  }
  return true;
}

Status IoLoop::Watch(int fd, IoTarget* target, bool level_triggered) {
  epoll_event event{};
  event.events = level_triggered ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  if (target == nullptr) event.events = EPOLLIN | EPOLLET;
  event.data.ptr = target;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) return SystemFailure("epoll_ctl");
  return Status::Ok();
}

void IoLoop::Join(IoMember* member) {
  member->slot_ = members_.size();
  members_.push_back(member);
}

void IoLoop::Leave(IoMember* member) {
  IoMember* last = members_.back();
  members_[member->slot_] = last;
  last->slot_ = member->slot_;
  members_.pop_back();
}

uint64_t IoLoop::NextRequestId() {
  uint64_t z = (id_state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void IoLoop::Tick() {
  now_millis_ = Now(CLOCK_MONOTONIC_COARSE);
  const int64_t second = Now(CLOCK_REALTIME_COARSE) / 1000;
  if (second == date_second_) return;
  date_second_ = second;
  const time_t time = second;
  tm parts{};
  gmtime_r(&time, &parts);
  strftime(date_, sizeof date_, "%a, %d %b %Y %H:%M:%S GMT", &parts);
}

void IoLoop::Sweep() {
  if (now_millis_ - swept_millis_ < kSweepMillis) return;
  swept_millis_ = now_millis_;
  for (size_t i = members_.size(); i-- > 0;) {  // backwards: Leave() moves the last into the gap
    if (i < members_.size()) members_[i]->OnSweep(now_millis_);
  }
}

void IoLoop::Run() {
  current_loop = this;
  // Signals are main()'s, and SIGPIPE of a peer that left must end nothing.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  epoll_event events[kEventsPerWait];
  while (!stop_.load()) {
    sleeping_.store(true, std::memory_order_seq_cst);
    const bool has_work = inbox_.load(std::memory_order_seq_cst) != nullptr;
    const int count = epoll_wait(epoll_fd_, events, kEventsPerWait, has_work ? 0 : kSweepMillis);
    sleeping_.store(false, std::memory_order_relaxed);
    if (count < 0 && errno != EINTR) std::abort();
    Tick();
    for (int i = 0; i < count; ++i) {
      if (events[i].data.ptr != nullptr) static_cast<IoTarget*>(events[i].data.ptr)->OnEvents(events[i].events);
    }
    RunInbox();
    Sweep();
    for (auto& drop : deferred_) drop();
    deferred_.clear();
  }
  RunInbox();
  for (auto& drop : deferred_) drop();
  deferred_.clear();
}

}  // namespace strongroom
