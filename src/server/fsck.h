// fsck: is everything that is stored consistent with itself, and with the log?
//
// Each check is a file of its own (fsck_*.cc) and says in front what it holds against what.  All walk page by page, and
// while the vault is in use too: what may be under way is looked at twice before it is told.  Nothing personal is told:
// customers are named by their codes, values not at all.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "access/open_vault.h"
#include "base/status.h"
#include "server/vault_files.h"
#include "store/store.h"

namespace strongroom {

struct FsckOptions {
  // Puts right what follows from what is there, and takes away what leads nowhere.  Never invents a record, never
  // deletes one that does not open.  Only when nobody else has the vault: what creates and uploads have under way
  // looks like what they left.
  bool repair = false;
  // A repair leaves keys without a record alone.
  bool keep_orphan_keys = false;
  // Holds each customer's record against the newest log entry that says what it must be: finds a customer who was put
  // back to an older state, or removed without an erasure.
  bool against_log = false;
  // Of the table that takes: 24 bytes a customer, doubled when it is three quarters full.  With less than all customers
  // need, the log is read once more for each part of them.
  size_t log_table_bytes = size_t{512} << 20;
};

// A room's two stores, to be read as they lie.
struct FsckStores {
  const StoreReader* data = nullptr;
  const StoreReader* keys = nullptr;
};
// By the room's name.
using FsckStoresOf = std::function<Result<FsckStores>(const std::string& room)>;
// Those of open files, which must outlive the check.
FsckStoresOf StoresOfFiles(const VaultFiles& files);

enum class FsckCheck : uint8_t { kRecords, kItems, kIndexRows, kTokens, kKeys, kDocuments, kLog, kAgainstLog };
constexpr size_t kFsckChecks = 8;
std::string_view NameOf(FsckCheck check);

struct FsckFinding {
  FsckCheck check = FsckCheck::kRecords;
  std::string compartment;  // or "office"
  std::string customer;     // a code; empty: of nobody, or of nobody who can be named
  std::string what;         // what is wrong
  bool mended = false;
  // One line: "customer XXXX: ..." or "main: ...".
  std::string Line() const;
};

struct FsckReport {
  static constexpr size_t kMaxFindings = 1'000;
  std::vector<FsckFinding> findings;              // the first thousand; none: nothing wrong
  uint64_t more_findings = 0;                     // those that found no room
  std::vector<std::string> unfinished;            // work that a crash left or that is under way, a line each: no damage
  std::array<uint64_t, kFsckChecks> looked_at{};  // rows, by check
  uint64_t customers = 0;
  uint64_t index_rows = 0;
  uint64_t log_entries = 0;
  uint64_t not_compared = 0;         // against the log: records whose newest entry is of a batch without their hashes
  uint64_t log_entries_pruned = 0;   // gone by policy; their hashes were checked
  uint64_t not_compared_pruned = 0;  // against the log: records whose newest entry was pruned
  uint64_t log_passes = 0;
  std::map<std::string, uint64_t> unknown_rows;  // of kinds this release does not know, by store and letter
  uint64_t orphan_keys = 0;                      // of creates that broke off: they open nothing
  uint64_t orphan_chunks = 0;                    // of uploads that broke off
  uint64_t orphan_directory_rows = 0;            // of tokens that were not made or are erased
  uint64_t mended_rows = 0;                      // written or taken away by a repair, orphans included

  uint64_t Rows() const;
  uint64_t Found() const { return findings.size() + more_findings; }
  // Something is wrong that no repair has put right.
  bool Damaged() const;
};

// Fails only when a store does, or the vault is about to close.
Result<FsckReport> CheckVault(OpenVault& vault, const FsckStoresOf& stores, const FsckOptions& options = {});

}  // namespace strongroom
