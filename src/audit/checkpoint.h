// Checkpoints (https://c2sp.org/tlog-checkpoint v1.0.0): a log's name, size and root hash as a signed note.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/signed_note.h"
#include "base/status.h"
#include "crypto/hash.h"

namespace strongroom {

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Digest root{};
  bool operator==(const Checkpoint&) const = default;
};

// The note's text.  Our checkpoints have no extension lines.
std::string FormatCheckpoint(const Checkpoint& checkpoint);
// Signed with the origin as key name.
Result<std::string> SignCheckpoint(const Checkpoint& checkpoint, const Signer& signer);

// Verifies, then parses.  The origin must be the key's name.  Extension lines are refused: our logs have none, and no
// auditor could check them.  kLogInvalid.
Result<Checkpoint> OpenCheckpoint(std::string_view note, const VerifierKey& key);

// A checkpoint of any log, of which nothing is verified: the text of a note.  Extension lines stay where they are.
// kLogInvalid.
struct ParsedCheckpoint {
  Checkpoint checkpoint;
  bool has_extensions = false;
};
Result<ParsedCheckpoint> ParseCheckpoint(std::string_view text);

// The spellings that notes, proofs and requests about logs share.  A number: ASCII decimal without sign, spaces or
// leading zeroes.  A hash: 32 bytes in padded base64.
std::optional<uint64_t> ParseLogNumber(std::string_view text);
std::optional<Digest> ParseLogHash(std::string_view text);
// Cuts the first line off `text`, newline excluded; nullopt when there is no newline left.
std::optional<std::string_view> TakeLogLine(std::string_view& text);

// A self-contained proof that one entry is in the log (https://c2sp.org/tlog-proof): to be kept beside the entry's
// bytes as <name>.tlog-proof.  `checkpoint_note` is included verbatim.
std::string FormatTlogProof(uint64_t index, const std::vector<Digest>& proof, std::string_view checkpoint_note);
// Ok when `proof` shows that `entry` is in the log of `key`.  kLogInvalid.
Status VerifyTlogProof(std::string_view proof, ByteView entry, const VerifierKey& key);

}  // namespace strongroom
