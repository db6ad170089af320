// Where a request comes from, as far as a person's account needs to know: the network, the browser, and whether either
// is new to the account (StaffMember::places keeps keyed hashes alone).
#pragma once

#include <string>
#include <string_view>

#include "access/staff_member.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "keys/key_ring.h"
#include "policy/principal.h"

namespace strongroom {

// The first 24 bits of an IPv4 address, 48 of an IPv6 one: what one line or one office has.
Bytes NetworkOf(const IpAddress& address);
// The same for people: "192.0.2.0/24".
std::string NetworkTextOf(const IpAddress& address);

// "Firefox, Windows" of a User-Agent header, in words of our own; "browser" when it says nothing known.
std::string DeviceLabelOf(std::string_view user_agent);

// A browser keeps a mark (a cookie) by which it is known again: "srd_" and 32 random bytes in base64url.  It opens
// nothing.
std::string DrawDeviceMark(Random& random);
bool IsDeviceMark(std::string_view text);

// Any thread.
class Places {
 public:
  explicit Places(const KeyRing& office);

  Digest OfDevice(std::string_view device_mark) const;
  Digest OfNetwork(const IpAddress& address) const;
  static bool Knows(const StaffMember& person, const Digest& place);
  // The newest first; no more than StaffMember keeps.
  static void Note(StaffMember& person, const Digest& place, UnixMillis now);

 private:
  const Mac mac_;
};

}  // namespace strongroom
