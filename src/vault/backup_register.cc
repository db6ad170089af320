#include "vault/backup_register.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kMostRecipients = 100;
constexpr size_t kPage = 200;

AuditEntry SystemEntry(Action action) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = action;
  entry.decision = Decision::kPlain;
  return entry;
}

// For the log: nothing in it is personal.
std::string Named(const BackupRecord& record) {
  return std::string(NameOf(record.kind)) + " set " + HexEncode(record.id);
}

}  // namespace

std::string_view NameOf(BackupKind kind) { return kind == BackupKind::kKeys ? "keys" : "data"; }

std::string_view NameOf(BackupState state) {
  switch (state) {
    case BackupState::kMaking:
      return "making";
    case BackupState::kMade:
      return "made";
    case BackupState::kFailed:
      return "failed";
  }
  return "failed";
}

std::optional<BackupKind> BackupKindFromName(std::string_view name) {
  for (const BackupKind kind : {BackupKind::kData, BackupKind::kKeys}) {
    if (name == NameOf(kind)) return kind;
  }
  return std::nullopt;
}

Bytes BackupRecord::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kVersion);
  writer.Raw(id);
  writer.U8(static_cast<uint8_t>(kind));
  writer.U8(static_cast<uint8_t>(state));
  writer.Prefixed(parent);
  writer.Prefixed(file);
  writer.Varint(recipients.size());
  for (const std::string& recipient : recipients) writer.Prefixed(recipient);
  writer.U64(static_cast<uint64_t>(begun_at));
  writer.U64(static_cast<uint64_t>(made_at));
  writer.Varint(size_bytes);
  writer.Varint(rows);
  writer.Raw(View(sha256));
  writer.U64(static_cast<uint64_t>(expires_at));
  writer.U64(static_cast<uint64_t>(file_deleted_at));
  writer.U64(static_cast<uint64_t>(destroyed_at));
  writer.U64(destroyed_by);
  return out;
}

Result<BackupRecord> BackupRecord::Decode(ByteView content) {
  const Status damaged(Reason::kDataCorrupt, "a record of the register of backups is damaged: run 'strongroom fsck'");
  ByteReader reader(content);
  if (reader.U8() != kVersion) return damaged;
  BackupRecord record;
  record.id = Bytes(reader.Raw(kIdBytes));
  const uint8_t kind = reader.U8();
  const uint8_t state = reader.U8();
  record.kind = static_cast<BackupKind>(kind);
  record.state = static_cast<BackupState>(state);
  record.parent = Bytes(reader.Prefixed());
  record.file = std::string(reader.Prefixed());
  const uint64_t recipients = reader.Varint();
  if (reader.failed() || kind < 1 || kind > 2 || state < 1 || state > 3 || recipients > kMostRecipients) return damaged;
  for (uint64_t i = 0; i < recipients; ++i) record.recipients.emplace_back(reader.Prefixed());
  record.begun_at = static_cast<UnixMillis>(reader.U64());
  record.made_at = static_cast<UnixMillis>(reader.U64());
  record.size_bytes = reader.Varint();
  record.rows = reader.Varint();
  const ByteView hash = reader.Raw(record.sha256.size());
  std::copy_n(AsU8(hash), hash.size(), record.sha256.begin());
  record.expires_at = static_cast<UnixMillis>(reader.U64());
  record.file_deleted_at = static_cast<UnixMillis>(reader.U64());
  record.destroyed_at = static_cast<UnixMillis>(reader.U64());
  record.destroyed_by = reader.U64();
  if (!reader.Finish("a record of the register of backups").ok()) return damaged;
  return record;
}

// --- reading ---------------------------------------------------------------------------------------------------------

Result<std::vector<BackupRecord>> BackupRegister::Look() const {
  std::vector<BackupRecord> all;
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page,
                     gate_.house().office().sealed->ListDocuments(Table::kBackup, after, kPage));
    for (const ListedDocument& document : page) {
      ASSIGN_OR_RETURN(BackupRecord record, BackupRecord::Decode(document.content));
      all.push_back(std::move(record));
    }
    if (page.size() < kPage) break;
    after = page.back().row_key;
  }
  std::sort(all.begin(), all.end(), [](const BackupRecord& a, const BackupRecord& b) {
    return a.begun_at != b.begun_at ? a.begun_at > b.begun_at : a.id > b.id;
  });
  return all;
}

Result<std::optional<std::pair<BackupRecord, StoreVersion>>> BackupRegister::Find(const Bytes& id) const {
  using Answer = std::optional<std::pair<BackupRecord, StoreVersion>>;
  ASSIGN_OR_RETURN(const std::optional<Document> document,
                   gate_.house().office().sealed->GetDocument(Table::kBackup, HexEncode(id)));
  if (!document.has_value()) return Answer();
  ASSIGN_OR_RETURN(BackupRecord record, BackupRecord::Decode(document->content));
  return Answer(std::pair(std::move(record), document->version));
}

