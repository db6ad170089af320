#include "audit/verifier.h"

#include <set>

#include "audit/entry.h"
#include "audit/log_floor.h"
#include "audit/log_source.h"

namespace strongroom {
namespace {

constexpr char kOlderCheckpoint[] = "older checkpoint";

}  // namespace

std::string VerifyProblem::ToString() const {
  return file + (index.has_value() ? ", log entry " + std::to_string(*index) : "") + ": " + what;
}

void ExportVerifier::Report(std::string file, std::optional<uint64_t> index, std::string what) {
  if (!report_.problem.has_value()) report_.problem = VerifyProblem{std::move(file), index, std::move(what)};
}

VerifyReport ExportVerifier::Verify(std::optional<std::string_view> older_checkpoint) {
  VerifyAll(older_checkpoint);
  return report_;
}

void ExportVerifier::VerifyAll(std::optional<std::string_view> older_checkpoint) {
  const Result<std::optional<Bytes>> note = files_.Read(kCheckpointPath);
  if (!note.ok()) return Report(kCheckpointPath, std::nullopt, note.status().message());
  if (!note->has_value()) return Report(kCheckpointPath, std::nullopt, "missing");
  const Result<Checkpoint> checkpoint = OpenCheckpoint(**note, key_);
  if (!checkpoint.ok()) return Report(kCheckpointPath, std::nullopt, checkpoint.status().message());
  report_.checkpoint = *checkpoint;

  std::optional<Checkpoint> older;
  if (older_checkpoint.has_value()) {
    const Result<Checkpoint> opened = OpenCheckpoint(*older_checkpoint, key_);
    if (!opened.ok()) return Report(kOlderCheckpoint, std::nullopt, opened.status().message());
    older = *opened;
    if (older->size > checkpoint->size) {
      return Report(kCheckpointPath, std::nullopt,
                    "the log has " + std::to_string(checkpoint->size) + " entries, the older checkpoint " +
                        std::to_string(older->size) + ": entries were taken away");
    }
  }

  // Entries first, all of them: the tree is built from nothing else.
  for (uint64_t index = 0; TileWidthIn(checkpoint->size, 0, index) > 0; ++index) {
    if (!CheckBundle(index, TileWidthIn(checkpoint->size, 0, index), older)) return;
  }
  if (!CheckPruned()) return;
  for (uint8_t level = 0; level < tree_.edge().size(); ++level) {
    if (tree_.edge()[level].empty()) continue;
    CompareTile(level, (checkpoint->size >> (level * kTileHeight)) / kTileWidth, tree_.edge()[level]);
  }
  CompareRoot();
  // After the root: where the log disagrees with itself, that says more precisely what was altered.
  if (older_problem_.has_value()) Report(older_problem_->file, older_problem_->index, older_problem_->what);
  CheckStrays();
}

void ExportVerifier::Append(const Digest& leaf, const std::string& path, const std::optional<Checkpoint>& older) {
  tree_.Append(leaf, [this](uint8_t level, uint64_t tile_index, const Bytes& hashes) {
    CompareTile(level, tile_index, hashes);
  });
  if (older.has_value() && older->size == tree_.size() && !SameHash(View(tree_.Root()), View(older->root))) {
    older_problem_ =
        VerifyProblem{path, std::nullopt,
                      "the first " + std::to_string(older->size) + " entries are not those of the older checkpoint"};
  }
}

// A whole bundle that is not there: feeds the hashes that stayed to the tree.  Whether it may be missing, the entries
// that follow decide.
bool ExportVerifier::PassPruned(uint64_t index, const std::string& path, const std::optional<Checkpoint>& older) {
  const uint64_t first = index * kTileWidth;
  const std::string tile_path = TilePath(0, index, kTileWidth);
  const Result<std::optional<Bytes>> tile = files_.Read(tile_path);
  const bool there = tile.ok() && tile->has_value() && (*tile)->size() == kTileWidth * kHashSizeBytes;
  if (!there) return Report(path, first, "missing, and so is what would prove it"), false;
  if (!missing_.has_value()) {
    missing_ = first;
    first_missing_ = path;
  }
  for (size_t i = 0; i < kTileWidth; ++i) {
    Digest leaf{};
    std::copy_n(AsU8(**tile) + i * kHashSizeBytes, kHashSizeBytes, leaf.begin());
    Append(leaf, path, older);
  }
  report_.entries_pruned += kTileWidth;
  report_.pruned_below = first + kTileWidth;
  return true;
}

bool ExportVerifier::CheckPruned() {
  if (report_.pruned_below <= pruned_by_entries_) return true;
  Report(first_missing_, missing_, "missing, and no entry of the log says that policy took it away");
  report_.entries_pruned = report_.pruned_below = 0;
  return false;
}

// Feeds the bundle's entries to the tree; false when it cannot be read as entries.
bool ExportVerifier::CheckBundle(uint64_t index, size_t width, const std::optional<Checkpoint>& older) {
  const std::string path = BundlePath(index, width);
  const uint64_t first = index * kTileWidth;
  const Result<std::optional<Bytes>> bundle = files_.Read(path);
  if (!bundle.ok()) return Report(path, first, bundle.status().message()), false;
  if (!bundle->has_value() && width == kTileWidth) return PassPruned(index, path, older);
  if (!bundle->has_value()) return Report(path, first, "missing"), false;
  std::vector<ByteView> entries;
  const Status decoded = DecodeBundle(**bundle, width, entries);
  for (ByteView bytes : entries) {
    const uint64_t entry_index = tree_.size();
    const Result<AuditEntry> entry = AuditEntry::Decode(bytes);
    if (!entry.ok()) return Report(path, entry_index, entry.status().message()), false;
    Append(LeafHash(bytes), path, older);
    ++report_.entries_checked;
    if (entry->action == Action::kLogPrune && entry->outcome == Reason::kOk) {
      const std::optional<PruneNote> note = PruneNote::Parse(entry->detail);
      if (note.has_value()) pruned_by_entries_ = std::max(pruned_by_entries_, note->end);
    }
  }
  if (!decoded.ok()) Report(path, first + entries.size(), decoded.message());
  return decoded.ok();
}

void ExportVerifier::CompareTile(uint8_t level, uint64_t index, ByteView computed) {
  if (tile_problem_.has_value()) return;
  const size_t width = computed.size() / kHashSizeBytes;
  const std::string path = TilePath(level, index, width);
  const auto entry_of = [&](size_t position) { return (index * kTileWidth + position) << (level * kTileHeight); };
  const Result<std::optional<Bytes>> stored = files_.Read(path);
  const auto found = [&](size_t position, std::string what) {
    tile_problem_ = VerifyProblem{path, entry_of(position), std::move(what)};
    tile_is_leaves_ = false;
  };
  if (!stored.ok()) return found(0, stored.status().message());
  if (!stored->has_value()) return found(0, "missing");
  if ((*stored)->size() != computed.size()) {
    return found(std::min((*stored)->size() / kHashSizeBytes, width - 1),
                 std::to_string((*stored)->size()) + " bytes instead of " + std::to_string(computed.size()));
  }
  for (size_t i = 0; i < width; ++i) {
    const size_t offset = i * kHashSizeBytes;
    if (SameHash(computed.substr(offset, kHashSizeBytes), ByteView(**stored).substr(offset, kHashSizeBytes))) continue;
    found(i, "hash " + std::to_string(i) + " is not the one the entries give");
    tile_is_leaves_ = level == 0;
    return;
  }
}

// The signature covers the root alone.  If the entries lead there, they are right and a differing tile is wrong; if
// they do not, the leaf tile shows which entry was altered.
void ExportVerifier::CompareRoot() {
  const bool entries_are_right = SameHash(View(tree_.Root()), View(report_.checkpoint->root));
  if (entries_are_right) {
    if (tile_problem_.has_value()) Report(tile_problem_->file, tile_problem_->index, tile_problem_->what);
    return;
  }
  if (tile_problem_.has_value() && tile_is_leaves_) {
    const uint64_t bundle = *tile_problem_->index / kTileWidth;
    const std::string path = BundlePath(bundle, TileWidthIn(report_.checkpoint->size, 0, bundle));
    return Report(path, tile_problem_->index, "does not match its hash in " + tile_problem_->file);
  }
  if (tile_problem_.has_value()) return Report(tile_problem_->file, tile_problem_->index, tile_problem_->what);
  Report(kCheckpointPath, std::nullopt, "entries and tiles agree with each other, but not with the signed root");
}

void ExportVerifier::CheckStrays() {
  const Result<std::vector<std::string>> present = files_.List();
  if (!present.ok()) return Report(".", std::nullopt, present.status().message());
  std::set<std::string> expected = {kCheckpointPath};
  const uint64_t size = report_.checkpoint->size;
  const auto expect = [&expected](std::string path) {
    expected.insert(std::move(path));
    return Status::Ok();
  };
  ForEachTile(size, [&](uint8_t level, uint64_t index, size_t width) {
    return expect(TilePath(level, index, width));
  }).IgnoreError();  // `expect` cannot fail
  ForEachBundle(size, [&](uint64_t index, size_t width) { return expect(BundlePath(index, width)); }).IgnoreError();
  for (const std::string& path : *present) {
    if (!expected.contains(path)) {
      return Report(path, std::nullopt, "no file of a log of " + std::to_string(size) + " entries; export again");
    }
  }
}

VerifyReport VerifyExport(const std::string& directory, const VerifierKey& key,
                          std::optional<std::string_view> older_checkpoint) {
  const LogDirectory files(directory);
  return ExportVerifier(files, key).Verify(older_checkpoint);
}

}  // namespace strongroom
