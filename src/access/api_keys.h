// ApiKeys: the credentials that programs sign in with.
//
// A key is 256 random bits, shown once when it is made and never again: the office keeps its HMAC-SHA-256 under a key
// of its own key ring, so that a stolen store neither yields a key nor can be searched for one.  The table in memory
// holds the same HMACs.  It is looked up by HMAC, not by key: what the time of the look-up tells is of a value nobody
// outside can compute (NIST SP 800-107 r1 section 5.3).
//
// Changes are written first and take effect when they are durable, before the call answers.  Any thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/api_key_record.h"
#include "access/refusal_log.h"
#include "audit/receipt.h"
#include "crypto/hash.h"
#include "crypto/secret.h"
#include "keys/sealed_store.h"
#include "vault/gate.h"

namespace strongroom {

// What is known of the holder of a key.  Whoever made a key for people vouched for them; registers are kept of a
// person's own account (staff_member.h) and of nobody else.
Standing StandingOfKey(const Principal& principal);

// The only time the key itself is seen.
struct NewApiKey {
  ApiKeyInfo info;
  SecretBytes key_text;  // "srk_..."
};

class ApiKeys {
 public:
  // Reads every key of the office.  `gate` must outlive this.
  static Result<std::unique_ptr<ApiKeys>> Open(Gate& gate);
  ~ApiKeys();

  // For `strongroom init` alone, when there is nobody yet who could be asked: adds the first key to the batch that
  // makes the vault.  kAlreadyInitialised when the office has a key; else as CheckApiKeySpec.
  static Result<NewApiKey> PrepareFirst(const SealedStore& office, SealedBatch& batch, ApiKeySpec spec,
                                        const PolicySet& policy, const Clock& clock, Random& random);

  // kInvalidArgument, kRoleUnknown: the wish cannot be met.
  Receipted<NewApiKey> Create(const Caller& caller, ApiKeySpec spec);
  // Every key, also expired and revoked ones, by id.  Never a key's text, which nobody has.
  Receipted<std::vector<ApiKeyInfo>> List(const Caller& caller) const;
  // From the moment this answers, the key opens nothing.  A key revoked before stays as it is; kCredentialNotFound when
  // there is no such key.
  Receipted<ApiKeyInfo> Revoke(const Caller& caller, PrincipalId id);

  // Who presents this key?  kCredentialMissing: none was presented.  kCredentialInvalid: mistyped, unknown, revoked or
  // expired, with no hint which.  kNetworkRefused: good, but not from there.  Refusals are recorded.
  // Needs no Caller: its answer is what a Caller is made of.
  Result<std::shared_ptr<const Principal>> Authenticate(std::string_view presented, const IpAddress& address,
                                                        uint64_t request_id = 0) const;

  // What is known of a key, also of a revoked or expired one.  For services that authorise for themselves.
  std::optional<ApiKeyInfo> InfoById(PrincipalId id) const;
  std::vector<ApiKeyInfo> AllInfos() const;

  // Reads the keys again: what other servers made and revoked.  A failure leaves the table as it was.
  Status Refresh();
  // Writes what the refusal log has only counted (RefusalLog).
  void FlushRefusals() const { refusals_.Flush(); }

 private:
  // An HMAC is as good a hash as there is; its first bytes serve.
  struct DigestHash {
    size_t operator()(const Digest& digest) const;
  };
  struct Known {
    std::shared_ptr<const Principal> principal;
    UnixMillis expires_at = 0;
    bool revoked = true;
  };
  // Immutable; swapped whole.
  struct KeyTable {
    std::unordered_map<Digest, Known, DigestHash> by_mac;
    std::vector<ApiKeyRecord> records;  // by id
  };
  using KeyTablePtr = std::shared_ptr<const KeyTable>;

  explicit ApiKeys(Gate& gate);
  static Result<std::vector<ApiKeyRecord>> ReadAll(const SealedStore& office);
  static NewApiKey Draw(const Mac& mac, ApiKeySpec spec, const Clock& clock, Random& random, Digest& digest);
  void Publish(std::vector<ApiKeyRecord> records);
  KeyTablePtr Table() const { return std::atomic_load(&table_); }
  const SealedStore& office() const { return *gate_.house().office().sealed; }
  Status RefuseSignIn(const Principal* known, const IpAddress& address, uint64_t request_id, Reason reason,
                      std::string_view detail) const;

  Gate& gate_;
  const Mac mac_;
  std::mutex change_mutex_;  // one change at a time: each builds on the table the last one made
  KeyTablePtr table_;
  mutable RefusalLog refusals_;
};

}  // namespace strongroom
