#include "vault/rekey.h"

#include <optional>
#include <utility>

#include "base/encoding.h"
#include "vault/record.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 2;
constexpr uint8_t kUnnamedVersion = 1;             // did not say what was taken away
constexpr int kTries = 10;                         // against somebody who changes what is being sealed
constexpr size_t kBatchBytes = size_t{600} << 10;  // with one part of a file more it stays below a group's limit
constexpr size_t kPage = 200;

struct Mark {
  CustomerId customer = 0;
  UnixMillis since = 0;
  std::vector<Bytes> taken;
};

Bytes NameOfMark(CustomerId customer) {
  Bytes name;
  ByteWriter(name).U64(customer);
  return name;
}

Result<Mark> DecodeMark(ByteView content) {
  ByteReader reader(content);
  const uint8_t format = reader.U8();
  Mark mark;
  mark.customer = reader.U64();
  mark.since = static_cast<UnixMillis>(reader.U64());
  if (format != kUnnamedVersion) {
    for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left)
      mark.taken.emplace_back(reader.Prefixed());
  }
  RETURN_IF_ERROR(reader.Finish("a mark for a new key"));
  if (format != kFormatVersion && format != kUnnamedVersion)
    return Status(Reason::kDataCorrupt, "a mark for a new key is of a newer format");
  return mark;
}

Status Record(Room& room, SealedBatch batch, AuditEntry entry, std::string detail) {
  entry.detail = std::move(detail);
  return room.journal->Submit(std::move(batch), std::move(entry)).Wait();
}

// Step 2.
Status ResealRecord(Room& room, CustomerId customer, AuditEntry& entry) {
  const SealedStore& sealed = *room.sealed;
  Status written;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    ASSIGN_OR_RETURN(const OpenRecord stored, sealed.GetRecordEvenBlocked(customer));
    ASSIGN_OR_RETURN(const CustomerKeyPtr key, room.customer_keys->GetEvenBlocked(customer));
    ASSIGN_OR_RETURN(const strongroom::Record record, strongroom::Record::Parse(stored.content.view()));
    SealedBatch batch;
    ASSIGN_OR_RETURN(const Digest hash, sealed.PutRecord(batch, customer, *key, stored.content.view(), stored.version));
    entry.customers = {record.audit_id};
    AuditEntry change = entry;
    change.change = hash;
    written = Record(room, std::move(batch), std::move(change), "generation " + std::to_string(key->generation));
    if (written.reason() != Reason::kStorageConflict) return written;
  }
  return Status(Reason::kRecordBusy);
}

// Step 3, one pass; answers how many items were sealed anew.
Result<size_t> ResealPass(Room& room, CustomerId customer, const CustomerKey& key, const AuditEntry& entry) {
  size_t resealed = 0;
  Bytes after;
  for (int conflicts = 0; conflicts < kTries;) {
    SealedBatch batch;
    ASSIGN_OR_RETURN(const ResealedItems page, room.sealed->ResealItems(batch, customer, key, after, kBatchBytes));
    if (page.resealed > 0) {
      const Status written = Record(room, std::move(batch), entry, "items");
      if (written.reason() == Reason::kStorageConflict) {
        ++conflicts;
        continue;
      }
      RETURN_IF_ERROR(written);
      resealed += page.resealed;
    }
    if (page.last) return resealed;
    after = page.next;
  }
  return Status(Reason::kRecordBusy);
}

Status DropMark(Room& room, CustomerId customer, const std::optional<Document>& mark, const AuditEntry& entry,
                std::string detail) {
  SealedBatch batch;
  if (mark.has_value()) {
    // Unless it was made anew meanwhile: then that is for the next time.
    room.sealed->ExpectDocument(batch, Table::kRekey, NameOfMark(customer), mark->version);
    room.sealed->DeleteDocument(batch, Table::kRekey, NameOfMark(customer));
  }
  const Status written = Record(room, std::move(batch), entry, detail);
  return written.reason() == Reason::kStorageConflict ? Record(room, {}, entry, std::move(detail)) : written;
}

Result<Rekeyed> Carry(Room& room, CustomerId customer, AuditEntry& entry) {
  Rekeyed answer;
  CustomerKeyPtr key;
  for (int attempt = 0; key == nullptr; ++attempt) {
    Result<CustomerKeyPtr> begun = room.customer_keys->BeginRekey(customer);
    if (begun.reason() == Reason::kStorageConflict && attempt < kTries) continue;
    RETURN_IF_ERROR(begun.status());
    key = *std::move(begun);
  }
  answer.generation = key->generation;
  RETURN_IF_ERROR(ResealRecord(room, customer, entry));
  while (true) {
    ASSIGN_OR_RETURN(const size_t resealed, ResealPass(room, customer, *key, entry));
    answer.items_resealed += resealed;
    if (resealed == 0) break;
  }
  for (int attempt = 0;; ++attempt) {
    const Status ended = room.customer_keys->EndRekey(customer);
    if (ended.ok()) return answer;
    if (ended.reason() != Reason::kStorageConflict || attempt == kTries) return ended;
  }
}

}  // namespace

