#include "audit/entry.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"

namespace strongroom {
namespace {

// docs/formats/audit-entry.md
constexpr uint8_t kVersion = 1;
constexpr size_t kNonceOffset = 3;
constexpr size_t kNonceSizeBytes = 16;
constexpr size_t kTimeOffset = kNonceOffset + kNonceSizeBytes;
constexpr size_t kTimeSizeBytes = 6;
constexpr UnixMillis kLatestTime = (UnixMillis{1} << 48) - 1;

enum Part : uint16_t {
  kHasActor = 1 << 0,
  kHasIpv4 = 1 << 1,
  kHasIpv6 = 1 << 2,
  kHasRequestId = 1 << 3,
  kHasRule = 1 << 4,
  kHasOutcome = 1 << 5,
  kHasPurpose = 1 << 6,
  kHasFields = 1 << 7,
  kHasCustomers = 1 << 8,
  kHasCount = 1 << 9,
  kHasChange = 1 << 10,
  kHasDetail = 1 << 11,
};

constexpr uint8_t kIpv4Prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool IsIpv4(const IpAddress& address) {
  return std::equal(std::begin(kIpv4Prefix), std::end(kIpv4Prefix), address.bytes.begin());
}

ByteView View(const IpAddress& address) {
  return {reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size()};
}

uint16_t PartsOf(const AuditEntry& entry) {
  unsigned parts = 0;
  if (entry.actor != 0) parts |= kHasActor;
  if (entry.address != IpAddress()) parts |= IsIpv4(entry.address) ? kHasIpv4 : kHasIpv6;
  if (entry.request_id != 0) parts |= kHasRequestId;
  if (entry.rule != 0) parts |= kHasRule;
  if (entry.outcome != Reason::kOk) parts |= kHasOutcome;
  if (!entry.purpose.empty()) parts |= kHasPurpose;
  if (!entry.fields.empty()) parts |= kHasFields;
  if (!entry.customers.empty()) parts |= kHasCustomers;
  if (entry.count != 0) parts |= kHasCount;
  if (entry.change.has_value()) parts |= kHasChange;
  if (!entry.detail.empty()) parts |= kHasDetail;
  return static_cast<uint16_t>(parts);
}

bool IsCleanText(std::string_view text) {
  return IsValidUtf8(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

void WriteTime(char* out, UnixMillis time) {
  for (size_t i = 0; i < kTimeSizeBytes; ++i) {
    out[i] = static_cast<char>(time >> (8 * (kTimeSizeBytes - 1 - i)));
  }
}

template <size_t N>
void ReadArray(ByteReader& reader, std::array<uint8_t, N>& out, size_t offset = 0) {
  const ByteView bytes = reader.Raw(N - offset);
  if (!reader.failed()) std::memcpy(out.data() + offset, bytes.data(), bytes.size());
}

Status Malformed(std::string_view why) { return Status(Reason::kLogInvalid, "audit entry: " + std::string(why)); }

}  // namespace

Status AuditEntry::Check() const {
  const auto refuse = [](const char* why) {
    return Status(Reason::kInvalidArgument, std::string("audit entry: ") + why);
  };
  if (time < 0 || time > kLatestTime) return refuse("the time lies outside 1970 to 10889");
  if (actor_kind > PrincipalKind::kSystem) return refuse("unknown kind of principal");
  if (decision > Decision::kNeedsApproval) return refuse("unknown decision");
  if (customers.size() > kMaxAuditIds) return refuse("more than 2,000 audit ids");
  if (fields.size() > kMaxFields) return refuse("more than 1,000 fields");
  if (purpose.size() > kMaxPurposeBytes) return refuse("the purpose is longer than 200 bytes");
  if (detail.size() > kMaxDetailBytes) return refuse("the detail is longer than 200 bytes");
  if (!IsCleanText(purpose)) return refuse("the purpose is not clean UTF-8 text");
  if (!IsCleanText(detail)) return refuse("the detail is not clean UTF-8 text");
  return Status::Ok();
}

Bytes AuditEntry::Encode() const {
  Bytes out;
  out.reserve(96 + purpose.size() + detail.size() + 2 * fields.size() + sizeof(AuditId) * customers.size());
  ByteWriter writer(out);
  const uint16_t parts = PartsOf(*this);
  writer.U8(kVersion);
  writer.U16(parts);
  writer.Raw({reinterpret_cast<const char*>(nonce.data()), nonce.size()});
  char time_bytes[kTimeSizeBytes];
  WriteTime(time_bytes, time);
  writer.Raw({time_bytes, kTimeSizeBytes});
  writer.U8(static_cast<uint8_t>(static_cast<unsigned>(actor_kind) << 4 | static_cast<unsigned>(decision)));
  writer.U8(static_cast<uint8_t>(action));
  if (parts & kHasActor) writer.U64(actor);
  if (parts & kHasIpv4) writer.Raw(View(address).substr(sizeof(kIpv4Prefix)));
  if (parts & kHasIpv6) writer.Raw(View(address));
  if (parts & kHasRequestId) writer.U64(request_id);
  if (parts & kHasRule) writer.Varint(rule);
  // By its wire code, which is stable; the enumerator's number is not.
  if (parts & kHasOutcome) writer.Prefixed(InfoOf(outcome).wire_code);
  if (parts & kHasPurpose) writer.Prefixed(purpose);
  if (parts & kHasFields) {
    writer.Varint(fields.size());
    for (FieldId field : fields) writer.Varint(field);
  }
  if (parts & kHasCustomers) {
    writer.Varint(customers.size());
    for (const AuditId& id : customers) writer.Raw(strongroom::View(id));
  }
  if (parts & kHasCount) writer.Varint(count);
  if (parts & kHasChange) writer.Raw(strongroom::View(*change));
  if (parts & kHasDetail) writer.Prefixed(detail);
  return out;
}

Result<AuditEntry> AuditEntry::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  if (reader.U8() != kVersion) return Malformed("unknown version; a newer release may have written it");
  const uint16_t parts = reader.U16();
  AuditEntry entry;
  ReadArray(reader, entry.nonce);
  entry.time = static_cast<UnixMillis>(static_cast<uint64_t>(reader.U16()) << 32);
  entry.time |= reader.U32();
  const uint8_t who = reader.U8();
  entry.actor_kind = static_cast<PrincipalKind>(who >> 4);
  entry.decision = static_cast<Decision>(who & 15);
  entry.action = static_cast<Action>(reader.U8());
  if (parts & kHasActor) entry.actor = reader.U64();
  if (parts & kHasIpv4) {
    std::copy(std::begin(kIpv4Prefix), std::end(kIpv4Prefix), entry.address.bytes.begin());
    ReadArray(reader, entry.address.bytes, sizeof(kIpv4Prefix));
  }
  if (parts & kHasIpv6) ReadArray(reader, entry.address.bytes);
  if (parts & kHasRequestId) entry.request_id = reader.U64();
  if (parts & kHasRule) entry.rule = static_cast<uint16_t>(reader.Varint());
  if (parts & kHasOutcome) {
    const std::optional<Reason> outcome = ReasonFromWire(reader.Prefixed());
    if (!outcome.has_value()) return Malformed("unknown outcome");
    entry.outcome = *outcome;
  }
  if (parts & kHasPurpose) entry.purpose = reader.Prefixed();
  if (parts & kHasFields) {
    const uint64_t field_count = reader.Varint();
    if (field_count > kMaxFields) return Malformed("too many fields");
    for (uint64_t i = 0; i < field_count; ++i) entry.fields.push_back(static_cast<FieldId>(reader.Varint()));
  }
  if (parts & kHasCustomers) {
    const uint64_t customer_count = reader.Varint();
    if (customer_count > kMaxAuditIds) return Malformed("too many audit ids");
    entry.customers.resize(customer_count);
    for (AuditId& id : entry.customers) ReadArray(reader, id);
  }
  if (parts & kHasCount) entry.count = static_cast<uint32_t>(reader.Varint());
  if (parts & kHasChange) ReadArray(reader, entry.change.emplace());
  if (parts & kHasDetail) entry.detail = reader.Prefixed();
  if (!reader.Finish("audit entry").ok()) return Malformed("cut short, malformed, or bytes after its end");
  if (!entry.Check().ok()) return Malformed("a value outside its limits");
  // One encoding per entry: what is not written again in the same bytes was not written by Encode.
  if (entry.Encode() != bytes) return Malformed("not in its one canonical form");
  return entry;
}

void StampEncodedEntry(Bytes& encoded, ByteView nonce, UnixMillis time) {
  std::memcpy(encoded.data() + kNonceOffset, nonce.data(), kNonceSizeBytes);
  WriteTime(encoded.data() + kTimeOffset, time);
}

}  // namespace strongroom
