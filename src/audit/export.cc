#include "audit/export.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "audit/log_files.h"

namespace strongroom {
namespace {

namespace fs = std::filesystem;

Status Failed(const fs::path& path, std::string_view what, int error) {
  return Status(Reason::kFileUnreadable,
                path.string() + ": could not be " + std::string(what) + ": " + std::strerror(error));
}

// Whole or not at all: written beside, flushed, renamed.
Status WriteFile(const fs::path& path, ByteView bytes) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return Failed(path.parent_path(), "made", error.value());
  const fs::path beside = path.string() + ".tmp";
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (file < 0) return Failed(beside, "opened", errno);
  int failure = 0;
  for (ByteView left = bytes; !left.empty() && failure == 0;) {
    const ssize_t written = ::write(file, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) failure = errno;
    if (written > 0) left.remove_prefix(static_cast<size_t>(written));
  }
  if (failure == 0 && ::fsync(file) != 0) failure = errno;
  if (::close(file) != 0 && failure == 0) failure = errno;
  if (failure != 0) return Failed(beside, "written", failure);
  fs::rename(beside, path, error);
  return error ? Failed(path, "renamed into place", error.value()) : Status::Ok();
}

class Exporter {
 public:
  Exporter(const LogSource& source, const std::string& directory) : source_(source), directory_(directory) {}

  Status PutTile(uint8_t level, uint64_t index, size_t width) {
    const std::string path = TilePath(level, index, width);
    if (Keep(path, width)) return Status::Ok();
    ASSIGN_OR_RETURN(const Bytes tile, source_.ReadTile(level, index, width));
    return Put(path, tile);
  }

  Status PutBundle(uint64_t index, size_t width) {
    const std::string path = BundlePath(index, width);
    if (Keep(path, width)) return Status::Ok();
    // Gone by policy: an entry of the log says so, which the verifier asks for.
    if (index < pruned_below_) {
      ++report.bundles_pruned;
      return Status::Ok();
    }
    const Result<Bytes> bundle = source_.ReadBundle(index, width);
    if (bundle.reason() == Reason::kLogPruned) {
      ++report.bundles_pruned;
      return FindFloor(index);
    }
    RETURN_IF_ERROR(bundle.status());
    return Put(path, *bundle);
  }

  // Partial files that this state of the log has outgrown.
  Status RemoveOutgrown() const {
    ASSIGN_OR_RETURN(const std::vector<std::string> paths, LogDirectory(directory_.string()).List());
    for (const std::string& path : paths) {
      if (!path.starts_with("tile/") || path.find(".p/") == std::string::npos || partial_.contains(path)) continue;
      std::error_code error;
      fs::remove(directory_ / path, error);
      if (error) return Failed(directory_ / path, "removed", error.value());
      fs::remove((directory_ / path).parent_path(), error);  // the .p directory, when that was its last file
    }
    return Status::Ok();
  }

  Status Put(const std::string& path, ByteView bytes) {
    ++report.files_written;
    return WriteFile(directory_ / path, bytes);
  }

  ExportReport report;

 private:
  // The first bundle that is not pruned, given one that is.  A server records each bundle that is asked for: so in few
  // steps, by doubling and then by halves.
  Status FindFloor(uint64_t pruned) {
    const auto is_pruned = [this](uint64_t index) -> Result<bool> {
      const Result<Bytes> bundle = source_.ReadBundle(index, kTileWidth);
      if (bundle.reason() == Reason::kLogPruned) return true;
      RETURN_IF_ERROR(bundle.status());
      return false;
    };
    const uint64_t end = report.checkpoint.size / kTileWidth;  // of the whole ones
    uint64_t there = end;
    for (uint64_t step = 1; pruned + step < end; step *= 2) {
      ASSIGN_OR_RETURN(const bool gone, is_pruned(pruned + step));
      if (!gone) {
        there = pruned + step;
        break;
      }
      pruned += step;
    }
    while (there - pruned > 1) {
      const uint64_t middle = pruned + (there - pruned) / 2;
      ASSIGN_OR_RETURN(const bool gone, is_pruned(middle));
      (gone ? pruned : there) = middle;
    }
    pruned_below_ = pruned + 1;
    return Status::Ok();
  }

  bool Keep(const std::string& path, size_t width) {
    if (width != kTileWidth) {
      partial_.insert(path);
      return false;
    }
    std::error_code error;
    if (!fs::is_regular_file(directory_ / path, error)) return false;
    ++report.files_kept;
    return true;
  }

  const LogSource& source_;
  const fs::path directory_;
  std::set<std::string> partial_;
  uint64_t pruned_below_ = 0;  // bundles
};

}  // namespace

Result<ExportReport> ExportLog(const LogSource& source, const std::string& directory, const VerifierKey& key) {
  ASSIGN_OR_RETURN(const std::string note, source.ReadCheckpoint());
  Exporter exporter(source, directory);
  ASSIGN_OR_RETURN(exporter.report.checkpoint, OpenCheckpoint(note, key));
  const Checkpoint& checkpoint = exporter.report.checkpoint;
  ASSIGN_OR_RETURN(const std::optional<Bytes> older_note, LogDirectory(directory).Read(kCheckpointPath));
  if (older_note.has_value()) {
    ASSIGN_OR_RETURN(const Checkpoint older, OpenCheckpoint(*older_note, key));
    if (older.size > checkpoint.size || (older.size == checkpoint.size && older.root != checkpoint.root)) {
      return Status(Reason::kLogInvalid, "the log offers " + std::to_string(checkpoint.size) +
                                             " entries; the directory holds a signed checkpoint of " +
                                             std::to_string(older.size) + " that it contradicts. Keep both");
    }
    if (older.size > 0) {
      ASSIGN_OR_RETURN(const std::vector<Digest> proof, ConsistencyProof(source, older.size, checkpoint.size));
      const Status consistent = VerifyConsistency(older.size, checkpoint.size, older.root, checkpoint.root, proof);
      if (!consistent.ok()) {
        return Status(Reason::kLogInvalid,
                      "the log does not continue the one in the directory. Keep both: " + consistent.message());
      }
    }
  }
  RETURN_IF_ERROR(ForEachBundle(
      checkpoint.size, [&exporter](uint64_t index, size_t width) { return exporter.PutBundle(index, width); }));
  RETURN_IF_ERROR(ForEachTile(checkpoint.size, [&exporter](uint8_t level, uint64_t index, size_t width) {
    return exporter.PutTile(level, index, width);
  }));
  RETURN_IF_ERROR(exporter.Put(kCheckpointPath, note));
  RETURN_IF_ERROR(exporter.RemoveOutgrown());
  return exporter.report;
}

}  // namespace strongroom
