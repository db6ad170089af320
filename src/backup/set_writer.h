// SetWriter: puts rows into a backup set (docs/formats/backup-set.md).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "backup/set_format.h"
#include "base/status.h"
#include "crypto/age.h"
#include "crypto/sha256_stream.h"

namespace strongroom {

// One thread.  Whoever writes keeps the order: every room of the header once, keys ascending; the reader checks it.
class SetWriter {
 public:
  // Writes the header.  `random` and what `sink` holds must outlive this.  kInvalidArgument without recipients.
  static Result<std::unique_ptr<SetWriter>> Start(const SetHeader& header, const std::vector<AgeRecipient>& recipients,
                                                  Random& random, AgeSink sink);
  Status BeginRoom(std::string_view room);
  // Every row of the room's snapshot, whether it is in this set or not: the hash of the whole is over all of them.
  Status PutRow(ByteView key, ByteView value);
  void SkipRow(ByteView key, ByteView value);  // the parent has it as it is
  Status PutGone(ByteView key);
  Status EndRoom();
  // The end.  Without it no reader comes to the end.
  Status Finish();

  const std::vector<RoomTotals>& totals() const { return totals_; }

 private:
  explicit SetWriter(std::unique_ptr<AgeWriter> out) : out_(std::move(out)) {}
  Status Write(ByteView part);
  const std::unique_ptr<AgeWriter> out_;
  Sha256Stream all_;
  Sha256Stream whole_;
  RoomTotals room_;
  std::vector<RoomTotals> totals_;
  Bytes part_;
};

}  // namespace strongroom
