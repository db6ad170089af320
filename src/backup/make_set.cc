#include "backup/make_set.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "backup/row_index.h"
#include "backup/set_file.h"
#include "backup/set_writer.h"
#include "backup/snapshot_rows.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint64_t kProgressRows = 4096;

// The parent's rows, to be gone through beside those of today.
class ParentRows {
 public:
  explicit ParentRows(std::unique_ptr<RowIndexReader> index) : index_(std::move(index)) {}

  // Room by room, ascending; a room that the parent does not have has no rows.
  Status BeginRoom(const std::string& room) {
    if (!begun_) RETURN_IF_ERROR(Forward());
    begun_ = true;
    while (at_.has_value() && *at_ < room) RETURN_IF_ERROR(Forward());
    here_ = at_.has_value() && *at_ == room;
    return Step();
  }
  // Null: none is left in this room.
  const ParentRow* row() const { return row_.has_value() ? &*row_ : nullptr; }
  Status Step() {
    row_.reset();
    if (here_) {
      ASSIGN_OR_RETURN(row_, index_->NextRow());
    }
    return Status::Ok();
  }
  // Through to the proven end.
  Status Finish() {
    while (!begun_ || at_.has_value()) {
      begun_ = true;
      RETURN_IF_ERROR(Forward());
    }
    return Status::Ok();
  }

 private:
  Status Forward() {
    ASSIGN_OR_RETURN(at_, index_->NextRoom());
    return Status::Ok();
  }
  const std::unique_ptr<RowIndexReader> index_;
  bool begun_ = false;
  bool here_ = false;
  std::optional<std::string> at_;
  std::optional<ParentRow> row_;
};

Result<std::unique_ptr<ParentRows>> OpenParent(const MakeSetOptions& options, const SecretBytes& passphrase) {
  Result<AgeSource> source = OpenSetFile(options.parent_file + kIndexEnding);
  if (!source.ok()) {
    return Status(Reason::kBackupNotFound,
                  "the index of the set to go on from is not there; make a full set: " + source.status().message());
  }
  ASSIGN_OR_RETURN(std::unique_ptr<RowIndexReader> index, RowIndexReader::Open(*std::move(source), passphrase));
  if (index->set_id() != options.header.parent) {
    return Status(Reason::kBackupNotFound,
                  options.parent_file + kIndexEnding + " belongs to another set than it is named for; make a full set");
  }
  return std::make_unique<ParentRows>(std::move(index));
}

// One set in the making.
class Maker {
 public:
  Maker(const MakeSetOptions& options, SetWriter& set, RowIndexWriter* index, ParentRows* parent)
      : options_(options), set_(set), index_(index), parent_(parent) {}

  Status CopyRoom(const std::string& room, SnapshotRows rows) {
    RETURN_IF_ERROR(set_.BeginRoom(room));
    if (index_ != nullptr) RETURN_IF_ERROR(index_->BeginRoom(room));
    if (parent_ != nullptr) RETURN_IF_ERROR(parent_->BeginRoom(room));
    while (true) {
      ASSIGN_OR_RETURN(const StoreRow* row, rows.Next());
      if (row == nullptr) break;
      RETURN_IF_ERROR(CopyRow(*row));
      if (++done_ % kProgressRows == 0 && options_.progress) RETURN_IF_ERROR(options_.progress(done_));
    }
    while (parent_ != nullptr && parent_->row() != nullptr) RETURN_IF_ERROR(TellGone());
    if (index_ != nullptr) RETURN_IF_ERROR(index_->EndRoom());
    return set_.EndRoom();
  }

 private:
  Status TellGone() {
    RETURN_IF_ERROR(set_.PutGone(parent_->row()->key));
    return parent_->Step();
  }

  Status CopyRow(const StoreRow& row) {
    if (index_ == nullptr) return set_.PutRow(row.key, row.value);
    const ValueHash hash = HashOfValue(row.value);
    RETURN_IF_ERROR(index_->Add(row.key, hash));
    if (parent_ == nullptr) return set_.PutRow(row.key, row.value);
    while (parent_->row() != nullptr && parent_->row()->key < row.key) RETURN_IF_ERROR(TellGone());
    if (parent_->row() == nullptr || parent_->row()->key != row.key) return set_.PutRow(row.key, row.value);
    const bool same = parent_->row()->hash == hash;
    RETURN_IF_ERROR(parent_->Step());
    if (!same) return set_.PutRow(row.key, row.value);
    set_.SkipRow(row.key, row.value);
    return Status::Ok();
  }

  const MakeSetOptions& options_;
  SetWriter& set_;
  RowIndexWriter* const index_;
  ParentRows* const parent_;
  uint64_t done_ = 0;
};

}  // namespace

std::string SetFileName(const SetHeader& header) {
  std::string time = FormatTime(header.made_at).substr(0, 19);  // "2026-11-22T06:05:53"
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return "strongroom-" + std::string(NameOf(header.kind)) + "-" + time + "Z-" +
         HexEncode(ByteView(header.id).substr(0, 4)) + ".set";
}

Result<MadeSet> MakeSet(const MakeSetOptions& options, Random& random) {
  MadeSet made;
  made.header = options.header;
  made.header.rooms.clear();
  std::vector<SetRoom> rooms = options.rooms;
  std::sort(rooms.begin(), rooms.end(), [](const SetRoom& a, const SetRoom& b) { return a.name < b.name; });
  std::vector<SnapshotRows> snapshots;
  for (const SetRoom& room : rooms) {
    ASSIGN_OR_RETURN(std::unique_ptr<StoreReader> snapshot, room.store->Snapshot());
    snapshots.emplace_back(std::move(snapshot));
    made.header.rooms.push_back(room.name);
  }
  made.file = SetFileName(made.header);
  const std::string path = options.directory + "/" + made.file;
  const SecretBytes passphrase = options.index_key.empty() ? SecretBytes() : IndexPassphrase(options.index_key);
  std::unique_ptr<ParentRows> parent;
  if (!made.header.full()) {
    ASSIGN_OR_RETURN(parent, OpenParent(options, passphrase));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<PendingFile> file, PendingFile::Create(path));
  ASSIGN_OR_RETURN(const std::unique_ptr<SetWriter> set,
                   SetWriter::Start(made.header, options.recipients, random, file->Sink()));
  std::unique_ptr<PendingFile> index_file;
  std::unique_ptr<RowIndexWriter> index;
  if (!passphrase.empty()) {
    ASSIGN_OR_RETURN(index_file, PendingFile::Create(path + kIndexEnding));
    ASSIGN_OR_RETURN(index, RowIndexWriter::Start(made.header.id, passphrase, random, index_file->Sink()));
  }
  Maker maker(options, *set, index.get(), parent.get());
  for (size_t i = 0; i < rooms.size(); ++i) {
    RETURN_IF_ERROR(maker.CopyRoom(rooms[i].name, std::move(snapshots[i])));
  }
  if (parent != nullptr) RETURN_IF_ERROR(parent->Finish());
  RETURN_IF_ERROR(set->Finish());
  // The set last: an index alone is of no use to anybody, and does no harm.
  if (index != nullptr) {
    RETURN_IF_ERROR(index->Finish());
    RETURN_IF_ERROR(index_file->Commit());
  }
  if (Status committed = file->Commit(); !committed.ok()) {
    if (index != nullptr) ::unlink((path + kIndexEnding).c_str());
    return committed;
  }
  made.size_bytes = file->size_bytes();
  made.sha256 = file->sha256();
  made.totals = set->totals();
  return made;
}

}  // namespace strongroom
