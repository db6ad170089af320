// The index beside a data set: which rows the stores had when it was made, and the hash of each value, so that the next
// increment is found by going through both side by side (docs/formats/backup-set.md).
//
// Memory: one chunk and one row.  Under a key of the vault's own: row keys show how many customers there are.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "backup/age_stream.h"
#include "base/status.h"
#include "crypto/age.h"
#include "crypto/secret.h"

namespace strongroom {

constexpr char kIndexEnding[] = ".index";

using ValueHash = std::array<uint8_t, 16>;  // the first bytes of SHA-256: nobody gains by two values that agree in it
ValueHash HashOfValue(ByteView value);

// What opens indexes, of 256 random bits: hexadecimal, because age passphrases are text.
SecretBytes IndexPassphrase(const SecretBytes& key);

// One thread.
class RowIndexWriter {
 public:
  // `passphrase`: IndexPassphrase().  `random` and what `sink` holds must outlive this.
  static Result<std::unique_ptr<RowIndexWriter>> Start(ByteView set_id, const SecretBytes& passphrase, Random& random,
                                                       AgeSink sink);
  Status BeginRoom(std::string_view room);
  Status Add(ByteView key, const ValueHash& hash);  // keys ascending
  Status EndRoom();
  Status Finish();

 private:
  explicit RowIndexWriter(std::unique_ptr<AgeWriter> out) : out_(std::move(out)) {}
  const std::unique_ptr<AgeWriter> out_;
  uint64_t rows_ = 0;
  uint64_t all_rows_ = 0;
  Bytes part_;
};

struct ParentRow {
  Bytes key;
  ValueHash hash{};
};

// One thread.
class RowIndexReader {
 public:
  // kDataCorrupt; kKeyMissing when another vault wrote it.
  static Result<std::unique_ptr<RowIndexReader>> Open(AgeSource source, const SecretBytes& passphrase);
  const Bytes& set_id() const { return set_id_; }
  // Goes to the next room; nullopt at the proven end.  Rows of the room before that were not read are gone over.
  Result<std::optional<std::string>> NextRoom();
  // The next row of that room; nullopt at its end.
  Result<std::optional<ParentRow>> NextRow();

 private:
  explicit RowIndexReader(std::unique_ptr<AgeStream> in) : in_(std::move(in)) {}
  const std::unique_ptr<AgeStream> in_;
  Bytes set_id_;
  bool in_room_ = false;
  std::string room_;
  Bytes last_key_;
  uint64_t rows_ = 0;
  uint64_t all_rows_ = 0;
};

}  // namespace strongroom
