// What is kept of a token: an item beside its customer's record, sealed with the customer's key, so that it dies with
// the customer.  It names the value by field and item number; it holds no copy.  docs/formats/code-and-token.md.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "vault/record.h"

namespace strongroom {

constexpr char kTokenItemKind = 't';

enum class TokenFormat : uint8_t {
  kRandom = 1,            // 128 bits, new each time
  kDeterministic = 2,     // the same for the same value, field and domain within a compartment
  kFormatPreserving = 3,  // looks like the value; a stored random draw
};

struct TokenItem {
  TokenFormat format = TokenFormat::kRandom;
  bool one_time = false;
  bool spent = false;
  bool revoked = false;
  UnixMillis expires_at = 0;  // 0: never
  FieldId field = 0;
  ItemId item = 0;
  std::string domain;
  std::string shown;    // of a format-preserving token: the text itself
  CustomerId home = 0;  // of a deterministic token: the first half of its id, the bucket of its first owner
  Bytes value_row;      // of a deterministic token: key of the row that leads from the value to the token

  Bytes Encode() const;
  static Result<TokenItem> Decode(ByteView bytes);
  // kTokenSpent, kTokenRevoked, kTokenExpired.
  Status CheckUsable(UnixMillis now) const;
};

// The name of the item row: the token's 64 random bits.
Bytes TokenItemName(uint64_t token_random);
// The name of a format-preserving token in the office's directory.
Bytes DirectoryName(std::string_view domain, std::string_view shown);

}  // namespace strongroom