Receipted<std::vector<BackupRecord>> BackupRegister::List(const Caller& caller) const {
  using Answer = std::vector<BackupRecord>;
  Permit permit = gate_.Authorise(caller, Action::kBackupRead);
  if (!permit.granted()) return permit.Refuse<Answer>();
  Result<Answer> all = Look();
  if (!all.ok()) return permit.Fail<Answer>(all.status());
  return permit.Finish(*std::move(all));
}

// --- changing --------------------------------------------------------------------------------------------------------

Status BackupRegister::Put(SealedBatch& batch, const BackupRecord& record, StoreVersion expected) const {
  return gate_.house().office().sealed->PutDocument(batch, Table::kBackup, HexEncode(record.id), record.Encode(),
                                                    expected);
}

// On condition that it is as it was read.
Status BackupRegister::PutAnew(SealedBatch& batch, const BackupRecord& record) const {
  ASSIGN_OR_RETURN(const auto known, Find(record.id));
  if (!known.has_value()) return Status(Reason::kBackupNotFound);
  return Put(batch, record, known->second);
}

Result<BackupMaking> BackupRegister::Begin(const Caller& caller, BackupRecord record, const Status& wrong) {
  Permit permit = gate_.Authorise(caller, Action::kBackupMake);
  if (!permit.granted()) return permit.Refuse<bool>().Wait().status();
  if (!wrong.ok()) return permit.Fail<bool>(wrong).Wait().status();
  record.state = BackupState::kMaking;
  record.begun_at = now();
  SealedBatch batch;
  if (Status put = Put(batch, record, kAbsent); !put.ok()) return permit.Fail<bool>(put).Wait().status();
  permit.entry().detail = Named(record);
  AuditEntry intent = permit.entry();
  intent.detail += " begun";
  if (Status begun = permit.SubmitStep(std::move(batch), std::move(intent)).Wait(); !begun.ok()) {
    return permit.Fail<bool>(begun).Wait().status();
  }
  return BackupMaking{std::move(permit), std::move(record)};
}

Result<BackupRecord> BackupRegister::Complete(BackupMaking making) {
  BackupRecord& record = making.record;
  record.state = BackupState::kMade;
  SealedBatch batch;
  if (Status put = PutAnew(batch, record); !put.ok()) return making.permit.Fail<bool>(put).Wait().status();
  making.permit.entry().detail += " made";
  making.permit.entry().change = record.sha256;
  return making.permit.Finish(record, std::move(batch)).Wait();
}

Status BackupRegister::Fail(BackupMaking making, const Status& why) {
  making.record.state = BackupState::kFailed;
  SealedBatch batch;
  RETURN_IF_ERROR(PutAnew(batch, making.record));
  RETURN_IF_ERROR(making.permit.Submit(std::move(batch), why.reason()).Wait());
  return why;
}

Receipted<BackupRecord> BackupRegister::ConfirmDestroyed(const Caller& caller, const Bytes& id) {
  Permit permit = gate_.Authorise(caller, Action::kBackupChange);
  if (!permit.granted()) return permit.Refuse<BackupRecord>();
  Result<std::optional<std::pair<BackupRecord, StoreVersion>>> known = Find(id);
  if (!known.ok()) return permit.Fail<BackupRecord>(known.status());
  if (!known->has_value()) return permit.Fail<BackupRecord>(Status(Reason::kBackupNotFound));
  auto& [record, version] = **known;
  permit.entry().detail = Named(record) + " confirmed destroyed";
  if (record.destroyed_at != 0) return permit.Finish(std::move(record));
  if (record.state == BackupState::kMaking) {
    return permit.Fail<BackupRecord>(Status(Reason::kInvalidArgument, "this backup is being made"));
  }
  record.destroyed_at = now();
  record.destroyed_by = caller.principal->id;
  SealedBatch batch;
  if (Status put = Put(batch, record, version); !put.ok()) return permit.Fail<BackupRecord>(put);
  return permit.Finish(std::move(record), std::move(batch));
}

Status BackupRegister::RecordDeleted(const BackupRecord& record) {
  BackupRecord deleted = record;
  deleted.file_deleted_at = now();
  SealedBatch batch;
  RETURN_IF_ERROR(PutAnew(batch, deleted));
  AuditEntry entry = SystemEntry(Action::kBackupChange);
  entry.detail = Named(record) + " expired, file deleted";
  return gate_.house().office().journal->Submit(std::move(batch), std::move(entry)).Wait();
}

Status BackupRegister::FailInterrupted() {
  ASSIGN_OR_RETURN(const std::vector<BackupRecord> all, Look());
  for (const BackupRecord& record : all) {
    if (record.state != BackupState::kMaking) continue;
    BackupRecord failed = record;
    failed.state = BackupState::kFailed;
    SealedBatch batch;
    RETURN_IF_ERROR(PutAnew(batch, failed));
    AuditEntry entry = SystemEntry(Action::kBackupMake);
    entry.detail = Named(record) + " interrupted";
    entry.outcome = Reason::kShuttingDown;
    RETURN_IF_ERROR(gate_.house().office().journal->Submit(std::move(batch), std::move(entry)).Wait());
  }
  return Status::Ok();
}

}  // namespace strongroom
