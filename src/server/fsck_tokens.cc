// Tokens: of a deterministic token the row of ownership and the row that leads from the value to it; of a
// format-preserving one its row in the office's directory.  A repair writes them anew from the token's item.  Rows of
// the directory whose token is not there are what creates and erasures left: a repair takes them away.
#include <utility>

#include "base/encoding.h"
#include "server/fsck_run.h"
#include "vault/index_rows.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr char kRevokedMark = 1;  // behind the token's id in the row of its value

Bytes TokenIdOf(CustomerId owner, ByteView name) {
  Bytes id;
  ByteWriter(id).U64(owner);
  id.append(name);
  return id;
}

// The item is still what it was: its rows may have been written or deleted with it meanwhile.
bool Unchanged(const Room& room, CustomerId customer, const StoredItem& item) {
  const Result<CustomerKeyPtr> key = room.customer_keys->GetEvenBlocked(customer);
  if (!key.ok()) return false;
  const auto now = room.sealed->GetItem(customer, **key, item.kind, item.name);
  return now.ok() && now->has_value() && (*now)->version == item.version;
}

Status CheckDeterministic(FsckRun& run, Room& room, CustomerId customer, const StoredItem& item,
                          const TokenItem& token) {
  const SealedStore& sealed = *room.sealed;
  const Bytes id = TokenIdOf(token.home, item.name);
  const Result<RowMark> value = token.ValueMark(sealed);
  if (!value.ok()) return Status::Ok();  // of epoch 1, whose keys are gone: it names no row any more
  ASSIGN_OR_RETURN(const bool owner, sealed.HasReference(TokenOwnerLabel(), id, customer));
  const Result<std::optional<UniqueRow>> row = sealed.GetMarked(*value);
  if (row.reason() == Reason::kDataCorrupt) return Status::Ok();  // told by the check of index rows
  RETURN_IF_ERROR(row.status());
  if ((owner && row->has_value()) || !Unchanged(room, customer, item)) return Status::Ok();
  bool mended = false;
  if (run.repair()) {
    SealedBatch batch;
    if (!owner) RETURN_IF_ERROR(sealed.PutReference(batch, TokenOwnerLabel(), id, customer));
    if (!row->has_value()) {
      Bytes content = id;
      if (token.revoked) content.push_back(kRevokedMark);
      RETURN_IF_ERROR(sealed.PutMarked(batch, *value, content, std::nullopt));
    }
    sealed.ExpectItem(batch, customer, item.kind, item.name, item.version);
    ASSIGN_OR_RETURN(mended, run.Mend(room, std::move(batch), (owner ? 0 : 1) + (row->has_value() ? 0 : 1),
                                      "rows of a deterministic token"));
  }
  run.FindOf(FsckCheck::kTokens, room, customer, "a deterministic token lacks a row: it is not resolved, or made twice",
             mended);
  return Status::Ok();
}

Status CheckFormatPreserving(FsckRun& run, Room& room, CustomerId customer, const StoredItem& item,
                             const TokenItem& token) {
  Room& office = run.house.office();
  const Bytes name = DirectoryName(token.domain, token.shown);
  const Bytes id = TokenIdOf(customer, item.name);
  const Result<std::optional<Document>> row = office.sealed->GetDocument(Table::kTokenDirectory, name);
  if (row.reason() == Reason::kDataCorrupt) return Status::Ok();  // told by the check of documents
  RETURN_IF_ERROR(row.status());
  if ((row->has_value() && (*row)->content == id) || !Unchanged(room, customer, item)) return Status::Ok();
  if (row->has_value()) {
    run.FindOf(FsckCheck::kTokens, room, customer, "the directory leads from a token's text to another token");
    return Status::Ok();
  }
  bool mended = false;
  if (run.repair()) {
    SealedBatch batch;
    RETURN_IF_ERROR(office.sealed->PutDocument(batch, Table::kTokenDirectory, name, id, kAbsent));
    ASSIGN_OR_RETURN(mended, run.Mend(office, std::move(batch), 1, "directory of a token"));
  }
  run.FindOf(FsckCheck::kTokens, room, customer, "a token's text is missing in the directory: it is not resolved",
             mended);
  return Status::Ok();
}

}  // namespace

Status CheckToken(FsckRun& run, Room& room, CustomerId customer, const StoredItem& item, ByteView content) {
  run.Count(FsckCheck::kTokens);
  const Result<TokenItem> token = TokenItem::Decode(content);
  if (!token.ok()) {
    run.FindOf(FsckCheck::kTokens, room, customer, "a token is malformed");
    return Status::Ok();
  }
  if (token->format == TokenFormat::kDeterministic && token->HasValueRow())
    return CheckDeterministic(run, room, customer, item, *token);
  if (token->format == TokenFormat::kFormatPreserving) return CheckFormatPreserving(run, room, customer, item, *token);
  return Status::Ok();
}

Status SweepLeftovers(FsckRun& run) {
  ASSIGN_OR_RETURN(run.report.orphan_chunks, run.vault.files().SweepOrphans());
  ASSIGN_OR_RETURN(run.report.orphan_directory_rows, run.vault.tokens().SweepDirectory());
  run.report.mended_rows += run.report.orphan_chunks + run.report.orphan_directory_rows;
  return Status::Ok();
}

}  // namespace strongroom
