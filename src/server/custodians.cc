#include "server/custodians.h"

#include <algorithm>

#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr uint8_t kVersion = 1;
constexpr Table kTable{32};  // custodian (docs/formats/data-store.md)
constexpr size_t kMostNameBytes = 100;
constexpr size_t kMostShares = 255;
constexpr size_t kPage = 100;  // there are never more than a few
}  // namespace

Status CheckCustodians(const std::vector<std::string>& names, size_t shares) {
  if (names.empty()) return Status::Ok();
  if (names.size() != shares) {
    return Status(Reason::kInvalidArgument, "name a custodian for each of the " + std::to_string(shares) +
                                                " shares, or none: " + std::to_string(names.size()) + " are named");
  }
  for (const std::string& name : names) {
    const bool plain = std::none_of(name.begin(), name.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
    });
    if (name.empty() || name.size() > kMostNameBytes || !plain || !IsValidUtf8(name)) {
      return Status(Reason::kInvalidArgument, "a custodian's name has 1 to 100 bytes, without control characters");
    }
  }
  return Status::Ok();
}

Status PutCustodians(const SealedStore& office, SealedBatch& batch, ByteView set_id, ByteView kept_id,
                     const std::vector<std::string>& names) {
  const Bytes name = HexEncode(set_id);
  const Bytes own = office.DocumentRowKey(kTable, name);
  const Bytes kept = kept_id.empty() ? Bytes() : office.DocumentRowKey(kTable, HexEncode(kept_id));
  ASSIGN_OR_RETURN(const std::vector<ListedDocument> known, office.ListDocuments(kTable, {}, kPage));
  std::vector<Bytes> gone;
  for (const ListedDocument& document : known) {
    if (document.row_key != own && document.row_key != kept) gone.push_back(document.row_key);
  }
  SealedStore::DeleteRows(batch, gone);
  if (names.empty()) return Status::Ok();
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kVersion);
  writer.Varint(names.size());
  for (const std::string& custodian : names) writer.Prefixed(custodian);
  return office.OverwriteDocument(batch, kTable, name, content);
}

Result<std::vector<std::string>> ReadCustodians(const SealedStore& office, ByteView set_id) {
  ASSIGN_OR_RETURN(const std::optional<Document> document, office.GetDocument(kTable, HexEncode(set_id)));
  std::vector<std::string> names;
  if (!document.has_value()) return names;
  ByteReader reader(document->content);
  const uint8_t version = reader.U8();
  const uint64_t count = reader.Varint();
  if (version != kVersion || reader.failed() || count > kMostShares) {
    return Status(Reason::kDataCorrupt, "the names of custodians are damaged");
  }
  for (uint64_t i = 0; i < count; ++i) names.emplace_back(reader.Prefixed());
  RETURN_IF_ERROR(reader.Finish("the names of custodians"));
  return names;
}

}  // namespace strongroom
