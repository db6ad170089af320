// Rows of the directory of format-preserving tokens that lead to none.
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "vault/token_item.h"
#include "vault/tokens.h"

namespace strongroom {

Result<bool> Tokens::HasItem(const TokenId& id) const {
  if (house_.RoomOf(id.owner) == nullptr) return false;
  const Result<OpenCustomer> customer = customers_.OpenByIdEvenBlocked(id.owner);
  if (customer.reason() == Reason::kCustomerNotFound) return false;
  if (!customer.ok()) return true;  // it does not open: that is for fsck's other checks to tell
  const Result<std::optional<OpenItem>> item =
      customer->room->sealed->GetItem(id.owner, *customer->stored.key, kTokenItemKind, TokenItemName(id.random));
  return !item.ok() || item->has_value();
}

Result<size_t> Tokens::SweepDirectory() {
  constexpr size_t kPage = 1'000;
  const Room& office = house_.office();
  size_t swept = 0;
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page,
                     office.sealed->ListDocuments(Table::kTokenDirectory, after, kPage));
    std::vector<Bytes> orphans;
    for (const ListedDocument& row : page) {
      ByteReader reader(row.content);
      TokenId id;
      id.owner = reader.U64();
      id.random = reader.U64();
      RETURN_IF_ERROR(reader.Finish("a token id"));
      ASSIGN_OR_RETURN(const bool used, HasItem(id));
      if (!used) orphans.push_back(row.row_key);
    }
    if (!orphans.empty()) {
      SealedBatch batch;
      SealedStore::DeleteRows(batch, orphans);
      AuditEntry entry;
      entry.actor_kind = PrincipalKind::kSystem;
      entry.action = Action::kTokenRevoke;
      entry.decision = Decision::kPlain;
      entry.count = static_cast<uint32_t>(orphans.size());
      entry.detail = "directory of tokens that are not there";
      RETURN_IF_ERROR(office.journal->Submit(std::move(batch), std::move(entry)).Wait());
      swept += orphans.size();
    }
    if (page.size() < kPage) return swept;
    after = page.back().row_key;
  }
}

}  // namespace strongroom
