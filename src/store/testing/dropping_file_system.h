// DroppingFileSystem: a RocksDB file system whose power can be cut, and which then loses what was never flushed.
//
// It writes real files through to another file system and remembers, for each, how many bytes were synced, and for the
// directory, which creations, renames and deletions no directory fsync has made durable.  After the cut every call
// fails; LoseUnsynced() then makes the image that a machine would find on starting again:
//  - of each file, the synced bytes, and of the rest nothing, or a part, possibly damaged (TailLoss);
//  - of the pending directory changes, the first few in their order, as a journalled file system leaves them.
// A sync here marks bytes as durable and does not flush the real disk: cycles are quick and no less strict.
//
// Any thread.  One directory tree; hard links and files written in place are not supported.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

namespace strongroom {

enum class TailLoss : uint8_t {
  kWhole,   // nothing that was not synced survives
  kTorn,    // a random first part survives
  kGarbled  // a random first part survives, some of its pages zeroed or scrambled
};

// What the disk may do instead of what it is asked to.
enum class DiskFault : uint8_t {
  kPowerCut,  // that call fails, and the power is gone
  kIoError,   // that call fails, once
  kNoSpace,   // that call and all later ones that need space fail, until the fault is cleared
  kReadError  // that read fails, once
};

// The call that meets a fault: the nth from now that changes what lies in `directory` (empty: anywhere); of kReadError
// the nth that reads from a file there.
struct PlannedFault {
  DiskFault kind = DiskFault::kPowerCut;
  std::string directory;
  uint64_t nth = 1;
  // Counts write-ahead logs alone: they are written by whoever commits, so the same calls come in the same order each
  // time, while flushes and compactions come when RocksDB's own threads get to them.
  bool logs_only = false;
};

struct LossReport {
  uint64_t bytes_lost = 0;
  uint64_t bytes_garbled = 0;
  uint64_t directory_changes_undone = 0;
};

class DroppingFileSystem : public rocksdb::FileSystemWrapper {
 public:
  // `graveyard` is an existing directory, outside the store's, on the same real file system: deleted files wait there.
  DroppingFileSystem(uint64_t seed, std::string graveyard);

  const char* Name() const override { return "DroppingFileSystem"; }

  void CutPower();
  // Cuts it at the nth call from now that would change the disk; that call fails (an append may still leave a part).
  void CutPowerAfter(uint64_t changes);
  // Replaces the fault that was planned before.
  void PlanFault(PlannedFault fault);
  void ClearFault();
  uint64_t faults_made() const { return faults_; }
  // Called before each change of the disk, on the thread that makes it: a slow disk lets a simulated clock go on.
  void SetBeforeChange(std::function<void()> hook);
  bool power_is_off() const;
  uint64_t changes_seen() const { return changes_; }

  // Makes the image and turns the power on.  Precondition: the power is off and every file is closed.
  LossReport LoseUnsynced(TailLoss tail_loss);

  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Truncate(const std::string& path, size_t size, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;

 private:
  class File;
  class SequentialFile;
  class RandomAccessFile;
  class Directory;

  struct FileState {
    uint64_t written_bytes = 0;
    uint64_t synced_bytes = 0;
  };
  using FileStatePtr = std::shared_ptr<FileState>;

  // One change of a directory that is not durable yet.
  struct Change {
    enum class Kind : uint8_t { kCreate, kDelete, kRename } kind = Kind::kCreate;
    std::string path;
    std::string renamed_to;
    std::string grave;          // where the deleted or replaced file waits; empty: none
    FileStatePtr buried_state;  // of the file in the grave; null: untracked, wholly durable
  };

  // Counts a change of the disk and says whether power and planned fault allow it.  Hold `power` while making the
  // change. `needs_space`: a full disk refuses it.
  rocksdb::IOStatus BeginChange(const std::string& path, bool needs_space, std::shared_lock<std::shared_mutex>& power);
  bool MeetsFault(const std::string& path, bool needs_space, DiskFault& kind);
  rocksdb::IOStatus CheckPower() const;
  // Counts a read and says whether power and planned fault allow it.
  rocksdb::IOStatus BeginRead(const std::string& path);
  rocksdb::IOStatus Bury(const std::string& path, Change& change);  // needs state_mutex_
  void Undo(const Change& change);
  void LoseTail(const std::string& path, FileState& state, TailLoss tail_loss, LossReport& report) const;
  void LoseDirectoryChanges(LossReport& report);
  // Of what is drawn for this loss about this path: the same whatever else was drawn.
  uint64_t SeedFor(const std::string& path, uint64_t more) const;
  void DirectorySynced(const std::string& directory);

  const std::string graveyard_;
  mutable std::shared_mutex power_mutex_;  // held shared by every change, alone by the cut
  bool power_on_ = true;                   // guarded by power_mutex_
  std::atomic<uint64_t> changes_ = 0;
  std::atomic<uint64_t> cut_at_ = UINT64_MAX;

  std::mutex fault_mutex_;  // guards the next four
  std::optional<PlannedFault> fault_;
  uint64_t fault_calls_ = 0;  // that the planned fault counted
  std::function<void()> before_change_;
  std::atomic<uint64_t> faults_ = 0;

  const uint64_t seed_;
  std::mutex state_mutex_;  // guards the rest
  uint64_t losses_ = 0;
  std::map<std::string, FileStatePtr> files_;
  std::deque<Change> pending_;
  uint64_t graves_ = 0;
};

// An Env over `file_system` whose sleeps last a millisecond at most: RocksDB's background threads wait a whole second
// after every error, and after a cut there are many.
std::unique_ptr<rocksdb::Env> MakeImpatientEnv(std::shared_ptr<rocksdb::FileSystem> file_system);

}  // namespace strongroom
