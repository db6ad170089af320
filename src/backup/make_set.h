// MakeSet: copies the rows of stores, as they are, into a backup set.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backup/set_format.h"
#include "base/status.h"
#include "crypto/age.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "store/store.h"

namespace strongroom {

struct SetRoom {
  std::string name;
  const Store* store = nullptr;
};

struct MakeSetOptions {
  SetHeader header;            // `rooms` are taken from those below; a `parent` makes an increment
  std::vector<SetRoom> rooms;  // all data stores, or all key stores; in any order
  std::vector<AgeRecipient> recipients;
  std::string directory;
  SecretBytes index_key;    // of data sets: 32 bytes that the vault alone can derive; empty for key sets
  std::string parent_file;  // of an increment: the parent's file; its index is read, the file itself may be elsewhere
  // Told how many rows have been gone through, now and then; a failure ends the work with that.
  std::function<Status(uint64_t rows)> progress;
};

struct MadeSet {
  SetHeader header;
  std::string file;  // the name in the directory
  uint64_t size_bytes = 0;
  Digest sha256{};  // of the file
  std::vector<RoomTotals> totals;
};

// Takes all snapshots first, then writes; the stores go on being written to.  The file is there under its name when
// this answers Ok and then survives a loss of power; whatever fails leaves no file.  Memory: a page of at most
// kPageBytes and a row or two, whatever the stores hold.
//
// kBackupNotFound: the parent's index is not there, or is another set's.  kDataCorrupt, kKeyMissing: it does not open.
// kStorageFull, kStorageUnavailable, kInvalidArgument (no recipients).
Result<MadeSet> MakeSet(const MakeSetOptions& options, Random& random);

// "strongroom-data-20261127T101500Z-1a2b3c4d.set"
std::string SetFileName(const SetHeader& header);

}  // namespace strongroom
