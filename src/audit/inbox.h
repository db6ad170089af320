// The inbox: where a writer's entries lie from the moment they are durable (docs/formats/audit-log.md).
//
// A row holds one or more consecutive entries of one writer and the chain value before them:
//   key   = 'e' || writer u32 || sequence number of the first entry u64
//   value = sealed(version || chain before (32) || entries, each length-prefixed)
// chain after an entry = SHA-256(0x02 || chain before || leaf hash of the entry)
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "keys/ids.h"
#include "keys/key_ring.h"
#include "store/store.h"

namespace strongroom {

// Where a writer stands: the number its next entry gets, and the chain value over all before it.
struct InboxPosition {
  uint64_t next_sequence = 0;
  Digest chain{};
  bool operator==(const InboxPosition&) const = default;
};

struct InboxRow {
  uint32_t writer = 0;
  uint64_t first_sequence = 0;
  Digest chain_before{};
  std::vector<Bytes> entries;  // encoded; never empty
};

constexpr size_t kInboxRowLimitBytes = 256 * 1024;

// The associated data of every sealed row of the log: what it is, whose it is, and the key it lies under.
Bytes LogRowAssociatedData(std::string_view what, CompartmentId compartment, ByteView key);

Bytes InboxKey(uint32_t writer, uint64_t first_sequence);
// kLogInvalid when the key is not an inbox row's.
Status ParseInboxKey(ByteView key, uint32_t* writer, uint64_t* first_sequence);

// The chain value before a writer's first entry.
Digest ChainStart(CompartmentId compartment, uint32_t writer);
Digest ChainNext(const Digest& before, const Digest& leaf);

// The plaintext of a row is `InboxRowHeader` followed by entries appended with AppendInboxEntry.
Bytes InboxRowHeader(const Digest& chain_before);
void AppendInboxEntry(Bytes& plaintext, ByteView encoded_entry);
Result<Bytes> SealInboxRow(const KeyRing& ring, ByteView key, ByteView plaintext, Random& random);
// kLogInvalid, naming writer and sequence number, when the row does not open or is malformed.
Result<InboxRow> OpenInboxRow(const KeyRing& ring, ByteView key, ByteView value);

// The position after `row`, given the one before it.  kLogInvalid, naming writer and sequence number, when the row
// does not continue exactly there.  Appends the leaf hashes to `leaves` when given.
Result<InboxPosition> FollowInbox(const InboxPosition& before, const InboxRow& row, std::vector<Digest>* leaves);

// The writer's position at the end of its inbox; its last row must continue the one before.
Result<InboxPosition> ReadInboxEnd(const StoreReader& data, const KeyRing& ring, uint32_t writer);

// Every writer that has an inbox, ascending.
Result<std::vector<uint32_t>> ListInboxWriters(const StoreReader& data);

}  // namespace strongroom
