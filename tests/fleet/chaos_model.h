// What callers of a fleet were told, kept beside it: what every answer is held to, while it runs and at the end.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "base/status.h"
#include "client/client.h"

namespace strongroom {

int64_t SteadyMillis();

struct ChaosPerson {
  std::string code;
  std::string note;
  std::string room;                     // where they were made
  std::atomic<bool> moves{false};       // somebody asked to move it, perhaps more than once
  std::atomic<bool> unanswered{false};  // ... and was not answered: that may be done later
  std::atomic<bool> in_vip{false};      // where it lives, when all were answered
  std::atomic<bool> doubtful{false};    // somebody asked to erase it
  std::atomic<int64_t> gone_ms{0};      // when an erasure was acknowledged
};

// An acknowledged operation, as the log has to name it.
struct ChaosDone {
  std::string room;  // empty: main or vip, of one who moves
  std::string request_id;
  std::string action;
};

struct ChaosKey {
  std::string id;
  std::string text;
  std::atomic<int64_t> revoked_ms{0};  // when the revocation was acknowledged
};

// Any thread.
class ChaosModel {
 public:
  using Random = std::mt19937_64;

  std::shared_ptr<ChaosPerson> Created(const std::string& code, const std::string& note, const std::string& room);
  // Null when there is nobody yet.
  std::shared_ptr<ChaosPerson> Any(Random& random) const;
  std::vector<std::shared_ptr<ChaosPerson>> Everybody() const;

  void AcknowledgedOf(const ChaosPerson& person, const std::string& action, const ClientResponse& answer);
  void Acknowledged(const std::string& room, const std::string& action, const ClientResponse& answer);
  std::vector<ChaosDone> AllDone() const;

  void UseKey(std::shared_ptr<ChaosKey> key);
  std::shared_ptr<ChaosKey> KeyInUse() const;

  // What an answer to a reveal says about what was promised.  `begun_ms`: when it was asked.
  void CheckReveal(const ChaosPerson& person, int64_t begun_ms, const Result<ClientResponse>& answer);

  void Found(const std::string& broken_promise);
  std::vector<std::string> findings() const;
  // Counts under a name: acknowledged operations, refusals by their code.
  void Count(const std::string& what, uint64_t by = 1);
  void CountFailure(const std::string& operation, const Status& status);
  std::map<std::string, uint64_t> counts() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<ChaosPerson>> people_;
  std::vector<ChaosDone> done_;
  std::vector<std::string> findings_;
  std::map<std::string, uint64_t> counts_;
  std::shared_ptr<ChaosKey> key_;
};

}  // namespace strongroom
