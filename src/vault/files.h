// Files of customers, to 16 MiB, sealed with the customer's key in chunks of 256 KiB.  The manifest is written last:
// chunks without one are an upload that broke off, and are swept.  docs/formats/file.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "vault/customers.h"

namespace strongroom {

struct FileInfo {
  std::string id;     // 16 hex digits, random
  std::string field;  // a field of type `file`
  std::string name;   // as given; part of the sealed manifest
  std::string media_type;
  uint64_t size_bytes = 0;
  UnixMillis stored_at = 0;
};

struct FileContent {
  FileInfo info;
  PlainBytes content;
};

// Any thread; all calls wait and belong on a worker.
class Files {
 public:
  static constexpr size_t kMaxFileBytes = 16u << 20;
  static constexpr size_t kChunkBytes = 256u << 10;
  static constexpr size_t kMaxFiles = 1'000;  // of one customer

  Files(Gate& gate, CatalogueService& catalogue, Customers& customers)
      : gate_(gate), house_(gate.house()), catalogue_(catalogue), customers_(customers) {}

  // `name` may be empty, as may `media_type` (then application/octet-stream).  kBodyTooLarge above 16 MiB; kWrongType
  // when the field is not of type `file`; kTooManyValues when a field that is not repeated has a file already;
  // kRecordBusy when the customer changed or was erased meanwhile: what was written is swept.
  Receipted<FileInfo> Put(const Caller& caller, std::string_view code, std::string_view collection_point,
                          std::string_view field, std::string_view name, std::string_view media_type, ByteView content);
  // Those of fields the caller may read at least masked.  Names say who and what: they are hidden ("•••.pdf") unless
  // the field is internal or public and granted in plain.
  Receipted<std::vector<FileInfo>> List(const Caller& caller, std::string_view code);
  // In plain; the purpose is required.  kFileNotFound; kDataCorrupt when a chunk is missing, moved or cut.
  Receipted<FileContent> Get(const Caller& caller, std::string_view code, std::string_view file_id);
  Receipted<bool> Delete(const Caller& caller, std::string_view code, std::string_view file_id);

  // Deletes chunks that no manifest names: uploads that broke off.  Answers how many.  For the offline check, which
  // authorises for itself; not while uploads run, whose manifests are still to come.
  Result<size_t> SweepOrphans();

 private:
  Receipted<FileInfo> PutFile(Permit permit, const OpenCustomer& customer, FileInfo info, const FieldDef& field,
                              ByteView content);
  Status CheckRoomForFile(const OpenCustomer& customer, const FieldDef& field) const;
  Result<size_t> SweepCustomer(Room& room, CustomerId customer);

  Gate& gate_;
  House& house_;
  CatalogueService& catalogue_;
  Customers& customers_;
};

}  // namespace strongroom
