// A whole vault in memory, for tests and benchmarks of everything that stands on an OpenVault.
//
//     TestVault vault;
//     const std::string code = vault.CreateCustomer({{"email", "ada@example.com"}});
//     auto revealed = vault->customers().Reveal(vault.As("application", "customer-service"), {code, {"email"}}).Wait();
//
// Two compartments, "main" and "vip"; the catalogue of DefaultFields(); the default policy and one role more,
// "everything", which policy grants all that can be asked: the control that shows a refusal is not for want of data;
// an API key for each role.  A vault that cannot be made ends the process: no test has anything to say then.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "access/open_vault.h"
#include "audit/testing/test_stores.h"
#include "base/clock.h"
#include "crypto/random.h"

namespace strongroom {

class TestVault : public VaultKeeper {
 public:
  static constexpr std::string_view kPassphrase = "correct horse battery staple";
  // Of the policy in force; each has a key of its own.
  static constexpr std::string_view kRoles[] = {"application", "support",       "privacy-officer",
                                                "operator",    "administrator", "auditor",
                                                "partner",     "importer",      "everything"};

  TestVault();
  ~TestVault() override;

  OpenVault& vault() { return *open_; }
  OpenVault* operator->() { return open_.get(); }
  FakeClock& clock() { return clock_; }
  Random& random() { return random_; }
  // Drops the house and opens it again from what the stores hold, as a start of the server does.
  void Restart();
  // The same vault opened by one server more, of several: this one is server 1 from the next Restart() on, when
  // `server_number` says so.  What a server does by threads of its own, tests do by fleet().Round().
  std::unique_ptr<OpenVault> OpenBeside(uint32_t number, bool ignore_changes = false);
  uint32_t server_number = 0;
  // Of the outbox from the next Restart() on; where nobody listens.
  std::string sms_url;
  // The same: passwords known from breaches.
  std::shared_ptr<const BreachFilter> breaches;
  // The same: witnesses, and whether the logs' hashes are public.
  WitnessConfig witness;
  // The same: whether an erasure can be undone.
  ErasureOptions erasing{.merge_millis = 0};
  TestStores& office() { return *office_; }
  TestStores& main() { return *main_; }
  TestStores& vip() { return *vip_; }

  // A caller of this role, from loopback; `purpose` must outlive the caller.
  // People stand as their keys were vouched for.  Each call is a request of its own.
  Caller As(std::string_view role, std::string_view purpose = {}) const;
  // The API key of this role: "srk_...".
  const std::string& Key(std::string_view role) const { return keys_.at(std::string(role)); }
  // One more person, with a key of their own; from now on a name for As() and Key().
  void AddPerson(std::string_view name, std::vector<std::string> roles, std::vector<std::string> purposes = {"*"}) {
    AddPersonBy("everything", name, std::move(roles), std::move(purposes));
  }
  void AddPersonBy(std::string_view by, std::string_view name, std::vector<std::string> roles,
                   std::vector<std::string> purposes = {"*"});
  PrincipalId IdOf(std::string_view role) const { return As(role).principal->id; }

  using Values = std::vector<std::pair<std::string_view, std::string_view>>;
  // By collection point "web-signup", as "everything"; answers the code.
  std::string CreateCustomer(const Values& values, std::string_view external_id = {},
                             std::string_view compartment = "main", uint8_t tier = 0);
  // Merges what was recorded into the logs' trees.
  void SequenceAll();

  // --- VaultKeeper, with the passphrase above ---
  std::shared_ptr<OpenVault> Current() const override;
  ServerStatus GetStatus() const override;
  Status Unlock(const SecretBytes& secret) override;
  Status Lock(const Caller& caller) override;
  Result<LockChanged> ChangeLock(const Caller& caller, const LockChange& change) override;
  // "the right share" is one; there is no other.
  Result<ShareShown> AcknowledgeShare(const SecretBytes& share, const IpAddress& from) override;
  Status CancelPendingLock(const Caller& caller) override;
  Result<LockView> ShowLock(const Caller& caller) override;
  HouseFacts Facts() const override { return {}; }
  Result<std::vector<std::string>> Doctor(const Caller& caller) override;
  Result<std::vector<std::string>> Fsck(const Caller& caller) override;
  // Writes no file: the register is what is tested with it.
  Result<BackupRecord> MakeBackup(const Caller& caller, const BackupRequest& request) override;

 private:
  Result<std::unique_ptr<House>> OpenHouse(uint32_t number);
  OpenVaultOptions Options() const;
  Status Fill();
  Result<std::vector<std::string>> AskAndFindNothing(const Caller& caller, Action action);

  FakeClock clock_;
  SystemRandom random_;
  std::unique_ptr<TestStores> office_;
  std::unique_ptr<TestStores> main_;
  std::unique_ptr<TestStores> vip_;
  std::vector<CompartmentInfo> compartments_;
  std::unordered_map<std::string, std::string> keys_;
  std::unordered_map<std::string, std::shared_ptr<const Principal>> principals_;
  mutable std::atomic<uint64_t> next_request_{0x7e57000000000001};
  std::shared_ptr<OpenVault> open_;  // stays when locked, so that tests can look inside
  mutable std::mutex mutex_;
  bool locked_ = false;  // guarded by mutex_
};

// One field of every type, as the catalogue's JSON forms, and the collection points "web-signup" (every field but
// diagnosis) and "clinic" (full_name and diagnosis).
const std::vector<std::string>& DefaultFields();
const std::vector<std::string>& DefaultCollectionPoints();
// The default policy and the role "everything".
std::string TestPolicy();

}  // namespace strongroom
