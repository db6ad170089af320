// Items of a customer who goes to another compartment: copied, and compared.
#include <utility>

#include "keys/aad.h"
#include "keys/sealed_store.h"

namespace strongroom {

Result<CopiedItems> SealedStore::CopyItems(SealedBatch& batch, const SealedStore& from, CustomerId customer,
                                           const CustomerKey& from_key, const CustomerKey& key, const Bytes& after,
                                           size_t limit_bytes) const {
  constexpr size_t kAtOnce = 8;  // a part of a file has 256 KiB
  const Bytes prefix = ItemKey(customer, 0, {});
  CopiedItems answer;
  answer.next = after.empty() ? prefix : after;
  while (batch.ApproximateSizeBytes() < limit_bytes) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows,
                     from.data_.Scan({.begin = answer.next, .end = PrefixEnd(prefix), .limit = kAtOnce}));
    for (const StoreRow& row : rows) {
      if (batch.ApproximateSizeBytes() >= limit_bytes) return answer;
      answer.next = row.key + '\0';
      const ByteView item = ByteView(row.key).substr(prefix.size());
      Result<Bytes> opened =
          from_key.aead.Open(row.value, aad::CustomerItem(from.compartment(), customer, from_key.generation, item));
      if (!opened.ok()) {
        ++answer.unreadable;
        continue;
      }
      const PlainBytes content(*std::move(opened));
      ASSIGN_OR_RETURN(
          Bytes sealed,
          key.aead.Seal(content.view(), aad::CustomerItem(compartment(), customer, key.generation, item), random_));
      batch.rows().puts.push_back({row.key, std::move(sealed)});
      ++answer.items;
    }
    answer.last = rows.size() < kAtOnce;
    if (answer.last) return answer;
  }
  return answer;
}

Result<CopiedItems> SealedStore::CompareItems(const SealedStore& from, CustomerId customer, const CustomerKey& from_key,
                                              const CustomerKey& key, const Bytes& after, size_t limit) const {
  const Bytes prefix = ItemKey(customer, 0, {});
  const Bytes begin = after.empty() ? prefix : after;
  CopiedItems answer;
  ASSIGN_OR_RETURN(const std::vector<StoreRow> theirs,
                   from.data_.Scan({.begin = begin, .end = PrefixEnd(prefix), .limit = limit}));
  ASSIGN_OR_RETURN(const std::vector<StoreRow> ours,
                   data_.Scan({.begin = begin, .end = PrefixEnd(prefix), .limit = limit}));
  answer.same = theirs.size() == ours.size();
  for (size_t i = 0; answer.same && i < theirs.size(); ++i) {
    const ByteView item = ByteView(theirs[i].key).substr(prefix.size());
    Result<Bytes> there =
        from_key.aead.Open(theirs[i].value, aad::CustomerItem(from.compartment(), customer, from_key.generation, item));
    Result<Bytes> here = key.aead.Open(ours[i].value, aad::CustomerItem(compartment(), customer, key.generation, item));
    answer.same = theirs[i].key == ours[i].key && there.ok() && here.ok() && *there == *here;
    if (there.ok()) const PlainBytes wiped(*std::move(there));
    if (here.ok()) const PlainBytes wiped(*std::move(here));
    ++answer.items;
  }
  answer.last = theirs.size() < limit;
  if (!theirs.empty()) answer.next = theirs.back().key + '\0';
  return answer;
}

}  // namespace strongroom
