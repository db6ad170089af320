// What is kept of a token: an item beside its customer's record, sealed with the customer's key, so that it dies with
// the customer.  It names the value by field and item number; it holds no copy.  docs/formats/code-and-token.md.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "keys/sealed_store.h"
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
  // Of a deterministic token: the row that leads from the value to it, by its mark.  Items of the format before held
  // its key in epoch 1 instead; ValueMark() answers for both.
  std::optional<Block> value_mark;
  Bytes value_row_of_epoch_1;
  // kKeyMissing when only the key is known and that epoch's keys are gone; kDataCorrupt when the token has no such row.
  Result<RowMark> ValueMark(const SealedStore& sealed) const;
  bool HasValueRow() const { return value_mark.has_value() || !value_row_of_epoch_1.empty(); }

  Bytes Encode() const;
  static Result<TokenItem> Decode(ByteView bytes);
  // kTokenSpent, kTokenRevoked, kTokenExpired.
  Status CheckUsable(UnixMillis now) const;
};

// The name of the item row: the token's 64 random bits.
Bytes TokenItemName(uint64_t token_random);
// The token's id: its owner, or the home of one that is shared, and the item's name.
Bytes TokenIdOf(CustomerId owner_or_home, ByteView item_name);
// In the row that leads from a value to its deterministic token, behind the id: that was revoked.  It stands there
// because the value may get other owners, who have no item yet.
constexpr char kRevokedMark = 1;
// The name of a format-preserving token in the office's directory.
Bytes DirectoryName(std::string_view domain, std::string_view shown);

}  // namespace strongroom
