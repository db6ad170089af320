// The offline verifier: an exported log and the public key, nothing else.
//
// Checks the checkpoint's signature, recomputes every tile from the entries up to the signed root, decodes every entry,
// compares with an older checkpoint, and accounts for every file.  What it finds first it names: file and entry.
//
// A bundle may be missing where an entry log.prune of the same log says that policy took it: then the hashes that
// stayed take the place of its entries.  A hole that no such entry covers is a problem like any other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/checkpoint.h"
#include "audit/log_files.h"
#include "audit/signed_note.h"
#include "audit/tree.h"

namespace strongroom {

struct VerifyProblem {
  std::string file;               // relative to the export; "older checkpoint" for the one passed in
  std::optional<uint64_t> index;  // log index of the first entry concerned, where one can be named
  std::string what;
  std::string ToString() const;
};

struct VerifyReport {
  std::optional<Checkpoint> checkpoint;  // set once its signature was verified
  uint64_t entries_checked = 0;
  uint64_t entries_pruned = 0;           // gone by policy, as an entry of the log says; their hashes were checked
  uint64_t pruned_below = 0;             // the last of them is below this
  std::optional<VerifyProblem> problem;  // the first; unset: the log verifies
  bool ok() const { return !problem.has_value(); }
};

// One use, one thread.
class ExportVerifier {
 public:
  ExportVerifier(const LogFiles& files, VerifierKey key) : files_(files), key_(std::move(key)) {}
  virtual ~ExportVerifier() = default;
  // `older_checkpoint`: one kept elsewhere, a signed note; the log must be a continuation of it.
  VerifyReport Verify(std::optional<std::string_view> older_checkpoint = std::nullopt);

 protected:
  // Overridden by a test alone, which shows that this comparison is what finds tampering.
  virtual bool SameHash(ByteView computed, ByteView stored) const { return computed == stored; }

 private:
  void VerifyAll(std::optional<std::string_view> older_checkpoint);
  bool CheckBundle(uint64_t index, size_t width, const std::optional<Checkpoint>& older);
  bool PassPruned(uint64_t index, const std::string& path, const std::optional<Checkpoint>& older);
  bool CheckPruned();
  void Append(const Digest& leaf, const std::string& path, const std::optional<Checkpoint>& older);
  void CompareTile(uint8_t level, uint64_t index, ByteView computed);
  void CompareRoot();
  void CheckStrays();
  void Report(std::string file, std::optional<uint64_t> index, std::string what);

  const LogFiles& files_;
  const VerifierKey key_;
  VerifyReport report_;
  TreeBuilder tree_;
  // The first tile that differs from what the entries give: whose fault it is, the root decides.
  std::optional<VerifyProblem> tile_problem_;
  bool tile_is_leaves_ = false;
  std::optional<VerifyProblem> older_problem_;
  std::string first_missing_;        // the first bundle that is
  std::optional<uint64_t> missing_;  // its first entry
  uint64_t pruned_by_entries_ = 0;   // what entries say was pruned
};

VerifyReport VerifyExport(const std::string& directory, const VerifierKey& key,
                          std::optional<std::string_view> older_checkpoint = std::nullopt);

}  // namespace strongroom
