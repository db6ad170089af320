// Signed notes (https://c2sp.org/signed-note v1.0.0): text, an empty line, signature lines.  Ed25519, type 0x01.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/signer.h"

namespace strongroom {

// What an auditor needs of a log: its name and public key.
struct VerifierKey {
  std::string name;
  uint32_t key_id = 0;
  Bytes public_key;  // 32 bytes

  // kInvalidArgument for a name that is empty or holds spaces, control characters or '+'.
  static Result<VerifierKey> Create(std::string_view name, ByteView public_key);
  // "<name>+<8 hex digits>+<base64 of 0x01 and the key>"; strict, the id must be the one the specification recommends.
  static Result<VerifierKey> Parse(std::string_view text);
  std::string Encode() const;
  bool operator==(const VerifierKey&) const = default;
};

// `text` must end in a newline and be clean UTF-8 (no control characters but newlines).
Result<std::string> SignNote(std::string_view text, std::string_view key_name, const Signer& signer);
// The text, newline included, once a signature by `key` has been verified.  Signatures of others are ignored, a bad one
// by `key` refuses the note.  kLogInvalid.
Result<std::string> OpenNote(std::string_view note, const VerifierKey& key);

constexpr size_t kNoteLimitBytes = 256 * 1024;
constexpr size_t kNoteLimitSignatures = 64;

}  // namespace strongroom
