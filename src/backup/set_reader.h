// SetReader: the rows of a backup set, one after the other (docs/formats/backup-set.md).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backup/set_format.h"
#include "base/status.h"
#include "crypto/age.h"
#include "crypto/hash.h"

namespace strongroom {

// One thread; memory is bounded by the header's limit, one chunk and one row, whatever the set's length.
//
// age says that a set is whole and unaltered since it was written; it does not say who wrote it.  The register's
// SHA-256 of the file does (vault/backup_register.h), and so does what the rows are sealed under.
class SetReader {
 public:
  // Reads the header.  kDataCorrupt; kKeyMissing when none of the keys fits.
  static Result<std::unique_ptr<SetReader>> Open(AgeSource source, const AgeKeys& keys);
  ~SetReader();

  const SetHeader& header() const { return header_; }
  // The next row, rooms one after the other as the header has them, keys ascending within a room; nullopt only at the
  // proven end, when all counts and hashes were checked.  Until then what was given may be part of a set that was cut
  // short.  kDataCorrupt, also for every call after it.
  Result<std::optional<SetRow>> Next();
  // Of the rooms that have ended so far; of all, after nullopt.
  const std::vector<RoomTotals>& totals() const { return totals_; }

 private:
  explicit SetReader(std::unique_ptr<AgeReader> plain);
  Result<std::optional<SetRow>> Advance();
  // Takes the part's bytes out of the stream, into the hash of the whole.
  Result<uint8_t> TakeByte();
  Result<uint64_t> TakeVarint();
  Result<Bytes> Take(size_t size_bytes);
  Result<Bytes> TakePrefixed(size_t most_bytes);
  Status Fill();
  Status ReadHeader();
  Status BeginRoom();
  Result<SetRow> ReadRow(bool gone);
  Status EndRoom();
  Status EndSet();

  const std::unique_ptr<AgeReader> plain_;
  SetHeader header_;
  Bytes buffer_;
  size_t used_ = 0;  // of the buffer
  Sha256Stream all_;
  std::vector<RoomTotals> totals_;
  // The room that is being read.
  bool in_room_ = false;
  RoomTotals current_;
  Sha256Stream whole_;  // of a full set's rows
  Bytes last_key_;
  bool ended_ = false;
  Status failed_;
};

}  // namespace strongroom
