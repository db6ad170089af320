#include "audit/inbox.h"

#include <cstring>

#include "audit/log_floor.h"
#include "audit/tree.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kRowVersion = 1;
constexpr char kInboxKind = 'e';
constexpr std::string_view kChainPrefix("\x02", 1);

std::string Where(uint32_t writer, uint64_t sequence) {
  return "inbox of writer " + std::to_string(writer) + ", entry " + std::to_string(sequence);
}

Status Broken(uint32_t writer, uint64_t sequence, std::string_view why) {
  return Status(Reason::kLogInvalid, Where(writer, sequence) + ": " + std::string(why));
}

}  // namespace

Bytes LogRowAssociatedData(std::string_view what, CompartmentId compartment, ByteView key) {
  Bytes out;
  ByteWriter writer(out);
  writer.Prefixed("strongroom audit log v1");
  writer.Prefixed(what);
  writer.U32(compartment);
  writer.Prefixed(key);
  return out;
}

Bytes InboxKey(uint32_t writer, uint64_t first_sequence) {
  Bytes key(1, kInboxKind);
  ByteWriter out(key);
  out.U32(writer);
  out.U64(first_sequence);
  return key;
}

Status ParseInboxKey(ByteView key, uint32_t* writer, uint64_t* first_sequence) {
  ByteReader reader(key);
  const bool right_kind = reader.U8() == static_cast<uint8_t>(kInboxKind);
  *writer = reader.U32();
  *first_sequence = reader.U64();
  if (right_kind && reader.Finish("inbox key").ok()) return Status::Ok();
  return Status(Reason::kLogInvalid, "a row among the inboxes has a malformed key");
}

Digest ChainStart(CompartmentId compartment, uint32_t writer) {
  Bytes who;
  ByteWriter out(who);
  out.U32(compartment);
  out.U32(writer);
  return Sha256({"strongroom inbox chain v1", who});
}

Digest ChainNext(const Digest& before, const Digest& leaf) { return Sha256({kChainPrefix, View(before), View(leaf)}); }

Bytes InboxRowHeader(const Digest& chain_before) {
  Bytes plaintext;
  ByteWriter out(plaintext);
  out.U8(kRowVersion);
  out.Raw(View(chain_before));
  return plaintext;
}

void AppendInboxEntry(Bytes& plaintext, ByteView encoded_entry) { ByteWriter(plaintext).Prefixed(encoded_entry); }

Result<Bytes> SealInboxRow(const KeyRing& ring, ByteView key, ByteView plaintext, Random& random) {
  return ring.log().Seal(plaintext, LogRowAssociatedData("inbox", ring.compartment(), key), random);
}

Result<InboxRow> OpenInboxRow(const KeyRing& ring, ByteView key, ByteView value) {
  InboxRow row;
  RETURN_IF_ERROR(ParseInboxKey(key, &row.writer, &row.first_sequence));
  const Result<Bytes> plaintext = ring.log().Open(value, LogRowAssociatedData("inbox", ring.compartment(), key));
  if (!plaintext.ok()) return Broken(row.writer, row.first_sequence, "the row does not open; it was altered or moved");
  ByteReader reader(*plaintext);
  if (reader.U8() != kRowVersion) return Broken(row.writer, row.first_sequence, "unknown row version");
  const ByteView chain = reader.Raw(row.chain_before.size());
  if (!reader.failed()) std::memcpy(row.chain_before.data(), chain.data(), chain.size());
  while (!reader.failed() && reader.remaining() > 0) row.entries.emplace_back(reader.Prefixed());
  if (reader.failed() || row.entries.empty()) return Broken(row.writer, row.first_sequence, "the row is malformed");
  return row;
}

Result<InboxPosition> FollowInbox(const InboxPosition& before, const InboxRow& row, std::vector<Digest>* leaves) {
  if (row.first_sequence != before.next_sequence) {
    return Broken(row.writer, before.next_sequence,
                  "missing; the next row starts at entry " + std::to_string(row.first_sequence));
  }
  if (row.chain_before != before.chain) {
    return Broken(row.writer, row.first_sequence, "does not continue the chain of the entries before it");
  }
  InboxPosition after = before;
  for (const Bytes& entry : row.entries) {
    const Digest leaf = LeafHash(entry);
    after.chain = ChainNext(after.chain, leaf);
    ++after.next_sequence;
    if (leaves != nullptr) leaves->push_back(leaf);
  }
  return after;
}

Result<InboxPosition> ReadInboxEnd(const StoreReader& data, const KeyRing& ring, uint32_t writer) {
  const Bytes prefix = InboxKey(writer, 0).substr(0, 5);
  ASSIGN_OR_RETURN(const std::vector<StoreRow> last,
                   data.Scan({.begin = prefix, .end = PrefixEnd(prefix), .limit = 2, .reverse = true}));
  ASSIGN_OR_RETURN(const LogFloor floor, ReadLogFloor(data, ring));
  InboxPosition position = floor.BeginOf(ring.compartment(), writer);
  if (last.empty()) return position;
  ASSIGN_OR_RETURN(const InboxRow newest, OpenInboxRow(ring, last[0].key, last[0].value));
  if (last.size() == 2) {
    ASSIGN_OR_RETURN(const InboxRow older, OpenInboxRow(ring, last[1].key, last[1].value));
    ASSIGN_OR_RETURN(position, FollowInbox({older.first_sequence, older.chain_before}, older, nullptr));
  }
  return FollowInbox(position, newest, nullptr);
}

Result<std::vector<uint32_t>> ListInboxWriters(const StoreReader& data) {
  std::vector<uint32_t> writers;
  const Bytes end = PrefixEnd(Bytes(1, kInboxKind));
  Bytes begin(1, kInboxKind);
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, data.Scan({.begin = begin, .end = end, .limit = 1}));
    if (rows.empty()) return writers;
    uint32_t writer = 0;
    uint64_t first_sequence = 0;
    RETURN_IF_ERROR(ParseInboxKey(rows[0].key, &writer, &first_sequence));
    writers.push_back(writer);
    begin = PrefixEnd(rows[0].key.substr(0, 5));
  }
}

}  // namespace strongroom
