// Items beside records: each opens under its customer's key; a file's manifest and all its parts are there, in order
// and as long as it says; a token's rows elsewhere are there (fsck_tokens.cc).
//
// Parts of uploads that broke off have no manifest: they are no damage, and a repair takes them away.
#include <map>
#include <memory>
#include <utility>

#include "base/encoding.h"
#include "server/fsck_run.h"
#include "vault/file_manifest.h"
#include "vault/files.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr size_t kItemsPerPage = 64;  // a part of a file has 256 KiB

class ItemCheck {
 public:
  ItemCheck(FsckRun& run, Room& room) : run_(run), room_(room), rows_(run.RowsOf(room)) {}

  Status Run() {
    Bytes begin;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<StoredItem> page, rows_.Items(begin, kItemsPerPage));
      for (const StoredItem& item : page) RETURN_IF_ERROR(Check(item));
      run_.Count(FsckCheck::kItems, page.size());
      if (page.size() < kItemsPerPage) break;
      begin = StoredRows::After(page.back().row_key);
    }
    return EndCustomer();
  }

 private:
  struct File {
    uint64_t parts = 0;
    uint64_t bytes = 0;
    bool in_order = true;    // no part left out, none too short
    bool last_seen = false;  // the last part says that it is
    bool manifest = false;
  };

  Status Check(const StoredItem& item) {
    if (!item.customer.has_value()) {
      run_.Find(FsckCheck::kItems, room_, "a row among the items has a malformed key");
      return Status::Ok();
    }
    if (!customer_.has_value() || *customer_ != *item.customer) {
      RETURN_IF_ERROR(EndCustomer());
      RETURN_IF_ERROR(BeginCustomer(*item.customer));
    }
    if (key_ == nullptr) return Status::Ok();
    Result<PlainBytes> content = rows_.Open(item, *key_);
    if (!content.ok()) {
      // Sealed anew, or gone, since the page was read?
      Result<std::optional<OpenItem>> again = room_.sealed->GetItem(*customer_, *key_, item.kind, item.name);
      if (again.ok() && !again->has_value()) return Status::Ok();
      if (!again.ok()) {
        run_.FindOf(FsckCheck::kItems, room_, *customer_,
                    "an item of kind '" + std::string(1, item.kind) + "' does not open");
        return Status::Ok();
      }
      content = std::move((*again)->content);
    }
    return Look(item, content->view());
  }

  Status Look(const StoredItem& item, ByteView content) {
    if (item.kind == kTokenItemKind) return CheckToken(run_, room_, *customer_, item, content);
    if (item.kind == kFileChunkKind) AddPart(item, content);
    if (item.kind == kFileManifestKind) AddManifest(item, content);
    return Status::Ok();
  }

  void AddPart(const StoredItem& item, ByteView content) {
    if (item.name.size() != kFileIdBytes + 4) return;
    File& file = files_[item.name.substr(0, kFileIdBytes)];
    ByteReader number(ByteView(item.name).substr(kFileIdBytes));
    const bool last = DecodeFileChunk(content, /*last=*/true).ok();
    const bool next = number.U32() == file.parts && !file.last_seen;
    const bool full = last || content.size() == Files::kChunkBytes + 1;
    file.in_order = file.in_order && next && full;
    file.last_seen = last;
    ++file.parts;
    file.bytes += content.empty() ? 0 : content.size() - 1;
  }

  void AddManifest(const StoredItem& item, ByteView content) {
    File& file = files_[item.name];
    file.manifest = true;
    const Result<FileManifest> manifest = FileManifest::Decode(content);
    if (!manifest.ok()) {
      run_.FindOf(FsckCheck::kItems, room_, *customer_,
                  "the manifest of file " + HexEncode(item.name) + " is malformed");
      return;
    }
    const bool whole =
        file.in_order && file.last_seen && file.parts == manifest->chunks && file.bytes == manifest->size_bytes;
    if (whole) return;
    // Stored or deleted while its parts were read: what is there now counts.
    const auto now = room_.sealed->GetItem(*customer_, *key_, kFileManifestKind, item.name);
    if (now.ok() && (!now->has_value() || (*now)->version != item.version)) return;
    if (HasAllParts(item.name, *manifest)) return;
    run_.FindOf(FsckCheck::kItems, room_, *customer_, "file " + HexEncode(item.name) + " lacks parts, or they are cut");
  }

  bool HasAllParts(ByteView file_id, const FileManifest& manifest) const {
    uint64_t bytes = 0;
    for (uint32_t part = 0; part < manifest.chunks; ++part) {
      const auto item = room_.sealed->GetItem(*customer_, *key_, kFileChunkKind, FileChunkName(file_id, part));
      if (!item.ok() || !item->has_value()) return false;
      const Result<ByteView> piece = DecodeFileChunk((*item)->content.view(), part + 1 == manifest.chunks);
      if (!piece.ok()) return false;
      bytes += piece->size();
    }
    return bytes == manifest.size_bytes;
  }

  Status BeginCustomer(CustomerId customer) {
    customer_ = customer;
    key_ = nullptr;
    files_.clear();
    const Result<CustomerKeyPtr> key = room_.customer_keys->GetAfresh(customer);
    ASSIGN_OR_RETURN(const bool record, FsckRun::HasRecord(rows_, customer));
    if (key.ok()) key_ = *key;
    if (record) return Status::Ok();  // without a key: told by the check of records
    ASSIGN_OR_RETURN(const bool erasing, FsckRun::IsBeingErased(room_, customer));
    ASSIGN_OR_RETURN(const bool moving, run_.IsMoving(customer));
    if (erasing || moving) {
      key_ = nullptr;
      return Status::Ok();
    }
    ASSIGN_OR_RETURN(const std::vector<Bytes> left, room_.sealed->ListItems(customer, 0, 1));
    if (left.empty()) return Status::Ok();  // erased since
    if (key.ok()) {
      run_.FindOf(FsckCheck::kItems, room_, customer, "items lie here without a record");
      return Status::Ok();
    }
    if (key.reason() != Reason::kCustomerNotFound) return Status::Ok();  // the key is damaged: told there
    bool mended = false;
    if (run_.repair()) {  // without record and key they open never again
      size_t some = 0;
      do {
        SealedBatch batch;
        ASSIGN_OR_RETURN(some, room_.sealed->DeleteAllItems(batch, customer, FsckRun::kPage));
        if (some == 0) break;
        ASSIGN_OR_RETURN(mended, run_.Mend(room_, std::move(batch), some, "items of nobody"));
      } while (mended && some == FsckRun::kPage);
    }
    run_.FindOf(FsckCheck::kItems, room_, customer, "items lie here without a record, and without a key", mended);
    return Status::Ok();
  }

  Status EndCustomer() {
    if (key_ != nullptr) {
      for (const auto& [id, file] : files_) {
        if (!file.manifest) run_.report.orphan_chunks += file.parts;
      }
    }
    return Status::Ok();
  }

  FsckRun& run_;
  Room& room_;
  const StoredRows rows_;
  std::optional<CustomerId> customer_;
  CustomerKeyPtr key_;  // null: their items are not looked at
  std::map<Bytes, File> files_;
};

}  // namespace

Status CheckItems(FsckRun& run, Room& room) { return ItemCheck(run, room).Run(); }

}  // namespace strongroom
