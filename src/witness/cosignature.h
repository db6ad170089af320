// Cosignatures (https://c2sp.org/tlog-cosignature, Ed25519, "cosignature/v1"): the statement of a witness that, at a
// time, a checkpoint was the largest it had seen of a log, and consistent with every earlier one.
//
// The signed message does not name the witness.  Whoever counts cosignatures must therefore count public keys, not
// names: see CheckWitnessKeys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/signed_note.h"
#include "base/bytes.h"
#include "base/status.h"
#include "crypto/signer.h"

namespace strongroom {

// What is known of a witness: its name and public key.
struct WitnessKey {
  std::string name;
  uint32_t key_id = 0;
  Bytes public_key;  // 32 bytes

  // kInvalidArgument for a name that is no key name of a note.
  static Result<WitnessKey> Create(std::string_view name, ByteView public_key);
  // "<name>+<8 hex digits>+<base64 of 0x04 and the key>"; strict, as VerifierKey::Parse.
  static Result<WitnessKey> Parse(std::string_view text);
  std::string Encode() const;
  bool operator==(const WitnessKey&) const = default;
};

// A witness with its private key.  Any thread.
struct WitnessSigner {
  WitnessKey key;
  Signer signer;

  static Result<WitnessSigner> Create(std::string_view name, Signer signer);
  // "PRIVATE+KEY+<name>+<8 hex digits>+<base64 of 0x04 and the seed>" and a newline; docs/formats/witness.md.
  SecretBytes Encode() const;
  static Result<WitnessSigner> Parse(const SecretBytes& text);
};

// The signature line, newline included.  `text`: the note's, of a checkpoint.  `seconds`: since 1970, at least 1.
Result<std::string> Cosign(std::string_view text, const WitnessSigner& witness, int64_t seconds);

// When this witness cosigned: the latest time, if it did so more than once.  nullopt: it did not.  kLogInvalid when a
// line that claims to be by this key does not verify.
Result<std::optional<int64_t>> VerifyCosignature(const NoteParts& note, const WitnessKey& key);

// kInvalidArgument when two of them share a public key (one witness would count twice) or a name.
Status CheckWitnessKeys(const std::vector<WitnessKey>& keys);

// Who cosigned a note.
struct CosignedBy {
  std::string name;
  int64_t seconds = 0;
};
// Of these witnesses, in their order.  kInvalidArgument as CheckWitnessKeys; kLogInvalid as VerifyCosignature, and for
// a note that is none.
Result<std::vector<CosignedBy>> Cosigners(std::string_view note, const std::vector<WitnessKey>& keys);

}  // namespace strongroom
