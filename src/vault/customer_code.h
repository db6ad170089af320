// Customer codes and token texts: random-looking, speakable, check-digited.
//
// A customer code is the customer id (home bucket || random, 64 bits) under a PRP, in Crockford's base32 (digits and
// letters without I, L, O, U), with one check character: "7KQM-4XWN-2RTB-9C".  Derived from nothing personal; uniform
// to look at; tells its compartment to the server alone.  docs/formats/code-and-token.md.
//
// The check character makes the weighted sum over GF(32) zero with distinct weights, so that every single mistyped
// character and every swap of two characters is noticed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
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
  // A code that DecodeCustomer takes, as EncodeCustomer spells it: what that would answer, for a twentieth of its time.
  static std::string RespellCustomer(std::string_view code);

  std::string EncodeToken(const TokenId& token) const;       // "tok_" and 27 characters
  Result<TokenId> DecodeToken(std::string_view text) const;  // kTokenMistyped

 private:
  // Codes lately decoded: a code asked for again costs no permutation, which is ten rounds of AES.  Direct-mapped, and
  // without locks: a slot that two threads write at once holds halves that do not fit each other.
  class Recent {
   public:
    Recent() : slots_(std::make_unique<Slot[]>(kSlots)) {}
    std::optional<CustomerId> Find(uint64_t permuted) const;
    void Remember(uint64_t permuted, CustomerId customer);

   private:
    static constexpr size_t kSlots = size_t{1} << 16;
    struct Slot {
      std::atomic<CustomerId> customer{0};  // 0, which is nobody: free
      std::atomic<uint64_t> sum{0};         // permuted XOR customer
    };
    std::unique_ptr<Slot[]> slots_;
  };

  Prp64 customers_;
  mutable Recent recent_;
  Prp128 tokens_;
};

}  // namespace strongroom
