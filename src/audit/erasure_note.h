// A certificate of erasure as a signed note (docs/formats/erasure-certificate.md), so that it is verified offline with
// the public key of the compartment's log alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/signed_note.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "crypto/signer.h"

namespace strongroom {

struct ErasureFacts {
  std::string customer;         // the code
  UnixMillis asked_at = 0;      // the second counts
  UnixMillis destroyed_at = 0;  // the key
  uint64_t index_rows = 0;
  uint64_t tokens = 0;
  uint64_t files = 0;
  uint64_t disclosures = 0;
  uint64_t other_items = 0;
  uint64_t tokens_unlisted = 0;
  UnixMillis beyond_recall_at = 0;  // 0: nothing rotates the keys of itself
};

// Where the entry that records the end of the erasure stands, and the proof of it.
struct ErasurePlace {
  uint64_t index = 0;
  Digest leaf{};
  uint64_t size = 0;
  Digest root{};
  std::vector<Digest> path;
};

// Lines, the last line feed included.
std::string FormatErasureFacts(const ErasureFacts& facts);

// `key_name` is the log's name.  `facts` comes from FormatErasureFacts.
Result<std::string> SignErasureNote(std::string_view facts, const std::optional<ErasurePlace>& place,
                                    std::string_view key_name, const Signer& signer);

struct OpenedErasure {
  std::string facts;
  std::string customer;
  std::optional<ErasurePlace> place;
};
// Once the signature of `key` and the proof were verified.  kLogInvalid.
Result<OpenedErasure> OpenErasureNote(std::string_view note, const VerifierKey& key);

}  // namespace strongroom
