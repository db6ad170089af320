#include "store/group_committer.h"

#include <future>
#include <utility>

namespace strongroom {

GroupCommitter::GroupCommitter(Store& store, Hook hook, AfterGroup after)
    : store_(store), hook_(std::move(hook)), after_(std::move(after)), thread_([this] { Run(); }) {}

GroupCommitter::~GroupCommitter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void GroupCommitter::Submit(StoreBatch batch, std::unique_ptr<Attachment> attachment, Done done) {
  bool was_empty = false;
  {
    std::lock_guard lock(mutex_);
    was_empty = queue_.empty();
    queue_.push_back({std::move(batch), std::move(attachment), std::move(done)});
  }
  if (was_empty) wake_.notify_one();
}

Status GroupCommitter::Commit(StoreBatch batch, std::unique_ptr<Attachment> attachment) {
  std::promise<Status> promise;
  Submit(std::move(batch), std::move(attachment), [&promise](const Status& status) { promise.set_value(status); });
  return promise.get_future().get();
}

void GroupCommitter::Run() {
  std::vector<Waiting> taken;
  std::vector<Waiting> group;
  while (true) {
    taken.clear();
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;  // stopping, and everything was written
      taken.swap(queue_);
    }
    size_t group_bytes = 0;
    for (Waiting& waiting : taken) {
      if (Refused(waiting)) continue;
      const size_t size_bytes = waiting.batch.ApproximateSizeBytes();
      if (!group.empty() && group_bytes + size_bytes > kGroupLimitBytes) {
        CommitGroup(group);
        group_bytes = 0;
      }
      group_bytes += size_bytes;
      group.push_back(std::move(waiting));
    }
    if (!group.empty()) CommitGroup(group);
  }
}

bool GroupCommitter::Refused(Waiting& waiting) {
  if (waiting.attachment == nullptr) return false;
  const Status refusal = waiting.attachment->BeforeCommit();
  if (refusal.ok()) return false;
  waiting.attachment->OnDone(refusal);
  if (waiting.done) waiting.done(refusal);
  waiting = Waiting();
  return true;
}

void GroupCommitter::CommitGroup(std::vector<Waiting>& group) {
  std::vector<const StoreBatch*> batches;
  batches.reserve(group.size());
  for (const Waiting& waiting : group) batches.push_back(&waiting.batch);
  bool hook_called = false;
  Store::Finisher finish;
  if (hook_) {
    finish = [&](const std::vector<size_t>& admitted, StoreBatch& extra) {
      hook_called = true;
      std::vector<Attachment*> attachments;
      attachments.reserve(admitted.size());
      for (size_t index : admitted) attachments.push_back(group[index].attachment.get());
      return hook_(attachments, extra);
    };
  }
  const std::vector<Status> results = store_.CommitGroup(batches, finish);
  if (hook_called && after_) {
    bool written = false;
    for (const Status& result : results) written = written || result.ok();
    after_(written);
  }
  for (size_t i = 0; i < group.size(); ++i) {
    if (group[i].attachment != nullptr) group[i].attachment->OnDone(results[i]);
    if (group[i].done) group[i].done(results[i]);
  }
  group.clear();
}

}  // namespace strongroom
