// The stage on which the attacks are played: a vault of its own in a temporary directory, filled through the real
// server, with people who do not exist.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/open_vault.h"
#include "pattern_search.h"
#include "server/vault_files.h"
#include "server_process.h"
#include "store/testing/temp_dir.h"

namespace strongroom {

struct StagePerson {
  std::string compartment;
  std::string name;
  std::string email;
  std::string code;
};

// A claim that does not hold is printed as broken and makes the program fail.
class Stage {
 public:
  static Result<std::unique_ptr<Stage>> Make(size_t people);

  void Title(const std::string& who) const;
  void Gets(const std::string& what) const;  // what the attacker does obtain
  void Tries(const std::string& what) const;
  void Claim(const std::string& what, bool holds);
  void Fail(const Status& status) { Claim("the scene can be played: " + status.ToString(), status.ok()); }
  int broken() const { return broken_; }

  const MadeVault& vault() const { return vault_; }
  std::vector<StagePerson>& people() { return people_; }
  const PatternSearch& search() const { return search_; }
  const std::string& directory() const { return directory_.path(); }
  const std::string& partner_key() const { return partner_key_; }
  ServerProcess& server() { return *server_; }
  Status StopServer();
  // Until an app shows another code: half a minute at most.
  void WaitForNextCode() const;

  // The stores and the services, opened in this process with the lock's secret.  The server must be stopped.
  struct Opened {
    std::unique_ptr<VaultFiles> files;
    SecretBytes root_key;
    std::unique_ptr<OpenVault> vault;
    std::vector<std::unique_ptr<SequencerRunner>> sequencers;
    ~Opened() { sequencers.clear(); }
  };
  Result<std::unique_ptr<Opened>> Open();
  Result<std::unique_ptr<VaultFiles>> OpenFiles() const { return VaultFiles::Open(vault_.config, false); }
  // Everything that policy can allow, for whoever works inside this process.
  Caller Everyone() const;
  const Clock& clock() const { return clock_; }
  SystemRandom& random() { return random_; }

 private:
  Status Fill(size_t people);
  TempDir directory_;
  SystemClock clock_;
  SystemRandom random_;
  MadeVault vault_;
  std::vector<StagePerson> people_;
  PatternSearch search_;
  std::string partner_key_;
  std::unique_ptr<ServerProcess> server_;
  int broken_ = 0;
};

// --- scenes, in this order ---
void PlayStolenKey(Stage& stage);       // needs the server
void PlayBribedAgent(Stage& stage);     // needs the server
void PlayAdministrator(Stage& stage);   // needs the server
void PlayStolenPassword(Stage& stage);  // needs the server; from then on there are accounts, and keys agree to nothing
void PlayStolenDisk(Stage& stage);      // stops it
void PlayStoreAccess(Stage& stage);
void PlayLogForger(Stage& stage);
void PlayOneCompartment(Stage& stage);

}  // namespace strongroom
