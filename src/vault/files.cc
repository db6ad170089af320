#include "vault/files.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "vault/file_manifest.h"
#include "vault/normalise_text.h"
#include "vault/rekey.h"

namespace strongroom {
namespace {

constexpr uint32_t kChunksPerCommit = 3;  // with their seals they stay below the 1 MiB of a group commit
constexpr size_t kMaxNameBytes = 255;
constexpr size_t kMaxMediaTypeBytes = 127;
constexpr size_t kSweepPage = 1'000;
constexpr std::string_view kDefaultMediaType = "application/octet-stream";

Status CheckTexts(std::string_view name, std::string_view media_type) {
  if (name.size() > kMaxNameBytes || !IsValidUtf8(name) || HasControlCharacters(name, /*lines_allowed=*/false)) {
    return Status(Reason::kInvalidArgument, "a file's name is at most 255 bytes of UTF-8 without control characters");
  }
  const bool printable = std::all_of(media_type.begin(), media_type.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (media_type.size() > kMaxMediaTypeBytes || !printable) {
    return Status(Reason::kInvalidArgument, "a media type is at most 127 printable ASCII characters");
  }
  return Status::Ok();
}

// "•••.pdf": enough to see what kind of thing it is.
std::string HiddenName(std::string_view name) {
  std::string hidden = "•••";
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot > 6 || name.size() - dot < 2) return hidden;
  const std::string_view extension = name.substr(dot);
  const bool plain = std::all_of(extension.begin() + 1, extension.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  return plain ? hidden + std::string(extension) : hidden;
}

FileInfo InfoOf(ByteView file_id, const FileManifest& manifest, const FieldDef& field) {
  FileInfo info;
  info.id = HexEncode(file_id);
  info.field = field.name;
  info.name = manifest.name;
  info.media_type = manifest.media_type;
  info.size_bytes = manifest.size_bytes;
  info.stored_at = manifest.stored_at;
  return info;
}

Result<FileManifest> ReadManifest(const OpenCustomer& customer, ByteView file_id, StoreVersion* version = nullptr) {
  const SealedStore& sealed = *customer.room->sealed;
  ASSIGN_OR_RETURN(const std::optional<OpenItem> item,
                   sealed.GetItem(customer.id, *customer.stored.key, kFileManifestKind, file_id));
  if (!item.has_value()) return Status(Reason::kFileNotFound);
  if (version != nullptr) *version = item->version;
  return FileManifest::Decode(item->content.view());
}

Result<PlainBytes> ReadChunks(const OpenCustomer& customer, ByteView file_id, const FileManifest& manifest) {
  const SealedStore& sealed = *customer.room->sealed;
  PlainBytes content;
  content.mutable_bytes().reserve(manifest.size_bytes);  // never regrows
  for (uint32_t chunk = 0; chunk < manifest.chunks; ++chunk) {
    ASSIGN_OR_RETURN(const std::optional<OpenItem> item,
                     sealed.GetItem(customer.id, *customer.stored.key, kFileChunkKind, FileChunkName(file_id, chunk)));
    if (!item.has_value()) return Status(Reason::kDataCorrupt, "a part of the file is missing");
    ASSIGN_OR_RETURN(const ByteView piece, DecodeFileChunk(item->content.view(), chunk + 1 == manifest.chunks));
    if (content.size() + piece.size() > manifest.size_bytes) {
      return Status(Reason::kDataCorrupt, "the file is longer than its manifest says");
    }
    content.mutable_bytes().append(piece);
  }
  if (content.size() != manifest.size_bytes)
    return Status(Reason::kDataCorrupt, "the file is shorter than its manifest says");
  return content;
}

// Whether policy lets the caller get a file of any field.  Asked before it is told that a customer or file is not
// there.
bool MayGetSomeFile(Permit& permit, const Catalogue& catalogue, uint8_t tier) {
  const FieldDef* first = nullptr;
  for (const FieldDef& field : catalogue.fields()) {
    if (field.type != FieldType::kFile) continue;
    if (permit.DecideField(field, tier, Decision::kPlain, /*required=*/false).decision == Decision::kPlain) return true;
    if (first == nullptr) first = &field;
  }
  if (first != nullptr) {
    permit.DecideField(*first, tier, Decision::kPlain, /*required=*/true);
  } else {
    permit.Deny(Status(Reason::kDenied, "no field holds files"));
  }
  return permit.granted();
}

}  // namespace

// --- putting ---------------------------------------------------------------------------------------------------------

Status Files::CheckRoomForFile(const OpenCustomer& customer, const FieldDef& field) const {
  ASSIGN_OR_RETURN(const std::vector<Bytes> ids,
                   customer.room->sealed->ListItems(customer.id, kFileManifestKind, kMaxFiles));
  if (ids.size() >= kMaxFiles)
    return Status(Reason::kTooManyValues, "a customer has at most 1,000 files; delete one first");
  if (field.repeated) return Status::Ok();
  for (const Bytes& id : ids) {
    ASSIGN_OR_RETURN(const FileManifest manifest, ReadManifest(customer, id));
    if (manifest.field == field.id) {
      return Status(Reason::kTooManyValues, "field '" + field.name + "' takes one file; delete the present one first");
    }
  }
  return Status::Ok();
}

Receipted<FileInfo> Files::Put(const Caller& caller, std::string_view code, std::string_view collection_point,
                               std::string_view field_name, std::string_view name, std::string_view media_type,
                               ByteView content) {
  const Result<OpenCustomer> customer = customers_.Open(code);
  Permit permit = gate_.Authorise(caller, Action::kFilePut, customer.ok() ? customer->room : nullptr,
                                  customer.ok() ? customer->record.tier : 0);
  if (!permit.granted()) return permit.Refuse<FileInfo>();
  if (!customer.ok()) return permit.Fail<FileInfo>(customer.status());
  permit.entry().customers = {customer->record.audit_id};
  if (content.size() > kMaxFileBytes) {
    return permit.Fail<FileInfo>(Status(Reason::kBodyTooLarge, "a file is at most 16 MiB (16,777,216 bytes)"));
  }
  if (const Status texts = CheckTexts(name, media_type); !texts.ok()) return permit.Fail<FileInfo>(texts);
  const CataloguePtr catalogue = catalogue_.Current();
  const CollectionPoint* point = catalogue->FindPoint(collection_point);
  if (point == nullptr) return permit.Fail<FileInfo>(Status(Reason::kCollectionPointUnknown));
  const Result<const FieldDef*> field = catalogue->Field(field_name);
  if (!field.ok()) return permit.Fail<FileInfo>(field.status());
  permit.entry().fields = {(*field)->id};
  if ((*field)->type != FieldType::kFile) {
    return permit.Fail<FileInfo>(Status(Reason::kWrongType, "field '" + (*field)->name + "' does not hold files"));
  }
  if (!catalogue->Collects(*point, **field)) {
    return permit.Fail<FileInfo>(
        Status(Reason::kFieldNotCollected,
               "collection point '" + point->name + "' may not gather field '" + (*field)->name + "'"));
  }
  if (const Status fits = CheckRoomForFile(*customer, **field); !fits.ok()) return permit.Fail<FileInfo>(fits);

  FileInfo info;
  info.id = HexEncode(house_.random().Take(kFileIdBytes));
  info.field = (*field)->name;
  info.name = std::string(name);
  info.media_type = std::string(media_type.empty() ? kDefaultMediaType : media_type);
  info.size_bytes = content.size();
  info.stored_at = house_.clock().NowMillis();
  return PutFile(std::move(permit), *customer, std::move(info), **field, content);
}

Receipted<FileInfo> Files::PutFile(Permit permit, const OpenCustomer& customer, FileInfo info, const FieldDef& field,
                                   ByteView content) {
  const SealedStore& sealed = *customer.room->sealed;
  const CustomerKey& key = *customer.stored.key;
  FileManifest manifest;
  manifest.field = field.id;
  manifest.size_bytes = info.size_bytes;
  manifest.chunks = ChunksOf(info.size_bytes);
  manifest.stored_at = info.stored_at;
  manifest.name = info.name;
  manifest.media_type = info.media_type;
  const Result<Bytes> file_id = FileIdFromText(info.id);
  if (!file_id.ok()) return permit.Fail<FileInfo>(file_id.status());

  Receipt receipt = Receipt::Settled(Status::Ok());
  for (uint32_t begin = 0; begin < manifest.chunks; begin += kChunksPerCommit) {
    const uint32_t end = std::min(begin + kChunksPerCommit, manifest.chunks);
    const bool finished = end == manifest.chunks;
    SealedBatch batch;
    // An erasure takes the record away first: then nothing more can be written beside it.
    sealed.ExpectRecord(batch, customer.id, customer.stored.version);
    for (uint32_t chunk = begin; chunk < end; ++chunk) {
      const PlainBytes piece =
          EncodeFileChunk(content.substr(size_t{chunk} * kChunkBytes, kChunkBytes), chunk + 1 == manifest.chunks);
      const Status put =
          sealed.PutItem(batch, customer.id, key, kFileChunkKind, FileChunkName(*file_id, chunk), piece.view());
      if (!put.ok()) return permit.Fail<FileInfo>(put);
    }
    AuditEntry entry = permit.entry();
    entry.detail = (finished ? "file " : "upload of file ") + info.id;
    if (finished) {
      const Status put = sealed.PutItem(batch, customer.id, key, kFileManifestKind, *file_id, manifest.Encode());
      if (!put.ok()) return permit.Fail<FileInfo>(put);
    }
    receipt = permit.SubmitStep(std::move(batch), std::move(entry));
    if (const Status written = receipt.Wait(); !written.ok()) {
      return permit.Fail<FileInfo>(written.reason() == Reason::kStorageConflict ? Status(Reason::kRecordBusy)
                                                                                : written);
    }
  }
  permit.Close();
  return Receipted<FileInfo>(std::move(info), receipt);
}

// --- reading ---------------------------------------------------------------------------------------------------------

Receipted<std::vector<FileInfo>> Files::List(const Caller& caller, std::string_view code) {
  using Infos = std::vector<FileInfo>;
  const Result<OpenCustomer> customer = customers_.Open(code);
  Permit permit = gate_.Authorise(caller, Action::kCustomerRead, customer.ok() ? customer->room : nullptr,
                                  customer.ok() ? customer->record.tier : 0);
  if (!permit.granted()) return permit.Refuse<Infos>();
  if (!customer.ok()) return permit.Fail<Infos>(customer.status());
  permit.entry().customers = {customer->record.audit_id};
  permit.entry().detail = "files";
  const CataloguePtr catalogue = catalogue_.Current();
  const auto ids = customer->room->sealed->ListItems(customer->id, kFileManifestKind, kMaxFiles);
  if (!ids.ok()) return permit.Fail<Infos>(ids.status());
  Infos infos;
  for (const Bytes& id : *ids) {
    const Result<FileManifest> manifest = ReadManifest(*customer, id);
    if (manifest.reason() == Reason::kFileNotFound) continue;  // deleted meanwhile
    if (!manifest.ok()) return permit.Fail<Infos>(manifest.status());
    const FieldDef* field = catalogue->FindField(manifest->field);
    if (field == nullptr) continue;
    const Decided decided = permit.DecideField(*field, customer->record.tier, Decision::kMasked, /*required=*/false);
    if (decided.decision != Decision::kMasked && decided.decision != Decision::kPlain) continue;
    FileInfo info = InfoOf(id, *manifest, *field);
    const bool open = decided.decision == Decision::kPlain && field->sensitivity <= Sensitivity::kInternal;
    if (!open) info.name = HiddenName(info.name);
    infos.push_back(std::move(info));
  }
  return permit.Finish(std::move(infos));
}

Receipted<FileContent> Files::Get(const Caller& caller, std::string_view code, std::string_view file_id_text) {
  Permit permit = gate_.AuthoriseFields(caller, Action::kFileGet, /*needs_purpose=*/true);
  if (!permit.granted()) return permit.Refuse<FileContent>();
  permit.HideTiers();
  const CataloguePtr catalogue = catalogue_.Current();
  const Result<OpenCustomer> customer = customers_.OpenFor(permit, code);
  const auto absent = [&](const Status& why) {
    if (!MayGetSomeFile(permit, *catalogue, customer.ok() ? customer->record.tier : 0))
      return permit.Refuse<FileContent>();
    return permit.Fail<FileContent>(why);
  };
  if (!customer.ok()) return absent(customer.status());
  permit.entry().customers = {customer->record.audit_id};
  const Result<Bytes> file_id = FileIdFromText(file_id_text);
  if (!file_id.ok()) return absent(file_id.status());
  permit.entry().detail = "file " + HexEncode(*file_id);
  StoreVersion version = kAbsent;
  const Result<FileManifest> manifest = ReadManifest(*customer, *file_id, &version);
  if (!manifest.ok()) return absent(manifest.status());
  const FieldDef* field = catalogue->FindField(manifest->field);
  if (field == nullptr) return permit.Fail<FileContent>(Status(Reason::kFieldUnknown));
  permit.DecideField(*field, customer->record.tier, Decision::kPlain, /*required=*/true);
  if (!permit.granted()) return permit.Refuse<FileContent>();

  Result<PlainBytes> content = ReadChunks(*customer, *file_id, *manifest);
  if (!content.ok()) return permit.Fail<FileContent>(content.status());
  // Decided on this record (its tier) and this file: if either changed, ask again.
  SealedBatch batch;
  customer->room->sealed->ExpectRecord(batch, customer->id, customer->stored.version);
  customer->room->sealed->ExpectItem(batch, customer->id, kFileManifestKind, *file_id, version);
  return permit.Finish(FileContent{InfoOf(*file_id, *manifest, *field), std::move(*content)}, std::move(batch));
}

// --- deleting --------------------------------------------------------------------------------------------------------

Receipted<bool> Files::Delete(const Caller& caller, std::string_view code, std::string_view file_id_text) {
  const Result<OpenCustomer> customer = customers_.Open(code);
  Permit permit = gate_.Authorise(caller, Action::kFileDelete, customer.ok() ? customer->room : nullptr,
                                  customer.ok() ? customer->record.tier : 0);
  if (!permit.granted()) return permit.Refuse<bool>();
  if (!customer.ok()) return permit.Fail<bool>(customer.status());
  permit.entry().customers = {customer->record.audit_id};
  const Result<Bytes> file_id = FileIdFromText(file_id_text);
  if (!file_id.ok()) return permit.Fail<bool>(file_id.status());
  permit.entry().detail = "file " + HexEncode(*file_id);
  StoreVersion version = kAbsent;
  const Result<FileManifest> manifest = ReadManifest(*customer, *file_id, &version);
  if (!manifest.ok()) return permit.Fail<bool>(manifest.status());
  permit.entry().fields = {manifest->field};
  const SealedStore& sealed = *customer->room->sealed;
  SealedBatch batch;
  sealed.ExpectRecord(batch, customer->id, customer->stored.version);  // not beside a move
  sealed.ExpectItem(batch, customer->id, kFileManifestKind, *file_id, version);
  sealed.DeleteItem(batch, customer->id, kFileManifestKind, *file_id);
  for (uint32_t chunk = 0; chunk < manifest->chunks; ++chunk) {
    sealed.DeleteItem(batch, customer->id, kFileChunkKind, FileChunkName(*file_id, chunk));
  }
  const UnixMillis now = house_.clock().NowMillis();
  const std::vector<Bytes> taken = {TakenFileName(*file_id)};
  const Status marked = MarkForRekey(sealed, batch, customer->id, now, taken);
  if (!marked.ok()) return permit.Fail<bool>(marked);
  const Status deleted = permit.SubmitStep(std::move(batch), permit.entry()).Wait();
  if (deleted.reason() == Reason::kStorageConflict) return permit.Fail<bool>(Status(Reason::kRecordBusy));
  if (!deleted.ok()) return permit.Fail<bool>(deleted);
  const Status noted = NoteTaken(sealed, customer->id, taken, now);
  if (!noted.ok()) return permit.Fail<bool>(noted);
  permit.Close();
  return Receipted<bool>(true, Receipt::Settled(Status::Ok()));
}

// --- sweeping --------------------------------------------------------------------------------------------------------

Result<size_t> Files::SweepCustomer(Room& room, CustomerId customer) {
  constexpr size_t kMaxChunks = kMaxFiles * 2 * (kMaxFileBytes / kChunkBytes);
  ASSIGN_OR_RETURN(const std::vector<Bytes> chunks, room.sealed->ListItems(customer, kFileChunkKind, kMaxChunks));
  if (chunks.empty()) return size_t{0};
  ASSIGN_OR_RETURN(const std::vector<Bytes> manifests, room.sealed->ListItems(customer, kFileManifestKind, kMaxChunks));
  const std::set<ByteView> whole(manifests.begin(), manifests.end());
  SealedBatch batch;
  size_t orphans = 0;
  for (const Bytes& chunk : chunks) {
    if (whole.contains(ByteView(chunk).substr(0, kFileIdBytes))) continue;
    room.sealed->DeleteItem(batch, customer, kFileChunkKind, chunk);
    ++orphans;
  }
  if (orphans == 0) return orphans;
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kFileDelete;
  entry.decision = Decision::kPlain;
  entry.count = static_cast<uint32_t>(orphans);
  entry.detail = "parts of uploads that broke off";
  RETURN_IF_ERROR(room.journal->Submit(std::move(batch), std::move(entry)).Wait());
  return orphans;
}

Result<size_t> Files::SweepOrphans() {
  size_t swept = 0;
  for (const auto& room : house_.compartments()) {
    CustomerId begin = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<CustomerId> page, room->sealed->ScanRecords(begin, kSweepPage));
      for (const CustomerId customer : page) {
        ASSIGN_OR_RETURN(const size_t orphans, SweepCustomer(*room, customer));
        swept += orphans;
      }
      if (page.size() < kSweepPage) break;
      begin = page.back() + 1;
    }
  }
  return swept;
}

}  // namespace strongroom
