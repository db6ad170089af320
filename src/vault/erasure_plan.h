// ErasurePlan: every row of one customer, written down (sealed) before the key is destroyed, so that a crash cannot
// leave rows nobody can compute any more.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "vault/customers.h"

namespace strongroom {

struct ErasurePlan {
  // A deterministic token of the customer: its row of the value goes when nobody else owns it.
  struct SharedToken {
    Bytes token;      // TokenId, 16 bytes
    Bytes value_row;  // key
  };

  CustomerId customer = 0;
  AuditId audit_id{};
  size_t tokens = 0;
  std::vector<Bytes> rows;             // keys in the compartment's data store, the record's among them
  std::vector<Bytes> directory_names;  // format-preserving tokens to take out of the office's directory
  std::vector<SharedToken> shared;

  static Result<ErasurePlan> Make(const Room& room, const Catalogue& catalogue, const OpenCustomer& customer, const Clock& clock);
  Status PutIntent(const SealedStore& sealed, SealedBatch& batch) const;
  static Result<ErasurePlan> Decode(ByteView content);
  // The rows, the intent itself, and rows of shared tokens that nobody else owns.
  Status AddDeletes(const SealedStore& sealed, SealedBatch& batch) const;
};

}  // namespace strongroom
