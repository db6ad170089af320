// CheckWriteAheadLogs: tells a torn tail from damage, before RocksDB replays its write-ahead logs.
//
// Under kPointInTimeRecovery RocksDB stops at the first damaged record and opens with what came before: right for the
// tail that a loss of power tore, wrong for damage further in, which would silently drop batches that were
// acknowledged.  The store flushes every group before it writes the next, so at most one record, the last, can be torn.
// Hence: damage (or a gap in RocksDB's sequence numbers) with a later record behind it is damage to flushed data.
//
// What this cannot see: damage to the very last record, or a log cut exactly between two records.  The mark that the
// layers above keep beside their keys finds that.
//
// A loss of power may undo the removal of a log that recovery no longer needs, so an old one, torn in an earlier loss,
// may stand before the ones that count.  `oldest_needed` leaves such out, as RocksDB's recovery does.
//
// The format read here is RocksDB's: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace rocksdb {
class FileSystem;
}

namespace strongroom {

struct WalSummary {
  uint64_t files = 0;
  uint64_t records = 0;     // whole ones
  uint64_t torn_tails = 0;  // logs that end in a torn record, which recovery leaves out
};

// Reads every `*.log` of `directory` whose number is not below `oldest_needed`, and changes nothing.  kDataCorrupt: see
// above.  kStorageUnavailable: cannot read.
Result<WalSummary> CheckWriteAheadLogs(rocksdb::FileSystem& file_system, const std::string& directory,
                                       uint64_t oldest_needed = 0);

}  // namespace strongroom
