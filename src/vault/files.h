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
  std::string id;            // 16 hex digits, random
  std::string field;         // a field of type `file`
  std::string name;          // as given; part of the sealed manifest
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
  Files(Gate& gate, CatalogueService& catalogue, Customers& customers) : gate_(gate), house_(gate.house()), catalogue_(catalogue), customers_(customers) {}

  Receipted<FileInfo> Put(const Caller& caller, std::string_view code, std::string_view collection_point, std::string_view field,
                          std::string_view name, std::string_view media_type, ByteView content);
  Receipted<std::vector<FileInfo>> List(const Caller& caller, std::string_view code);
  // In plain; the purpose is required.
  Receipted<FileContent> Get(const Caller& caller, std::string_view code, std::string_view file_id);
  Receipted<bool> Delete(const Caller& caller, std::string_view code, std::string_view file_id);

 private:
  Gate& gate_;
  House& house_;
  CatalogueService& catalogue_;
  Customers& customers_;
};

}  // namespace strongroom
