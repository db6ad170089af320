// Attempts: how often somebody guessed, and how long they wait before the next try.
//
// Failures are counted in several places at once, each of which delays on its own, doubling with every failure:
//   the account from a device that has signed in to it before      few delays: its owner, who mistypes
//   the account from one network of strangers                      (/24, /48)
//   the account from strangers anywhere                            guessing from many networks
//   one network of strangers at any account                        stuffing of stolen lists
// A device that is known has its own allowance and is asked about no other: outsiders who guess at an account cannot
// lock its owner out.  Names that nobody has are counted like names that somebody has.  Passwords and second factors
// are counted apart.  A hundred failures in a row make a known device a stranger, and stop an account's strangers until
// somebody gets in another way or Forget() (NIST SP 800-63B-4, 3.2.2).
//
// Counted before the guess is looked at, so that guesses made at once do not slip by; a success gives back.  In memory,
// and in the office with the next entry that records a refusal (Table::kAttempt): a restart forgets a second at most.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/refusal_log.h"
#include "audit/entry.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "policy/principal.h"
#include "vault/house.h"

namespace strongroom {

// Numbers are part of what buckets are named by.
enum class AttemptKind : uint8_t { kPassword = 1, kFactor = 2, kInvitation = 3, kSignOn = 4, kCustomer = 5 };

struct AttemptFrom {
  IpAddress address;
  std::optional<Digest> known_device;  // its mark (places.h), when it has signed in to this account before
};

// Any thread.
class Attempts {
 public:
  // Reads what was counted.  `house` must outlive this.
  static Result<std::unique_ptr<Attempts>> Open(House& house);
  ~Attempts() { refusals_.Flush(); }

  // A guess under way: it has failed unless Succeeded() or Withdrawn() is told.
  class Guess {
   private:
    friend class Attempts;
    std::vector<Digest> buckets;
    std::optional<Digest> device;  // of a known one: its bucket
    Digest account{};
  };
  // kSignInRefused when it is too early, whoever asks.  `who`: the account, however it is named.
  Result<Guess> Begin(AttemptKind kind, std::string_view who, const AttemptFrom& from);
  void Succeeded(const Guess& guess);
  // It was not looked at: the server had no time for it.
  void Withdrawn(const Guess& guess);
  // Records a refusal (an alarm, if the entry says so), and makes the counts durable with it.  `add`: what else belongs
  // into the same commit.  Answers whether it was written: beyond some entries a second they are only counted.  Does
  // not wait.
  bool Record(AuditEntry entry, const RefusalLog::AddFn& add = nullptr);

  // Takes in what other servers counted.
  Status Refresh();

  // A colleague has looked into it: the account begins anew.
  void Forget(AttemptKind kind, std::string_view who);

  void FlushRefusals() { refusals_.Flush(); }

 private:
  struct Bucket {
    double level = 0;       // failures, forgiven with time
    uint32_t in_a_row = 0;  // failures since the last success
    UnixMillis at = 0;      // of the last failure
    bool changed = false;   // since it was last written: listed in changed_
  };
  struct DigestHash {
    size_t operator()(const Digest& digest) const;
  };
  struct Allowance;
  enum class Scope : uint8_t { kDevice = 1, kAccountFromNetwork = 2, kAccount = 3, kNetwork = 4 };
  struct Place {
    Scope scope = Scope::kDevice;
    Digest name{};
  };

  explicit Attempts(House& house);
  static const Allowance& AllowanceOf(AttemptKind kind, Scope scope);
  Digest NameOf(AttemptKind kind, Scope scope, std::string_view who, ByteView place) const;
  std::vector<Place> StrangersPlaces(AttemptKind kind, std::string_view who, const IpAddress& address) const;
  bool IsExhausted(const Digest& name) const;
  void GiveBack(const Digest& name, double levels, bool succeeded);
  void Touch(const Digest& name, Bucket& bucket);
  static double LevelAt(const Bucket& bucket, const Allowance& allowance, UnixMillis now);
  static bool MayTry(const Bucket& bucket, const Allowance& allowance, UnixMillis now);
  Status Read();
  Result<std::unordered_map<Digest, Bucket, DigestHash>> ReadStored() const;
  void Forgive();
  void AddChanged(SealedBatch& batch);
  static Bytes Encoded(const Digest& name, const Bucket& bucket);
  const SealedStore& office() const { return *house_.office().sealed; }

  House& house_;
  const Mac mac_;
  RefusalLog refusals_;
  std::mutex mutex_;
  std::unordered_map<Digest, Bucket, DigestHash> buckets_;  // guarded by mutex_
  std::vector<Digest> changed_;                             // guarded by mutex_: rows to write
  std::vector<Digest> forgotten_;                           // guarded by mutex_: rows to delete
};

}  // namespace strongroom
