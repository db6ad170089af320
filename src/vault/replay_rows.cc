#include "vault/replay_rows.h"

namespace strongroom {
namespace {
constexpr size_t kCommitBytes = 384 * 1024;  // a commit may hold 1 MiB, with its entry
constexpr size_t kUniqueBytes = 200;         // of a unique row, its condition and seal
}  // namespace

Status ReplayRows::AddReference(const IndexLabel& label, ByteView value, CustomerId customer) {
  RETURN_IF_ERROR(sealed_.PutReference(batch_, label, value, customer));
  ++references;
  return FlushWhenFull();
}

Status ReplayRows::AddUnique(const RowMark& mark, Bytes content, const Merge& merge) {
  const Bytes name(View(mark.mark));
  auto found = waiting_.find(name);
  if (found == waiting_.end()) {
    RETURN_IF_ERROR(sealed_.TakeLease(batch_));  // before looking
    ASSIGN_OR_RETURN(std::optional<UniqueRow> there, sealed_.GetMarked(mark));
    if (!there.has_value()) {
      waiting_.emplace(name, Waiting{mark, std::move(content), std::nullopt});
      ++uniques;
      return FlushWhenFull();
    }
    found = waiting_.emplace(name, Waiting{mark, std::move(there->content), std::move(there->place)}).first;
  }
  if (found->second.content == content) return FlushWhenFull();
  std::optional<Bytes> merged = merge ? merge(found->second.content, content) : std::nullopt;
  if (merged.has_value()) {
    found->second.content = *std::move(merged);
  } else {
    ++conflicts;
  }
  return FlushWhenFull();
}

Status ReplayRows::FlushWhenFull() {
  const bool full = batch_.ApproximateSizeBytes() + waiting_.size() * kUniqueBytes >= kCommitBytes;
  return full ? Flush() : Status::Ok();
}

Status ReplayRows::Flush() {
  for (const auto& [name, one] : waiting_) {
    RETURN_IF_ERROR(sealed_.PutMarked(batch_, one.mark, one.content, one.known));
  }
  waiting_.clear();
  SealedBatch batch = std::move(batch_);
  batch_ = SealedBatch();
  return batch.empty() ? Status::Ok() : commit_(std::move(batch));
}

}  // namespace strongroom
