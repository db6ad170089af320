// ErasurePlan: what is to be deleted of one customer and can no longer be computed once the key is destroyed.  Written
// down (sealed) before that, so that a crash leaves no row nobody can find any more.  It holds marks, not row keys: the
// rows may move to another epoch before the plan is carried out.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "vault/customers.h"

namespace strongroom {

struct ErasurePlan {
  // A deterministic token of the customer: the row of its value goes when nobody else owns the token.
  struct SharedToken {
    Bytes token;  // TokenId, 16 bytes
    RowMark value;
  };

  CustomerId customer = 0;
  AuditId audit_id{};
  UnixMillis asked_at = 0;  // 0: of an older format, which did not say
  bool tokens_listed = false;
  size_t tokens = 0;
  size_t unlisted = 0;  // tokens that did not open or did not fit: what they left is for fsck to sweep
  size_t files = 0;     // these three counted together with the tokens
  size_t disclosures = 0;
  size_t other_items = 0;
  std::vector<RowMark> rows;  // in the compartment's data store; items and record are found by the customer's id
  std::vector<Bytes> directory_rows;  // keys in the office's: its directory of format-preserving tokens
  std::vector<SharedToken> shared;
  Epoch sealed_under = 0;          // of the intent this was read from; 0: of an older format, sealed for no epoch
  StoreVersion version = kAbsent;  // of the intent this was read from or is to replace; not part of its content

  // Index rows and the record itself.
  static Result<ErasurePlan> Make(const Room& room, const Catalogue& catalogue, const OpenCustomer& customer,
                                  const Clock& clock, UnixMillis asked_at);
  // Adds what the tokens need, and counts all items; answers whether there are any.  To be called when the record is
  // gone, so that no token can be added, and while the key is there, which opens them.  What cannot be listed is
  // counted in `unlisted` and stops nothing: no token is worth a key that stays.  `office` holds the directory.
  Result<bool> AddTokens(const Room& room, const Room& office, const CustomerKey& key);

  // Needs no key.
  Status CountItems(const Room& room);

  // Replaces the intent of `version`.  Fits a row: AddTokens leaves out what would not.
  Status PutIntent(const SealedStore& sealed, SealedBatch& batch) const;
  // `sealed` knows what rows of older formats are called.
  static Result<ErasurePlan> Decode(const SealedStore& sealed, ByteView content);
  // The intent of this customer's erasure, if a crash or failure left one.
  static Result<std::optional<ErasurePlan>> Find(const SealedStore& sealed, CustomerId customer);
  // The rows, the intent itself, and rows of shared tokens that nobody else owns.  Neither those nor the intent may
  // change meanwhile: another call may have written a richer one.
  Status AddDeletes(const SealedStore& sealed, SealedBatch& batch) const;
};

}  // namespace strongroom
