#include "audit/log_digest.h"

#include <algorithm>

#include "audit/log_state.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kDigestVersion = 1;

uint64_t StartOf(const AuditId& id) { return ByteReader(View(id)).U64(); }

}  // namespace

void LogDigest::Add(const AuditEntry& entry) {
  earliest = count == 0 ? entry.time : std::min(earliest, entry.time);
  latest = count == 0 ? entry.time : std::max(latest, entry.time);
  actors.push_back(entry.actor);
  for (const AuditId& id : entry.customers) customers.emplace_back(StartOf(id), static_cast<uint16_t>(count));
  ++count;
}

void LogDigest::Finish() {
  std::sort(actors.begin(), actors.end());
  actors.erase(std::unique(actors.begin(), actors.end()), actors.end());
  std::sort(customers.begin(), customers.end());
  customers.erase(std::unique(customers.begin(), customers.end()), customers.end());
}

bool LogDigest::HasActor(PrincipalId actor) const { return std::binary_search(actors.begin(), actors.end(), actor); }

std::vector<uint16_t> LogDigest::OffsetsOf(const AuditId& customer) const {
  const uint64_t start = StartOf(customer);
  std::vector<uint16_t> offsets;
  auto hit = std::lower_bound(customers.begin(), customers.end(), std::pair<uint64_t, uint16_t>(start, 0));
  for (; hit != customers.end() && hit->first == start; ++hit) offsets.push_back(hit->second);
  return offsets;
}

Result<Bytes> LogDigest::Seal(const KeyRing& ring, Random& random) const {
  Bytes plaintext;
  ByteWriter out(plaintext);
  out.U8(kDigestVersion);
  out.U32(count);
  out.U64(static_cast<uint64_t>(earliest));
  out.U64(static_cast<uint64_t>(latest));
  out.Varint(actors.size());
  for (PrincipalId actor : actors) out.U64(actor);
  out.Varint(customers.size());
  for (const auto& [start, offset] : customers) {
    out.U64(start);
    out.U16(offset);
  }
  const Bytes key = LogDigestKey(first_index);
  return ring.log().Seal(plaintext, LogRowAssociatedData("digest", ring.compartment(), key), random);
}

Result<LogDigest> LogDigest::Open(const KeyRing& ring, ByteView key, ByteView value) {
  LogDigest digest;
  ByteReader key_reader(key);
  key_reader.Raw(2);
  digest.first_index = key_reader.U64();
  const std::string where = "look-up row of log entry " + std::to_string(digest.first_index);
  const Result<Bytes> plaintext = ring.log().Open(value, LogRowAssociatedData("digest", ring.compartment(), key));
  if (!plaintext.ok()) return Status(Reason::kLogInvalid, where + " does not open; it was altered or moved");
  ByteReader reader(*plaintext);
  const bool version_known = reader.U8() == kDigestVersion;
  digest.count = reader.U32();
  digest.earliest = static_cast<UnixMillis>(reader.U64());
  digest.latest = static_cast<UnixMillis>(reader.U64());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) digest.actors.push_back(reader.U64());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    const uint64_t start = reader.U64();
    digest.customers.emplace_back(start, reader.U16());
  }
  if (!version_known || !reader.Finish("digest").ok()) return Status(Reason::kLogInvalid, where + " is malformed");
  return digest;
}

}  // namespace strongroom
