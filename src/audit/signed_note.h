// Signed notes (https://c2sp.org/signed-note v1.0.0): text, an empty line, signature lines.  Ed25519, type 0x01.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

// A note taken apart, nothing of it verified: for those who look for signatures of other kinds than ours (cosignatures,
// src/witness).  Views into the note.
struct NoteSignature {
  std::string_view line;  // the whole line, newline included
  std::string_view key_name;
  uint32_t key_id = 0;
  Bytes signature;  // what stands behind the key's id; at least one byte
};
struct NoteParts {
  std::string_view text;  // newline included
  std::vector<NoteSignature> signatures;
};
Result<NoteParts> SplitNote(std::string_view note);  // kLogInvalid

// Not empty, without Unicode spaces, control characters and '+'.
bool IsNoteKeyName(std::string_view name);
// "— <name> <base64>", newline included.  Precondition: a key name.
std::string FormatSignatureLine(std::string_view key_name, uint32_t key_id, ByteView signature);

constexpr size_t kNoteLimitBytes = 256 * 1024;
constexpr size_t kNoteLimitSignatures = 64;

}  // namespace strongroom
