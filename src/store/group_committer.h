// GroupCommitter: one thread that commits what is waiting.  What queues while one group is being written goes into the
// next (up to 1 MiB); nobody ever waits for company.  That is what makes "durable before answered" fast.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/store.h"

namespace strongroom {

class GroupCommitter {
 public:
  // Called on the committer's thread when the batch is durable or has failed; must be quick and must not block.
  using Done = std::function<void(const Status&)>;

  // What travels with a batch to the hook below; owned by the committer until the batch is done.
  struct Attachment {
    virtual ~Attachment() = default;
    // Asked on the committer's thread just before the batch is handed to the store; a batch that may not be committed
    // any more is answered with this status.  Whoever makes it fail, and then has one more batch committed, knows that
    // everything which passed before is settled.
    virtual Status BeforeCommit() const { return Status::Ok(); }
    // The same as a Done, for whoever has an attachment anyway.
    virtual void OnDone(const Status& /*status*/) {}
  };
  // Called on the committer's thread between the checks and the write of each group, with the attachments of the
  // admitted batches in order (null where a batch has none).  Adds rows that are written with them.
  using Hook = std::function<Status(const std::vector<Attachment*>& admitted, StoreBatch& extra)>;
  // Called on the committer's thread after the group was written (ok) or not: lets the hook's owner keep or drop what
  // it assumed when it was called.  Not called when the hook was not.
  using AfterGroup = std::function<void(bool written)>;

  // `store` must outlive this.
  explicit GroupCommitter(Store& store, Hook hook = {}, AfterGroup after = {});
  // Writes what is queued, then stops.
  ~GroupCommitter();

  // `attachment` and `done` may be empty.
  void Submit(StoreBatch batch, std::unique_ptr<Attachment> attachment, Done done = {});
  // Submits and waits.  Not from a Done or a Hook.
  Status Commit(StoreBatch batch, std::unique_ptr<Attachment> attachment = nullptr);

 private:
  static constexpr size_t kGroupLimitBytes = 1 << 20;
  struct Waiting {
    StoreBatch batch;
    std::unique_ptr<Attachment> attachment;
    Done done;
  };
  void Run();
  // True when the batch may not be committed: it was answered.
  static bool Refused(Waiting& waiting);
  void CommitGroup(std::vector<Waiting>& group);

  Store& store_;
  const Hook hook_;
  const AfterGroup after_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace strongroom
