// What the office keeps of an API key: who it stands for, and the HMAC it is recognised by.  Never the key.
// Stored as one document per key (Table::kApiKey, named by the key's id); the form is docs/formats/api-key.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "policy/policy_set.h"
#include "policy/principal.h"

namespace strongroom {

// What is asked for when a key is made.
struct ApiKeySpec {
  std::string name;  // for people: 1 to 100 bytes of text
  PrincipalKind kind = PrincipalKind::kNone;
  std::vector<std::string> roles;          // 1 to 16, of the policy in force
  std::vector<std::string> purposes;       // at most 100; "*" alone for any
  std::vector<std::string> token_domains;  // at most 100; "*" alone for any
  std::vector<IpNetwork> networks;         // at most 100; empty: anywhere
  std::optional<UnixMillis> expires_at;    // absent: never
};

// What can be told of a key afterwards.
struct ApiKeyInfo {
  PrincipalId id = 0;
  ApiKeySpec spec;
  UnixMillis created_at = 0;
  PrincipalId created_by = 0;  // 0: made when the vault was
  std::optional<UnixMillis> revoked_at;
  PrincipalId revoked_by = 0;
};

struct ApiKeyRecord {
  ApiKeyInfo info;
  Digest mac{};

  Bytes Encode() const;
  // kDataCorrupt when malformed.
  static Result<ApiKeyRecord> Decode(ByteView bytes);
};

// Ok, or why no such key can be made: kInvalidArgument, kRoleUnknown.  A partner's key must name its networks and its
// token domains: a partner comes from its own network and sees its own domains.
Status CheckApiKeySpec(const ApiKeySpec& spec, const PolicySet& policy, UnixMillis now);

// "3f0c55aa12345678"
std::string FormatPrincipalId(PrincipalId id);

}  // namespace strongroom
