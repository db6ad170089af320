// Files of paper (PDF, scans) gone through: several at once, each by a worker process, written whole or not at all.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"
#include "cli/find_report.h"
#include "cli/redaction_files.h"
#include "desk/paper_desk.h"

namespace strongroom {

struct PaperSettings {
  desk::PaperAsk ask;                                     // of every file, apart from its format
  std::string worker;                                     // the program that is started as a worker
  uint32_t jobs = 1;                                      // files at once
  std::string proof_directory;                            // empty: no proof
  std::string manual_boxes;                               // docs/formats/manual-boxes.md, for every file; empty: none
  std::function<std::string(const Target&)> destination;  // empty answer: the bytes are kept in the outcome
  std::function<bool(const Target&, int64_t modified_nanos)> is_done;  // an earlier run did it
};

struct PaperOutcome {
  Status status;
  bool skipped = false;
  desk::PaperAnswer answer;
};

// The finds and pages of an answer, into a report; the file was begun.
void ReportPaper(const desk::PaperAnswer& answer, FindReport& report);
// The same for whoever asked with a job: a document inside a message.
void ReportPaper(const desk::PaperAnswer& answer, const redact::Job& job);

// Begins at once.  What it is given outlives it.
class PaperFiles {
 public:
  PaperFiles(const PaperSettings& settings, const std::vector<Target>& targets, Terminal& terminal);
  // Ends what runs, and leaves nothing half.
  ~PaperFiles();
  PaperFiles(const PaperFiles&) = delete;
  PaperFiles& operator=(const PaperFiles&) = delete;

  // Of the target with this index, once; calls `idle` a few times a second until it is there.
  PaperOutcome Wait(size_t index, const std::function<void()>& idle);
  // Of all files, by the pages that were done.
  uint64_t done_bytes() const;

 private:
  void Work();
  PaperOutcome One(size_t index);
  Status GoThrough(size_t index, PaperOutcome& outcome);
  Status AddManualBoxes(const std::string& bytes, desk::PaperAsk& ask);
  Status Prove(const Target& target, const desk::PaperAsk& ask, const std::string& before,
               const desk::PaperAnswer& answer);
  desk::PaperDesk::Watch WatchOf(size_t index);

  const PaperSettings& settings_;
  const std::vector<Target>& targets_;
  Terminal& terminal_;
  desk::PaperDesk desk_;
  std::atomic<bool> ending_ = false;
  std::atomic<size_t> next_ = 0;
  std::vector<std::atomic<uint64_t>> done_bytes_;  // of each target
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<std::optional<PaperOutcome>> outcomes_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace strongroom
