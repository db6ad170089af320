// ErasurePlan: what is to be deleted of one customer and can no longer be computed once the key is destroyed.  Written
// down (sealed) before that, so that a crash leaves no row nobody can find any more.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "vault/customers.h"

namespace strongroom {

struct ErasurePlan {
  // A deterministic token of the customer: the row of its value goes when nobody else owns the token.
  struct SharedToken {
    Bytes token;      // TokenId, 16 bytes
    Bytes value_row;  // key
  };

  CustomerId customer = 0;
  AuditId audit_id{};
  Epoch epoch = 0;  // of the record
  bool tokens_listed = false;
  size_t tokens = 0;
  std::vector<Bytes> rows;             // keys in the compartment's data store; items are found by the customer's id
  std::vector<Bytes> directory_names;  // format-preserving tokens to take out of the office's directory
  std::vector<SharedToken> shared;

  // Index rows and the record itself.
  static Result<ErasurePlan> Make(const Room& room, const Catalogue& catalogue, const OpenCustomer& customer,
                                  const Clock& clock);
  // Adds what the tokens need; answers whether that was anything.  To be called when the record is gone, so that no
  // token can be added, and while the key is there, which opens them.
  Result<bool> AddTokens(const Room& room, const CustomerKey& key);

  // kRecordTooLarge when the plan does not fit a row: some 20,000 deterministic and format-preserving tokens.
  Status PutIntent(const SealedStore& sealed, SealedBatch& batch) const;
  static Result<ErasurePlan> Decode(ByteView content);
  // The intent of this customer's erasure, if a crash or failure left one.
  static Result<std::optional<ErasurePlan>> Find(const SealedStore& sealed, CustomerId customer);
  // The rows, the intent itself, and rows of shared tokens that nobody else owns, which must not change meanwhile.
  Status AddDeletes(const SealedStore& sealed, SealedBatch& batch) const;
};

}  // namespace strongroom
