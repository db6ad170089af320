// Who calls, and all that is known of the call when policy decides.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace strongroom {

enum class PrincipalKind : uint8_t {
  kNone = 0,
  kStaff = 1,
  kApplication = 2,
  kPartner = 3,
  kCustomer = 4,
  kAuditor = 5,
  kSystem = 6
};
std::string_view NameOf(PrincipalKind kind);  // "application"
std::optional<PrincipalKind> PrincipalKindFromName(std::string_view name);

// An IPv4 (as ::ffff:a.b.c.d) or IPv6 address.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};
  // Dotted quads without leading zeros, or RFC 4291 section 2.2 text (also with an embedded dotted quad).  No zone, no
  // brackets, no port, no spaces.
  static std::optional<IpAddress> Parse(std::string_view text);
  static IpAddress Loopback();
  std::string ToString() const;  // "192.0.2.1", or RFC 5952 form
  bool IsV4() const;             // ::ffff:0:0/96
  bool IsLoopback() const;       // 127.0.0.0/8, ::1
  bool operator==(const IpAddress&) const = default;
};

// A CIDR block, IPv4 or IPv6: "10.0.0.0/8", "2001:db8::/32", or a single address.
//
// A block shorter than 96 bits is one of IPv6 alone: "::/0" is every IPv6 address and no IPv4 address, although in
// the 128-bit form it would cover them.  Whoever means both writes both.
struct IpNetwork {
  IpAddress base;
  uint8_t prefix_bits = 128;  // counted in the 128-bit form
  // Bits set beyond the prefix ("10.0.0.1/8") are refused: they say that the writer meant something else.
  static std::optional<IpNetwork> Parse(std::string_view text);
  // What one subscriber usually has: /24 of IPv4, /48 of IPv6.
  static IpNetwork Around(const IpAddress& address);
  bool Contains(const IpAddress& address) const;
  std::string ToString() const;
  bool operator==(const IpNetwork&) const = default;
};

using PrincipalId = uint64_t;  // random; what the audit log calls the principal

struct Principal {
  PrincipalId id = 0;
  PrincipalKind kind = PrincipalKind::kNone;
  std::string name;                        // for people; never in the audit log
  std::vector<std::string> roles;          // none: nothing is allowed
  std::vector<std::string> purposes;       // those this credential may name; "*" for any
  std::vector<std::string> token_domains;  // those it may use; "*" for any
  std::vector<IpNetwork> networks;         // where it may come from; empty: anywhere
};

enum class DeviceState : uint8_t { kUnknown = 0, kEnrolled = 1, kHealthy = 2 };
std::string_view NameOf(DeviceState state);  // "enrolled"

// What is known of a person beyond who it is, when the call is made.  Of programs nothing of it is known, so that a
// rule which asks for it does not match.
struct Standing {
  bool training_current = false;
  bool agreement_signed = false;
  bool acceptable_use_accepted = false;
  DeviceState device = DeviceState::kUnknown;
  std::optional<uint16_t> minute_of_week;  // by the company's clock; 0 is Monday 00:00, below 10,080
};

// One call.  Passed first to every public method of a service.  Cheap to copy.  Views live as long as the request.
struct Caller {
  std::shared_ptr<const Principal> principal;
  IpAddress address;
  uint64_t request_id = 0;
  std::string_view purpose;         // claimed; empty when the call needs none
  std::string_view case_reference;  // the ticket or order it is claimed to be for; empty when none was named
  std::optional<int64_t> second_factor_age_seconds;  // unset: none was shown
  Standing standing;
  uint64_t session_id = 0;    // of the person's session; 0 when a key signed in
  std::string_view approval;  // id of the approval that the request presents; empty when none
  // With an approval: SHA-256 over what was asked (access/approvals.h), which the approval must have been given for.
  std::array<uint8_t, 32> request_digest{};
  // Why the caller does without an approval, as sent (percent-encoded UTF-8); empty when it does not.
  std::string_view break_glass;
};

}  // namespace strongroom
