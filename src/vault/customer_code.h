// Customer codes and token texts: random-looking, speakable, check-digited.
//
// A customer code is the customer id (home bucket || random, 64 bits) under a PRP, in Crockford's base32 (digits and
// letters without I, L, O, U), with one check character: "7KQM-4XWN-2RTB-9C".  Derived from nothing personal; uniform
// to look at; tells its compartment to the server alone.  docs/formats/code-and-token.md.
//
// The check character makes the weighted sum over GF(32) zero with distinct weights, so that every single mistyped
// character and every swap of two characters is noticed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/prp.h"
#include "crypto/secret.h"
#include "keys/ids.h"

namespace strongroom {

// 128 bits: the owner (customer id, or a bucket alone for tokens with several owners) and 64 random bits.
struct TokenId {
  CustomerId owner = 0;
  uint64_t random = 0;
  bool operator==(const TokenId&) const = default;
};

// Any thread.
class CodeBook {
 public:
  explicit CodeBook(const SecretBytes& routing_key);

  std::string EncodeCustomer(CustomerId customer) const;
  // Case, spaces and hyphens do not matter; I and L read as 1, O as 0.  kCodeMistyped otherwise.
  Result<CustomerId> DecodeCustomer(std::string_view text) const;

  std::string EncodeToken(const TokenId& token) const;  // "tok_" and 27 characters
  Result<TokenId> DecodeToken(std::string_view text) const;  // kTokenMistyped

 private:
  Prp64 customers_;
  Prp128 tokens_;
};

}  // namespace strongroom
