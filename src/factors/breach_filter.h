// Passwords known from breaches, as one compact file (docs/formats/breach-filter.md): a Golomb-coded set of SHA-1
// hashes.  Never misses one that was imported; takes a stranger for known at the rate it states.
//
//     ASSIGN_OR_RETURN(BreachFilter filter, BreachFilter::Open("/var/lib/strongroom/breaches.srb"));
//     if (filter.Knows(normalised)) return StatusOf(PasswordFault::kBreached, use);
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/secret.h"
#include "crypto/sha1.h"

namespace strongroom {

// What the header says.
struct BreachFilterInfo {
  uint64_t hashes = 0;
  uint64_t least_count = 0;
  UnixMillis made_at = 0;
  uint64_t size_bytes = 0;  // of the file
  double false_positive_rate = 0;
};

// Any thread.  The file is mapped, not read: pages come in as they are asked for.  Replace it by renaming another over
// it, never by writing into it: a page that is gone ends the process.
class BreachFilter {
 public:
  // kFileUnreadable, or kDataCorrupt when header or index do not verify.
  static Result<BreachFilter> Open(const std::string& path);
  // The file's bytes, in memory.
  static Result<BreachFilter> FromBytes(Bytes bytes);

  BreachFilter(BreachFilter&&) noexcept;
  BreachFilter& operator=(BreachFilter&&) noexcept;
  ~BreachFilter();

  const BreachFilterInfo& info() const { return info_; }
  // A few microseconds.
  bool MayContain(const Sha1Digest& hash) const;
  // Of a password as it is hashed (NormalisePassword).
  bool Knows(const SecretBytes& password) const { return MayContain(Sha1({ExposeSecret(password)})); }
  // Reads all of it.  kDataCorrupt when a byte of the body changed or a block does not decode.
  Status VerifyBody() const;

 private:
  struct Mapping;
  BreachFilter();
  Status ReadHeader();
  ByteView BlockOf(uint64_t block) const;

  Bytes bytes_;
  std::unique_ptr<Mapping> mapping_;
  ByteView file_;  // of either
  ByteView index_;
  ByteView body_;
  Bytes body_digest_;
  BreachFilterInfo info_;
  unsigned value_bits_ = 0;
  unsigned block_bits_ = 0;
  unsigned rice_bits_ = 0;
};

}  // namespace strongroom
