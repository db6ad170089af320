#include "audit/journal.h"

#include <atomic>
#include <utility>
#include <vector>

#include "audit/inbox.h"
#include "audit/log_state.h"
#include "audit/tree.h"
#include "keys/epoch_rows.h"
#include "store/group_committer.h"

namespace strongroom {
namespace {

constexpr size_t kNonceSizeBytes = 16;

// What the caller is told when its batch was not written.
Status Explain(const Status& written) {
  switch (written.reason()) {
    case Reason::kOk:
    case Reason::kStorageConflict:
    case Reason::kStorageFull:
      return written;
    default:
      return Status(
          Reason::kAuditUnavailable,
          "the entry could not be recorded, so nothing is shown; a change may have been made all the same, if "
          "the disk failed while it was written: " +
              written.message());
  }
}

class GroupJournal : public Journal {
 public:
  GroupJournal(Store& data, std::shared_ptr<const KeyRing> ring, const Clock& clock, Random& random,
               JournalOptions options, InboxPosition position)
      : data_(data),
        ring_(std::move(ring)),
        clock_(clock),
        random_(random),
        options_(options),
        durable_(position),
        durable_entries_(position.next_sequence),
        committer_(
            data, [this](const auto& admitted, StoreBatch& extra) { return Record(admitted, extra); },
            [this](bool written) { AfterGroup(written); }) {}

  Receipt Submit(SealedBatch batch, AuditEntry entry) override {
    if (Status checked = entry.Check(); !checked.ok()) return Receipt::Settled(std::move(checked));
    auto pending = std::make_unique<PendingEntry>();
    const Receipt receipt = pending->receipt;
    pending->lease = batch.lease();
    if (pending->lease != nullptr) {
      if (const auto open = pending->lease->MustStandUnder()) batch.rows().conditions.push_back(StandsUnder(*open));
    }
    if (!options_.null_log_for_benchmark) pending->encoded = entry.Encode();
    committer_.Submit(std::move(batch.rows()), std::move(pending));
    return receipt;
  }

  uint64_t DurableEntries() const override { return durable_entries_.load(std::memory_order_acquire); }

 private:
  // Encoded on the submitting thread with nonce and time left blank; the committer's thread only stamps and hashes.
  struct PendingEntry : GroupCommitter::Attachment {
    Status BeforeCommit() const override { return lease == nullptr ? Status::Ok() : lease->MayCommit(); }
    void OnDone(const Status& written) override { receipt.Settle(Explain(written)); }
    Bytes encoded;
    EpochLeasePtr lease;
    Receipt receipt = Receipt::Pending();
  };

  // The committer's hook.  May be called again for the same group: it starts from durable_ each time.
  Status Record(const std::vector<GroupCommitter::Attachment*>& admitted, StoreBatch& extra) {
    if (outcome_unknown_) {
      // The last group failed after it was handed to the store; whether it was written is known to the store alone.
      ASSIGN_OR_RETURN(durable_, ReadInboxEnd(data_, *ring_, options_.writer));
      durable_entries_.store(durable_.next_sequence, std::memory_order_release);
      outcome_unknown_ = false;
    }
    next_ = durable_;
    if (options_.null_log_for_benchmark) {
      next_.next_sequence += admitted.size();
      return Status::Ok();
    }
    nonces_.resize(admitted.size() * kNonceSizeBytes);
    random_.Fill(nonces_.data(), nonces_.size());
    const UnixMillis now = clock_.NowMillis();
    uint64_t row_first = next_.next_sequence;
    Bytes row = InboxRowHeader(next_.chain);
    for (size_t i = 0; i < admitted.size(); ++i) {
      Bytes& encoded = static_cast<PendingEntry*>(admitted[i])->encoded;
      StampEncodedEntry(encoded, ByteView(nonces_).substr(i * kNonceSizeBytes, kNonceSizeBytes), now);
      if (next_.next_sequence != row_first && row.size() + encoded.size() > kInboxRowLimitBytes) {
        RETURN_IF_ERROR(PutRow(row_first, row, extra));
        row_first = next_.next_sequence;
        row = InboxRowHeader(next_.chain);
      }
      AppendInboxEntry(row, encoded);
      next_.chain = ChainNext(next_.chain, LeafHash(encoded));
      ++next_.next_sequence;
    }
    return PutRow(row_first, row, extra);
  }

  Status PutRow(uint64_t first_sequence, const Bytes& plaintext, StoreBatch& extra) {
    Bytes key = InboxKey(options_.writer, first_sequence);
    ASSIGN_OR_RETURN(Bytes sealed, SealInboxRow(*ring_, key, plaintext, random_));
    extra.puts.push_back({std::move(key), std::move(sealed)});
    return Status::Ok();
  }

  void AfterGroup(bool written) {
    outcome_unknown_ = !written && !options_.null_log_for_benchmark;
    if (!written) return;
    durable_ = next_;
    durable_entries_.store(durable_.next_sequence, std::memory_order_release);
  }

  Store& data_;
  const std::shared_ptr<const KeyRing> ring_;
  const Clock& clock_;
  Random& random_;  // used on the committer's thread alone
  const JournalOptions options_;
  // Committer's thread:
  InboxPosition durable_;
  InboxPosition next_;  // where the group being written will end
  bool outcome_unknown_ = false;
  Bytes nonces_;
  std::atomic<uint64_t> durable_entries_;
  GroupCommitter committer_;  // last: its thread uses all of the above
};

}  // namespace

Result<std::unique_ptr<Journal>> Journal::Open(Store& data, std::shared_ptr<const KeyRing> ring, const Clock& clock,
                                               Random& random, JournalOptions options) {
  ASSIGN_OR_RETURN(const InboxPosition position, ReadInboxEnd(data, *ring, options.writer));
  // An inbox shorter than what the log already holds lost its end: new entries would reuse numbers.
  ASSIGN_OR_RETURN(const std::optional<LogState> state, ReadLogState(data, *ring));
  if (state.has_value()) {
    const InboxPosition integrated = state->PositionOf(ring->compartment(), options.writer);
    if (integrated.next_sequence > position.next_sequence) {
      return Status(Reason::kLogInvalid, "the inbox of writer " + std::to_string(options.writer) + " ends at entry " +
                                             std::to_string(position.next_sequence) + " but the log already holds " +
                                             std::to_string(integrated.next_sequence) + " of it");
    }
  }
  return std::unique_ptr<Journal>(
      std::make_unique<GroupJournal>(data, std::move(ring), clock, random, options, position));
}

}  // namespace strongroom
