// What must be true of a simulated vault, whatever happened to its disk and clock: what was answered is there, what was
// not is there whole or not at all, who was erased stays away, a one-time token was spent once, nobody saw more people
// than their budget allows, every answered request has its entry, and each log continues every checkpoint ever seen.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/fsck.h"
#include "world.h"

namespace strongroom {

struct ModelToken {
  std::string text;
  uint64_t value = 0;  // the email it stands for; 0: the card, which never changes
  bool one_time = false;
  bool spent = false;     // its value was answered
  bool spending = false;  // asked for and not answered: spent or not
  bool revoked = false;
  bool revoking = false;
};

struct ModelCustomer {
  std::string external_id;
  std::string compartment;
  std::string code;                   // empty: nobody was told it yet
  uint64_t value = 0;                 // last answered; all changing fields hold it.  0: the create was not answered
  std::optional<uint64_t> attempted;  // not answered
  bool erasing = false;
  bool erasure_broke_off = false;
  bool erased = false;
  std::vector<ModelToken> tokens;
  std::map<std::string, std::string> files;  // by id
  std::vector<std::string> attempted_files;  // contents
  std::optional<std::string> deleting_file;  // id
  std::optional<uint64_t> password;          // number of the last answered
  std::optional<uint64_t> attempted_password;
  uint64_t taken_away = 0;  // how often something of it may have been: then it gets, or got, another key
  // After a restore: changed since the copy.  What it held then is there, or was taken away again.
  bool changed_since = false;
  bool may_be_lost = false;  // the copy is older than the keys it was sealed with are kept

  bool Usable() const { return !code.empty() && value != 0 && !attempted && !erasing && !erased; }
};

// A create that came over the wire under an Idempotency-Key and without an external id: whatever is lost, and however
// often it is sent, there is one such customer at most.
struct ModelKeyed {
  std::string request;  // as it was sent
  std::string name;
  std::string code;  // as it was answered; empty: it was not
  bool may_be_done = false;
  bool fault = false;      // the disk failed meanwhile: then 'record-busy' is an answer
  bool too_old = false;    // for its key, which is kept for a day
  UnixMillis sent_at = 0;  // at first
};

// What a set of the data knows: the model, when it was made.
struct ModelCopy {
  Bytes id;
  std::vector<std::string> files;  // the full set, and the increments up to this one
  UnixMillis made_at = 0;
  std::vector<ModelCustomer> customers;
  std::vector<ModelKeyed> keyed;
};

std::string NameText(const ModelCustomer& customer);
std::string EmailText(uint64_t value);
std::string ValueText(uint64_t value);

// The code of the customer whose value the token stands for.  What cannot be asked for at all is told from what is no
// token any more by IsOfToken().
Result<std::string> ResolveToken(World& world, const Caller& caller, const std::string& text);
bool IsOfToken(Reason reason);

// One thread.
class Model {
 public:
  explicit Model(World& world) : world_(world) {}

  // Everything, after a recovery: settles what was not answered and says what is wrong, or nothing.
  std::string Check(uint64_t salt);
  // The newest checkpoint of each log: somebody outside keeps it.
  std::string Witness();
  // Every log against every checkpoint ever seen.
  std::string VerifyAll();
  void Answered(const Caller& caller) { answered_.insert(caller.request_id); }
  // Support was shown this customer, at this moment.
  std::string SawCustomer(const std::string& external_id);
  // At each step of the clock.
  void ClockMoved();

  std::vector<ModelCustomer> customers;
  std::vector<ModelKeyed> keyed;
  std::vector<ModelCopy> copies;

  void TakeCopy(const BackupRecord& record);
  // What must be true of a vault that was restored from a copy and the keys of now, into `restored`, which is empty.
  // Precondition: everything is settled.
  void GoBackTo(const ModelCopy& copy, Model& restored) const;

  uint64_t checkpoints() const { return checkpoints_; }
  uint64_t settled_kept = 0;  // what was not answered and is whole
  uint64_t settled_lost = 0;

 private:
  std::string CheckCustomer(ModelCustomer& customer);
  std::string CheckGone(const ModelCustomer& customer);
  std::string CheckChangedSince(const OpenCustomer& opened, ModelCustomer& customer);
  std::string CheckValues(const OpenCustomer& opened, ModelCustomer& customer);
  std::string CheckTokens(ModelCustomer& customer);
  std::string CheckFiles(ModelCustomer& customer);
  std::string CheckSearch(const std::string& field, const std::string& value, const std::string& code);
  std::string CheckKeyed(const ModelKeyed& one);
  std::string CheckAnswered();
  bool IsOfABrokenOffErasure(const FsckFinding& finding) const;
  std::string CheckStraysGo();
  std::string VerifyLog(const Room& room, const std::vector<std::string>& older);
  std::vector<Room*> Rooms() const;

  World& world_;
  std::set<uint64_t> answered_;  // requests whose entries were not looked up yet
  std::map<std::string, std::vector<std::string>> witnessed_;
  TempDir exports_;
  uint64_t checkpoints_ = 0;
  UnixMillis window_until_ = 0;
  UnixMillis latest_ = 0;    // the latest time it was since the window began
  UnixMillis furthest_ = 0;  // the latest time it ever was
  std::set<std::string> seen_;
  bool restored_ = false;
  bool from_aged_copy_ = false;
};

}  // namespace strongroom