Bytes TakenValueName(FieldId field, uint32_t item) {
  Bytes name(1, kTakenValue);
  ByteWriter writer(name);
  writer.U16(field);
  writer.U32(item);
  return name;
}

Bytes TakenFileName(ByteView file_id) { return Bytes(1, kTakenFile) + Bytes(file_id); }

Status MarkForRekey(const SealedStore& sealed, SealedBatch& batch, CustomerId customer, UnixMillis now,
                    const std::vector<Bytes>& taken) {
  ASSIGN_OR_RETURN(const std::optional<Document> before, sealed.GetDocument(Table::kRekey, NameOfMark(customer)));
  std::vector<Bytes> names;
  if (before.has_value()) {  // what it names is noted by now, unless somebody is about to, or a crash came between
    ASSIGN_OR_RETURN(const Mark mark, DecodeMark(before->content));
    ASSIGN_OR_RETURN(names, sealed.customer_keys().NotNoted(customer, mark.taken));
  }
  names.insert(names.end(), taken.begin(), taken.end());
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.U64(customer);
  writer.U64(static_cast<uint64_t>(now));
  writer.Varint(names.size());
  for (const Bytes& name : names) writer.Prefixed(name);
  return sealed.PutDocument(batch, Table::kRekey, NameOfMark(customer), content,
                            before.has_value() ? before->version : kAbsent);
}

Status NoteTaken(const SealedStore& sealed, CustomerId customer, const std::vector<Bytes>& taken, UnixMillis now) {
  if (taken.empty()) return Status::Ok();
  const Status noted = sealed.customer_keys().NoteTaken(customer, taken, now);
  return noted.reason() == Reason::kCustomerNotFound ? Status::Ok() : noted;  // nothing of them opens
}

Status NoteMarked(const SealedStore& sealed, CustomerId customer) {
  ASSIGN_OR_RETURN(const std::optional<Document> mark, sealed.GetDocument(Table::kRekey, NameOfMark(customer)));
  if (!mark.has_value()) return Status::Ok();
  ASSIGN_OR_RETURN(const Mark said, DecodeMark(mark->content));
  return NoteTaken(sealed, customer, said.taken, said.since);
}

void ForgetMark(const SealedStore& sealed, SealedBatch& batch, CustomerId customer) {
  sealed.DeleteDocument(batch, Table::kRekey, NameOfMark(customer));
}

Result<Rekeyed> RekeyCustomer(Room& room, CustomerId customer, const AuditEntry& entry) {
  AuditEntry named = entry;
  // Before anything else: a mark that is made from here on stays for the next time.
  ASSIGN_OR_RETURN(const std::optional<Document> mark, room.sealed->GetDocument(Table::kRekey, NameOfMark(customer)));
  if (mark.has_value()) {  // before there is a new key: notes go by the key that sealed what was taken away
    ASSIGN_OR_RETURN(const Mark said, DecodeMark(mark->content));
    RETURN_IF_ERROR(NoteTaken(*room.sealed, customer, said.taken, said.since));
  }
  Result<Rekeyed> done = Carry(room, customer, named);
  if (done.reason() == Reason::kCustomerNotFound) {
    if (mark.has_value()) RETURN_IF_ERROR(DropMark(room, customer, mark, entry, "erased"));
    return done;
  }
  RETURN_IF_ERROR(done.status());
  named.count = static_cast<uint32_t>(done->items_resealed);
  RETURN_IF_ERROR(DropMark(room, customer, mark, named, "done; generation " + std::to_string(done->generation)));
  return done;
}

Result<size_t> RekeyMarked(Room& room, UnixMillis marked_before, const std::function<bool()>& stop) {
  if (room.customer_keys == nullptr) return size_t{0};
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kCustomerRekey;
  entry.decision = Decision::kPlain;
  size_t rekeyed = 0;
  Status first_failure;
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, room.sealed->ListDocuments(Table::kRekey, after, kPage));
    for (const ListedDocument& document : page) {
      ASSIGN_OR_RETURN(const Mark mark, DecodeMark(document.content));
      if (mark.since >= marked_before) {
        const Status noted = NoteTaken(*room.sealed, mark.customer, mark.taken, mark.since);
        if (first_failure.ok()) first_failure = noted;
        continue;
      }
      if (stop && stop()) return Status(Reason::kShuttingDown);
      const Status done = RekeyCustomer(room, mark.customer, entry).status();
      if (done.ok() || done.reason() == Reason::kCustomerNotFound) {
        ++rekeyed;
      } else if (first_failure.ok()) {
        first_failure = done;
      }
    }
    if (page.size() < kPage) break;
    after = page.back().row_key;
  }
  RETURN_IF_ERROR(first_failure);
  return rekeyed;
}

}  // namespace strongroom
