#include "access/api_key_record.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr size_t kLongestNameBytes = 100;
constexpr size_t kLongestWordBytes = 64;
constexpr size_t kMostRoles = 16;
constexpr size_t kMostEntries = 100;
constexpr std::string_view kAny = "*";

enum Part : uint8_t { kHasExpiry = 1, kHasRevocation = 2 };

void WriteWords(ByteWriter& writer, const std::vector<std::string>& words) {
  writer.Varint(words.size());
  for (const std::string& word : words) writer.Prefixed(word);
}

std::vector<std::string> ReadWords(ByteReader& reader) {
  std::vector<std::string> words;
  // A damaged count must not make room for itself: words are appended while there is something to read.
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) words.emplace_back(reader.Prefixed());
  return words;
}

Status Refused(std::string message) { return Status(Reason::kInvalidArgument, std::move(message)); }

bool IsPrintable(std::string_view text) {
  return IsValidUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<uint8_t>(c) < 0x20 || static_cast<uint8_t>(c) == 0x7f;
         });
}

bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= kLongestWordBytes && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

Status CheckWords(std::string_view member, const std::vector<std::string>& words) {
  const std::string what(member);
  if (words.size() > kMostEntries) return Refused(what + " has more than 100 entries");
  if (std::set<std::string>(words.begin(), words.end()).size() != words.size())
    return Refused(what + " names one twice");
  for (const std::string& word : words) {
    if (word == kAny && words.size() > 1) return Refused(what + ": \"*\" already stands for every one; write it alone");
    if (word != kAny && !IsWord(word)) {
      return Refused(what + ": an entry has lower-case letters, digits, '-', '_' and '.', at most 64, or is \"*\"");
    }
  }
  return Status::Ok();
}

}  // namespace

std::string FormatPrincipalId(PrincipalId id) {
  Bytes bytes;
  ByteWriter(bytes).U64(id);
  return HexEncode(bytes);
}

Status CheckApiKeySpec(const ApiKeySpec& spec, const PolicySet& policy, UnixMillis now) {
  if (spec.name.empty() || spec.name.size() > kLongestNameBytes || !IsPrintable(spec.name)) {
    return Refused("name must be 1 to 100 bytes of text without control characters");
  }
  if (spec.kind == PrincipalKind::kNone || spec.kind == PrincipalKind::kCustomer || NameOf(spec.kind) == "unknown") {
    return Refused("kind must be staff, application, partner, auditor or system");
  }
  if (spec.roles.empty() || spec.roles.size() > kMostRoles) return Refused("roles must name 1 to 16 roles");
  if (std::set<std::string>(spec.roles.begin(), spec.roles.end()).size() != spec.roles.size()) {
    return Refused("roles names one twice");
  }
  for (const std::string& role : spec.roles) {
    if (!policy.HasRole(role)) {
      return Status(Reason::kRoleUnknown,
                    "the policy in force lacks one of the roles; 'strongroom policy show' lists them");
    }
  }
  RETURN_IF_ERROR(CheckWords("purposes", spec.purposes));
  RETURN_IF_ERROR(CheckWords("token_domains", spec.token_domains));
  if (spec.networks.size() > kMostEntries) return Refused("networks has more than 100 entries");
  if (spec.expires_at && *spec.expires_at <= now) return Refused("expires_at must lie in the future");
  if (spec.kind == PrincipalKind::kPartner) {
    if (spec.networks.empty()) return Refused("a partner's key must name the networks it may come from (networks)");
    if (spec.token_domains.empty() || spec.token_domains.front() == kAny) {
      return Refused("a partner's key must name its token domains (token_domains), each by name");
    }
  }
  return Status::Ok();
}

Bytes ApiKeyRecord::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U8(static_cast<uint8_t>((info.spec.expires_at ? kHasExpiry : 0) | (info.revoked_at ? kHasRevocation : 0)));
  writer.U64(info.id);
  writer.Raw(View(mac));
  writer.U8(static_cast<uint8_t>(info.spec.kind));
  writer.Prefixed(info.spec.name);
  WriteWords(writer, info.spec.roles);
  WriteWords(writer, info.spec.purposes);
  WriteWords(writer, info.spec.token_domains);
  writer.Varint(info.spec.networks.size());
  for (const IpNetwork& network : info.spec.networks) {
    writer.Raw({reinterpret_cast<const char*>(network.base.bytes.data()), network.base.bytes.size()});
    writer.U8(network.prefix_bits);
  }
  writer.U64(static_cast<uint64_t>(info.created_at));
  writer.U64(info.created_by);
  if (info.spec.expires_at) writer.U64(static_cast<uint64_t>(*info.spec.expires_at));
  if (info.revoked_at) {
    writer.U64(static_cast<uint64_t>(*info.revoked_at));
    writer.U64(info.revoked_by);
  }
  return out;
}

Result<ApiKeyRecord> ApiKeyRecord::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  if (reader.U8() != kFormatVersion) return Status(Reason::kDataCorrupt, "an API key's record is of an unknown format");
  const uint8_t parts = reader.U8();
  ApiKeyRecord record;
  record.info.id = reader.U64();
  const ByteView mac = reader.Raw(record.mac.size());
  std::copy(mac.begin(), mac.end(), record.mac.begin());
  ApiKeySpec& spec = record.info.spec;
  spec.kind = static_cast<PrincipalKind>(reader.U8());
  spec.name = std::string(reader.Prefixed());
  spec.roles = ReadWords(reader);
  spec.purposes = ReadWords(reader);
  spec.token_domains = ReadWords(reader);
  bool networks_valid = true;
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    IpNetwork network;
    const ByteView base = reader.Raw(network.base.bytes.size());
    std::copy(base.begin(), base.end(), network.base.bytes.begin());
    network.prefix_bits = reader.U8();
    networks_valid = networks_valid && network.prefix_bits <= 128;
    spec.networks.push_back(network);
  }
  record.info.created_at = static_cast<UnixMillis>(reader.U64());
  record.info.created_by = reader.U64();
  if (parts & kHasExpiry) spec.expires_at = static_cast<UnixMillis>(reader.U64());
  if (parts & kHasRevocation) {
    record.info.revoked_at = static_cast<UnixMillis>(reader.U64());
    record.info.revoked_by = reader.U64();
  }
  RETURN_IF_ERROR(reader.Finish("an API key's record"));
  const bool kind_known = spec.kind != PrincipalKind::kNone && NameOf(spec.kind) != "unknown";
  if (!networks_valid || !kind_known || record.info.id == 0 || (parts & ~(kHasExpiry | kHasRevocation)) != 0) {
    return Status(Reason::kDataCorrupt, "an API key's record holds an impossible value");
  }
  return record;
}

}  // namespace strongroom
