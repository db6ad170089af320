// StaffMember: one person who signs in, as the office keeps them.  One sealed document each (Table::kStaff); the form
// is docs/formats/staff.md.  What is secret in it (password, authenticator secret, recovery codes, answer) is stored as
// verifiers or sealed once more under the pepper, and the whole as a document sealed with the office's row key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "policy/principal.h"

namespace strongroom {

// Numbers are part of the format.  In this order; suspension goes back to active, leaving goes nowhere.
enum class StaffState : uint8_t { kInvited = 1, kVetted = 2, kActive = 3, kSuspended = 4, kLeft = 5 };
std::string_view NameOf(StaffState state);  // "vetted"

struct RoleGrant {
  std::string role;
  std::optional<UnixMillis> until;  // absent: until taken away
  PrincipalId granted_by = 0;
};

struct Passkey {
  Bytes credential_id;
  Bytes public_key;  // COSE_Key
  uint32_t sign_count = 0;
  std::string label;  // "laptop", for its owner
  UnixMillis added_at = 0;
  bool backup_eligible = false;  // may leave the device it was made on
  bool backed_up = false;        // has left it
};

// The whole set is one entry: its verifier is the record of docs/formats/recovery-codes.md.
struct RecoveryCode {
  Bytes verifier;
  std::optional<UnixMillis> used_at;
};

// Something done or signed: a training, a confidentiality agreement, acceptable use (access/registers.h).
struct RegisterMark {
  std::string name;     // of the register
  std::string version;  // of what was done or signed
  UnixMillis at = 0;
  std::optional<UnixMillis> valid_until;
  PrincipalId recorded_by = 0;  // oneself, for what is accepted in the console
};

// Where somebody has signed in from before: enough to notice that it is new, not enough to tell where they were.
struct KnownPlace {
  Digest mark{};  // keyed hash of the browser's device mark, or of the network (/24, /48)
  UnixMillis last_seen = 0;
};

struct StaffMember {
  PrincipalId id = 0;
  StaffState state = StaffState::kInvited;
  std::string name;          // to sign in with; unique by NFKC casefold
  std::string display_name;  // what colleagues read
  std::string email;         // notices only, never a factor
  std::string phone;         // E.164; SMS codes when confirmed
  std::string language = "en";
  std::vector<RoleGrant> roles;
  std::vector<std::string> purposes;  // those this person may name; "*" alone for any
  std::vector<IpNetwork> networks;    // beyond those of the roles (access_settings.h); empty: no further limit

  PrincipalId invited_by = 0;
  UnixMillis invited_at = 0;
  PrincipalId vetted_by = 0;
  std::optional<UnixMillis> vetted_at;
  std::string vetting_reference;  // where the papers are; no content of them
  std::optional<UnixMillis> left_at;
  std::optional<UnixMillis> locked_at;  // budget exceeded by far, or by hand; released by a colleague
  std::string locked_why;               // "budget support-hour"

  Digest invitation_mac{};  // of the one-time enrolment code; all zero: none is open
  std::optional<UnixMillis> invitation_until;

  Bytes password;  // Argon2id output sealed under the pepper; empty: none
  std::optional<UnixMillis> password_set_at;
  std::vector<Passkey> passkeys;
  Bytes totp_secret;            // sealed under the pepper; empty: none
  int64_t totp_last_step = -1;  // codes of this step and earlier ones are spent
  bool phone_confirmed = false;
  std::vector<RecoveryCode> recovery_codes;
  std::string question;
  Bytes answer;  // stored like the password

  std::vector<RegisterMark> marks;
  std::vector<KnownPlace> places;  // the newest 32
  std::optional<UnixMillis> last_sign_in;

  Bytes Encode() const;
  // kDataCorrupt when malformed.
  static Result<StaffMember> Decode(ByteView bytes);
  // The roles that hold at this moment.
  std::vector<std::string> RolesAt(UnixMillis now) const;
  bool has_second_factor() const { return !passkeys.empty() || !totp_secret.empty() || phone_confirmed; }
};

}  // namespace strongroom
