// FF1 format-preserving encryption, NIST SP 800-38G (2016) and its revision 1 drafts: radix 2..256 here, AES-256 only
// for keys of ours (Create), AES-128/192/256 for published vectors (CreateForVectors).  Domain radix^length must be at
// least 1,000,000 (revision 1); lengths 2..512 numerals; tweaks to 256 bytes.
//
// FF1 is deterministic: equal inputs under one key and tweak give equal outputs.
//
// No branch and no address depends on the numerals, except through 128-bit division when half the domain lies between
// 2^32 and 2^63 (19 to 36 decimal digits; card numbers lie below).  Whether an input is refused does show.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"

namespace strongroom {

// Numerals are values 0..radix-1, most significant first.
using Numerals = std::vector<uint8_t>;

// Any thread.
class Ff1 {
 public:
  static constexpr uint64_t kSmallestDomain = 1'000'000;

  static Result<Ff1> Create(const SecretBytes& key, uint32_t radix);
  // `enforce_domain` false admits the published samples' and Wycheproof's smaller domains (>= 100).
  static Result<Ff1> CreateForVectors(const SecretBytes& key, uint32_t radix, bool enforce_domain);

  // kInvalidArgument for a numeral outside the radix, a length or tweak outside the limits, or a domain too small.
  Status Encrypt(ByteView tweak, Numerals& numerals) const;
  Status Decrypt(ByteView tweak, Numerals& numerals) const;
  // The same for many equal-length inputs under one tweak, in lockstep: several times faster than one by one.
  Status EncryptBatch(ByteView tweak, std::vector<Numerals>& batch) const;
  Status DecryptBatch(ByteView tweak, std::vector<Numerals>& batch) const;

  uint32_t radix() const { return radix_; }

 private:
  friend class Prp64;
  Ff1() = default;
  // `count` inputs of `length` numerals each, in place.
  Status Run(ByteView tweak, uint8_t* const* inputs, size_t count, size_t length, bool encrypt) const;
  Status RunBatch(ByteView tweak, std::vector<Numerals>& batch, bool encrypt) const;

  SecretBytes key_;
  uint32_t radix_ = 0;
  bool enforce_domain_ = true;
};

}  // namespace strongroom
