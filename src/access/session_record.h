// What the office keeps of a session: whose it is, what was shown for it, and the HMAC its cookie is known by.  Never
// the cookie.  One sealed document each (Table::kSession, named by the session's id); the form is
// docs/formats/session.md.
#pragma once

#include <string>
#include <string_view>

#include "access/factor_kind.h"
#include "access/staff_member.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "crypto/secret.h"
#include "policy/principal.h"

namespace strongroom {

struct SessionRecord {
  uint64_t id = 0;  // what lists and the log call it; random, no secret
  PrincipalId person = 0;
  Digest mac{};                           // of the cookie
  UnixMillis created_at = 0;              // when the person signed in
  UnixMillis factor_at = 0;               // when a second factor was last shown
  UnixMillis password_at = 0;             // when the password, or a passkey with its owner verified, was last shown
  FactorKind factor = FactorKind::kNone;  // the last one shown
  uint64_t credentials = 0;               // CredentialsMark() of the person
  IpAddress address;                      // signed in from
  std::string device;                     // "Firefox, Windows": device_label.h
  SecretBytes proof_key;                  // 32 bytes: factors/session_proof.h
  uint64_t device_id = 0;                 // the enrolled device it began on (devices.h) and is bound to; 0: none
  bool bound_passkey = false;             // it began with a passkey that cannot leave its device

  // Holds the proof key: to be wiped.
  Bytes Encode() const;
  // kDataCorrupt when malformed.
  static Result<SessionRecord> Decode(ByteView bytes);
};

// A fingerprint of everything the person signs in with.  A session lives as long as it stays the same.
uint64_t CredentialsMark(const StaffMember& person);

// "s_3f0c55aa12345678": what the browser is told, and derives its proof key with.
std::string FormatSessionId(uint64_t id);
// kInvalidArgument unless it is exactly such a text.
Result<uint64_t> ParseSessionId(std::string_view text);

}  // namespace strongroom
