// SetReader: the rows of a backup set, one after the other (docs/formats/backup-set.md).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "backup/age_stream.h"
#include "backup/set_format.h"
#include "base/status.h"
#include "crypto/age.h"
#include "crypto/sha256_stream.h"

namespace strongroom {

// One thread; memory is bounded by the header's limit, one chunk and one row, whatever the set's length.
//
// age says that a set is whole and unaltered since it was written; it does not say who wrote it.  The register's
// SHA-256 of the file does (vault/backup_register.h), and so does what the rows are sealed under.
class SetReader {
 public:
  // Reads the header.  kDataCorrupt; kKeyMissing when none of the keys fits.
  static Result<std::unique_ptr<SetReader>> Open(AgeSource source, const AgeKeys& keys);

  const SetHeader& header() const { return header_; }
  // The next row, rooms one after the other as the header has them, keys ascending within a room; nullopt only at the
  // proven end, when all counts and hashes were checked.  Until then what was given may be part of a set that was cut
  // short.  kDataCorrupt, also for every call after it.
  Result<std::optional<SetRow>> Next();
  // Of the rooms that have ended so far; of all, after nullopt.
  const std::vector<RoomTotals>& totals() const { return totals_; }

 private:
  explicit SetReader(std::unique_ptr<AgeStream> in) : in_(std::move(in)) {}
  Status ReadHeader();
  Result<std::optional<SetRow>> Advance();
  Status BeginRoom();
  Result<SetRow> ReadRow(bool gone);
  Status EndRoom();
  Status EndSet();

  const std::unique_ptr<AgeStream> in_;
  SetHeader header_;
  std::vector<RoomTotals> totals_;
  // The room that is being read.
  std::optional<RoomTotals> room_;
  Bytes last_key_;
  Sha256Stream whole_;  // of a full set's rows
  bool ended_ = false;
  Status failed_;
};

}  // namespace strongroom
