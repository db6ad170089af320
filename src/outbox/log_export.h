// LogExport: sends every entry of every log, in order and at least once, to the places the configuration names.
//
// A place's position in a log moves only when it has taken what lies before; it is written down (table 33 of documents)
// soon after, and a restart sends again what came in between.  So nothing is left out, and the receiver, who has index
// and hash of each entry, drops what it has seen.  Each place has a thread of its own: one that is slow, or away, holds
// up nobody but itself.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "audit/tree.h"
#include "base/status.h"
#include "outbox/log_receiver.h"
#include "vault/house.h"

namespace strongroom {

struct LogExportConfig {
  std::vector<std::string> webhooks;              // "name=https://…"
  std::vector<std::string> webhook_secret_files;  // "name=FILE", one for each
  std::vector<std::string> syslog;                // "name=tls://host:6514"; no UDP
  std::string ca_file;
  bool customers = false;  // with the audit ids of customers, and the entry's bytes
};

using LogReceivers = std::map<std::string, std::unique_ptr<LogReceiver>>;  // by name: "webhook/siem"
// kConfigInvalid.
Result<LogReceivers> MakeLogReceivers(const LogExportConfig& config);

// The roots of the complete subtrees that a tree consists of, the largest first: what somebody needs to go on from
// there.
std::vector<Digest> PeaksOf(const TreeBuilder& tree);

// For doctor and metrics.
struct LogExportState {
  struct Place {
    std::string name;
    std::map<std::string, uint64_t> behind;  // entries not taken yet, by the log's name
    uint64_t taken = 0;                      // since the start
    uint64_t failed_attempts = 0;
    UnixMillis failing_since = 0;  // 0: the last attempt did not fail
    std::string failure;           // our own words
  };
  std::vector<Place> places;
  UnixMillis now = 0;
};

// Any thread.
class LogExport {
 public:
  static constexpr size_t kMostEntries = 500;            // of a batch
  static constexpr size_t kMostBatchBytes = 512 * 1024;  // about

  // `house` must outlive this.  kDataCorrupt.
  static Result<std::unique_ptr<LogExport>> Open(House& house, LogReceivers receivers, bool customers);
  ~LogExport();
  void Start();
  // What a place's thread does, once: a batch of each log.  Answers how many entries were taken.  The failure of the
  // place is a failure.
  Result<size_t> SendDue(const std::string& place);
  // Writes down how far every place has come, as the threads do once a minute.
  Status SavePositions();
  // Entries of the log that every place has taken, durably; all there could be when there is no place.
  uint64_t Taken(const std::string& log) const;
  LogExportState State() const;

 private:
  struct Position {
    std::string origin;  // of the log that it is a position in
    uint64_t next = 0;   // the first entry that was not taken
    bool operator==(const Position&) const = default;
  };
  using Positions = std::map<std::string, Position>;  // by the log's name in the house
  struct Place;
  struct Prepared;

  LogExport(House& house, bool customers);
  Status Load(Place& place);
  Status Save(Place& place);
  Result<Prepared> Prepare(const std::string& name, const Room& room, const Position& position) const;
  LogLine EntryLine(const std::string& origin, const IndexedEntry& entry) const;
  Result<size_t> TakeTurn(Place& place, bool& current);
  void Run(Place& place);
  std::vector<std::pair<std::string, const Room*>> Logs() const;

  House& house_;
  const bool customers_;
  StopSignal stop_;
  std::map<std::string, std::unique_ptr<Place>> places_;  // fixed once open
  mutable std::mutex mutex_;                              // guards what in a place is not its thread's own
  std::condition_variable wake_;
};

}  // namespace strongroom
