// BackupRegister: which copies of the stores were made, who was able to open them, and when copies of keys were
// destroyed.  The copies are made by the server (server/backups.h); here: who may ask, and what is written down
// (docs/formats/backup-set.md).
//
// Making one is two commits: the record "making" with an entry before the first byte is copied, and the outcome with
// an entry after the last.  What a crash left in between is recorded as failed at the next opening.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "crypto/hash.h"
#include "vault/gate.h"

namespace strongroom {

enum class BackupKind : uint8_t { kData = 1, kKeys = 2 };
enum class BackupState : uint8_t { kMaking = 1, kMade = 2, kFailed = 3 };

std::string_view NameOf(BackupKind kind);    // "data", "keys"
std::string_view NameOf(BackupState state);  // "making", "made", "failed"
std::optional<BackupKind> BackupKindFromName(std::string_view name);

struct BackupRecord {
  Bytes id;  // of the set, 16 bytes
  BackupKind kind = BackupKind::kData;
  BackupState state = BackupState::kMaking;
  Bytes parent;                         // the id of the set it goes on from; empty: a full set
  std::string file;                     // its name in the directory of the configuration
  std::vector<std::string> recipients;  // "age1..."
  UnixMillis begun_at = 0;
  UnixMillis made_at = 0;
  uint64_t size_bytes = 0;
  uint64_t rows = 0;
  Digest sha256{};                 // of the file
  UnixMillis expires_at = 0;       // from then on the file and all its copies should be gone; 0: never
  UnixMillis file_deleted_at = 0;  // by the server, when it had expired
  UnixMillis destroyed_at = 0;     // somebody confirmed that no copy is left
  PrincipalId destroyed_by = 0;

  static constexpr size_t kIdBytes = 16;
  Bytes Encode() const;
  static Result<BackupRecord> Decode(ByteView content);  // kDataCorrupt
  bool Expired(UnixMillis now) const { return expires_at != 0 && now >= expires_at; }
};

// A set in the making: the right to it, and its record.  Ends in Complete() or Fail().
struct BackupMaking {
  Permit permit;
  BackupRecord record;
};

// Any thread; calls wait.
class BackupRegister {
 public:
  explicit BackupRegister(Gate& gate) : gate_(gate) {}

  // Action backup.make.  Records that it begins; `record` says what is known before, its id too.  `wrong`: why it
  // cannot be begun, as whoever may ask is told; recorded as that.
  Result<BackupMaking> Begin(const Caller& caller, BackupRecord record, const Status& wrong = {});
  // The outcome: the record as it is then.  The set counts as made only when this is Ok.
  Result<BackupRecord> Complete(BackupMaking making);
  // Answers `why`, or why that could not be recorded.
  Status Fail(BackupMaking making, const Status& why);

  // Newest first.  Action backup.read.
  Receipted<std::vector<BackupRecord>> List(const Caller& caller) const;
  // The caller answers for it that no copy of the set is left.  Again changes nothing.  kBackupNotFound.  Action
  // backup.change.
  Receipted<BackupRecord> ConfirmDestroyed(const Caller& caller, const Bytes& id);

  // --- for the server itself ---
  // For doctor, and for going on from the newest.  Newest first.
  Result<std::vector<BackupRecord>> Look() const;
  // The server deleted the file of a set that had expired: recorded as the system's doing.
  Status RecordDeleted(const BackupRecord& record);
  // What was being made when the server stopped was not made.
  Status FailInterrupted();

 private:
  Result<std::optional<std::pair<BackupRecord, StoreVersion>>> Find(const Bytes& id) const;
  Status Put(SealedBatch& batch, const BackupRecord& record, StoreVersion expected) const;
  Status PutAnew(SealedBatch& batch, const BackupRecord& record) const;
  UnixMillis now() const { return gate_.house().clock().NowMillis(); }
  Gate& gate_;
};

}  // namespace strongroom
