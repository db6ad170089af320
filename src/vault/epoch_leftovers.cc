#include "vault/epoch_leftovers.h"

#include <utility>

#include "vault/erasure_plan.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr size_t kPage = 500;
constexpr size_t kMaxTokens = 10'000'000;
constexpr int kTries = 3;

AuditEntry EntryOf(uint32_t count, std::string detail) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kEpochRotate;
  entry.decision = Decision::kPlain;
  entry.count = count;
  entry.detail = std::move(detail);
  return entry;
}

Status RewriteTokens(Room& room, CustomerId customer) {
  const SealedStore& sealed = *room.sealed;
  ASSIGN_OR_RETURN(const std::vector<Bytes> names, sealed.ListItems(customer, kTokenItemKind, kMaxTokens));
  if (names.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(const OpenRecord record, sealed.GetRecordEvenBlocked(customer));
  SealedBatch batch;
  uint32_t count = 0;
  for (const Bytes& name : names) {
    ASSIGN_OR_RETURN(const std::optional<OpenItem> opened, sealed.GetItem(customer, *record.key, kTokenItemKind, name));
    if (!opened.has_value()) continue;
    ASSIGN_OR_RETURN(TokenItem item, TokenItem::Decode(opened->content.view()));
    if (item.value_row_of_epoch_1.empty()) continue;
    ASSIGN_OR_RETURN(const RowMark mark, item.ValueMark(sealed));
    item.value_mark = mark.mark;
    item.value_row_of_epoch_1.clear();
    sealed.ExpectItem(batch, customer, kTokenItemKind, name, opened->version);
    RETURN_IF_ERROR(sealed.PutItem(batch, customer, *record.key, kTokenItemKind, name, item.Encode()));
    ++count;
  }
  if (count == 0) return Status::Ok();
  sealed.ExpectRecord(batch, customer, record.version);
  return room.journal->Submit(std::move(batch), EntryOf(count, "tokens written anew")).Wait();
}

Status RewriteTokensOf(Room& room, CustomerId customer) {
  Status written;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    written = RewriteTokens(room, customer);
    if (written.reason() != Reason::kStorageConflict) break;
  }
  return written.reason() == Reason::kCustomerNotFound ? Status::Ok() : written;  // erased meanwhile
}

}  // namespace

Status CarryPlansOver(Room& room) {
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, room.sealed->ListDocuments(Table::kIntent, after, kPage));
    for (const ListedDocument& document : page) {
      const Result<ErasurePlan> listed = ErasurePlan::Decode(*room.sealed, document.content);
      // One that is damaged can be carried out neither with the keys nor without: it keeps none of them from its end.
      if (listed.reason() == Reason::kDataCorrupt) continue;
      RETURN_IF_ERROR(listed.status());
      if (listed->sealed_under == room.sealed->ring().epoch()) continue;
      ASSIGN_OR_RETURN(const std::optional<ErasurePlan> plan, ErasurePlan::Find(*room.sealed, listed->customer));
      if (!plan.has_value()) continue;
      SealedBatch batch;
      RETURN_IF_ERROR(plan->PutIntent(*room.sealed, batch));
      RETURN_IF_ERROR(room.journal->Submit(std::move(batch), EntryOf(1, "erasure's plan written anew")).Wait());
    }
    if (page.size() < kPage) return Status::Ok();
    after = page.back().row_key;
  }
}

Status LeaveFirstEpoch(Room& room, const std::function<bool()>& stop) {
  if (room.customer_keys == nullptr) return Status::Ok();
  CustomerId begin = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<CustomerId> page, room.sealed->ScanRecords(begin, kPage));
    for (const CustomerId customer : page) {
      if (stop()) return Status(Reason::kShuttingDown);
      RETURN_IF_ERROR(RewriteTokensOf(room, customer));
    }
    if (page.size() < kPage) return Status::Ok();
    begin = page.back() + 1;
  }
}

}  // namespace strongroom
