// Score: where a small company stands, in one figure, and the three things to do next.
//
// Each check looks at what is so at this moment and gives points for it; nothing is asked of anybody's intentions.  The
// links name a page of the console.
#pragma once

#include <string>
#include <vector>

#include "access/access_settings.h"
#include "access/api_keys.h"
#include "access/ceiling.h"
#include "access/last_use.h"
#include "access/registers.h"
#include "access/review.h"
#include "access/staff_service.h"
#include "audit/receipt.h"
#include "outbox/outbox.h"
#include "vault/gate.h"

namespace strongroom {

// What only whoever runs the server knows of the installation.
struct HouseFacts {
  bool development_lock = false;   // the key beside the data: whoever copies the disk opens everything
  bool keys_apart = false;         // key_dir on another disk
  bool checkpoints_leave = false;  // somebody outside keeps checkpoints of the log
};

struct ScoreCheck {
  std::string id;  // "two-administrators"
  int points = 0;
  int of = 0;
  std::string what;  // in a few words
  std::string why;
  std::string how;
  std::string link;                // "/console/staff"
  std::vector<std::string> names;  // of fields or registers it speaks of; never of people
};

struct ScoreReport {
  int score = 0;  // 0 to 100
  std::vector<ScoreCheck> checks;
  std::vector<ScoreCheck> next;  // what would gain most, at most three
};

// Any thread; calls wait.
class Score {
 public:
  // What it looks at; all must outlive it.
  struct Of {
    Gate& gate;
    const Outbox& outbox;
    const CatalogueService& catalogue;
    const StaffDirectory& directory;
    const Staff& staff;
    const AccessSettingsService& settings;
    const Registers& registers;
    const ApiKeys& keys;
    const Ceiling& ceiling;
    const Review& review;
    LastUse& last_use;
  };
  explicit Score(const Of& of) : of_(of) {}

  Receipted<ScoreReport> Read(const Caller& caller, const HouseFacts& facts) const;  // score.read

 private:
  Result<ScoreReport> Make(const HouseFacts& facts) const;
  void CheckHouse(const HouseFacts& facts, std::vector<ScoreCheck>& checks) const;
  Status CheckPeople(std::vector<ScoreCheck>& checks) const;
  Status CheckData(std::vector<ScoreCheck>& checks) const;
  ScoreCheck CheckKeys() const;
  UnixMillis now() const { return of_.gate.house().clock().NowMillis(); }

  const Of of_;
};

}  // namespace strongroom
