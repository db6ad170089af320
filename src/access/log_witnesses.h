// LogWitnesses: lets the checkpoints of this house's logs leave the machine, on a thread of its own.
//
// Each round it sends the newest checkpoint of each log that grew to the configured witnesses (tlog-witness), with the
// proof that it continues what that witness knows, and keeps the newest that enough of them cosigned.  Once in a while
// the checkpoint also goes to whom the outbox tells what concerns the house.  What left stands in one document of the
// office (docs/formats/witness.md), so that `doctor` knows, and an auditor can fetch it.
//
// A witness that knows another history of a log than this one is the alarm this is all for: told to the house, and red
// in `doctor` for as long as it says so.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "access/witness_config.h"
#include "access/witness_record.h"
#include "audit/receipt.h"
#include "client/stop_signal.h"
#include "client/web_client.h"
#include "outbox/outbox.h"
#include "vault/gate.h"
#include "witness/add_checkpoint.h"

namespace strongroom {

enum class WitnessTrouble : uint8_t {
  kUnreachable,  // no answer, or none that helps; tried again
  kRefuses,      // it does not take this log, or its cosignature does not verify: a matter of configuration
  kForked,       // it has seen a history that this log does not continue
};

struct WitnessProblem {
  std::string witness;  // its name in the configuration
  std::string log;
  WitnessTrouble trouble = WitnessTrouble::kUnreachable;
  std::string what;  // in our own words
};

// For `doctor`.
struct LeavingState {
  bool known = false;
  size_t witnesses = 0;
  size_t quorum = 0;
  uint32_t stale_after_hours = 0;
  UnixMillis now = 0;
  struct Log {
    std::string name;
    UnixMillis left_at = 0;  // 0: never
    bool witnessed = false;  // the last time by witnesses; else by mail, webhook or syslog
  };
  std::vector<Log> logs;  // those with entries
  std::vector<WitnessProblem> problems;

  // Every log's checkpoint has left, and lately.
  bool Leaves() const;
};

// Any thread.
class LogWitnesses {
 public:
  // All must outlive this.  `web`: how witnesses are reached; tests bring their own.  kDataCorrupt.
  static Result<std::unique_ptr<LogWitnesses>> Open(Gate& gate, Outbox& outbox, const WitnessConfig& config,
                                                    std::unique_ptr<const WebClient> web = nullptr);
  ~LogWitnesses();
  void Start();
  // One round: what the thread does.  Answers how many checkpoints were witnessed or put into the outbox.
  Result<size_t> RunDue();

  // The newest witnessed checkpoint of a log, a note with the cosignatures.  kNotInitialised: there is none yet.
  // Action audit.read.
  Receipted<std::string> Newest(const Caller& caller, std::string_view log) const;
  // The same for everybody, where the configuration publishes the logs' hashes; else kRouteNotFound.
  Result<std::string> NewestPublic(std::string_view log) const;
  LeavingState State() const;
  // Entries of this log that a witnessed checkpoint covers; all there could be when no witness is configured.
  uint64_t Covered(const std::string& log) const;

 private:
  // Checkpoints that receivers took, as their notes; shared with the outbox, which may outlive this.
  struct Deliveries {
    std::mutex mutex;
    std::vector<std::string> notes;
  };
  // One log in one round.
  struct Round {
    std::string name;
    const LogReader* reader = nullptr;
    std::string note;
    Checkpoint checkpoint;
  };
  // What is known of one witness and one log; lost by a restart, which costs a question.
  struct Standing {
    std::optional<uint64_t> known_size;
    std::string cosigned_text;  // the checkpoint's, of which `line` is a cosignature
    std::string line;
  };
  struct Pause {
    int64_t until_ms = 0;  // monotonic
    uint32_t failures = 0;
  };

  LogWitnesses(Gate& gate, Outbox& outbox, WitnessConfig config, WitnessPlaces places);
  Result<std::vector<Round>> Rounds() const;
  Result<Round> RoundOf(const std::string& name, const LogReader& reader) const;
  bool HasGrown(const Round& round, const LeftCheckpoint& left) const;
  bool IsOld(const LeftCheckpoint& left) const;
  bool MayRetry(const Round& round) const;
  bool IsPaused(const WitnessPlace& place, const Round& round, int64_t now_ms) const;
  // Those who have not cosigned this checkpoint, or with `anew` all.  True when enough have, and one of them just now.
  bool AskWitnesses(const Round& round, LeftCheckpoint& left, bool anew);
  void Ask(const WitnessPlace& place, const Round& round, uint64_t presumed_size);
  std::optional<WitnessProblem> AskOnce(const WitnessPlace& place, const Round& round, Standing& standing);
  std::optional<WitnessProblem> Judge(const WitnessPlace& place, const Round& round, Standing& standing,
                                      const WebAnswer& answer);
  void Remember(const WitnessPlace& place, const Round& round, std::optional<WitnessProblem> problem);
  bool Tell(const Round& round, LeftCheckpoint& left, SealedBatch& batch) const;
  size_t TakeDeliveries(const std::vector<Round>& rounds, WitnessRecord& record);
  Status Save(const WitnessRecord& record, SealedBatch batch, size_t count);
  void Run();

  Gate& gate_;
  Outbox& outbox_;
  const WitnessConfig config_;
  const WitnessPlaces places_;
  StopSignal stop_;
  std::unique_ptr<const WebClient> web_;
  const std::shared_ptr<Deliveries> deliveries_ = std::make_shared<Deliveries>();

  std::mutex run_mutex_;                                               // one round at a time; guards the next four
  std::map<std::pair<std::string, std::string>, Standing> standings_;  // by witness and log
  std::map<std::pair<std::string, std::string>, Pause> pauses_;        // log empty: of the whole witness
  StoreVersion version_ = kAbsent;                                     // of the document
  uint64_t own_entries_ = 0;  // that rounds added to the office's log since it was witnessed

  mutable std::mutex mutex_;  // guards what follows
  WitnessRecord record_;
  std::map<std::pair<std::string, std::string>, WitnessProblem> problems_;
  std::vector<std::string> logs_with_entries_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace strongroom
