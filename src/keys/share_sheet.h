// ShareSheet: what the office's key store knows of the shares of a lock, so that a custodian can show that theirs
// arrived: a hash of each, and when it was shown last (docs/formats/key-store.md, "Shares").
//
// A plain hash is enough.  A share is 40 bytes that are uniformly random to whoever lacks the threshold: nobody guesses
// one, and with one share short of the threshold the sheet tells no more than the lock's wrap does, which every guess
// of the secret can be held against as well.  The set's random id in the hash keeps shares of another vault or another
// lock apart.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/shamir.h"

namespace strongroom {

struct ShareSheet {
  static constexpr size_t kIdBytes = 16;

  struct Line {
    Digest commitment{};
    UnixMillis acknowledged_at = 0;  // 0: never
  };

  Bytes id;  // of the set of shares, random
  uint8_t threshold = 0;
  std::vector<Line> lines;  // share 1 first

  // Of shares as SplitSecret made them: 1..n in order.
  static ShareSheet Of(const std::vector<SecretShare>& shares, Random& random);
  // The share's number when it is one of this set.  Time depends on the number alone, which is no secret.
  std::optional<uint8_t> Find(const SecretShare& share) const;
  size_t Acknowledged() const;  // how many were ever shown
  bool AllAcknowledged() const { return Acknowledged() == lines.size(); }

  Bytes Encode() const;
  static Result<ShareSheet> Decode(ByteView content);  // kDataCorrupt

 private:
  Digest CommitmentTo(const SecretShare& share) const;
};

}  // namespace strongroom
