// Wrong answers about a customer, counted where the customer is (docs/formats/guesses.md), so that neither a password
// nor a birth date can be found by trying, and outsiders cannot lock a customer out of their own application.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "keys/sealed_store.h"
#include "policy/principal.h"

namespace strongroom {

constexpr char kGuessItemKind = 'g';

// Of one customer and field.  Pure; no store, no clock.
struct Guesses {
  static constexpr uint32_t kFree = 10;         // wrong answers in a row from one network
  static constexpr uint32_t kFreeStrange = 50;  // from all networks that were never right
  static constexpr int64_t kFirstWaitMillis = 60'000;
  static constexpr int64_t kLongestWaitMillis = 3'600'000;
  static constexpr int64_t kLongestStrangeWaitMillis = 24 * 3'600'000LL;
  static constexpr int64_t kQuietMillis = 24 * 3'600'000LL;  // after which strange networks begin anew
  static constexpr size_t kMaxNetworks = 16;

  using NetworkMark = std::array<uint8_t, 8>;
  struct Network {
    NetworkMark mark{};
    uint32_t wrong = 0;
    UnixMillis last_wrong = 0;
    UnixMillis last_right = 0;
  };

  uint32_t strange = 0;
  UnixMillis strange_last = 0;
  std::vector<Network> networks;  // the one used last first

  // Until when an answer from this network has to wait; 0: it need not.
  UnixMillis WaitsUntil(const NetworkMark& mark, UnixMillis now) const;
  void AddWrong(const NetworkMark& mark, UnixMillis now);
  // False when nothing changes: then nothing has to be written.
  bool AddRight(const NetworkMark& mark, UnixMillis now);

  Bytes Encode() const;
  // kDataCorrupt when malformed; strict.
  static Result<Guesses> Decode(ByteView bytes);

 private:
  const Network* Find(const NetworkMark& mark) const;
  Network& Front(const NetworkMark& mark);
};

// The guesses of one request: looked at first, written with the answer's own entry.
class GuessCount {
 public:
  // kRateLimited, with how long to wait.  `from`: where the person who answers is.
  static Result<GuessCount> Begin(const SealedStore& sealed, CustomerId customer, const CustomerKey& key, FieldId field,
                                  const IpAddress& from, UnixMillis now);
  // Adds what the answer changes to the batch, which then holds only if nobody was counted meanwhile.
  Status Add(SealedBatch& batch, bool right) const;

 private:
  GuessCount(const SealedStore& sealed, const CustomerKey& key) : sealed_(&sealed), key_(&key) {}
  const SealedStore* sealed_;
  const CustomerKey* key_;
  CustomerId customer_ = 0;
  Bytes item_;
  StoreVersion version_ = kAbsent;
  Guesses guesses_;
  Guesses::NetworkMark mark_{};
  UnixMillis now_ = 0;
};

// Of codes that belong to nobody: they wait as others do, so that waiting tells nothing of who there is.  In memory
// alone, and bounded: there is nothing to find.
class NobodysGuesses {
 public:
  static constexpr size_t kMaxKept = 10'000;
  // Counts one more wrong answer; kRateLimited when it had to wait instead.  `nobody`: what the code says, in any
  // spelling.
  Status Count(uint64_t nobody, FieldId field, const IpAddress& from, UnixMillis now);

 private:
  std::mutex mutex_;
  std::unordered_map<uint64_t, Guesses> kept_;  // guarded by mutex_
};

}  // namespace strongroom
